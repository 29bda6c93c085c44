package roles

import (
	"slices"

	"habilis/internal/access"
	"habilis/internal/grid"
	"habilis/internal/rights"
)

// Gives is the need of an act that may give roles, or define them: it asks who is
// there where what it gives has authority. That is what someone would do first with
// a session that was left to them: make themselves, or a friend, an administrator.
// What takes rights away is not asked: rule 11 keeps it from doing harm that lasts.
func Gives(n access.Need) access.Need {
	n.Proof = access.ProofAtTime
	return n
}

// hasAuthority reports a role whose holder decides of others' access.
func hasAuthority(r *rights.Role) bool {
	return editsSettings(r.Grid) || access.FactorNamed(r.SecondFactor) == access.StrongFactor
}

// guarded are the areas in which a cell set by hand is authority as well.
func guarded(a grid.Area) bool { return a == access.Settings || a == access.Roles }

// weighs reports whether a change gives authority.
func (d *desk) weighs(r *ruling) bool {
	if slices.ContainsFunc(r.gives, hasAuthority) {
		return true
	}
	for _, c := range r.hands {
		switch c := c.(type) {
		case grid.Set:
			if guarded(c.Area) {
				return true
			}
		case grid.Clear:
			if guarded(c.Area) {
				return true
			}
		}
	}
	return false
}

// prove asks who is there, for a change that gives authority.
func (d *desk) prove(v *access.Visit, r *ruling) error {
	if d.weighs(r) {
		return v.Prove()
	}
	return nil
}

// provesReturn asks for who comes back with authority.
func (d *desk) provesReturn(v *access.Visit) error {
	for _, g := range d.Grants {
		if hasAuthority(g.Role) {
			return v.Prove()
		}
	}
	return d.prove(v, &ruling{hands: d.wideHands()})
}

// Prove asks who is there, for what gives authority to someone new.
func (d *Done) Prove(v *access.Visit) error {
	if d.weighs {
		return v.Prove()
	}
	return nil
}

// prove asks for the definition of a role that has authority, or would have it.
func (d *drafting) prove(v *access.Visit) error {
	if d.role != nil && hasAuthority(d.role) || hasAuthority(d.wanted) {
		return v.Prove()
	}
	return nil
}
