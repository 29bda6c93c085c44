// Package demo is what make run shows: a portal with a database of its own, five
// places, one of each kind, and a year of their people's lives. Its passwords
// are printed and its mail stays in a folder, so it listens to this machine alone.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"habilis/internal/access"
	"habilis/internal/app"
	"habilis/internal/config"
	"habilis/internal/mail"
	"habilis/internal/postgres"
	"habilis/internal/sms"
	"habilis/internal/tenants"
	"habilis/internal/tenants/kinds"
)

// Run starts the demo in c.Data, filled at its first start, prints who to sign
// in as, and serves until ctx ends.
func Run(ctx context.Context, c *config.Config, out io.Writer, log *slog.Logger) error {
	d, err := Open(ctx, c, out, log)
	if err != nil {
		return err
	}
	d.greet(out)
	return errors.Join(d.App.Serve(ctx), d.Close())
}

// Demo is a demo that is ready to serve.
type Demo struct {
	App    *app.App
	People []Person
	folder folder
	base   *app.Database
}

// Open starts the database, fills it once, and prepares the portal. What it
// does that takes a moment is told to out.
func Open(ctx context.Context, c *config.Config, out io.Writer, log *slog.Logger) (*Demo, error) {
	place, err := openFolder(c.Data)
	if err != nil {
		return nil, err
	}
	d := &Demo{folder: place}
	if err := d.open(ctx, c, out, log); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *Demo) open(ctx context.Context, c *config.Config, out io.Writer, log *slog.Logger) (err error) {
	if d.folder.has(d.folder.mark()) {
		fmt.Fprintln(out, "The demo was cut short while it was being filled: it starts anew.")
	}
	if err := d.folder.clear(); err != nil {
		return err
	}
	if c.Keys, err = d.folder.keys(); err != nil {
		return err
	}
	if d.People, err = d.fillOnce(ctx, c, out); err != nil {
		return err
	}
	mailbox, err := mail.NewMailbox(d.folder.mailbox())
	if err != nil {
		return err
	}
	texts, err := sms.NewShelf(d.folder.texts())
	if err != nil {
		return err
	}
	c.Drain = 0 // nobody balances it
	d.App, err = app.New(ctx, c, app.Options{Log: log, Database: d.base, Mailbox: mailbox, Texts: texts, ByName: true})
	return err
}

// startDatabase starts the private PostgreSQL, elsewhere if it must be.
func (d *Demo) startDatabase(ctx context.Context, c *config.Config, out io.Writer) (err error) {
	d.base, err = app.StartDatabase(ctx, c)
	var closed *postgres.ClosedFolderError
	if !errors.As(err, &closed) {
		return err
	}
	elsewhere, err := d.folder.moveDatabase()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "PostgreSQL runs as %q and can't come to %s: the demo's database is in %s.\n", closed.Account, d.folder.path, elsewhere)
	d.base, err = app.StartDatabase(ctx, c)
	return err
}

// fillOnce fills an empty demo, and reads who there is in a full one. The
// people are thought up while the database starts.
func (d *Demo) fillOnce(ctx context.Context, c *config.Config, out io.Writer) ([]Person, error) {
	if d.folder.has(d.folder.roster()) {
		if err := d.startDatabase(ctx, c, out); err != nil {
			return nil, err
		}
		return ReadRoster(d.folder.roster())
	}
	fmt.Fprintf(out, "Starting a database, and filling %d places with people and a year of their lives…\n", len(stages))
	catalogue, err := kinds.Load()
	if err != nil {
		return nil, err
	}
	w := build(catalogue, time.Now())
	var both errgroup.Group
	both.Go(func() error { return w.hash(ctx) })
	both.Go(func() error { return d.startDatabase(ctx, c, out) })
	if err := both.Wait(); err != nil {
		return nil, err
	}
	if err := d.write(ctx, c, w); err != nil {
		return nil, err
	}
	people := w.roster()
	debug.FreeOSMemory() // hashing took some, once
	return people, errors.Join(writeRoster(d.folder.roster(), people), os.Remove(d.folder.mark()))
}

// write writes a world into the database, which must be empty.
func (d *Demo) write(ctx context.Context, c *config.Config, w *world) error {
	pool, err := postgres.OpenPool(ctx, d.base.AppURL, postgres.PoolOptions{Name: "habilis demo"})
	if err != nil {
		return err
	}
	defer pool.Close()
	owner, err := postgres.OpenPool(ctx, d.base.OwnerURL, postgres.PoolOptions{Name: "habilis demo", MaxConns: 1})
	if err != nil {
		return err
	}
	defer owner.Close()
	post, err := mail.NewPost()
	if err != nil {
		return err
	}
	f := &filler{world: w, owner: owner, post: post, ring: c.Keys}
	f.door = access.NewDoor(pool, nil, func() time.Time { return f.clock })
	f.tenants = tenants.New(f.door, w.catalogue)
	if _, err := f.tenants.ByNumber(ctx, stages[0].number); err == nil {
		return fmt.Errorf("the demo's list of people, %s, is gone: remove the folder %s to start anew", d.folder.roster(), d.folder.path)
	}
	if err := os.WriteFile(d.folder.mark(), nil, 0o600); err != nil {
		return fmt.Errorf("marking the demo: %w", err)
	}
	return f.fill(ctx)
}

// greet prints the address and the people.
func (d *Demo) greet(out io.Writer) {
	printRoster(out, d.People)
	fmt.Fprintf(out, "\nHabilis: %s (people also in %s; Ctrl-C stops, the data stays)\n\n", d.App.URL(), d.folder.roster())
}

// Close stops everything. Serve must have returned.
func (d *Demo) Close() error {
	var errs []error
	if d.App != nil {
		errs = append(errs, d.App.Close())
	}
	if d.base != nil {
		errs = append(errs, d.base.Close())
	}
	return errors.Join(errs...)
}
