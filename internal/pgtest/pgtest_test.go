package pgtest_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"habilis/internal/pgtest"
	"habilis/internal/postgres"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestTheDatabaseOfATestIsMigrated(t *testing.T) {
	if err := postgres.CheckSchema(t.Context(), pgtest.Pool(t)); err != nil {
		t.Fatal(err)
	}
}

func TestEachPoolIsItsOwnRole(t *testing.T) {
	for role, ask := range map[string]func() string{
		"habilis_app":   func() string { return currentUser(t, pgtest.AppURL(t)) },
		"habilis_owner": func() string { return currentUser(t, pgtest.OwnerURL(t)) },
		"postgres":      func() string { return currentUser(t, pgtest.SuperURL(t)) },
	} {
		if got := ask(); got != role {
			t.Errorf("got %s, want %s", got, role)
		}
	}
}

func currentUser(t *testing.T, url string) (name string) {
	t.Helper()
	pool, err := postgres.OpenPool(t.Context(), url, postgres.PoolOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if err := pool.QueryRow(t.Context(), "select current_user").Scan(&name); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestThePoolHealsAfterACrash(t *testing.T) {
	ctx := context.Background()
	pool := pgtest.Pool(t)
	if _, err := pool.Exec(ctx, "select 1"); err != nil {
		t.Fatal(err)
	}
	pgtest.Kill(t)
	if _, err := pool.Exec(ctx, "select 1"); err == nil {
		t.Error("a killed server answered")
	}
	pgtest.Restart(t)
	if _, err := pool.Exec(ctx, "select 1"); err != nil {
		t.Errorf("after the restart: %v", err)
	}
}

func TestAKilledRunIsSweptAwayByTheNext(t *testing.T) {
	place := t.TempDir()
	left := filepath.Join(place, "habilis-test-123")
	if err := os.MkdirAll(filepath.Join(left, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	pgtest.Sweep(place)
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("still there: %v", err)
	}
}
