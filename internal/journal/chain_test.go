package journal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/journal"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

// chained is a place whose journal has lines.
func chained(t *testing.T, lines int) *place.Place {
	t.Helper()
	p := place.New(t)
	for range lines {
		act(t, p)
	}
	return p
}

var needAct = access.EditOf(access.People, "people.edit")

func act(t *testing.T, p *place.Place) {
	t.Helper()
	if err := tryAct(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}

// tryAct renames the pilot, so that there is something to see undone.
func tryAct(ctx context.Context, p *place.Place) error {
	return p.Door.Enter(ctx, p.Pilot.Actor(), needAct, func(v *access.Visit) error {
		v.Record(access.Entry{TargetKind: "resource", Target: p.Pilot.Resource, Label: "Ève", Before: map[string]string{"function": ""}})
		_, err := v.Exec(ctx, `update resource set function = 'changed', version = version + 1 where id = $1`, p.Pilot.Resource)
		return err
	})
}

func exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := pgtest.Super(t).Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, p *place.Place) (n int64) {
	t.Helper()
	if err := pgtest.Super(t).QueryRow(t.Context(), `select count(*) from journal where tenant_id = $1`, p.ID).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// broken is what the verifier says of a place, as the owner who runs it.
func broken(t *testing.T, p *place.Place, anchors ...journal.Head) []journal.Broken {
	t.Helper()
	found, err := journal.Verify(t.Context(), pgtest.Owner(t), []journal.Head{headOf(t, p)}, anchors)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func headOf(t *testing.T, p *place.Place) journal.Head {
	t.Helper()
	heads, err := journal.Heads(t.Context(), pgtest.Owner(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range heads {
		if h.Tenant == p.ID {
			return h
		}
	}
	return journal.Head{Tenant: p.ID}
}

func TestAnActIsNotDoneWhenItCannotBeRecorded(t *testing.T) {
	p := chained(t, 1)
	before := count(t, p)
	exec(t, fmt.Sprintf(`
create function refuse_the_journal() returns trigger language plpgsql as $$
begin
  if new.tenant_id = '%s' then raise exception 'the journal is full'; end if;
  return new;
end $$;
create trigger refuse before insert on journal for each row execute function refuse_the_journal()`, p.ID))
	t.Cleanup(func() {
		_, err := pgtest.Super(t).Exec(context.Background(), `drop trigger refuse on journal; drop function refuse_the_journal()`)
		if err != nil {
			t.Error(err)
		}
	})
	var version, after int
	read := func(into *int) {
		if err := pgtest.Super(t).QueryRow(t.Context(), `select version from resource where id = $1`, p.Pilot.Resource).Scan(into); err != nil {
			t.Fatal(err)
		}
	}
	read(&version)
	if err := tryAct(t.Context(), p); err == nil {
		t.Error("the act was done")
	}
	read(&after)
	if after != version || count(t, p) != before {
		t.Errorf("version %d became %d, %d lines became %d", version, after, before, count(t, p))
	}
}

func TestAnActThatNotesNothingIsADefectAndNotDone(t *testing.T) {
	p := place.New(t)
	err := p.Door.Enter(t.Context(), p.Pilot.Actor(), needAct, func(v *access.Visit) error {
		_, err := v.Exec(t.Context(), `update resource set function = 'silently'`)
		return err
	})
	if _, isFault := fault.As(err); err == nil || isFault {
		t.Errorf("got %v", err)
	}
	var changed int
	if err := pgtest.Super(t).QueryRow(t.Context(), `select count(*) from resource where function = 'silently'`).Scan(&changed); err != nil || changed > 0 {
		t.Errorf("%d people were changed (%v)", changed, err)
	}
}

func TestARefusalIsRecordedWithWhoAndWhat(t *testing.T) {
	p := place.New(t)
	limited := p.Person(t, p.Kind.DefaultRole().Key)
	err := p.Door.Enter(t.Context(), limited.Actor(), needAct, func(*access.Visit) error { return errors.New("was let in") })
	if !fault.Is(err, fault.KindForbidden) {
		t.Fatal(err)
	}
	var actor uuid.UUID
	var act, result, name string
	err = pgtest.Super(t).QueryRow(t.Context(), `
select actor, act, result, coalesce(facts->>'actor', '') from journal where tenant_id = $1 order by n desc limit 1`, p.ID).Scan(&actor, &act, &result, &name)
	if err != nil || actor != limited.Account || act != "people.edit" || result != "refused" {
		t.Errorf("the last line is %s %s of %s (%v)", act, result, actor, err)
	}
	if name == "" {
		t.Error("the line of a refusal does not name the person")
	}
}

func TestTheServerCanOnlyAddToTheJournal(t *testing.T) {
	p := chained(t, 1)
	for _, statement := range []string{
		`insert into journal select * from journal limit 1`,
		`update journal set act = 'x'`,
		`delete from journal`,
		`truncate journal`,
		`update journal_head set n = 0`,
		`delete from journal_head`,
		`alter table journal disable trigger all`,
	} {
		err := pgx.BeginFunc(t.Context(), pgtest.Pool(t), func(tx pgx.Tx) error {
			if _, err := tx.Exec(t.Context(), `select set_config('habilis.tenant', $1, true)`, p.ID.String()); err != nil {
				return err
			}
			_, err := tx.Exec(t.Context(), statement)
			return err
		})
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "42501" {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

// Each damage is done as one with the superuser's rights would do it; row 4 of 8
// is where it begins.
func TestTheVerifierNamesTheFirstRowThatIsNotAsItWas(t *testing.T) {
	const last = 8
	for what, test := range map[string]struct {
		damage string
		n      int64
		why    string
	}{
		"an edited act":            {`update journal set act = 'people.praise' where tenant_id = $1 and n = 4`, 4, "hash"},
		"an edited actor":          {`update journal set actor = gen_random_uuid() where tenant_id = $1 and n = 4`, 4, "hash"},
		"an edited instant":        {`update journal set at = at + interval '1 microsecond' where tenant_id = $1 and n = 4`, 4, "hash"},
		"an edited result":         {`update journal set result = 'refused' where tenant_id = $1 and n = 4`, 4, "hash"},
		"edited facts":             {`update journal set facts = '{"label": "Someone else"}' where tenant_id = $1 and n = 4`, 4, "facts"},
		"edited facts, redigest":   {`update journal set facts = '{}', digest = sha256(salt || convert_to('{}', 'UTF8')) where tenant_id = $1 and n = 4`, 4, "hash"},
		"a deletion in the middle": {`delete from journal where tenant_id = $1 and n = 4`, 4, "missing"},
		"a deleted beginning":      {`delete from journal where tenant_id = $1 and n = 1`, 1, "missing"},
		"a deleted tail":           {`delete from journal where tenant_id = $1 and n >= 4`, 4, "head"},
		"two rows swapped": {`update journal set n = case n when 4 then -5 else -4 end where tenant_id = $1 and n in (4, 5);
			update journal set n = -n where tenant_id = $1 and n < 0`, 4, "hash"},
	} {
		t.Run(what, func(t *testing.T) {
			p := chained(t, 1)
			for count(t, p) < last {
				act(t, p)
			}
			if found := broken(t, p); len(found) > 0 {
				t.Fatalf("a journal that nobody touched is broken: %v", found)
			}
			err := pgx.BeginFunc(t.Context(), pgtest.Super(t), func(tx pgx.Tx) error {
				_, err := tx.Exec(t.Context(), test.damage, pgx.QueryExecModeSimpleProtocol, p.ID)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			found := broken(t, p)
			if len(found) != 1 || found[0].N != test.n || found[0].Why != test.why {
				t.Errorf("got %v, want row %d: %s", found, test.n, test.why)
			}
		})
	}
}

func TestAHeadKeptOutsideBetraysATailThatWasRewritten(t *testing.T) {
	p := chained(t, 6)
	anchor := headOf(t, p)
	exec(t, `delete from journal where tenant_id = $1 and n = $2`, p.ID, anchor.N)
	exec(t, `update journal_head h set n = j.n, hash = j.hash from journal j
 where h.tenant_id = $1 and j.tenant_id = $1 and j.n = $2 - 1`, p.ID, anchor.N)
	if found := broken(t, p); len(found) > 0 {
		t.Fatalf("the rewritten tail was to be consistent in itself: %v", found)
	}
	if found := broken(t, p, anchor); len(found) != 1 || found[0].Why != "anchor" {
		t.Errorf("with the head kept outside: %v", found)
	}
	act(t, p) // grows over the place of the lost row
	if found := broken(t, p, anchor); len(found) != 1 || found[0].N != anchor.N {
		t.Errorf("after another act: %v", found)
	}
}

func TestErasedFactsLeaveTheChainWhole(t *testing.T) {
	p := chained(t, 4)
	exec(t, `update journal set facts = null, salt = null where tenant_id = $1`, p.ID)
	if found := broken(t, p); len(found) > 0 {
		t.Errorf("got %v", found)
	}
}

func TestTwoHundredWritersMakeOneChain(t *testing.T) {
	const writers = 200
	p := chained(t, 1)
	before := count(t, p)
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			err := tryAct(t.Context(), p)
			for fault.Is(err, fault.KindBusy) { // the place has so many at once, and is asked again
				err = tryAct(t.Context(), p)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := count(t, p); n != before+writers {
		t.Errorf("%d lines, want %d", n, before+writers)
	}
	if found := broken(t, p); len(found) > 0 {
		t.Errorf("got %v", found)
	}
	none := `select count(*) from (select at, lag(at) over (order by n) before from journal where tenant_id = $1) j where at < before`
	var back int
	if err := pgtest.Super(t).QueryRow(t.Context(), none, p.ID).Scan(&back); err != nil || back > 0 {
		t.Errorf("%d lines are earlier than the one before them (%v)", back, err)
	}
}

func TestTheSameWordsGiveDifferentDigests(t *testing.T) {
	p := chained(t, 2)
	rows, err := pgtest.Super(t).Query(t.Context(), `select digest from journal where tenant_id = $1 and act = 'people.edit'`, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	digests, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil || len(digests) != 2 || bytes.Equal(digests[0], digests[1]) {
		t.Errorf("got %x (%v): a digest without salt can be guessed after erasure", digests, err)
	}
}
