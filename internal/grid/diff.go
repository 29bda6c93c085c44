package grid

// Change is one direction of one cell that becomes another.
type Change struct {
	Area      Area
	Direction Direction
	From, To  Scope
}

// Widens reports whether more is allowed than before.
func (ch Change) Widens() bool { return ch.To > ch.From }

// Changes are in the order of the catalogue, view before edit.
type Changes []Change

// Widened is the changes that allow more.
func (cs Changes) Widened() Changes { return cs.only(true) }

// Narrowed is the changes that allow less.
func (cs Changes) Narrowed() Changes { return cs.only(false) }

func (cs Changes) only(widening bool) Changes {
	var some Changes
	for _, ch := range cs {
		if ch.Widens() == widening {
			some = append(some, ch)
		}
	}
	return some
}

// reach is the scopes that the changes lead to, and nothing else.
func (cs Changes) reach() Grid {
	g := Grid{}
	for _, ch := range cs {
		g[ch.Area] = g[ch.Area].with(ch.Direction, ch.To)
	}
	return g
}

// Diff is what differs between two grids. Areas that the catalogue does not
// know come last, by name.
func (c Catalogue) Diff(before, after Grid) Changes {
	var changes Changes
	for _, area := range c.areas(before, after) {
		for _, d := range Directions {
			from, to := before[area].At(d), after[area].At(d)
			if from != to {
				changes = append(changes, Change{area, d, from, to})
			}
		}
	}
	return changes
}
