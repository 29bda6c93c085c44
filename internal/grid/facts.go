package grid

import "time"

// ID identifies a role or a person. A uuid.UUID converts to it and back.
type ID [16]byte

// By says who made a fact true.
type By struct {
	Kind   string // "person", "support", "console"
	Person ID     // zero unless Kind is "person"
}

// Role is a named grid with its rules.
type Role struct {
	ID    ID
	Grid  Grid
	Rules Rules
}

// Held is a role that a person holds.
type Held struct {
	Role
	Since time.Time
	By    By
}

// ByHand is an override that a person has.
type ByHand struct {
	Override
	Since time.Time
	By    By
}

// Facts is all that decides what one person may do, at one instant.
type Facts struct {
	Held   []Held
	ByHand map[Area]ByHand
}

// Grid is what the person may do.
func (f Facts) Grid(c Catalogue) Grid {
	roles := make([]Grid, len(f.Held))
	for i, held := range f.Held {
		roles[i] = held.Grid
	}
	overrides := make(map[Area]Override, len(f.ByHand))
	for area, hand := range f.ByHand {
		overrides[area] = hand.Override
	}
	return c.Effective(roles, overrides)
}

// Holds reports whether the person holds the role.
func (f Facts) Holds(role ID) bool {
	for _, held := range f.Held {
		if held.ID == role {
			return true
		}
	}
	return false
}
