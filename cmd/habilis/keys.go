package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"habilis/internal/config"
	"habilis/internal/flock"
	"habilis/internal/secret/keyring"
)

type generateKey struct{}

func (generateKey) Run(t terminal) error {
	fmt.Fprintln(t.stdout, keyring.Generate(time.Now()))
	return nil
}

// keysUse is what commands about keys need: the owner of the database, since the
// server may not read what is sealed all at once.
const keysUse = config.Migrating | config.Sealing

type listKeys struct{}

func (listKeys) Run(t terminal) error {
	return t.atDesk(keysUse, func(ctx context.Context, d *desk) error { return t.showKeys(ctx, d) })
}

func (t terminal) showKeys(ctx context.Context, d *desk) error {
	all, err := d.console.Keys(ctx, d.config.Keys)
	if err != nil {
		return err
	}
	for _, k := range all {
		note := ""
		switch {
		case k.Newest:
			note = "  newest: seals from now on"
		case k.Missing:
			note = "  NOT IN THE KEY FILE: what is sealed under it can't be opened"
		case k.Sealed == 0:
			note = "  may be dropped: habilis keys prune"
		}
		fmt.Fprintf(t.stdout, "%-32s %6d sealed%s\n", k.ID, k.Sealed, note)
	}
	return nil
}

type rotateKeys struct{}

// Run adds a key and seals everything under it. A second one at the same time is
// refused.
func (rotateKeys) Run(t terminal) error {
	return t.atDesk(keysUse, func(ctx context.Context, d *desk) error {
		return alone(d.config.Keys, func() error {
			r, err := d.console.Rotate(ctx, d.config.Keys)
			if err != nil {
				return err
			}
			if r.Resumed {
				fmt.Fprintln(t.stdout, "going on with a rotation that was cut short")
			}
			fmt.Fprintf(t.stdout, "ok: the key %s seals; %d secrets are sealed under it anew\n", r.Newest, r.Renewed)
			if r.Left > 0 {
				fmt.Fprintf(t.stdout, "%d apps are just being set up: run this again in a quarter of an hour\n", r.Left)
			}
			return t.showKeys(ctx, d)
		})
	})
}

type pruneKeys struct{}

func (pruneKeys) Run(t terminal) error {
	return t.atDesk(keysUse, func(ctx context.Context, d *desk) error {
		return alone(d.config.Keys, func() error {
			about, err := os.Stat(d.config.Keys.Path())
			if err != nil {
				return err
			}
			dropped, err := d.console.Prune(ctx, d.config.Keys, about.ModTime())
			for _, id := range dropped {
				fmt.Fprintf(t.stdout, "dropped: %s\n", id)
			}
			return err
		})
	})
}

// alone keeps two commands from writing one key file.
func alone(ring *keyring.Ring, work func() error) error {
	lock, err := flock.Try(ring.Path() + ".lock")
	if errors.Is(err, flock.ErrHeld) {
		return errors.New("another command is at work on the key file: wait for it to end")
	}
	if err != nil {
		return err
	}
	return errors.Join(work(), lock.Release())
}
