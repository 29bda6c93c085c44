package grid

import (
	"fmt"
	"strings"
)

// Scope says how far a permission reaches: nowhere, to what is one's own, to
// the records one is assigned, or to everything. Scopes are totally ordered.
type Scope int8

// The scopes, from the narrowest to the widest.
const (
	None     Scope = iota // Aucun
	Own                   // Personnel
	Assigned              // Affectés uniquement
	All                   // Tout
)

var scopeNames = [...]string{None: "none", Own: "own", Assigned: "assigned", All: "all"}

// String is the scope's name in data files and addresses.
func (s Scope) String() string {
	if s < None || s > All {
		return fmt.Sprintf("Scope(%d)", int8(s))
	}
	return scopeNames[s]
}

// ParseScope reads a name written by [Scope.String].
func ParseScope(name string) (Scope, error) {
	for s, n := range scopeNames {
		if n == name {
			return Scope(s), nil
		}
	}
	return None, fmt.Errorf("%q is not a scope: write none, own, assigned or all", name)
}

// Reaches reports whether a permission of that scope reaches a record that one
// is assigned, or one that one isn't. Records are nobody's own: Own reaches none.
func (s Scope) Reaches(assigned bool) bool { return s == All || s == Assigned && assigned }

// MarshalText writes the scope's name, in TOML and JSON alike.
func (s Scope) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name as [ParseScope] does.
func (s *Scope) UnmarshalText(name []byte) (err error) {
	*s, err = ParseScope(string(name))
	return err
}

// ScopeOf is a scope as it is stored, a number from 0 to 3, or nothing.
func ScopeOf(n *int16) *Scope {
	if n == nil {
		return nil
	}
	s := Scope(*n)
	return &s
}

// SameScope reports whether two scopes, either of which may be nothing, are the same.
func SameScope(a, b *Scope) bool { return a == b || a != nil && b != nil && *a == *b }

// Scopes is a set of scopes: what an area admits. Bit n stands for Scope n,
// which is also how the database stores it.
type Scopes uint8

// SetOf returns the set of the given scopes.
func SetOf(scopes ...Scope) Scopes {
	var set Scopes
	for _, s := range scopes {
		set |= 1 << s
	}
	return set
}

// Has reports whether s is in the set.
func (set Scopes) Has(s Scope) bool { return s >= None && s <= All && set>>s&1 == 1 }

// List returns the scopes in the set, narrowest first.
func (set Scopes) List() []Scope {
	var list []Scope
	for s := None; s <= All; s++ {
		if set.Has(s) {
			list = append(list, s)
		}
	}
	return list
}

// String lists the names of the scopes, narrowest first: "none, own, all".
func (set Scopes) String() string {
	var names []string
	for _, s := range set.List() {
		names = append(names, s.String())
	}
	return strings.Join(names, ", ")
}

// AtMost is the widest scope of the set that reaches no further than limit; if
// all reach further, the narrowest. Of the empty set it is None.
func (set Scopes) AtMost(limit Scope) Scope {
	for s := limit; s >= None; s-- {
		if set.Has(s) {
			return s
		}
	}
	return set.Narrowest()
}

// AtLeast is the narrowest scope of the set that reaches as far as limit; if
// none does, the widest. Of the empty set it is None.
func (set Scopes) AtLeast(limit Scope) Scope {
	for s := limit; s <= All; s++ {
		if set.Has(s) {
			return s
		}
	}
	return set.Widest()
}

// Narrowest is the narrowest scope of the set, None if it is empty.
func (set Scopes) Narrowest() Scope {
	for s := None; s <= All; s++ {
		if set.Has(s) {
			return s
		}
	}
	return None
}

// Widest is the widest scope of the set, None if it is empty.
func (set Scopes) Widest() Scope {
	for s := All; s > None; s-- {
		if set.Has(s) {
			return s
		}
	}
	return None
}
