package roles

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/rights"
)

// editsSettings reports whether a grid opens all settings to change: whom nobody
// is above, and of whom a place keeps one.
func editsSettings(g grid.Grid) bool { return g[access.Settings].Edit == grid.All }

// The first arm is the holders of roles that edit all settings, where no hand says
// anything; the second those of whom a hand does. What a hand that says the view
// alone makes of the edit is [grid.Catalogue.Effective]'s: as the roles say, but
// all where the area admits nothing else. The hands are read once, not for each
// holder: the planner takes the wrong index for one person's.
const findEditor = `
select exists (
  select from role_cell c
   cross join lateral (
     select from role_grant g
      cross join lateral (select from resource
                           where tenant_id = g.tenant_id and id = g.resource_id and state <> 'archived' offset 0) p
      where g.tenant_id = c.tenant_id and g.role_id = c.role_id and g.since <= @now and g.until > @now
        and g.resource_id <> all (@except)
        and g.resource_id not in (select resource_id from override where area = @area and since <= @now and until > @now)
      limit 1) h
   where c.area = @area and c.edit = 3 and c.since <= @now and c.until > @now)
or exists (
  select from override o
   cross join lateral (select from resource
                        where tenant_id = o.tenant_id and id = o.resource_id and state <> 'archived' offset 0) p
   where o.area = @area and o.since <= @now and o.until > @now and o.resource_id <> all (@except)
     and (o.edit = 3 or o.edit is null and o.view = 3 and (o.edit_ok = 8 or exists (
           select from role_grant g
            cross join lateral (select from role_cell
                                 where tenant_id = g.tenant_id and role_id = g.role_id and area = @area and edit = 3
                                   and since <= @now and until > @now offset 0) c
            where g.tenant_id = o.tenant_id and g.resource_id = o.resource_id and g.since <= @now and g.until > @now))))`

// askEditor queues the question whether someone may edit all settings now, by
// roles or by hand, apart from some people of whom the asker knows more.
func askEditor(q rights.Asker, now time.Time, except []uuid.UUID) *bool {
	found := new(bool)
	if except == nil {
		except = []uuid.UUID{}
	}
	args := pgx.StrictNamedArgs{"area": access.Settings, "now": now, "except": except}
	q.Query(findEditor, args, func(rows pgx.Rows) (err error) {
		*found, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[bool])
		return err
	})
	return found
}

// staysEditor reports whether the person would be of those who may edit all
// settings once the change is done.
func (d *desk) staysEditor(r *ruling) bool {
	return d.person != nil && d.person.State != "archived" && editsSettings(r.forecast.After)
}

func notLastEditor(d *desk, _ giver, r *ruling) *fault.Fault {
	if d.person == nil || !editsSettings(r.forecast.Before) || editsSettings(r.forecast.After) {
		return nil
	}
	if d.beside > 0 || *d.elsewhere {
		return nil
	}
	return fault.Conflict("roles.last_editor")
}

// MayLeave refuses to let someone go whose leaving would leave the place without
// the last holder of a role that must be held, or without anyone who may edit all
// settings: rules 10 and 11, for all that takes every right from a person at once.
func (s *Service) MayLeave(ctx context.Context, v *access.Visit, resource uuid.UUID) error {
	d, err := openDesk(ctx, v, resource)
	if err != nil {
		return err
	}
	facts := d.Facts()
	gone := &ruling{forecast: grid.Forecast{Before: facts.Grid(d.Rows), Ends: facts.Held}}
	for _, rule := range []func(*desk, giver, *ruling) *fault.Fault{notLast, notLastEditor} {
		if refused := rule(d, giver{}, gone); refused != nil {
			return refused
		}
	}
	return nil
}
