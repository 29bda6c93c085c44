// Package app wires everything. The program, the demo and the browser tests
// start the same thing: [New] opens the database and the doors, [App.Serve]
// answers until it is told to stop, and then cuts nobody off.
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"
	_ "time/tzdata" // places have time zones wherever the program runs

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"habilis/internal/access"
	"habilis/internal/config"
	"habilis/internal/mail"
	"habilis/internal/postgres"
	"habilis/internal/records"
	"habilis/internal/secret/argon"
	"habilis/internal/sms"
)

// Options are what a configuration doesn't say. The zero Options are those of
// a server in real use.
type Options struct {
	Log      *slog.Logger     // nil: none
	Clock    func() time.Time // nil: the time
	Database *Database        // open already, and closed by who opened it; nil: the configuration's
	Mailbox  *mail.Mailbox    // the demo's, where there is no mail server
	Texts    *sms.Shelf       // the demo's, where there is no gateway
	ByName   bool             // the demo's: where no address is configured, localhost in the place of this machine's number

	// Keen has passwords hashed at the server's own priority: for tests, which give
	// the machine more to do than it can, and wait for their own sign-ins.
	Keen bool
}

// App is a server: one process, which holds no state that another one lacks.
type App struct {
	config   *config.Config
	log      *slog.Logger
	clock    func() time.Time
	database *Database
	owned    bool          // the database is ours to close
	pool     *pgxpool.Pool // for what requests do: their acts, and all before a place
	pages    *pgxpool.Pool // for what they show
	errands  *pgxpool.Pool // for the worker: however much is queued, requests find a connection
	sessions *postgres.Sessions
	records  *records.Service
	worker   *mail.Worker
	hashing  *argon.Process
	registry *prometheus.Registry
	people   server // what people reach
	machines server // metrics and health; zero when off
	byName   bool   // see Options
	draining atomic.Bool
}

// New opens the database and the listeners. Nothing is answered before Serve.
// A database that is behind this program is migrated when it is our own, and
// refused with *[postgres.OldSchemaError] when it is not.
func New(ctx context.Context, c *config.Config, o Options) (*App, error) {
	a := &App{config: c, log: o.Log, clock: o.Clock, database: o.Database, byName: o.ByName, registry: prometheus.NewRegistry()}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if a.clock == nil {
		a.clock = time.Now
	}
	if err := a.open(ctx, o); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *App) open(ctx context.Context, o Options) (err error) {
	if err := a.listen(); err != nil {
		return err
	}
	if a.database == nil {
		a.owned = true
		if a.database, err = StartDatabase(ctx, a.config); err != nil {
			return err
		}
	}
	if a.pool, err = postgres.OpenPool(ctx, a.database.AppURL, postgres.PoolOptions{MaxConns: 16}); err != nil {
		return err
	}
	if a.pages, err = postgres.OpenPool(ctx, a.database.AppURL, postgres.PoolOptions{OneInstant: true}); err != nil {
		return err
	}
	if err := postgres.CheckSchema(ctx, a.pool); err != nil {
		return err
	}
	if a.errands, err = postgres.OpenPool(ctx, a.database.AppURL, postgres.PoolOptions{Name: "habilis-worker"}); err != nil {
		return err
	}
	niceness := argon.Niceness
	if o.Keen {
		niceness = 0
	}
	if a.hashing, err = argon.Start(a.log, niceness); err != nil {
		return err
	}
	return a.wire(o)
}

// listen takes the ports first: one that is in use is the commonest mistake.
func (a *App) listen() (err error) {
	if a.people.listener, err = listen(a.config.Listen, config.Listen); err != nil {
		return err
	}
	if a.config.MetricsListen != "" {
		a.machines.listener, err = listen(a.config.MetricsListen, config.MetricsListen)
	}
	return err
}

func listen(address, variable string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("another program listens on %s already: stop it, or choose another address with %s", address, variable)
	}
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", address, err)
	}
	return listener, nil
}

// URL is the portal's address: the configured one, else where it listens.
func (a *App) URL() string {
	return cmp.Or(a.config.BaseURL, a.named(), "http://"+a.people.listener.Addr().String())
}

// MetricsURL is where machines look; "" when that is off.
func (a *App) MetricsURL() string {
	if a.machines.listener == nil {
		return ""
	}
	return "http://" + a.machines.listener.Addr().String()
}

// Door is the one door to the database, for tests.
func (a *App) Door() *access.Door { return access.NewDoor(a.pool, a.pages, a.clock) }

// Handler is all that people reach, health included.
func (a *App) Handler() http.Handler { return a.people.http.Handler }

// Close lets go of everything. Serve must have returned.
func (a *App) Close() error {
	a.people.close()
	a.machines.close()
	if a.hashing != nil {
		a.hashing.Close()
	}
	for _, pool := range []*pgxpool.Pool{a.errands, a.pages, a.pool} {
		if pool != nil {
			pool.Close()
		}
	}
	if a.owned && a.database != nil {
		return a.database.Close()
	}
	return nil
}
