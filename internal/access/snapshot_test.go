package access_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/grid"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

// A page that reads what an act changes in two statements, the act done between
// them, shows one state of the place.
func TestAPageIsOfOneInstant(t *testing.T) {
	p := place.New(t)
	who, need := p.Person(t, "coordination"), access.ViewOf(access.People)
	const gate = 4711
	holder, err := pgtest.Super(t).Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Release()
	if _, err := holder.Exec(t.Context(), `select pg_advisory_lock($1)`, gate); err != nil {
		t.Fatal(err)
	}
	var before, after int
	count := func(into *int) func(pgx.Rows) error {
		return func(rows pgx.Rows) (err error) {
			*into, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
			return err
		}
	}
	read := make(chan error, 1)
	go func() {
		_, err := p.Door.Read(context.Background(), p.Pilot.Actor(), need, func(r *access.Reading) {
			const hands = `select count(*)::int from override where resource_id = @who and open`
			r.Query(hands, pgx.StrictNamedArgs{"who": who.Resource}, count(&before))
			r.Query(`select pg_advisory_xact_lock(@gate)::text`, pgx.StrictNamedArgs{"gate": gate}, func(pgx.Rows) error { return nil })
			r.Query(hands, pgx.StrictNamedArgs{"who": who.Resource}, count(&after))
		})
		read <- err
	}()
	until(t, func() bool {
		var waits bool
		err := pgtest.Super(t).QueryRow(t.Context(), `select exists (select from pg_locks where locktype = 'advisory' and not granted)`).Scan(&waits)
		return err != nil || waits
	})
	masked(t, p, who, access.People, grid.All, grid.None)
	if _, err := holder.Exec(t.Context(), `select pg_advisory_unlock($1)`, gate); err != nil {
		t.Fatal(err)
	}
	if err := <-read; err != nil {
		t.Fatal(err)
	}
	if before != 0 || after != before {
		t.Errorf("the page found %d cells set by hand, then %d", before, after)
	}
}
