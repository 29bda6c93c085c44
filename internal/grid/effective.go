package grid

// Override is one cell set by hand. Either direction may be left to the roles.
type Override struct {
	View, Edit *Scope
}

// at is what the hand says in one direction, nil if nothing.
func (o Override) at(d Direction) *Scope {
	if d == View {
		return o.View
	}
	return o.Edit
}

// Effective is what a person may do: in each area the widest scope over the
// roles held, then the hand where there is one. Only the areas with an override
// are looked up in the catalogue. One that the catalogue refuses gives nothing;
// one that says a single direction, in an area of which the roles are silent,
// brings the narrowest that the area admits in the other.
func (c Catalogue) Effective(roles []Grid, overrides map[Area]Override) Grid {
	effective := Join(roles...)
	for area, o := range overrides {
		effective[area] = c.lay(area, o, effective[area])
	}
	return effective
}

// lay is the cell nearest to what the roles give that says what the hand says.
func (c Catalogue) lay(area Area, o Override, roles Cell) Cell {
	i := c.position(area)
	if i == len(c) || c[i].check(o) != nil {
		return Cell{}
	}
	cell := roles
	if o.View != nil {
		cell = c[i].WithView(cell, *o.View)
	}
	if o.Edit != nil {
		cell = c[i].WithEdit(cell, *o.Edit)
	}
	return cell
}
