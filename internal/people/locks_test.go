package people_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"habilis/internal/pgtest/place"
)

// rounds is how often each of the tests below runs its acts against one another.
const rounds = 30

func TestWhoComesInWhileTheyAreArchivedOrCorrectedLocksNobodyOut(t *testing.T) {
	s, p := newPeople(t)
	for range rounds {
		id := create(t, s, p.Pilot.Actor(), elise())
		account := column[uuid.UUID](t, `select account_id from resource where id = $1`, id)[0]
		run(t, p, mintToken, account, "one", p.ID, p.Clock.Now())
		c := readdressed(t, s, p, id, newEmail())
		atOnce(t,
			func() error { return s.Archive(t.Context(), p.Pilot.Actor(), id, "", c.Version) },
			func() error { return edit(t, s, p.Pilot.Actor(), id, c) },
			act(t, p, `select identity.password_set($1, 'hash', $2)`, account, p.Clock.Now()),
			act(t, p, takeToken, account, "one", p.Clock.Now()))
	}
}

func TestPlacesThatActOnOneAccountAtOnceLockNobodyOut(t *testing.T) {
	s, p := newPeople(t)
	q := p.Beside(t)
	elsewhere := peopleOf(t, q)
	for range rounds {
		id := create(t, s, p.Pilot.Actor(), elise())
		account := column[uuid.UUID](t, `select account_id from resource where id = $1`, id)[0]
		there := q.Join(t, place.Person{Account: account}, "booking")
		column[any](t, `update resource set state = 'pending' where id = $1 returning ''`, there.Resource)
		run(t, p, mintToken, account, "one", p.ID, p.Clock.Now())
		atOnce(t,
			func() error { return s.Archive(t.Context(), p.Pilot.Actor(), id, "", versionOf(t, s, p, id)) },
			func() error { return elsewhere.Archive(t.Context(), q.Pilot.Actor(), there.Resource, "", 1) },
			act(t, p, `select identity.password_set($1, 'hash', $2)`, account, p.Clock.Now()),
			act(t, p, takeToken, account, "one", p.Clock.Now()),
			act(t, p, mintToken, account, "two", q.ID, p.Clock.Now()),
			act(t, p, comeIn, account, p.Clock.Now()),
			act(t, p, `select identity.mark_failures($1, 3, null)`, account))
	}
}

func TestOfTwoPlacesThatMintATemporaryPasswordAtOnceOneLives(t *testing.T) {
	s, p := newPeople(t)
	q := p.Beside(t)
	for range rounds {
		account := column[uuid.UUID](t, `select account_id from resource where id = $1`, create(t, s, p.Pilot.Actor(), elise()))[0]
		atOnce(t,
			act(t, p, mintToken, account, "one", p.ID, p.Clock.Now()),
			act(t, p, mintToken, account, "two", q.ID, p.Clock.Now()))
		if live := column[int](t, `select count(*) from identity.token where account_id = $1 and voided_at is null`, account)[0]; live != 1 {
			t.Fatalf("%d live", live)
		}
	}
}

const (
	mintToken = `
select identity.token_mint(sha256(($1::uuid || $2::text)::bytea), 'temporary_password', $1, $3, $4, $4::timestamptz + interval '1 day')`
	comeIn    = `select from identity.sign_in_judge($1, true, false, null, '', 'pair', 'login', '', '', 'pair', '{}', '{}', '{}', '{}', '', '', 0, 0, 0, $2)`
	takeToken = `select identity.token_take(sha256(($1::uuid || $2::text)::bytea), 'temporary_password', $1, $3)`
)

// act is a call of the schema identity.
func act(t *testing.T, p *place.Place, sql string, args ...any) func() error {
	return func() error {
		_, err := p.Door.Identity().Exec(t.Context(), sql, args...)
		return err
	}
}

func run(t *testing.T, p *place.Place, sql string, args ...any) {
	t.Helper()
	if err := act(t, p, sql, args...)(); err != nil {
		t.Fatal(err)
	}
}

// atOnce fails when one of the acts was ended by PostgreSQL because it and
// another waited for each other. Faults are right answers.
func atOnce(t *testing.T, acts ...func() error) {
	t.Helper()
	errs := make([]error, len(acts))
	var wait sync.WaitGroup
	for i, act := range acts {
		wait.Go(func() { errs[i] = act() })
	}
	wait.Wait()
	for i, err := range errs {
		var pg *pgconn.PgError
		if errors.As(err, &pg) {
			t.Fatalf("act %d: %v", i, err)
		}
	}
}
