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
	"habilis/internal/i18n"
	"habilis/internal/rights"
)

// editsSettings reports whether a grid opens all settings to change: whom nobody
// is above, and of whom a place keeps one.
func editsSettings(g grid.Grid) bool { return g[access.Settings].Edit == grid.All }

// tenure is how much can be counted on that someone edits all settings. Of what a
// place has, the surest is kept: a pending person is no editor to rely on where an
// active one is there, but all that there is where nobody has signed in yet.
type tenure int

// What is known of someone who may, or may not, edit all settings.
const (
	noEditor tenure = iota
	passing         // not without roles that have a planned end
	awaited         // for good, once they have signed in
	sure            // for good
)

// tenureOf is that of someone who may do what whole says now, and what kept says
// once all that has a planned end is over.
func tenureOf(state string, whole, kept grid.Grid) tenure {
	switch {
	case state == "archived" || !editsSettings(whole):
		return noEditor
	case !editsSettings(kept):
		return passing
	case state == "pending":
		return awaited
	}
	return sure
}

// findTenure asks for each tenure, the surest first, whether someone has it.
var findTenure = `
select case when ` + editorBy(`state = 'active'`, `until = 'infinity'`) + ` then 3
            when ` + editorBy(`state = 'pending'`, `until = 'infinity'`) + ` then 2
            when ` + editorBy(`state <> 'archived'`, `until > @now`) + ` then 1
            else 0 end`

// editorBy is the condition that someone whose state is so may edit all settings
// by grants that end so.
//
// The first arm is the holders of roles that edit all settings, where no hand says
// anything; the second those of whom a hand does. What a hand that says the view
// alone makes of the edit is [grid.Catalogue.Effective]'s: as the roles say, but
// all where the area admits nothing else. The hands are read once, not for each
// holder: the planner takes the wrong index for one person's.
func editorBy(state, until string) string {
	return `(exists (
  select from role_cell c
   cross join lateral (
     select from role_grant g
      cross join lateral (select from resource
                           where tenant_id = g.tenant_id and id = g.resource_id and ` + state + ` offset 0) p
      where g.tenant_id = c.tenant_id and g.role_id = c.role_id and g.open and g.` + until + `
        and g.resource_id <> all (@except)
        and g.resource_id not in (select resource_id from override where area = @area and open)
      limit 1) h
   where c.area = @area and c.edit = 3 and c.open)
or exists (
  select from override o
   cross join lateral (select from resource
                        where tenant_id = o.tenant_id and id = o.resource_id and ` + state + ` offset 0) p
   where o.area = @area and o.open and o.resource_id <> all (@except)
     and (o.edit = 3 or o.edit is null and o.view = 3 and (o.edit_ok = 8 or exists (
           select from role_grant g
            cross join lateral (select from role_cell
                                 where tenant_id = g.tenant_id and role_id = g.role_id and area = @area and edit = 3 and open offset 0) c
            where g.tenant_id = o.tenant_id and g.resource_id = o.resource_id and g.open and g.` + until + `)))))`
}

// Editor is someone who may change all settings of a place, to write to.
type Editor struct {
	ID     uuid.UUID // resource
	Email  string
	Locale i18n.Locale
}

// findEditors is who they are that [editorBy] looks for.
const findEditors = `
with held as (
  select g.tenant_id, g.resource_id from role_cell c
    join role_grant g on g.tenant_id = c.tenant_id and g.role_id = c.role_id and g.open and g.until > @now
   where c.area = @area and c.edit = 3 and c.open),
hand as (select tenant_id, resource_id, view, edit, edit_ok from override where area = @area and open)
select p.id, p.email, a.locale
  from (select tenant_id, resource_id from held where resource_id not in (select resource_id from hand)
         union
        select tenant_id, resource_id from hand
         where edit = 3 or edit is null and view = 3 and (edit_ok = 8 or resource_id in (select resource_id from held))) e
  join resource p on p.tenant_id = e.tenant_id and p.id = e.resource_id and p.state <> 'archived' and p.email <> ''
 cross join lateral identity.account_here(p.account_id) a
 order by p.id`

// Editors are who may change all settings of the place, by roles or by hand, and
// has an address: who answers for it.
func Editors(ctx context.Context, v *access.Visit) ([]Editor, error) {
	rows, err := v.Query(ctx, findEditors, pgx.StrictNamedArgs{"area": access.Settings, "now": v.Now})
	if err != nil {
		return nil, fmt.Errorf("reading who may change the settings: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Editor])
}

// askTenure queues the question for the surest tenure of someone who may edit all
// settings now, by roles or by hand, apart from some people of whom the asker
// knows more.
func askTenure(q rights.Asker, now time.Time, except []uuid.UUID) *tenure {
	found := new(tenure)
	if except == nil {
		except = []uuid.UUID{}
	}
	args := pgx.StrictNamedArgs{"area": access.Settings, "now": now, "except": except}
	q.Query(findTenure, args, func(rows pgx.Rows) (err error) {
		*found, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[tenure])
		return err
	})
	return found
}

// tenure is that of the person by some facts: as they are, or as they would be.
func (d *desk) tenure(f grid.Facts) tenure {
	if d.person == nil {
		return noEditor
	}
	kept := f
	kept.Held = slices.DeleteFunc(slices.Clone(f.Held), d.ends)
	return tenureOf(d.person.State, f.Grid(d.Rows), kept.Grid(d.Rows))
}

// ends reports whether a role that is held, or would be given now, has a planned end.
func (d *desk) ends(held grid.Held) bool {
	if g := d.GrantOf(uuid.UUID(held.ID)); g != nil {
		return g.Until != nil
	}
	return d.Role(uuid.UUID(held.ID)).ExpiresAfter > 0
}

func notLastEditor(d *desk, _ giver, r *ruling) *fault.Fault {
	if r.was <= max(r.becomes, d.beside, *d.elsewhere) {
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
	gone := &ruling{forecast: grid.Forecast{Ends: facts.Held}, was: d.tenure(facts)}
	for _, rule := range []func(*desk, giver, *ruling) *fault.Fault{notLast, notLastEditor} {
		if refused := rule(d, giver{}, gone); refused != nil {
			return refused
		}
	}
	return nil
}
