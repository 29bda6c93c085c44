package grid

// Cause says where a scope comes from.
type Cause uint8

// The causes.
const (
	Unsaid    Cause = iota // no role gives it, and no hand
	FromRoles              // the roles in [Reason.Sources] give it
	FromHand               // it was set by hand
	Corrected              // the other direction was set by hand, and this one gave way
)

// Reason explains one direction of one cell. It is data; the screen has the
// words.
type Reason struct {
	Area      Area
	Direction Direction
	Scope     Scope // what holds: the same as in Facts.Grid
	Cause     Cause
	Roles     Scope   // what the roles give, before any hand
	Sources   []Held  // the roles that give as much as that; none if it is None
	Hand      *ByHand // for FromHand and Corrected
}

// Explain says why a person may do what they may do in an area, or may not.
func (c Catalogue) Explain(f Facts, area Area, d Direction) Reason {
	roles := Cell{}
	for _, held := range f.Held {
		roles = roles.Join(held.Grid[area])
	}
	r := Reason{Area: area, Direction: d, Scope: roles.At(d), Roles: roles.At(d)}
	for _, held := range f.Held {
		if r.Roles > None && held.Grid[area].At(d) == r.Roles {
			r.Sources = append(r.Sources, held)
		}
	}
	if r.Scope > None {
		r.Cause = FromRoles
	}
	if hand, ok := f.ByHand[area]; ok {
		r.heed(hand, c.lay(area, hand.Override, roles).At(d))
	}
	return r
}

// heed adds to the reason a hand that leaves the cell at a scope.
func (r *Reason) heed(hand ByHand, left Scope) {
	switch {
	case hand.at(r.Direction) != nil:
		r.Scope, r.Cause, r.Hand = left, FromHand, &hand
	case left != r.Roles:
		r.Scope, r.Cause, r.Hand = left, Corrected, &hand
	}
}

// Refusal is why a person may not, and what would let them.
type Refusal struct {
	Reason
	Needed   Scope
	Remedies []Role // each would be enough; Rules.GivenBy says who may give it
}

// Missing says what a person lacks to reach a scope, and which of the candidate
// roles would give it to them: none where a hand stands in the way.
func (c Catalogue) Missing(f Facts, area Area, d Direction, needed Scope, candidates []Role) Refusal {
	refusal := Refusal{Reason: c.Explain(f, area, d), Needed: needed}
	for _, role := range candidates {
		with, err := Give{Held{Role: role}}.apply(c, f)
		if err == nil && c.Explain(with, area, d).Scope >= needed {
			refusal.Remedies = append(refusal.Remedies, role)
		}
	}
	return refusal
}
