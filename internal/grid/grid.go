// Package grid is the calculus of permissions: how far a person may see and
// change things, where that comes from, and what a change would do to it.
//
// Its laws, which the tests hold against random catalogues, roles and hands:
//
//   - Nothing is allowed that is not said.
//   - What one may edit, one may view: edit never reaches further than view.
//   - Several roles give, in each cell, what the most generous of them gives.
//     Their order is of no matter, nor is holding one twice; one more role
//     never takes anything away.
//   - What is set by hand holds, whatever the roles say. If only one of view
//     and edit is set by hand, the other keeps the roles' value, or moves to
//     the nearest that the area admits beside what the hand says.
//   - An area admits its own scopes alone. Anything else is refused, never
//     rounded.
//   - What [Catalogue.Preview] shows is what then happens, and what
//     [Catalogue.Explain] says is what holds, through any history of acts. An act
//     done twice is done once, one taken back leaves nothing behind, and acts on
//     different things may come in any order.
//   - Nobody gives what they don't have, save who may edit all the settings; and
//     not even they hand out what only roles given by support reach.
//   - What reaches a record that one isn't assigned reaches all that one is, and
//     a wider scope reaches no fewer.
//
// The package is pure: no clock, no database, no imports of ours.
package grid

// Area names one row of a grid ("people", "billing", …).
type Area string

// Settings is the area whose editors may give what they don't have.
const Settings Area = "settings"

// Direction is one of the two things that one may do in an area.
type Direction uint8

// The directions.
const (
	View Direction = iota // Accès en consultation
	Edit                  // Accès en modification
)

// Directions are both, in the order in which they are shown.
var Directions = [...]Direction{View, Edit}

// String is the direction's name in addresses and in the journal.
func (d Direction) String() string {
	if d == View {
		return "view"
	}
	return "edit"
}

// Cell is how far one area may be seen and changed. A cell is sound when
// Edit ≤ View: what one may change, one may see.
type Cell struct {
	View, Edit Scope
}

// At is the cell's scope in one direction.
func (c Cell) At(d Direction) Scope {
	if d == View {
		return c.View
	}
	return c.Edit
}

// with is the cell with another scope in one direction.
func (c Cell) with(d Direction, s Scope) Cell {
	if d == View {
		return Cell{s, c.Edit}
	}
	return Cell{c.View, s}
}

// Sound reports whether edit reaches no further than view.
func (c Cell) Sound() bool { return c.Edit <= c.View }

// Join is the widest of two cells, in each direction.
func (c Cell) Join(d Cell) Cell { return Cell{max(c.View, d.View), max(c.Edit, d.Edit)} }

// Covers reports whether c reaches at least as far as d in both directions.
func (c Cell) Covers(d Cell) bool { return c.View >= d.View && c.Edit >= d.Edit }

// Grid gives each area its cell. An area that is absent has the zero cell:
// nothing is allowed that is not said. So it is, too, in an area that does not
// admit None: there a grid may be silent, but can't say "nothing".
type Grid map[Area]Cell

// Join is the widest of all grids, area by area.
func Join(grids ...Grid) Grid {
	size := 0
	for _, g := range grids {
		size = max(size, len(g))
	}
	joined := make(Grid, size)
	for _, g := range grids {
		for area, cell := range g {
			joined[area] = joined[area].Join(cell)
		}
	}
	return joined
}

// Covers reports whether g reaches at least as far as h everywhere.
func (g Grid) Covers(h Grid) bool {
	for area, cell := range h {
		if !g[area].Covers(cell) {
			return false
		}
	}
	return true
}

// Equal reports whether two grids allow the same, absent cells being zero.
func (g Grid) Equal(h Grid) bool { return g.Covers(h) && h.Covers(g) }
