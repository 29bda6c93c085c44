// Package pgtest gives a test package a PostgreSQL of its own: real, empty,
// migrated, started in a fraction of a second and gone at the end.
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
// A machine without PostgreSQL fails the tests with a line that says what to
// install; nothing is skipped.
package pgtest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"habilis/internal/postgres"
)

// patience bounds the start of a cluster, the building of the template
// included, on a loaded machine.
const patience = 2 * time.Minute

// running is the cluster of this process; Main sets it.
var running *postgres.Cluster

// Runner runs the tests of a package; *testing.M is one.
type Runner interface{ Run() int }

// Main runs the tests of a package beside a fresh cluster, and exits.
func Main(m Runner) {
	code, err := runBeside(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func runBeside(m Runner) (code int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cluster, remove, err := startCopy(ctx)
	if err != nil {
		return 1, err
	}
	running = cluster
	defer func() {
		closePools("")
		if stopErr := cluster.Stop(); err == nil {
			err = stopErr
		}
		remove()
	}()
	return m.Run(), nil
}

// AppURL connects to the test's database as the server does.
func AppURL(t testing.TB) string { return on(t, running.AppURL()) }

// OwnerURL connects as the role that owns the database.
func OwnerURL(t testing.TB) string { return on(t, running.OwnerURL()) }

// SuperURL connects to the database as the superuser.
func SuperURL(t testing.TB) string { return on(t, running.SuperURL(shared)) }

// Pool is the database's pool as habilis_app, the server's role.
func Pool(t testing.TB) *pgxpool.Pool { return open(t, AppURL(t)) }

// Pages is a pool of habilis_app whose transactions see one state of the data each.
func Pages(t testing.TB) *pgxpool.Pool {
	return openAs(t, AppURL(t)+" one instant", AppURL(t), postgres.PoolOptions{Name: "pgtest", MaxConns: 16, OneInstant: true})
}

// Owner is the database's pool as habilis_owner. Row-level security is forced:
// the owner too sees only what a policy lets it see.
func Owner(t testing.TB) *pgxpool.Pool { return open(t, OwnerURL(t)) }

// Super is the database's pool as the superuser, who sees everything.
func Super(t testing.TB) *pgxpool.Pool { return open(t, SuperURL(t)) }

// Kill ends PostgreSQL as a crash would. The test ends with it running again.
func Kill(t testing.TB) {
	t.Helper()
	if err := running.Kill(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if isDown() {
			Restart(t)
		}
	})
}

// Restart starts PostgreSQL again after Kill, or shuts it down and starts it.
// Its address stays the same.
func Restart(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := running.Restart(ctx); err != nil {
		t.Fatal(err)
	}
}

func isDown() bool {
	select {
	case <-running.Done():
		return true
	default:
		return false
	}
}

// pools are opened once for each address.
var pools struct {
	sync.Mutex
	byName map[string]*pgxpool.Pool
}

func open(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	return openAs(t, url, url, postgres.PoolOptions{Name: "pgtest", MaxConns: 16})
}

// openAs opens a pool, or finds the one of that name.
func openAs(t testing.TB, name, url string, options postgres.PoolOptions) *pgxpool.Pool {
	t.Helper()
	pools.Lock()
	defer pools.Unlock()
	if pool := pools.byName[name]; pool != nil {
		return pool
	}
	pool, err := postgres.OpenPool(context.Background(), url, options)
	if err != nil {
		t.Fatal(err)
	}
	if pools.byName == nil {
		pools.byName = make(map[string]*pgxpool.Pool)
	}
	pools.byName[name] = pool
	return pool
}

// closePools closes those of one database, or of all.
func closePools(database string) {
	pools.Lock()
	defer pools.Unlock()
	for name, pool := range pools.byName {
		if database == "" || pool.Config().ConnConfig.Database == database {
			pool.Close()
			delete(pools.byName, name)
		}
	}
}
