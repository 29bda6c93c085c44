package access_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"habilis/internal/access"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/postgres"
)

// filled is a pair of places in which every table that a place fills by itself,
// or by its people, has rows.
func filled(t *testing.T) (ours, theirs *place.Place) {
	t.Helper()
	ours = place.New(t)
	theirs = ours.Beside(t)
	for _, p := range []*place.Place{ours, theirs} {
		p.Write(t, func(ctx context.Context, v *access.Visit) error {
			_, err := v.Exec(ctx, `
with m as (insert into mail (tenant_id, id, template, resource_id, recipient, locale, params, created_at, changed_at)
           values (@tenant, @id, 'invitation', @pilot, 'a@exemple.test', 'fr-CA', '{}', @now, @now)),
     i as (insert into invitation (tenant_id, id, email, email_key, role_id, invited_by, created_at, expires_at)
           values (@tenant, @id, 'a@exemple.test', 'a@exemple.test', @role, @pilot, @now, @now)),
     q as (insert into request (tenant_id, id, resource_id, role_id, requested_by, created_at) values (@tenant, @id, @pilot, @role, @pilot, @now)),
     o as (insert into override (tenant_id, resource_id, area, view, view_ok, edit_ok, since, by_kind)
           select tenant_id, @pilot, area, 3, view_ok, edit_ok, @now, 'console' from area where area = 'people'),
     c as (insert into invitation_cell (tenant_id, invitation_id, area, view, view_ok, edit_ok)
           select tenant_id, @id, area, 3, view_ok, edit_ok from area where area = 'people'),
     b as (insert into invitation_role (tenant_id, invitation_id, role_id) values (@tenant, @id, @role)),
     e as (insert into grant_notice (tenant_id, grant_id, days, at) select tenant_id, id, 7, @now from role_grant limit 1),
     r as (insert into record (tenant_id, id, reference, reference_key, label, search, created_at) values (@tenant, @id, 'A1', 'a1', 'A', 'a a1', @now)),
     a as (insert into assignment (tenant_id, resource_id, record_id, since, by_kind) values (@tenant, @pilot, @id, @now, 'console')),
     h as (insert into help_request (tenant_id, id, resource_id, what, requested_by, created_at) values (@tenant, @id, @pilot, 'factor', @pilot, @now)),
     d as (insert into draft (tenant_id, id, purpose, made_by, made_at) values (@tenant, @id, 'records', @pilot, @now)),
     l as (insert into draft_line (tenant_id, draft_id, position, number, id, reference, label, key, search, outcome)
           values (@tenant, @id, 1, 2, @id, 'A1', 'A', 'a1', 'a a1', 'new'))
insert into submission (tenant_id, id, result, at) values (@tenant, @id, '', @now)`,
				pgx.StrictNamedArgs{"tenant": p.ID, "id": access.NewID(), "pilot": p.Pilot.Resource, "role": p.Role(t, p.Kind.DefaultRole().Key), "now": v.Now})
			return err
		})
		_, err := pgtest.Super(t).Exec(t.Context(), `
insert into stay (tenant_id, id, operator, session, name, reason, since, until) values ($1, $2, $2, $2, 'A', 'a', now(), now() + interval '1 hour')`, p.ID, access.NewID())
		if err != nil {
			t.Fatal(err)
		}
	}
	return ours, theirs
}

// as runs a statement as the server would within a place, and rolls it back.
func as(t *testing.T, tenant uuid.UUID, do func(pgx.Tx) error) error {
	t.Helper()
	tx, err := pgtest.Pool(t).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(t.Context(), `select set_config('habilis.tenant', $1, true)`, tenant.String()); err != nil {
		t.Fatal(err)
	}
	return do(tx)
}

func TestAQueryWithoutAFilterShowsNoRowOfAnotherPlace(t *testing.T) {
	ours, theirs := filled(t)
	for _, table := range tables(t) {
		var own, foreign, really int
		name := pgx.Identifier{table}.Sanitize()
		err := as(t, ours.ID, func(tx pgx.Tx) error {
			return tx.QueryRow(t.Context(), fmt.Sprintf(
				`select count(*) filter (where tenant_id = $1), count(*) filter (where tenant_id <> $1) from %s`, name), ours.ID).Scan(&own, &foreign)
		})
		if err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		if err := pgtest.Super(t).QueryRow(t.Context(), fmt.Sprintf(`select count(*) from %s where tenant_id = $1`, name), theirs.ID).Scan(&really); err != nil {
			t.Fatal(err)
		}
		if foreign > 0 {
			t.Errorf("%s shows %d rows of other places", table, foreign)
		}
		if table != "role_pair" && (own == 0 || really == 0) {
			t.Errorf("%s has %d rows of ours and %d of theirs: this test must fill it", table, own, really)
		}
	}
}

func TestAWriteReachesNoRowOfAnotherPlace(t *testing.T) {
	ours, theirs := filled(t)
	for statement, args := range map[string][]any{
		`update resource set family = 'X' where id = $1`:                   {theirs.Pilot.Resource},
		`update role_grant set until = since where resource_id = $1`:       {theirs.Pilot.Resource},
		`update tenant set name = 'X' where tenant_id = $1`:                {theirs.ID},
		`update invitation set email = 'x' where tenant_id = $1`:           {theirs.ID},
		`update submission set result = 'x' where tenant_id = $1`:          {theirs.ID},
		`update mail set recipient = 'x@exemple.test' where tenant_id= $1`: {theirs.ID},
	} {
		err := as(t, ours.ID, func(tx pgx.Tx) error {
			tag, err := tx.Exec(t.Context(), statement, args...)
			if err == nil && tag.RowsAffected() > 0 {
				t.Errorf("%s reached %d rows", statement, tag.RowsAffected())
			}
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

func TestARowCannotBePutOrMovedIntoAnotherPlace(t *testing.T) {
	ours, theirs := filled(t)
	for _, statement := range []string{
		`insert into submission (tenant_id, id, result, at) values ($1, gen_random_uuid(), '', now())`,
		`insert into module (tenant_id, module, position, name_fr, name_en) values ($1, 'x', 1, 'x', 'x')`,
		`update resource set tenant_id = $1`,
		`update submission set tenant_id = $1`,
	} {
		err := as(t, ours.ID, func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), statement, theirs.ID)
			return err
		})
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "42501" { // the policy's check
			t.Errorf("%s: %v", statement, err)
		}
	}
}

func TestAGrantCannotNameAPersonOrARoleOfAnotherPlace(t *testing.T) {
	ours, theirs := filled(t)
	const grant = `insert into role_grant (tenant_id, id, resource_id, role_id, exclusive, since, by_kind)
values ($1, gen_random_uuid(), $2, $3, false, now(), 'console')`
	role := ours.Kind.DefaultRole().Key
	for what, args := range map[string][]any{
		"their person": {ours.ID, theirs.Pilot.Resource, ours.Role(t, role)},
		"their role":   {ours.ID, ours.Pilot.Resource, theirs.Role(t, role)},
	} {
		err := as(t, ours.ID, func(tx pgx.Tx) error {
			if _, err := tx.Exec(t.Context(), grant, args...); err != nil {
				return err
			}
			_, err := tx.Exec(t.Context(), `set constraints all immediate`)
			return err
		})
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "23503" { // foreign key
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Requests of many places over two connections for pages and two for the rest: pages, acts, refusals, and ones
// whose reader went away. None may see another's place.
func TestTenThousandMixedRequestsOnFourConnectionsNeverBleed(t *testing.T) {
	const requests, readers = 10_000, 16
	pool, err := postgres.OpenPool(t.Context(), pgtest.AppURL(t), postgres.PoolOptions{Name: "bleed", MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	pages, err := postgres.OpenPool(t.Context(), pgtest.AppURL(t), postgres.PoolOptions{Name: "bleed", MaxConns: 2, OneInstant: true})
	if err != nil {
		t.Fatal(err)
	}
	defer pages.Close()
	first := place.New(t)
	places := []*place.Place{first, first.Beside(t), first.Beside(t), first.Beside(t), first.Beside(t)}
	door := access.NewDoor(pool, pages, first.Clock.Now)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			for n := next.Add(1); n <= requests && !t.Failed(); n = next.Add(1) {
				if err := visitOne(t.Context(), door, places, int(n)); err != nil {
					t.Errorf("request %d: %v", n, err)
				}
			}
		})
	}
	wg.Wait()
}

const whereAmI = `select tenant_id from resource union all select tenant_id from role_grant union all select tenant_id from tenant`

var needAct = access.EditOf(access.People, "test.bleed")

func visitOne(ctx context.Context, door *access.Door, places []*place.Place, n int) error {
	here, elsewhere := places[n%len(places)], places[(n+1)%len(places)]
	switch {
	case n%97 == 0: // goes away
		gone, cancel := context.WithCancel(ctx)
		cancel()
		_, _ = read(gone, door, here.Pilot.Actor())
		return nil
	case n%31 == 0: // of another place
		seen, err := read(ctx, door, here.Pilot.Signed().In(elsewhere.ID))
		if err == nil || len(seen) > 0 {
			return fmt.Errorf("a stranger saw %d rows (%v)", len(seen), err)
		}
		return nil
	case n%23 == 0:
		return door.Enter(ctx, here.Pilot.Actor(), needAct, func(v *access.Visit) error {
			v.Unchanged()
			rows, err := v.Query(ctx, whereAmI)
			return all(here.ID, rows, err)
		})
	}
	seen, err := read(ctx, door, here.Pilot.Actor())
	if err == nil && len(seen) < 3 {
		return fmt.Errorf("only %d rows", len(seen))
	}
	for _, tenant := range seen {
		if tenant != here.ID {
			return fmt.Errorf("a row of %s in %s", tenant, here.ID)
		}
	}
	return err
}

func read(ctx context.Context, door *access.Door, a access.Actor) (seen []uuid.UUID, err error) {
	_, err = door.Read(ctx, a, access.ViewOf(access.People), func(r *access.Reading) {
		r.Query(whereAmI, nil, func(rows pgx.Rows) (err error) {
			seen, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
			return err
		})
	})
	return seen, err
}

func all(tenant uuid.UUID, rows pgx.Rows, err error) error {
	if err != nil {
		return err
	}
	seen, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	for _, id := range seen {
		if id != tenant {
			return fmt.Errorf("a row of %s in %s", id, tenant)
		}
	}
	return err
}
