package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/pgtest"
	"habilis/internal/postgres"
)

// claimed finds a session twice, so that the second time it is only remembered.
func claimed(t *testing.T, store *postgres.Sessions, token string) *postgres.Claim {
	t.Helper()
	if _, found, err := store.FindCtx(t.Context(), token); !found || err != nil {
		t.Fatal(found, err)
	}
	ctx, claim := postgres.Claiming(t.Context())
	if data, found, err := store.FindCtx(ctx, token); !found || len(data) == 0 || err != nil {
		t.Fatal(found, err)
	}
	if claim.Holds() {
		t.Fatal("what is only remembered holds")
	}
	return claim
}

// ask runs a batch that the claim begins, and reports whether what follows was read.
func ask(t *testing.T, claim *postgres.Claim) (read bool, err error) {
	batch := &pgx.Batch{}
	postgres.Enter(batch, uuid.Nil, claim)
	batch.Queue(`select 1`).Query(func(pgx.Rows) error { read = true; return nil })
	return read, pgtest.Pool(t).SendBatch(t.Context(), batch).Close()
}

func TestAClaimHoldsOnceABatchHasConfirmedIt(t *testing.T) {
	now := time.Now()
	store := postgres.NewSessions(pgtest.Pool(t), func() time.Time { return now }, 30*time.Minute)
	id := uuid.Must(uuid.NewV7())
	token := "claim " + id.String()
	signedInto(t, store, token, owner(t), id, now)
	claim := claimed(t, store, token)
	if _, err := ask(t, claim); err != nil || !claim.Holds() {
		t.Errorf("%v, %v", claim.Holds(), err)
	}
}

func TestAClaimThatFailsLetsNothingBeReadOrWritten(t *testing.T) {
	now := time.Now()
	here := postgres.NewSessions(pgtest.Pool(t), func() time.Time { return now }, 30*time.Minute)
	elsewhere := postgres.NewSessions(pgtest.Pool(t), func() time.Time { return now }, 30*time.Minute)
	for name, happens := range map[string]func(token string, account uuid.UUID) error{
		"deleted": func(token string, _ uuid.UUID) error { return elsewhere.DeleteCtx(t.Context(), token) },
		"all ended": func(_ string, account uuid.UUID) error {
			_, err := elsewhere.EndAll(t.Context(), account, silently)
			return err
		},
		"idle":    func(string, uuid.UUID) error { now = now.Add(31 * time.Minute); return nil },
		"expired": func(string, uuid.UUID) error { now = now.Add(2 * time.Hour); return nil },
		"joined another place": func(_ string, account uuid.UUID) error {
			_, err := pgtest.Super(t).Exec(t.Context(), `
insert into identity.membership select $1, gen_random_uuid(), gen_random_uuid() from generate_series(1, 2)`, account)
			return err
		},
		"says other": func(token string, _ uuid.UUID) error {
			return elsewhere.CommitCtx(t.Context(), token, []byte(`{}`), now.Add(time.Hour))
		},
	} {
		account, id := owner(t), uuid.Must(uuid.NewV7())
		token := fmt.Sprint(name, id)
		signedInto(t, here, token, account, id, now)
		claimed(t, here, token)
		if err := happens(token, account); err != nil {
			t.Fatal(err)
		}
		ctx, claim := postgres.Claiming(t.Context())
		if _, found, err := here.FindCtx(ctx, token); !found || err != nil {
			t.Fatalf("%s: not remembered: %v", name, err)
		}
		if read, err := ask(t, claim); read || !errors.Is(err, postgres.ErrClaim) || claim.Holds() {
			t.Errorf("%s: read %v, holds %v, %v", name, read, claim.Holds(), err)
		}
		if err := here.CommitCtx(ctx, token, []byte(`{"values":{"written":true}}`), now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if data, _, err := here.FindCtx(t.Context(), token); string(data) == `{"values":{"written":true}}` || err != nil {
			t.Errorf("%s: was written to, %v", name, err)
		}
	}
}

func TestNotingThatASessionLivesWaitsForNobody(t *testing.T) {
	now := time.Now()
	store := postgres.NewSessions(pgtest.Pool(t), func() time.Time { return now }, 30*time.Minute)
	id := uuid.Must(uuid.NewV7())
	token := "noted " + id.String()
	signedInto(t, store, token, owner(t), id, now)
	claimed(t, store, token)
	now = now.Add(2 * time.Minute) // to be noted
	page := func() pgx.Tx {
		t.Helper()
		tx, err := pgtest.Pool(t).BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = tx.Rollback(context.Background()) })
		if _, err := tx.Exec(t.Context(), `select`); err != nil { // from here on it sees one state
			t.Fatal(err)
		}
		return tx
	}
	holds := func(tx pgx.Tx) {
		t.Helper()
		ctx, claim := postgres.Claiming(t.Context())
		if _, _, err := store.FindCtx(ctx, token); err != nil {
			t.Fatal(err)
		}
		batch := &pgx.Batch{}
		batch.Queue(`set local lock_timeout = 1000`)
		postgres.Enter(batch, uuid.Nil, claim)
		if err := tx.SendBatch(t.Context(), batch).Close(); err != nil || !claim.Holds() {
			t.Errorf("%v, %v", claim.Holds(), err)
		}
	}
	first, second, third := page(), page(), page()
	holds(first)
	holds(second) // while the first is at it
	if err := first.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	holds(third) // which began before that was written
}
