package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/app"
	"habilis/internal/config"
	"habilis/internal/journal"
)

type verifyJournal struct {
	Anchors      string `type:"path" help:"A file that an earlier run wrote: what it vouches for must still be there."`
	WriteAnchors string `type:"path" help:"Write the last line of every place to this file; keep it outside the database."`
}

func (c verifyJournal) Run(t terminal) error {
	cfg, err := config.Load(t.environment, config.Migrating)
	if err != nil {
		return err
	}
	anchors, err := readAnchors(c.Anchors)
	if err != nil {
		return err
	}
	base, err := app.JoinDatabase(t.ctx, cfg)
	if err != nil {
		return err
	}
	defer base.Close()
	owner, err := pgx.Connect(t.ctx, base.OwnerURL)
	if err != nil {
		return fmt.Errorf("connecting as the owner: %w", err)
	}
	defer owner.Close(context.WithoutCancel(t.ctx))
	heads, err := t.verify(owner, anchors)
	if err != nil {
		return err
	}
	return writeAnchors(c.WriteAnchors, heads)
}

// verify says that all holds, or fails with the first bad line of each place.
func (t terminal) verify(owner *pgx.Conn, anchors []journal.Head) ([]journal.Head, error) {
	heads, err := journal.Heads(t.ctx, owner)
	if err != nil {
		return nil, err
	}
	broken, err := journal.Verify(t.ctx, owner, heads, anchors)
	if err != nil {
		return nil, err
	}
	if len(broken) > 0 {
		return nil, t.complain(owner, broken)
	}
	var lines int64
	for _, h := range heads {
		lines += h.N
	}
	fmt.Fprintf(t.stdout, "ok: %d places, %d lines\n", len(heads), lines)
	return heads, nil
}

// whys say what is wrong with a line.
var whys = map[string]string{
	"missing": "is missing",
	"facts":   "no longer says what it said",
	"hash":    "was changed, or stands where another stood",
	"head":    "is missing, and so is what came after it",
	"anchor":  "is not the one that the anchors vouch for",
}

// errBroken is a journal that does not hold.
var errBroken = errors.New("the journal does not hold")

func (t terminal) complain(owner *pgx.Conn, broken []journal.Broken) error {
	names, err := placeNames(t.ctx, owner)
	if err != nil {
		return err
	}
	for _, b := range broken {
		name, ok := names[b.Tenant]
		if !ok {
			name = b.Tenant.String()
		}
		fmt.Fprintf(t.stdout, "place %s: line %d %s\n", name, b.N, whys[b.Why])
	}
	return errBroken
}

// placeNames reads number and name of all places. Row-level security hides them
// from the owner; the role that reads across places may be taken on by them.
func placeNames(ctx context.Context, owner *pgx.Conn) (map[uuid.UUID]string, error) {
	names := map[uuid.UUID]string{}
	err := pgx.BeginFunc(ctx, owner, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `set local role habilis_identity`); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `select tenant_id, number || ' (' || name || ')' from tenant`)
		if err != nil {
			return err
		}
		var id uuid.UUID
		var name string
		_, err = pgx.ForEachRow(rows, []any{&id, &name}, func() error {
			names[id] = name
			return nil
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the names of places: %w", err)
	}
	return names, nil
}

func readAnchors(path string) ([]journal.Head, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the anchors: %w", err)
	}
	var anchors []journal.Head
	if err := json.Unmarshal(text, &anchors); err != nil {
		return nil, fmt.Errorf("reading the anchors in %s: %w", path, err)
	}
	return anchors, nil
}

func writeAnchors(path string, heads []journal.Head) error {
	if path == "" {
		return nil
	}
	text, err := json.MarshalIndent(heads, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the anchors: %w", err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the anchors: %w", err)
	}
	return nil
}
