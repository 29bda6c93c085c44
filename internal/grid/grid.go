// Package grid is the calculus of permissions: how far a person may see and
// change things, where that comes from, and what a change would do to it.
//
// It is pure: no clock, no database, no imports of ours. Its laws are in
// grid_test.go, as properties that hold for random grids.
package grid

import "maps"

// Area names one row of a grid ("people", "billing", …).
type Area string

// Cell is how far one area may be seen and changed. A cell is sound when
// Edit ≤ View: what one may change, one may see.
type Cell struct {
	View, Edit Scope
}

// Sound reports whether edit reaches no further than view.
func (c Cell) Sound() bool { return c.Edit <= c.View }

// Join is the widest of two cells, in each direction.
func (c Cell) Join(d Cell) Cell { return Cell{max(c.View, d.View), max(c.Edit, d.Edit)} }

// Covers reports whether c reaches at least as far as d in both directions.
func (c Cell) Covers(d Cell) bool { return c.View >= d.View && c.Edit >= d.Edit }

// WithView sets the view scope; edit is narrowed to it if it was wider.
func (c Cell) WithView(s Scope) Cell { return Cell{s, min(c.Edit, s)} }

// WithEdit sets the edit scope; view is widened to it if it was narrower.
func (c Cell) WithEdit(s Scope) Cell { return Cell{max(c.View, s), s} }

// Grid gives each area its cell. An area that is absent has the zero cell:
// nothing is allowed that is not said.
type Grid map[Area]Cell

// Join is the widest of all grids, area by area.
func Join(grids ...Grid) Grid {
	joined := Grid{}
	for _, g := range grids {
		for area, cell := range g {
			joined[area] = joined[area].Join(cell)
		}
	}
	return joined
}

// Override is one cell set by hand. Either direction may be left to the roles.
type Override struct {
	View, Edit *Scope
}

// Apply lays the override over what the roles give. The hand wins; the other
// direction gives way as far as it must for the cell to stay sound.
func (o Override) Apply(roles Cell) Cell {
	cell := roles
	if o.View != nil {
		cell = cell.WithView(*o.View)
	}
	if o.Edit != nil {
		cell = cell.WithEdit(*o.Edit)
	}
	return cell
}

// Effective is what a person may do: for each area the widest scope over the
// roles held, then the override where there is one.
func Effective(roles []Grid, overrides map[Area]Override) Grid {
	effective := Join(roles...)
	for area, o := range overrides {
		effective[area] = o.Apply(effective[area])
	}
	return effective
}

// Equal reports whether two grids allow the same, absent cells being zero.
func (g Grid) Equal(h Grid) bool {
	zero := func(_ Area, c Cell) bool { return c == Cell{} }
	g, h = maps.Clone(g), maps.Clone(h)
	maps.DeleteFunc(g, zero)
	maps.DeleteFunc(h, zero)
	return maps.Equal(g, h)
}
