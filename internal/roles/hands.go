package roles

import (
	"errors"
	"maps"
	"math"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/rights"
)

// Hands are cells to set by hand. One that says nothing is left to the roles
// again; an area that is not named stays as it is, and so does a direction that is
// [Kept].
type Hands map[grid.Area]grid.Override

// Kept stands for what each person has in one direction of a cell, by hand or from
// the roles: only [Service.SetHands] and [Service.PreviewHands] take it. No area
// admits it, so that it can't be stored.
const Kept grid.Scope = math.MinInt8

func kept(s *grid.Scope) bool { return s != nil && *s == Kept }

// said are the hands without the directions that are kept.
func (h Hands) said() Hands {
	said := make(Hands, len(h))
	for area, o := range h {
		if kept(o.View) {
			o.View = nil
		}
		if kept(o.Edit) {
			o.Edit = nil
		}
		said[area] = o
	}
	return said
}

// over are the hands with what is kept as it is in others. What is kept gives way,
// and no further than it must, where edit would reach further than view.
func (h Hands) over(now map[grid.Area]rights.Hand, rows grid.Catalogue) Hands {
	all := make(Hands, len(h))
	for area, o := range h {
		admits, _ := rows.Find(area)
		has := now[area].Override
		switch {
		case kept(o.View) && kept(o.Edit):
			o = has
		case kept(o.View):
			if o.View = has.View; wider(o) {
				view := admits.View.AtLeast(*o.Edit)
				o.View = &view
			}
		case kept(o.Edit):
			if o.Edit = has.Edit; wider(o) {
				edit := admits.Edit.AtMost(*o.View)
				o.Edit = &edit
			}
		}
		all[area] = o
	}
	return all
}

// wider reports an edit that reaches further than its view.
func wider(o grid.Override) bool { return o.View != nil && o.Edit != nil && *o.Edit > *o.View }

// check finds all that can't be set so: an area that the place does not have, and
// beside its field each scope that the area does not admit, and each edit wider
// than its view.
func (h Hands) check(rows grid.Catalogue) (wrong fault.Faults) {
	for area := range h {
		if _, ok := rows.Find(area); !ok {
			return fault.Faults{cellFault(grid.UnknownArea{Area: area})}
		}
	}
	for _, row := range rows {
		wrong = append(wrong, checkHand(rows, row.Area, h[row.Area])...)
	}
	return wrong
}

func checkHand(rows grid.Catalogue, area grid.Area, o grid.Override) (wrong fault.Faults) {
	for _, one := range []grid.Override{{View: o.View}, {Edit: o.Edit}} {
		if err := rows.CheckOverride(area, one); err != nil {
			wrong = append(wrong, cellFault(err))
		}
	}
	if err := rows.CheckOverride(area, o); err != nil && len(wrong) == 0 {
		wrong = append(wrong, cellFault(err))
	}
	return wrong
}

// cellFault is what the calculus says against a cell, beside its field.
func cellFault(err error) *fault.Fault {
	var scope grid.ScopeNotAdmitted
	var wider grid.EditWiderThanView
	switch {
	case errors.As(err, &scope):
		return fault.Invalid(CellField(scope.Area, scope.Direction), "roles.cell_scope")
	case errors.As(err, &wider):
		return fault.Invalid(CellField(wider.Area, grid.Edit), "roles.cell_wider")
	}
	return fault.Invalid("", "roles.cell_unknown")
}

// CellField is the name of one direction of a cell in a form.
func CellField(area grid.Area, d grid.Direction) string {
	return "cell." + string(area) + "." + d.String()
}

// handActs are the hands that are not so already, in the place's order.
func (d *desk) handActs(by giver, hands Hands) []grid.Act {
	var acts []grid.Act
	for _, row := range d.Rows {
		o, named := hands[row.Area]
		now, set := d.Hands[row.Area]
		switch {
		case !named || sameHand(o, now.Override):
		case o != (grid.Override{}):
			acts = append(acts, grid.Set{Area: row.Area, ByHand: grid.ByHand{Override: o, Since: d.now, By: by.calculus()}})
		case set:
			acts = append(acts, grid.Clear{Area: row.Area})
		}
	}
	return acts
}

func sameHand(a, b grid.Override) bool {
	return grid.SameScope(a.View, b.View) && grid.SameScope(a.Edit, b.Edit)
}

// calculus is the giver as the calculus knows them.
func (g giver) calculus() grid.By {
	if g.self == uuid.Nil {
		return grid.By{Kind: g.office.String()}
	}
	return grid.By{Kind: g.office.String(), Person: grid.ID(g.self)}
}

// handed is what the ruling's cells say by themselves.
func (d *desk) handed(r *ruling) grid.Grid {
	said := map[grid.Area]grid.Override{}
	for _, act := range r.hands {
		if set, ok := act.(grid.Set); ok {
			said[set.Area] = set.Override
		}
	}
	return d.Rows.Effective(nil, said)
}

func bySettings(_ *desk, by giver, r *ruling) *fault.Fault {
	if len(r.hands) > 0 && by.bound() && !editsSettings(by.grid) {
		return fault.Forbidden("roles.hands_settings")
	}
	return nil
}

func notSupports(d *desk, by giver, r *ruling) *fault.Fault {
	if len(r.hands) > 0 && by.bound() && len(d.Catalogue.Reserved(d.handed(r))) > 0 {
		return fault.Forbidden("roles.reserved")
	}
	return nil
}

const (
	closeHands = `
update override set open = false, until = greatest(@now, since), ended_kind = @kind, ended_resource = @by
 where resource_id = @resource and area = any (@areas) and open`

	// Of two changes in one instant, the second takes the first's row.
	insertHands = `
insert into override (tenant_id, resource_id, area, view, edit, view_ok, edit_ok, since, by_kind, by_resource)
select @tenant, @resource, a.area, h.view, h.edit, a.view_ok, a.edit_ok, @now, @kind, @by
  from unnest(@said::text[], @views::smallint[], @edits::smallint[]) h(area, view, edit)
 cross join lateral (select area, view_ok, edit_ok from area where area = h.area offset 0) a
    on conflict (tenant_id, resource_id, area, since) do update
   set view = excluded.view, edit = excluded.edit, until = 'infinity', open = true,
       by_kind = excluded.by_kind, by_resource = excluded.by_resource, ended_kind = null, ended_resource = null`
)

// queueHands writes cells set by hand: each ends the one before it.
func (d *desk) queueHands(b *pgx.Batch, v *access.Visit, r *ruling, by rights.By) {
	if len(r.hands) == 0 {
		return
	}
	var areas []string
	set := map[grid.Area]grid.Override{}
	for _, act := range r.hands {
		switch act := act.(type) {
		case grid.Set:
			areas, set[act.Area] = append(areas, string(act.Area)), act.Override
		case grid.Clear:
			areas = append(areas, string(act.Area))
		}
	}
	b.Queue(closeHands, pgx.StrictNamedArgs{"resource": d.person.ID, "areas": areas, "now": v.Now, "kind": by.Kind, "by": by.Resource})
	said, views, edits := HandColumns(set)
	b.Queue(insertHands, pgx.StrictNamedArgs{"tenant": v.Actor.Tenant(), "resource": d.person.ID, "said": said, "views": views,
		"edits": edits, "now": v.Now, "kind": by.Kind, "by": by.Resource})
}

// HandColumns are cells set by hand as columns: areas by name, and the scopes of
// each, null where the roles decide. Cells that say nothing are left out.
func HandColumns(hands map[grid.Area]grid.Override) (areas []string, views, edits []*int16) {
	areas, views, edits = []string{}, []*int16{}, []*int16{}
	for _, area := range slices.Sorted(maps.Keys(hands)) {
		if o := hands[area]; o != (grid.Override{}) {
			areas, views, edits = append(areas, string(area)), append(views, column(o.View)), append(edits, column(o.Edit))
		}
	}
	return areas, views, edits
}

// HandsOf reads back what [HandColumns] wrote.
func HandsOf(areas []string, views, edits []*int16) Hands {
	hands := make(Hands, len(areas))
	for i, area := range areas {
		hands[grid.Area(area)] = grid.Override{View: grid.ScopeOf(views[i]), Edit: grid.ScopeOf(edits[i])}
	}
	return hands
}

func column(s *grid.Scope) *int16 {
	if s == nil {
		return nil
	}
	n := int16(*s)
	return &n
}

// orNone is the hands, or none of them: a change of cells, if of none.
func (h Hands) orNone() Hands {
	if h == nil {
		return Hands{}
	}
	return h
}
