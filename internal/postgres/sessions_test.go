package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/pgtest"
	"habilis/internal/postgres"
)

func TestASessionThatEndedIsNotWrittenToAgain(t *testing.T) {
	now := time.Now()
	store := postgres.NewSessions(pgtest.Pool(t), func() time.Time { return now }, 30*time.Minute)
	ctx := t.Context()
	data, err := postgres.SessionCodec{}.Encode(now.Add(time.Hour), map[string]any{"locale": "fr-CA"})
	if err != nil {
		t.Fatal(err)
	}
	save := func() {
		t.Helper()
		if err := store.CommitCtx(ctx, "one", data, now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	found := func() bool {
		t.Helper()
		_, is, err := store.FindCtx(ctx, "one")
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	save()
	save()
	if !found() {
		t.Fatal("a session was lost")
	}
	if err := store.DeleteCtx(ctx, "one"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	save() // by a request that had begun before
	if found() {
		t.Error("a session that had ended came back to life")
	}
	now = now.Add(time.Hour)
	if swept, err := store.Sweep(ctx); err != nil || swept == 0 {
		t.Errorf("swept %d, %v", swept, err)
	}
}

// signedInto writes a session of an account, as signing in does.
func signedInto(t *testing.T, store *postgres.Sessions, token string, account, id uuid.UUID, now time.Time) {
	t.Helper()
	data, err := postgres.SessionCodec{}.Encode(now.Add(time.Hour), map[string]any{
		postgres.SessionAccount: account.String(), postgres.SessionGeneration: 1, postgres.SessionID: id.String(),
		postgres.SessionBegan: int(now.Unix()), postgres.SessionAddress: "192.0.2.7", postgres.SessionAgent: "Firefox/140.0",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.CommitCtx(t.Context(), token, data, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
}

// owner is an account of nothing but itself.
func owner(t *testing.T) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	_, err := pgtest.Super(t).Exec(t.Context(), `
insert into identity.account (id, username, username_key, family, given, locale, created_at) values ($1, $2, $2, 'Roy', 'Ana', 'fr-CA', now())`, id, id.String())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestAPersonSeesTheirLiveSessionsAndNoOthers(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	store := postgres.NewSessions(pgtest.Pool(t), func() time.Time { return now }, 30*time.Minute)
	mine, theirs := owner(t), owner(t)
	idle, live := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	signedInto(t, store, "idle "+idle.String(), mine, idle, now)
	now = now.Add(31 * time.Minute)
	signedInto(t, store, "live "+live.String(), mine, live, now)
	signedInto(t, store, "theirs "+theirs.String(), theirs, uuid.Must(uuid.NewV7()), now)
	found, err := store.Of(t.Context(), mine)
	if err != nil || len(found) != 1 {
		t.Fatalf("%+v, %v", found, err)
	}
	if s := found[0]; s.ID != live || !s.Began.Equal(now) || !s.Seen.Equal(now) || s.Address != "192.0.2.7" || s.Agent != "Firefox/140.0" {
		t.Errorf("%+v", s)
	}
	if _, err := store.EndAll(t.Context(), mine, silently); err != nil {
		t.Fatal(err)
	}
	if found, err := store.Of(t.Context(), mine); err != nil || len(found) > 0 {
		t.Errorf("after all were ended: %+v, %v", found, err)
	}
}

func TestASessionIsEndedByItsOwnerAloneAndForGood(t *testing.T) {
	now := time.Now()
	store := postgres.NewSessions(pgtest.Pool(t), func() time.Time { return now }, 30*time.Minute)
	mine, theirs := owner(t), owner(t)
	id := uuid.Must(uuid.NewV7())
	token := "one " + id.String()
	signedInto(t, store, token, mine, id, now)
	if ended, err := store.End(t.Context(), theirs, id, silently); ended || err != nil {
		t.Errorf("someone else ended it: %v, %v", ended, err)
	}
	if _, found, _ := store.FindCtx(t.Context(), token); !found {
		t.Error("someone else ended it")
	}
	if ended, err := store.End(t.Context(), mine, id, silently); !ended || err != nil {
		t.Errorf("%v, %v", ended, err)
	}
	signedInto(t, store, token, mine, id, now)            // by a request that had begun before
	signedInto(t, store, "renamed "+token, mine, id, now) // and by one that was giving it another token
	for _, again := range []string{token, "renamed " + token} {
		if _, found, _ := store.FindCtx(t.Context(), again); found {
			t.Errorf("%q came back to life", again)
		}
	}
	if ended, _ := store.End(t.Context(), mine, id, silently); ended {
		t.Error("it was ended twice")
	}
}

// Giving a session another token deletes the one that it had, and writes it anew; its
// owner may sign out at any moment of it.
func TestASessionThatWasLeftGoesOnUnderNoToken(t *testing.T) {
	now := time.Now()
	store := postgres.NewSessions(pgtest.Pool(t), func() time.Time { return now }, 30*time.Minute)
	for what, leave := range map[string]func(token string, account, id uuid.UUID) []error{
		"before": func(token string, account, id uuid.UUID) []error {
			return []error{store.Leave(t.Context(), account, id), store.DeleteCtx(t.Context(), token)}
		},
		"between": func(token string, account, id uuid.UUID) []error {
			return []error{store.DeleteCtx(t.Context(), token), store.Leave(t.Context(), account, id)}
		},
	} {
		mine, id := owner(t), uuid.Must(uuid.NewV7())
		token := what + " " + id.String()
		signedInto(t, store, token, mine, id, now)
		for _, err := range leave(token, mine, id) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := store.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		signedInto(t, store, "renamed "+token, mine, id, now)
		if _, found, _ := store.FindCtx(t.Context(), "renamed "+token); found {
			t.Errorf("left %s it was given another token, it goes on under that", what)
		}
		if left, err := store.Of(t.Context(), mine); err != nil || len(left) > 0 {
			t.Errorf("%+v, %v", left, err)
		}
	}
}

func TestASessionKeepsItsIDUnderAnotherToken(t *testing.T) {
	now := time.Now()
	store := postgres.NewSessions(pgtest.Pool(t), func() time.Time { return now }, 30*time.Minute)
	mine, id := owner(t), uuid.Must(uuid.NewV7())
	signedInto(t, store, "one "+id.String(), mine, id, now)
	if err := store.DeleteCtx(t.Context(), "one "+id.String()); err != nil {
		t.Fatal(err)
	}
	signedInto(t, store, "two "+id.String(), mine, id, now)
	if found, err := store.Of(t.Context(), mine); err != nil || len(found) != 1 || found[0].ID != id {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestWhatARequestWritesIntoItsSessionIsNotWhatTheNextOneReads(t *testing.T) {
	store := postgres.NewSessions(pgtest.Pool(t), time.Now, time.Hour)
	data, err := store.Encode(time.Now(), map[string]any{"locale": "fr-CA", "generation": 1})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		_, values, err := store.Decode(data)
		if err != nil || values["locale"] != "fr-CA" || values["generation"] != 1 || len(values) != 2 {
			t.Fatalf("the session says %v, %v", values, err)
		}
		values["locale"], values["flash"] = "en-CA", "Written."
	}
}

// silently notes nothing.
func silently(context.Context, pgx.Tx) error { return nil }

func TestASessionThatCannotBeNotedAsEndedGoesOn(t *testing.T) {
	now := time.Now()
	store := postgres.NewSessions(pgtest.Pool(t), func() time.Time { return now }, 30*time.Minute)
	mine, id := owner(t), uuid.Must(uuid.NewV7())
	token := "one " + id.String()
	signedInto(t, store, token, mine, id, now)
	full := errors.New("the journal is full")
	refuses := func(context.Context, pgx.Tx) error { return full }
	if ended, err := store.End(t.Context(), mine, id, refuses); ended || !errors.Is(err, full) {
		t.Errorf("%v, %v", ended, err)
	}
	if _, err := store.EndAll(t.Context(), mine, refuses); !errors.Is(err, full) {
		t.Error(err)
	}
	if _, found, err := store.FindCtx(t.Context(), token); !found || err != nil {
		t.Errorf("it is gone, and nobody knows why: %v", err)
	}
}
