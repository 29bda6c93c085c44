package postgres_test

import (
	"testing"
	"time"

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
