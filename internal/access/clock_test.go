package access_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

// mask sets someone's cell by hand, in the place of the one that is set already.
func mask(ctx context.Context, v *access.Visit, who place.Person, area grid.Area, view, edit grid.Scope) error {
	args := pgx.StrictNamedArgs{"who": who.Resource, "area": area, "now": v.Now}
	if _, err := v.Exec(ctx, `update override set open = false, until = @now where resource_id = @who and area = @area and open`, args); err != nil {
		return err
	}
	args["view"], args["edit"] = int16(view), int16(edit)
	_, err := v.Exec(ctx, `
insert into override (tenant_id, resource_id, area, view, edit, view_ok, edit_ok, since, by_kind)
select tenant_id, @who, area, @view, @edit, view_ok, edit_ok, @now, 'console' from area where area = @area`, args)
	return err
}

func masked(t *testing.T, p *place.Place, who place.Person, area grid.Area, view, edit grid.Scope) {
	t.Helper()
	p.Write(t, func(ctx context.Context, v *access.Visit) error { return mask(ctx, v, who, area, view, edit) })
}

// beside runs an act while another of someone waits for it, and a second passes.
func beside(t *testing.T, p *place.Place, who access.Actor, n access.Need, do func(context.Context, *access.Visit) error) (waited error) {
	t.Helper()
	answer := make(chan error, 1)
	p.Write(t, func(ctx context.Context, v *access.Visit) error {
		go func() {
			answer <- p.Door.Enter(ctx, who, n, func(v *access.Visit) error { v.Unchanged(); return nil })
		}()
		until(t, func() bool {
			var waits bool
			err := pgtest.Super(t).QueryRow(ctx, `select exists (select from pg_locks where not granted)`).Scan(&waits)
			return err != nil || waits
		})
		p.Clock.Advance(time.Second)
		v.Now = p.Clock.Now()
		return do(ctx, v)
	})
	return <-answer
}

func TestAMaskThatIsSetAnewHoldsForWhoWaitsMeanwhile(t *testing.T) {
	p := place.New(t)
	who, need := p.Person(t, "coordination"), access.EditOf(access.People, "test.knock")
	masked(t, p, who, access.People, grid.All, grid.None)
	waited := beside(t, p, who.Actor(), need, func(ctx context.Context, v *access.Visit) error {
		return mask(ctx, v, who, access.People, grid.None, grid.None)
	})
	if !fault.Is(waited, fault.KindForbidden) {
		t.Errorf("who was masked before and after was let in: %v", waited)
	}
}

func TestARoleThatEndsWhileItsHolderWaitsIsOfNoUse(t *testing.T) {
	p := place.New(t)
	who := p.Person(t, "coordination")
	if _, err := pgtest.Super(t).Exec(t.Context(), `update role_grant set until = $2 where resource_id = $1`, who.Resource, p.Clock.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	need := access.EditOf(access.People, "test.knock")
	if entering, reading := knock(t, p.Door, who.Actor(), need); entering != nil || reading != nil {
		t.Errorf("before: %v, %v", entering, reading)
	}
	waited := beside(t, p, who.Actor(), need, func(context.Context, *access.Visit) error { return nil })
	entering, reading := knock(t, p.Door, who.Actor(), need)
	for _, err := range []error{waited, entering, reading} {
		if !fault.Is(err, fault.KindForbidden) {
			t.Errorf("afterwards: %v, %v, %v", waited, entering, reading)
			break
		}
	}
}

func TestAProcessWhoseClockIsLateIsBoundByWhatTheOthersDid(t *testing.T) {
	p := place.New(t)
	who, need := p.Person(t, "coordination"), access.EditOf(access.People, "test.knock")
	masked(t, p, who, access.People, grid.All, grid.None)
	slow := p.Clock.Now().Add(time.Minute)
	late := access.NewDoor(pgtest.Pool(t), pgtest.Pages(t), func() time.Time { return slow })
	p.Clock.Advance(time.Minute + 500*time.Millisecond)
	masked(t, p, who, access.People, grid.None, grid.None)
	entering, reading := knock(t, late, who.Actor(), need)
	if !fault.Is(entering, fault.KindForbidden) || !fault.Is(reading, fault.KindForbidden) {
		t.Errorf("who is masked was let in: %v, %v", entering, reading)
	}
	err := late.Enter(t.Context(), p.Pilot.Actor(), need, func(v *access.Visit) error {
		if !v.Now.Equal(p.Clock.Now()) {
			t.Errorf("an act is %v before the last one", p.Clock.Now().Sub(v.Now))
		}
		v.Unchanged()
		s, err := v.StandingOf(t.Context(), who.Resource)
		if err == nil && s.Grid[access.People] != (grid.Cell{}) {
			t.Errorf("who is masked has %+v", s.Grid[access.People])
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	s, err := late.Read(t.Context(), p.Pilot.Actor(), need, func(*access.Reading) {})
	if err != nil || s.Now.Before(p.Clock.Now()) {
		t.Errorf("a page after an act is as of %v (%v)", s.Now, err)
	}
}
