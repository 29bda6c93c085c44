package postgres_test

import (
	"context"
	"errors"
	"net/url"
	"testing"

	"golang.org/x/sync/errgroup"

	"habilis/internal/pgtest"
	"habilis/internal/postgres"
)

func TestReplicasThatStartTogetherMigrateInTurn(t *testing.T) {
	fresh := freshDatabase(t)
	pool, err := postgres.OpenPool(t.Context(), fresh, postgres.PoolOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()

	var old *postgres.OldSchemaError
	if err := postgres.CheckSchema(t.Context(), pool); !errors.As(err, &old) || old.Have != (postgres.Schema{}) {
		t.Errorf("before: %v", err)
	}
	var replicas errgroup.Group
	for range 3 {
		replicas.Go(func() error { return postgres.Migrate(t.Context(), fresh) })
	}
	if err := replicas.Wait(); err != nil {
		t.Fatal(err)
	}
	if err := postgres.CheckSchema(t.Context(), pool); err != nil {
		t.Errorf("after: %v", err)
	}
}

// No account comes with the product: the first operator is made at the console.
func TestANewDatabaseHasNobodyInIt(t *testing.T) {
	if err := postgres.Migrate(t.Context(), freshDatabase(t)); err != nil {
		t.Fatal(err)
	}
	super, err := url.Parse(pgtest.SuperURL(t))
	if err != nil {
		t.Fatal(err)
	}
	super.Path = "/fresh"
	pool, err := postgres.OpenPool(t.Context(), super.String(), postgres.PoolOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for _, table := range []string{"identity.account", "identity.operator", "identity.token", "tenant", "resource"} {
		var rows int
		if err := pool.QueryRow(t.Context(), "select count(*) from "+table).Scan(&rows); err != nil || rows != 0 {
			t.Errorf("%d rows in %s, %v", rows, table, err)
		}
	}
}

func TestAnOldDatabaseIsRecognised(t *testing.T) {
	fresh := freshDatabase(t)
	if err := postgres.Migrate(t.Context(), fresh); err != nil {
		t.Fatal(err)
	}
	execute(t, fresh, "delete from goose_db_version where version_id = (select max(version_id) from goose_db_version)")
	pool, err := postgres.OpenPool(t.Context(), fresh, postgres.PoolOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var old *postgres.OldSchemaError
	if err := postgres.CheckSchema(t.Context(), pool); !errors.As(err, &old) || old.Have.Ours >= old.Want.Ours {
		t.Errorf("got %v", err)
	}
}

// freshDatabase is an empty database of the owner's; the result is its
// address as the owner.
func freshDatabase(t *testing.T) string {
	t.Helper()
	execute(t, pgtest.SuperURL(t), "create database fresh owner habilis_owner template template0")
	t.Cleanup(func() {
		if _, err := pgtest.Super(t).Exec(context.Background(), "drop database fresh with (force)"); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(pgtest.OwnerURL(t))
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/fresh"
	return u.String()
}
