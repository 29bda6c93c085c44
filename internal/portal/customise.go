package portal

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"habilis/internal/access"
	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/internal/people"
	"habilis/web/page"
	"habilis/web/ui"
)

// fieldSeen names what was seen of the cells set by hand for someone to come.
const fieldSeen = "seen"

// customise offers to set cells by hand beside roles that give a grid, and says
// what the cells set so far change of it.
func (v *visit) customise(s *access.Standing, offer people.RoleOffer, f *form.Form, g grid.Grid, label string) *page.Customise {
	if g == nil { // a role that gives nothing: its cells are left to it, like any other's
		g = grid.Grid{}
	}
	c := &page.Customise{Label: label, How: v.say.T("page.permissions.how"), Against: v.against(s, offer, f)}
	c.Open, c.Grid = c.Against != nil, v.gridFormOf(s, f, label, offer.Areas, cells{}, g)
	c.Grid.Preview, c.Grid.PreviewTarget = v.in("/people/new/role?against=1"), page.AgainstID
	c.Grid.Include = "#f-role, .ticks [name='roles'], [name^='cell.']"
	return c
}

// against is what cells set by hand widen and narrow for someone to come, against
// the roles that are chosen; nil when none is set, or one can't be.
func (v *visit) against(s *access.Standing, offer people.RoleOffer, f *form.Form) *page.Against {
	said := readCells(f)
	moved := said.settle(f, offer.Areas, cells{})
	hands := said.hands(nil)
	rows := make(grid.Catalogue, len(offer.Areas))
	for i, a := range offer.Areas {
		rows[i] = grid.Row{Area: a.Key, Admits: a.Admits}
	}
	for area, o := range hands {
		if rows.CheckOverride(area, o) != nil {
			return nil
		}
	}
	if len(hands) == 0 {
		return nil
	}
	var grids []grid.Grid
	for _, c := range offer.Choices {
		if c.ID.String() == f.Typed(fieldRole) && !offer.Ticks || offer.Ticks && f.Chose(fieldTicks, c.ID.String()) {
			grids = append(grids, c.Grid)
		}
	}
	changes := rows.Diff(grid.Join(grids...), rows.Effective(grids, hands))
	widened, narrowed := changes.Widened(), changes.Narrowed()
	return &page.Against{
		Effect: page.Effect{Widened: len(widened), Narrowed: len(narrowed)}, Moved: v.sayMoved(s, offer.Areas, moved),
		Widened: v.cellChanges(s, offer.Areas, widened), Narrowed: v.cellChanges(s, offer.Areas, narrowed),
		Seen: ui.Hidden{Name: fieldSeen, Value: seenOf(offer, f)},
	}
}

// seenOf stands for the roles and the cells of a form, as long as they are the same.
func seenOf(offer people.RoleOffer, f *form.Form) string {
	var chosen []string
	for area, o := range readCells(f).hands(nil) {
		chosen = append(chosen, string(area)+" "+cellValue(o, grid.View)+" "+cellValue(o, grid.Edit))
	}
	slices.Sort(chosen)
	if offer.Ticks {
		chosen = append(chosen, f.All(fieldTicks)...)
	} else {
		chosen = append(chosen, f.Typed(fieldRole))
	}
	sum := sha256.New()
	for _, one := range chosen {
		sum.Write([]byte(one + "\n"))
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// unseenCells reports cells set by hand, which this actor may, whose effect was not
// shown yet: it is before anything is saved.
func (v *visit) unseenCells(s *access.Standing, offer people.RoleOffer, f *form.Form) bool {
	if offer.Fixed != nil || !f.OK() {
		return false
	}
	against := v.against(s, offer, f)
	return against != nil && f.Typed(fieldSeen) != against.Seen.Value
}
