package roles

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/rights"
)

// ProlongPage is the window in which a role that ends by itself is given for longer.
type ProlongPage struct {
	*access.Standing
	Person  *Person
	Grant   *rights.Grant
	Latest  time.Time    // as late as it may end
	Refused *fault.Fault // nil: this actor may do it
}

// Prolonging reads that window.
func (s *Service) Prolonging(ctx context.Context, a access.Actor, resource, grant uuid.UUID) (*ProlongPage, error) {
	d, standing, err := s.look(ctx, a, NeedProlong, resource)
	page := &ProlongPage{Standing: standing}
	if err != nil {
		return page, err
	}
	r, err := d.judgeLonger(giverOf(a.Office(), standing), grant, time.Time{})
	if err != nil {
		return page, err
	}
	page.Person, page.Grant, page.Refused = d.person, r.ended[0], r.refused
	page.Latest = *latest(page.Grant.Role, d.now)
	return page, nil
}

// Prolong gives a role that ends by itself anew from now on: until the end that is
// asked for, or as late as may be. The rules are those of giving it.
func (s *Service) Prolong(ctx context.Context, a access.Actor, resource, grant uuid.UUID, until time.Time, sent Sent) (*Done, error) {
	var done *Done
	err := s.door.Enter(ctx, a, NeedProlong, func(v *access.Visit) error {
		d, err := openDesk(ctx, v, resource)
		if err != nil {
			return err
		}
		if d.person.Version != sent.Version {
			return fault.Conflict("roles.stale")
		}
		r, err := d.judgeLonger(giverOf(a.Office(), v.Standing), grant, until)
		switch {
		case err != nil:
			return err
		case r.refused != nil:
			return r.refused
		}
		if err := Giving(r.gives[0].ID).notTooOften(ctx, v, resource); err != nil {
			return err
		}
		if err := d.prove(v, r); err != nil {
			return err
		}
		done = &Done{Person: d.person, Given: r.gives, Until: r.ending(v.Now)}
		if err := d.prolong(ctx, v, r); err != nil {
			return err
		}
		return s.tell(ctx, v, d, r)
	})
	return done, err
}

// judgeLonger says what giving a role for longer would do, and whether it may be
// done: as if it were not held yet.
func (d *desk) judgeLonger(by giver, grant uuid.UUID, until time.Time) (*ruling, error) {
	at := slices.IndexFunc(d.Grants, func(g rights.Grant) bool { return g.ID == grant })
	if at < 0 {
		return nil, fault.Conflict("roles.ended")
	}
	held := d.Grants[at]
	if held.Until == nil || held.Role.ExpiresAfter == 0 {
		return nil, fault.Conflict("roles.no_planned_end")
	}
	without := *d
	without.Holding = &rights.Holding{Hands: d.Hands, Grants: slices.Delete(slices.Clone(d.Grants), at, at+1)}
	r := &ruling{gives: []*rights.Role{held.Role}, wanted: until}
	r.forecast, r.clash = d.Rows.Preview(without.Facts(), grid.Give{Held: grid.Held{Role: held.Role.Calculus()}})
	if r.refused = notAbove(d, by, r); r.refused == nil {
		for _, rule := range []func(*desk, giver, *ruling) *fault.Fault{notArchived, notRetired, givenBy, noClash, soundEnd, noExcess, notOwn} {
			if r.refused = rule(&without, by, r); r.refused != nil {
				break
			}
		}
	}
	r.ended = []*rights.Grant{&held}
	return r, nil
}

// prolong closes the grant and opens another, of the same role: who gave it for
// how long stays on record.
func (d *desk) prolong(ctx context.Context, v *access.Visit, r *ruling) error {
	kind, by := v.By()
	role, held := r.gives[0], r.ended[0]
	end := r.until(role, v.Now)
	var b pgx.Batch
	b.Queue(closeGrant, pgx.StrictNamedArgs{"ids": []uuid.UUID{held.ID}, "now": v.Now, "kind": kind, "by": by})
	b.Queue(bump, pgx.StrictNamedArgs{"resource": d.person.ID, "lone": nil})
	b.Queue(insertGrant, pgx.StrictNamedArgs{
		"tenant": v.Actor.Tenant(), "id": access.NewID(), "resource": d.person.ID, "role": role.ID,
		"exclusive": role.Exclusive, "now": v.Now, "until": end, "kind": kind, "by": by})
	if err := v.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("prolonging a role: %w", err)
	}
	name := role.Name.In(v.Tenant.Locale)
	v.Record(access.Entry{TargetKind: "resource", Target: d.person.ID, Label: d.person.Name(),
		Before: map[string]any{"role": name, "until": held.Until.Format(time.RFC3339)},
		After:  map[string]any{"role": name, "until": end.Format(time.RFC3339)}})
	return nil
}
