// Package access is the one door to a place's data. Permission, tenant and
// transaction are a single call, so that none can be forgotten:
//
//	door.Enter(ctx, actor, need, func(v *access.Visit) error { … })  // an act
//	door.Read(ctx, actor, need, func(r *access.Reading) { … })       // a page
//
// Both confirm the actor's session where it was only remembered, set the tenant
// for row-level security, read the actor's standing in the same transaction, judge
// the need, and only then let the operation's rows out.
// An act is recorded in the journal before it commits, or does not happen; a
// refusal is recorded too.
package access

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"habilis/internal/fault"
	"habilis/internal/postgres"
)

// ErrFactor is the answer to a person whose place asks for a second factor
// that the session has not shown.
var ErrFactor = errors.New("the place asks for a second factor")

// errNotRecorded is a defect: an operation changed something and noted nothing.
var errNotRecorded = errors.New("an act was not recorded in the journal")

// Door lets actors in. It holds the pools, which nothing else can reach.
type Door struct {
	acts     *pgxpool.Pool // and what lies before any place
	pages    *pgxpool.Pool // each of one instant
	clock    func() time.Time
	turns    *Turns
	ahead    sync.Map // by place: the time of an act there that was later than ours
	charters *postgres.Memory[uuid.UUID, Charter]
}

// Of 16 connections, the acts of one place take 4 at most: but for the first,
// they wait there for the place's lock. 64 more come in after one another.
const (
	actsAtOnce = 4
	actsBehind = 64
)

// NewDoor returns the door to a database. Acts and sign-ins have connections of their
// own, so that a crowd of them holds up no page. Each transaction of pages sees one
// state of the data, whatever it asks for ([postgres.OneInstant]); who reads no page
// needs none. clock tells the time of all facts.
func NewDoor(acts, pages *pgxpool.Pool, clock func() time.Time) *Door {
	if pages != nil && !postgres.OneInstant(pages) {
		panic("pages would not be of one instant each")
	}
	return &Door{acts: acts, pages: pages, clock: clock, turns: NewTurns(actsAtOnce, actsBehind), charters: postgres.NewMemory[uuid.UUID, Charter](mostCharters)}
}

// now is the time in a place: that of the clock, or of a later act that is known.
func (d *Door) now(place uuid.UUID) time.Time {
	now := d.clock().Truncate(time.Microsecond)
	if latest, ok := d.ahead.Load(place); ok && latest.(time.Time).After(now) {
		return latest.(time.Time)
	}
	return now
}

// Enter runs an act: it locks the place, judges, runs do, records, commits.
// The acts of a place happen one after the other. A fault returned by do, or a
// refusal of the door, is recorded in the journal when it is a [fault.KindForbidden].
// Too many acts of a place at once are a [fault.KindBusy].
func (d *Door) Enter(ctx context.Context, a Actor, n Need, do func(*Visit) error) error {
	if a.office == Guest { // who reads, and does nothing, whatever the need
		if _, err := d.Read(ctx, a, Need{Act: n.Act, Area: n.Area}, func(*Reading) {}); err != nil {
			return err
		}
		return fault.Forbidden("access.guest")
	}
	end, err := d.turns.Take(ctx, a.tenant)
	if err != nil {
		return err
	}
	defer end()
	v := &Visit{Actor: a, need: n, Standing: &Standing{}, door: d}
	err = pgx.BeginFunc(ctx, d.acts, func(tx pgx.Tx) error {
		v.Tx = tx
		if err := v.open(ctx); err != nil {
			return err
		}
		if err := n.judge(a, v.Standing); err != nil {
			return err
		}
		if err := do(v); err != nil {
			return err
		}
		return v.close(ctx)
	})
	return d.refused(ctx, v, explain(err))
}

// Read runs the queries of a page in one round trip, with the actor's standing before
// them; the rows never reach the caller when the need is not met. A page is of one
// instant: what it shows and judges by (roles, cells set by hand, who reads) stands in
// several tables, which an act may change between two statements. So a batch, which the
// protocol makes one transaction, goes to a connection whose transactions see one state:
// that begins and ends by itself.
func (d *Door) Read(ctx context.Context, a Actor, n Need, ask func(*Reading)) (*Standing, error) {
	s := &Standing{Now: d.now(a.tenant)}
	batch := &pgx.Batch{}
	postgres.Enter(batch, a.tenant, a.claim)
	d.queue(batch, s, a)
	if a.office == Person && !a.claim.Alone() {
		queue(batch, readPlaces, pgx.StrictNamedArgs{"account": a.account, "tenant": a.tenant, "now": s.Now}).Query(func(rows pgx.Rows) (err error) {
			s.Places, err = pgx.CollectRows(rows, pgx.RowToStructByName[Place])
			return err
		})
	}
	judge := sync.OnceValue(func() error { return s.judged(a, n) })
	ask(&Reading{batch, s, judge})
	err := d.pages.SendBatch(ctx, batch).Close()
	if err == nil {
		err = judge() // of a page that asked for nothing
	}
	if errors.Is(err, errEdition) {
		d.charters.Forget(a.tenant)
		return d.Read(ctx, a, n, ask)
	}
	err = d.refused(ctx, &Visit{Actor: a, need: n, Standing: s}, err)
	if err != nil && !errors.Is(err, ErrFactor) && !errors.Is(err, ErrProof) {
		if _, ok := fault.As(err); !ok {
			return nil, fmt.Errorf("reading a page: %w", err)
		}
	}
	return s, err
}

func (s *Standing) judged(a Actor, n Need) error {
	if !s.current() {
		return errEdition
	}
	s.settle(a)
	return n.judge(a, s)
}

// refused records in the journal that v was refused, in a transaction of its
// own, and returns why. Who does not belong to the place leaves no trace there.
func (d *Door) refused(ctx context.Context, v *Visit, why error) error {
	if !fault.Is(why, fault.KindForbidden) {
		return why
	}
	faults, _ := fault.As(why)
	forbidden := faults[slices.IndexFunc(faults, func(f *fault.Fault) bool { return f.Kind == fault.KindForbidden })]
	entry := Entry{Act: v.need.Act, TargetKind: v.aim.TargetKind, Target: v.aim.Target, Label: v.aim.Label, Reason: forbidden.Key}
	if entry.Act == "" {
		entry.Act = "page." + cmp.Or(string(v.need.Area), "place")
	}
	noted := pgx.BeginFunc(ctx, d.acts, func(tx pgx.Tx) error {
		v.Tx = tx
		batch := &pgx.Batch{}
		postgres.Enter(batch, v.Actor.tenant, nil)
		if err := v.append(batch, entry, "refused"); err != nil {
			return err
		}
		return v.SendBatch(ctx, batch).Close()
	})
	if noted != nil {
		return fmt.Errorf("recording a refusal: %w", noted)
	}
	return why
}

// Identity is what lies before any place: the functions of the schema
// identity, which are all that can be reached without a tenant.
func (d *Door) Identity() Identity { return d.acts }

// Identity runs functions of the schema identity. On a table of a place it
// fails, since no tenant is set.
type Identity interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
	Begin(ctx context.Context) (pgx.Tx, error)
}

// Reading is a page's batch of queries.
type Reading struct {
	batch    *pgx.Batch
	standing *Standing
	judge    func() error // fails when the need isn't met
}

// Now is the instant at which the page is read.
func (r *Reading) Now() time.Time { return r.standing.Now }

// Standing is who reads; it is complete only inside the scan functions.
func (r *Reading) Standing() *Standing { return r.standing }

// Query asks for rows that scan receives once the actor was let in.
func (r *Reading) Query(sql string, args pgx.StrictNamedArgs, scan func(pgx.Rows) error) {
	queue(r.batch, sql, args).Query(func(rows pgx.Rows) error {
		if err := r.judge(); err != nil {
			return err
		}
		return scan(rows)
	})
}

// All asks for rows, each a struct by its columns' names, into dest.
func All[T any](r *Reading, dest *[]T, sql string, args pgx.StrictNamedArgs) {
	r.Query(sql, args, func(rows pgx.Rows) (err error) {
		*dest, err = pgx.CollectRows(rows, pgx.RowToStructByName[T])
		return err
	})
}

// One asks for one row into dest; none is a [fault.KindNotFound] with the given key.
func One[T any](r *Reading, dest *T, missing, sql string, args pgx.StrictNamedArgs) {
	r.Query(sql, args, func(rows pgx.Rows) (err error) {
		*dest, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T])
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.NotFound(missing)
		}
		return err
	})
}

const lockNotAvailable = "55P03" // lock_timeout has passed

// Constraints that hold whatever the door, and what their refusal is called.
var constraints = map[string]string{
	"role_last_holder":  "roles.last_holder",
	"role_name_once_fr": "roles.name_taken",
	"grant_exclusive":   "roles.exclusive",
	"grant_alone":       "roles.exclusive",
	"grant_once":        "roles.already_held",
}

// explain turns the database's own refusal of a rule, or to wait longer for a
// lock, into a fault.
func explain(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	if pg.Code == lockNotAvailable {
		return errBusy()
	}
	if key, ok := constraints[pg.ConstraintName]; ok {
		return fault.Conflict(key)
	}
	return err
}

// NewID returns a fresh random identifier, ordered by time (UUIDv7).
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
