package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// shared is the database that the tests of a package have in common, and that
// those of others are copies of.
const shared = "habilis"

// Apart is Main for tests that run in parallel as servers of their own, each with
// its chores and its mail: every test has a database of its own. Subtests are on
// the one of the test that they are part of.
func Apart(m Runner) {
	databases.apart = true
	Main(m)
}

// databases are the copies in use, by the name of their test.
var databases struct {
	sync.Mutex
	apart  bool
	serial int
	byTest map[string]string
}

// databaseOf names the database of a test.
func databaseOf(t testing.TB) string {
	t.Helper()
	databases.Lock()
	defer databases.Unlock()
	if !databases.apart {
		return shared
	}
	for name := t.Name(); name != ""; name = name[:max(strings.LastIndexByte(name, '/'), 0)] {
		if database, ok := databases.byTest[name]; ok {
			return database
		}
	}
	databases.serial++
	database := fmt.Sprintf("%s_%d", shared, databases.serial)
	if err := copyShared(database); err != nil {
		t.Fatalf("making a database for the test: %v", err)
	}
	if databases.byTest == nil {
		databases.byTest = make(map[string]string)
	}
	databases.byTest[t.Name()] = database
	t.Cleanup(func() {
		databases.Lock()
		defer databases.Unlock()
		delete(databases.byTest, t.Name())
		closePools(database)
		if err := asSuper(fmt.Sprintf("drop database %s with (force)", database)); err != nil {
			t.Errorf("dropping the test's database: %v", err)
		}
	})
	return database
}

// copyShared copies the migrated database, with its rights, which PostgreSQL
// leaves out.
func copyShared(database string) error {
	return asSuper(
		fmt.Sprintf("create database %s template %s owner habilis_owner", database, shared),
		fmt.Sprintf("revoke all on database %s from public", database),
		fmt.Sprintf("grant connect on database %s to habilis_app", database),
		fmt.Sprintf("grant create, connect, temporary on database %s to habilis_owner", database))
}

// asSuper runs statements one by one, beside all databases of tests.
func asSuper(statements ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, running.SuperURL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// on is an address of the cluster, at the database of a test.
func on(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + databaseOf(t)
	return u.String()
}
