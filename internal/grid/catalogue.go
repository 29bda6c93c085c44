package grid

import (
	"fmt"
	"slices"
)

// Admits says which scopes may be chosen in an area. It is coherent when each
// admitted view has an admitted edit beneath it, and each edit a view above.
type Admits struct {
	View, Edit Scopes
}

// Of is the set admitted in one direction.
func (a Admits) Of(d Direction) Scopes {
	if d == View {
		return a.View
	}
	return a.Edit
}

// Coherent reports whether every admitted scope is part of a sound cell.
func (a Admits) Coherent() bool {
	return a.View != 0 && a.Edit != 0 &&
		a.Edit.Narrowest() <= a.View.Narrowest() && a.Edit.Widest() <= a.View.Widest()
}

// WithView sets the view of a cell to an admitted scope. Edit gives way to the
// nearest admitted scope that view still covers.
func (a Admits) WithView(c Cell, view Scope) Cell {
	return Cell{view, a.Edit.AtMost(min(c.Edit, view))}
}

// WithEdit sets the edit of a cell to an admitted scope. View gives way to the
// nearest admitted scope that covers it.
func (a Admits) WithEdit(c Cell, edit Scope) Cell {
	return Cell{a.View.AtLeast(max(c.View, edit)), edit}
}

// Row is one area of a catalogue.
type Row struct {
	Area Area
	Admits
}

// Catalogue is the areas of a place, in the order in which they are shown, with
// what each admits. All else here is said with respect to a coherent one.
type Catalogue []Row

// Find returns what an area admits, and whether there is such an area.
func (c Catalogue) Find(area Area) (Admits, bool) {
	i := c.position(area)
	if i == len(c) {
		return Admits{}, false
	}
	return c[i].Admits, true
}

// position is the area's place in the catalogue; unknown areas come last.
func (c Catalogue) position(area Area) int {
	for i := range c {
		if c[i].Area == area {
			return i
		}
	}
	return len(c)
}

// Coherent returns an [Incoherent] for the first area that stands twice in the
// catalogue or whose admitted scopes don't fit together.
func (c Catalogue) Coherent() error {
	for i, row := range c {
		if c.position(row.Area) != i {
			return Incoherent{row, true}
		}
		if !row.Coherent() {
			return Incoherent{row, false}
		}
	}
	return nil
}

// Check returns nil if a cell may stand in a grid, else an [UnknownArea], a
// [ScopeNotAdmitted] or an [EditWiderThanView].
func (c Catalogue) Check(area Area, cell Cell) error {
	return c.CheckOverride(area, Override{&cell.View, &cell.Edit})
}

// CheckOverride is Check for a cell of which only one direction may be said.
func (c Catalogue) CheckOverride(area Area, o Override) error {
	i := c.position(area)
	if i == len(c) {
		return UnknownArea{area}
	}
	return c[i].check(o)
}

func (row Row) check(o Override) error {
	for _, d := range Directions {
		if s := o.at(d); s != nil && !row.Of(d).Has(*s) {
			return ScopeNotAdmitted{row.Area, d, *s, row.Of(d)}
		}
	}
	if o.View == nil || o.Edit == nil {
		return nil
	}
	if cell := (Cell{*o.View, *o.Edit}); !cell.Sound() {
		return EditWiderThanView{row.Area, cell}
	}
	return nil
}

// CheckGrid checks each cell of a grid and returns what is wrong with it, an
// error an area at most, in the order of the catalogue.
func (c Catalogue) CheckGrid(g Grid) []error {
	var wrong []error
	for _, area := range c.areas(g) {
		cell, said := g[area]
		if !said {
			continue
		}
		if err := c.Check(area, cell); err != nil {
			wrong = append(wrong, err)
		}
	}
	return wrong
}

// areas is the areas of the catalogue, then by name those of the grids that it
// does not know.
func (c Catalogue) areas(grids ...Grid) []Area {
	areas := make([]Area, len(c), len(c)+1)
	for i, row := range c {
		areas[i] = row.Area
	}
	for _, g := range grids {
		for area := range g {
			if !slices.Contains(areas, area) {
				areas = append(areas, area)
			}
		}
	}
	slices.Sort(areas[len(c):])
	return areas
}

// UnknownArea refuses a cell whose area is not in the catalogue.
type UnknownArea struct {
	Area Area
}

func (e UnknownArea) Error() string { return fmt.Sprintf("there is no area %q", e.Area) }

// ScopeNotAdmitted refuses a scope that the area does not admit.
type ScopeNotAdmitted struct {
	Area      Area
	Direction Direction
	Scope     Scope
	Admits    Scopes
}

func (e ScopeNotAdmitted) Error() string {
	return fmt.Sprintf("area %q does not admit %s: %s; it admits %s", e.Area, e.Direction, e.Scope, e.Admits)
}

// EditWiderThanView refuses a cell that is not sound.
type EditWiderThanView struct {
	Area Area
	Cell Cell
}

func (e EditWiderThanView) Error() string {
	return fmt.Sprintf("area %q: edit (%s) reaches further than view (%s)", e.Area, e.Cell.Edit, e.Cell.View)
}

// Incoherent refuses a row of a catalogue.
type Incoherent struct {
	Row
	Twice bool // the area has a row already
}

func (e Incoherent) Error() string {
	if e.Twice {
		return fmt.Sprintf("area %q stands twice in the catalogue", e.Area)
	}
	return fmt.Sprintf("area %q: each view (%s) needs an edit that it covers, and each edit (%s) a view that covers it",
		e.Area, e.View, e.Edit)
}
