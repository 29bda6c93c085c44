package portal

import (
	"cmp"
	"slices"
	"strings"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/internal/rights"
	"habilis/internal/roles"
	"habilis/web/ui"
)

// The values of a cell that is left to the roles, and of one that stays as each
// person has it.
const (
	byRoles = "roles"
	asIs    = "as_is"
)

// cells is what a form of a grid says, in the two directions of each area.
type cells map[grid.Area]grid.Override

// wasField is the name of the field that keeps what a cell was when the form was
// filled, where something was set by hand there.
func wasField(area grid.Area, d grid.Direction) string {
	return "was." + string(area) + "." + d.String()
}

// ownField is the name of the field that the script adds to a cell that gave way:
// what was chosen there.
func ownField(cell string) string { return "own." + cell }

// hidden are the fields that keep what cells were.
func (c cells) hidden() []ui.Hidden {
	var kept []ui.Hidden
	for area, o := range c {
		for _, d := range grid.Directions {
			if value := cellValue(o, d); value != byRoles {
				kept = append(kept, ui.Hidden{Name: wasField(area, d), Value: value})
			}
		}
	}
	return kept
}

// keepTouched leaves to the present, in the form too, what was not chosen
// otherwise than it was when the form was filled.
func (c cells) keepTouched(f *form.Form, now cells) {
	for area, o := range c {
		for _, d := range grid.Directions {
			if was := cmp.Or(f.Typed(wasField(area, d)), byRoles); cellValue(o, d) != was {
				continue
			}
			f.Values.Del(roles.CellField(area, d))
			f.Values.Del(ownField(roles.CellField(area, d)))
			if d == grid.View {
				o.View = now[area].View
			} else {
				o.Edit = now[area].Edit
			}
		}
		c[area] = o
	}
}

// readCells reads the cells of a form; those that are left to the roles, or not
// sent, say nothing. A value that is no scope is a fault; which areas there are,
// and what they admit, is the domain's matter.
func readCells(f *form.Form) cells {
	read := cells{}
	for name := range f.Values {
		rest, ok := strings.CutPrefix(name, "cell.")
		if !ok {
			continue
		}
		area, direction, _ := strings.Cut(rest, ".")
		scope := readCell(f, name)
		o := read[grid.Area(area)]
		if direction == grid.View.String() {
			o.View = scope
		} else {
			o.Edit = scope
		}
		read[grid.Area(area)] = o
	}
	return read
}

func readCell(f *form.Form, name string) *grid.Scope {
	value := f.Get(name)
	switch value {
	case "", byRoles:
		return nil
	case asIs:
		stays := roles.Kept
		return &stays
	}
	scope, err := grid.ParseScope(value)
	if err != nil {
		f.Fail(fault.Invalid(name, "portal.cell_scope"))
		return nil
	}
	return &scope
}

// hands are the cells as hands; with an area that is left to the roles in both
// directions only where something is set there now.
func (c cells) hands(was cells) roles.Hands {
	hands := roles.Hands{}
	for area, o := range c {
		if before := was[area]; !grid.SameScope(before.View, o.View) || !grid.SameScope(before.Edit, o.Edit) {
			hands[area] = o
		}
	}
	return hands
}

// grid is the cells of a form in which nothing is left to roles.
func (c cells) grid() grid.Grid {
	g := grid.Grid{}
	for area, o := range c {
		var cell grid.Cell
		if o.View != nil {
			cell.View = *o.View
		}
		if o.Edit != nil {
			cell.Edit = *o.Edit
		}
		g[area] = cell
	}
	return g
}

// settle makes what was chosen sound, where no script did: where edit would
// reach further than view, a narrower view narrows the edit, and else a wider
// edit widens the view. It returns the areas in which something gave way, and
// puts the form right. What a cell keeps of each person moves nothing.
func (c cells) settle(f *form.Form, areas []rights.Area, was cells) grid.Changes {
	var moved grid.Changes
	for _, a := range areas {
		o := c[a.Key]
		if o.View == nil || o.Edit == nil || *o.Edit <= *o.View || *o.View == roles.Kept {
			continue
		}
		before := was[a.Key]
		cell := grid.Cell{View: *o.View, Edit: *o.Edit}
		if grid.SameScope(before.Edit, o.Edit) && !grid.SameScope(before.View, o.View) {
			cell = a.Admits.WithView(cell, *o.View)
			moved = append(moved, grid.Change{Area: a.Key, Direction: grid.Edit, From: *o.Edit, To: cell.Edit})
		} else {
			cell = a.Admits.WithEdit(cell, *o.Edit)
			moved = append(moved, grid.Change{Area: a.Key, Direction: grid.View, From: *o.View, To: cell.View})
		}
		c[a.Key] = grid.Override{View: &cell.View, Edit: &cell.Edit}
		f.Values.Set(roles.CellField(a.Key, grid.View), cell.View.String())
		f.Values.Set(roles.CellField(a.Key, grid.Edit), cell.Edit.String())
	}
	return moved
}

// sayMoved says which cells gave way to what was chosen, from what to what.
func (v *visit) sayMoved(s *access.Standing, areas []rights.Area, moved grid.Changes) []string {
	var said []string
	for _, ch := range moved {
		key := "page.permissions.moved.narrowed"
		if ch.Widens() {
			key = "page.permissions.moved.widened"
		}
		said = append(said, v.say.T(key, "Cell", v.cellOf(s, areas, ch.Area, ch.Direction),
			"From", v.scopeName(s, ch.Area, ch.From), "To", v.scopeName(s, ch.Area, ch.To)))
	}
	return said
}

// cellOf names one direction of an area.
func (v *visit) cellOf(s *access.Standing, areas []rights.Area, area grid.Area, d grid.Direction) string {
	at := slices.IndexFunc(areas, func(a rights.Area) bool { return a.Key == area })
	return v.cellName(s, &areas[at], d)
}

// gridFormOf is the form of a grid. In each cell one chooses among the scopes
// that the area admits; with roles, which may be empty but not nil, also to leave
// it to what the roles give. Was is what holds now; what was chosen is the
// form's, if it says anything.
func (v *visit) gridFormOf(s *access.Standing, f *form.Form, caption string, areas []rights.Area, was cells, roles grid.Grid) ui.GridForm {
	view := v.gridView(s, caption, areas, nil, nil)
	edited := ui.GridForm{Caption: view.Caption, Heads: view.Heads}
	next := 0
	for _, group := range view.Groups {
		rows := make([]ui.GridFormRow, len(group.Rows))
		for i := range rows {
			a := areas[next]
			next++
			cell := func(d grid.Direction, head string) ui.GridChoice {
				return v.gridChoice(s, f, a, d, head, was[a.Key], roles)
			}
			rows[i] = ui.GridFormRow{Name: group.Rows[i].Name, View: cell(grid.View, view.Heads.View), Edit: cell(grid.Edit, view.Heads.Edit)}
		}
		edited.Groups = append(edited.Groups, ui.GridFormGroup{Name: group.Name, Rows: rows})
	}
	return edited
}

func (v *visit) gridChoice(s *access.Standing, f *form.Form, a rights.Area, d grid.Direction, head string, was grid.Override, byTheRoles grid.Grid) ui.GridChoice {
	name := roles.CellField(a.Key, d)
	c := ui.GridChoice{Name: name, Legend: v.say.T("portal.cell", "Area", v.text(a.Name), "Access", head), Was: cellValue(was, d)}
	if byTheRoles != nil {
		given := byTheRoles[a.Key].At(d)
		c.Options = append(c.Options, ui.GridOption{Value: byRoles, Scope: given, Roles: true,
			Word: v.say.T("portal.by_roles", "Scope", v.scopeName(s, a.Key, given))})
	}
	for _, scope := range a.Admits.Of(d).List() {
		c.Options = append(c.Options, ui.GridOption{Value: scope.String(), Scope: scope, Word: v.scopeName(s, a.Key, scope)})
	}
	if c.Was == byRoles && byTheRoles == nil { // nothing was said: the narrowest
		c.Was = c.Options[0].Value
	}
	if c.Chosen = f.Typed(name); c.Chosen == "" {
		c.Chosen = c.Was
	}
	c.Own = f.Typed(ownField(name))
	return c
}

func cellValue(o grid.Override, d grid.Direction) string {
	scope := o.View
	if d == grid.Edit {
		scope = o.Edit
	}
	switch {
	case scope == nil:
		return byRoles
	case *scope == roles.Kept:
		return asIs
	}
	return scope.String()
}

// cellsOf is a whole grid as cells of a form.
func cellsOf(g grid.Grid) cells {
	all := cells{}
	for area, cell := range g {
		all[area] = grid.Override{View: &cell.View, Edit: &cell.Edit}
	}
	return all
}
