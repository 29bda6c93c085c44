package bench_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"habilis/internal/access"
	"habilis/internal/audit"
	"habilis/internal/grid"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/big"
	"habilis/internal/pgtest/place"
)

// connections are those on which checks are measured.
const connections = 8

// oneCell is one check of one cell: what roles give and what a hand says, as the
// calculus joins them.
const oneCell = `
select h.view, h.edit, o.view, o.edit
  from (select max(c.view) as view, max(c.edit) as edit
          from role_grant g
         cross join lateral (select view, edit from role_cell
                              where tenant_id = g.tenant_id and role_id = g.role_id and area = @area and since <= @at and until > @at offset 0) c
         where g.resource_id = @resource and g.since <= @at and g.until > @at) h
  left join lateral (select view, edit from override where resource_id = @resource and area = @area and since <= @at and until > @at limit 1) o on true`

// whole is a place of 10,000 among 1,000, with 1,000,000 accounts and 2,000,000 grants.
type whole struct {
	*place.Place
	*audit.Service
	pool   *pgxpool.Pool
	people []uuid.UUID
	turn   atomic.Int64
}

func newWhole(b *testing.B) *whole {
	b.Helper()
	w := &whole{Place: place.New(b)}
	began := time.Now()
	big.Fill(b, w.Place, big.Whole)
	b.Logf("filled in %.0f s", time.Since(began).Seconds())
	config := pgtest.Pages(b).Config()
	config.MaxConns, config.MinConns = connections, connections
	var err error
	if w.pool, err = pgxpool.NewWithConfig(b.Context(), config); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(w.pool.Close)
	w.Door = access.NewDoor(pgtest.Pool(b), w.pool, w.Clock.Now)
	w.Service = audit.New(w.Door)
	rows, err := pgtest.Super(b).Query(b.Context(), `select id from resource where tenant_id = $1 and state = 'active' limit 1000`, w.ID)
	if err != nil {
		b.Fatal(err)
	}
	if w.people, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID]); err != nil {
		b.Fatal(err)
	}
	return w
}

// someone is another person each time.
func (w *whole) someone() uuid.UUID { return w.people[w.turn.Add(1)%int64(len(w.people))] }

// ask sends one statement in the shape of every page: with the tenant, in one batch.
func (w *whole) ask(b testing.TB, sql string, args ...any) {
	batch := &pgx.Batch{}
	batch.Queue(`select set_config('habilis.tenant', $1, true)`, w.ID.String())
	batch.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			if _, err := rows.Values(); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err := w.pool.SendBatch(context.Background(), batch).Close(); err != nil {
		b.Fatal(err)
	}
}

func (w *whole) must(b testing.TB, err error) {
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkPermissions measures what permissions cost on a whole site, as ratios
// to `select 1` in the same shape, and of a year ago to now.
func BenchmarkPermissions(b *testing.B) {
	w := newWhole(b)
	ctx, pilot, now := context.Background(), w.Pilot.Actor(), w.Clock.Now()
	lastYear := now.AddDate(-1, 0, 0)
	one := func() { w.ask(b, `select 1`) }
	cell := func() {
		w.ask(b, oneCell, pgx.StrictNamedArgs{"area": "clients", "at": now, "resource": w.someone()})
	}
	door := func() {
		_, err := w.Door.Read(ctx, pilot, audit.NeedWhy, func(*access.Reading) {})
		w.must(b, err)
	}
	asOf := func(on time.Time) func() {
		return func() {
			_, err := w.AsOf(ctx, pilot, w.someone(), on)
			w.must(b, err)
		}
	}
	who := func(q audit.Question) func() {
		return func() {
			_, err := w.WhoCan(ctx, pilot, q)
			w.must(b, err)
		}
	}
	everyone := audit.Question{Area: "appointments", Direction: grid.View}
	few := audit.Question{Area: access.Settings, Direction: grid.Edit, Least: grid.All}
	everyoneThen, record := everyone, audit.Question{Area: "clients", Direction: grid.View, Record: w.record(b)}
	everyoneThen.On = lastYear
	for _, c := range []struct {
		name       string
		base, what func()
		callers    int
		per        string
	}{
		{"cell", one, cell, connections, "×select1"},
		{"door", one, door, connections, "×select1"},
		{"grid", one, asOf(time.Time{}), 1, "×select1"},
		{"grid-a-year-ago", asOf(time.Time{}), asOf(lastYear), 1, "×now"},
		{"who-everyone", one, who(everyone), 1, "×select1"},
		{"who-few", one, who(few), 1, "×select1"},
		{"who-record", one, who(record), 1, "×select1"},
		{"who-a-year-ago", who(everyone), who(everyoneThen), 1, "×now"},
	} {
		b.Run(c.name, func(b *testing.B) { compareCalls(b, c.base, c.what, c.callers, c.per) })
	}
}

// record is one of the place's records, assigned to some.
func (w *whole) record(b testing.TB) (id uuid.UUID) {
	b.Helper()
	w.must(b, pgtest.Super(b).QueryRow(b.Context(), `select record_id from assignment where tenant_id = $1 limit 1`, w.ID).Scan(&id))
	return id
}

// compareCalls calls two functions in turn from so many callers.
func compareCalls(b *testing.B, base, what func(), callers int, per string) {
	const calls = 25
	load(base, callers, 20) // connections, prepared statements, generic plans
	load(what, callers, 20)
	var taken [2][]time.Duration
	var spent [2]time.Duration
	for b.Loop() {
		for i, call := range []func(){base, what} {
			began := time.Now()
			taken[i] = append(taken[i], load(call, callers, calls)...)
			spent[i] += time.Since(began)
		}
	}
	for i := range taken {
		slices.Sort(taken[i])
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(spent[1])/float64(spent[0]), per)
	b.ReportMetric(float64(len(taken[1]))/spent[1].Seconds(), "calls/s")
	b.ReportMetric(at(taken[1], 50), "p50-ms")
	b.ReportMetric(at(taken[1], 99), "p99-ms")
}
