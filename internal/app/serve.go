package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"
)

// What a client may take. Slow ones are cut off; so is one who talks too much.
const (
	headerTime  = 10 * time.Second
	readTime    = 30 * time.Second
	writeTime   = 60 * time.Second
	idleTime    = 2 * time.Minute
	headerBytes = 32 << 10
	mostClients = 4096             // connected at once; the others wait until one leaves
	farewell    = 30 * time.Second // for the answers under way when we stop
	sweepEvery  = 10 * time.Minute // dead sessions
)

// server is one address, and what is answered there.
type server struct {
	listener net.Listener
	http     *http.Server
	most     int // connections at once
}

func (s *server) close() {
	if s.listener != nil {
		s.listener.Close() // a second time does nothing
	}
}

func (a *App) newServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerBytes,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelDebug), // clients that hang up
	}
}

// serveWith sets what is answered where.
func (a *App) serveWith(portal http.Handler) {
	a.people.http, a.people.most = a.newServer(a.health(a.atItsName(portal))), mostClients
	if a.machines.listener != nil {
		a.machines.http, a.machines.most = a.newServer(a.health(a.metrics())), mostClients
	}
}

// Serve answers until ctx ends, then stops in order: it says that it is no
// longer ready, lets a balancer notice, finishes what is being answered, and
// finishes the mail that is being sent.
func (a *App) Serve(ctx context.Context) error {
	going, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	if err := a.worker.Start(going); err != nil {
		a.people.close() // nobody waits for an answer that won't come
		a.machines.close()
		return err
	}
	go a.sweep(going)
	go a.config.Keys.Watch(going, a.log)
	Tune()
	go giveBack(going)
	failed := make(chan error, 2)
	for _, s := range a.servers() {
		go func() { failed <- s.http.Serve(netutil.LimitListener(s.listener, s.most)) }()
	}
	a.log.Info("ready", "address", a.URL(), "listening", a.people.listener.Addr().String())
	var err error
	select {
	case err = <-failed:
		err = fmt.Errorf("serving: %w", err)
	case <-a.database.Done():
		err = errors.New("the private PostgreSQL has ended by itself; see postgres.log in its folder")
	case <-ctx.Done():
		a.drain()
	}
	return errors.Join(err, a.stop())
}

func (a *App) servers() []*server {
	if a.machines.http == nil {
		return []*server{&a.people}
	}
	return []*server{&a.people, &a.machines}
}

// drain says "not ready", while new requests are still answered, each on a
// connection that then closes.
func (a *App) drain() {
	a.log.Info("stopping", "drain", a.config.Drain.String())
	a.draining.Store(true)
	if a.config.Drain > 0 {
		a.people.http.SetKeepAlivesEnabled(false)
		time.Sleep(a.config.Drain)
	}
}

// stop closes the doors and waits for who is inside.
func (a *App) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	var errs []error
	for _, s := range a.servers() {
		if err := s.http.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("cutting off the last answers: %w", err), s.http.Close())
		}
	}
	errs = append(errs, a.worker.Stop(ctx))
	a.log.Info("stopped")
	return errors.Join(errs...)
}

// sweep removes dead sessions, and files that nobody said yes to, now and then.
func (a *App) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := a.sessions.Sweep(ctx); err != nil && ctx.Err() == nil {
			a.log.Warn("dead sessions stay for now", "error", err)
		}
		if _, err := a.records.Sweep(ctx, a.clock()); err != nil && ctx.Err() == nil {
			a.log.Warn("files that wait too long stay for now", "error", err)
		}
	}
}
