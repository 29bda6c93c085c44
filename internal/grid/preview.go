package grid

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Act is a change to what decides a person's rights: [Give], [Replace], [End],
// [Set], [Clear] or [Regrid].
type Act interface {
	// apply returns the facts after the act, leaving those before as they are.
	apply(Catalogue, Facts) (Facts, error)
	// gives is what the act hands out by itself, wherever it ends up masked.
	gives(Catalogue, Facts) Grid
}

// Give gives a role. An exclusive one ends all others.
type Give struct{ Held }

// Replace ends a role and gives another.
type Replace struct {
	Role ID
	With Held
}

// End ends a role.
type End struct{ Role ID }

// Set sets a cell by hand, or sets it anew.
type Set struct {
	Area Area
	ByHand
}

// Clear leaves a cell to the roles again.
type Clear struct{ Area Area }

// Regrid changes the grid of a role, for all who hold it. To see the edit by
// itself, preview it for someone who holds that role and nothing else.
type Regrid struct {
	Role ID
	Grid Grid
}

// Forecast is what acts would do to one person.
type Forecast struct {
	Facts         Facts // as they would be
	Before, After Grid
	Changes       Changes
	Ends          []Held // the roles that would end
	gives         []Grid
}

// Widens reports whether the person would be allowed more. Nobody may do that
// to themselves.
func (f Forecast) Widens() bool { return len(f.Changes.Widened()) > 0 }

// Preview tells what the acts, one after the other, would do to a person. It
// fails if one can't be done: with an [AlreadyHeld], a [NotHeld] or a
// [HeldAlone], or with what [Catalogue.Check] says of a cell.
func (c Catalogue) Preview(before Facts, acts ...Act) (Forecast, error) {
	after, gives := before, []Grid{}
	for _, act := range acts {
		gives = append(gives, act.gives(c, after))
		var err error
		if after, err = act.apply(c, after); err != nil {
			return Forecast{}, err
		}
	}
	f := Forecast{Facts: after, Before: before.Grid(c), After: after.Grid(c)}
	f.Changes = c.Diff(f.Before, f.After)
	for _, held := range before.Held {
		if !after.Holds(held.ID) {
			f.Ends = append(f.Ends, held)
		}
	}
	f.gives = gives
	return f, nil
}

func (a Give) apply(_ Catalogue, f Facts) (Facts, error) {
	if f.Holds(a.ID) {
		return f, AlreadyHeld{a.ID}
	}
	if a.Rules.Exclusive {
		f.Held = []Held{a.Held}
		return f, nil
	}
	for _, held := range f.Held {
		if held.Rules.Exclusive {
			return f, HeldAlone{held.ID}
		}
	}
	f.Held = append(slices.Clip(f.Held), a.Held)
	return f, nil
}

func (a Give) gives(Catalogue, Facts) Grid { return a.Grid }

func (a Replace) apply(c Catalogue, f Facts) (Facts, error) {
	f, err := End{a.Role}.apply(c, f)
	if err != nil {
		return f, err
	}
	return Give{a.With}.apply(c, f)
}

func (a Replace) gives(Catalogue, Facts) Grid { return a.With.Grid }

func (a End) apply(_ Catalogue, f Facts) (Facts, error) {
	if !f.Holds(a.Role) {
		return f, NotHeld(a)
	}
	f.Held = slices.DeleteFunc(slices.Clone(f.Held), func(h Held) bool { return h.ID == a.Role })
	return f, nil
}

func (a End) gives(Catalogue, Facts) Grid { return nil }

func (a Set) apply(c Catalogue, f Facts) (Facts, error) {
	if err := c.CheckOverride(a.Area, a.Override); err != nil {
		return f, err
	}
	byHand := make(map[Area]ByHand, len(f.ByHand)+1)
	maps.Copy(byHand, f.ByHand)
	byHand[a.Area] = a.ByHand
	f.ByHand = byHand
	return f, nil
}

func (a Set) gives(c Catalogue, _ Facts) Grid {
	return Grid{a.Area: c.lay(a.Area, a.Override, Cell{})}
}

func (a Clear) apply(_ Catalogue, f Facts) (Facts, error) {
	f.ByHand = maps.Clone(f.ByHand)
	delete(f.ByHand, a.Area)
	return f, nil
}

func (a Clear) gives(Catalogue, Facts) Grid { return nil }

func (a Regrid) apply(c Catalogue, f Facts) (Facts, error) {
	if wrong := c.CheckGrid(a.Grid); wrong != nil {
		return f, errors.Join(wrong...)
	}
	f.Held = slices.Clone(f.Held)
	for i := range f.Held {
		if f.Held[i].ID == a.Role {
			f.Held[i].Grid = a.Grid
		}
	}
	return f, nil
}

func (a Regrid) gives(c Catalogue, f Facts) Grid {
	for _, held := range f.Held {
		if held.ID == a.Role {
			return c.Diff(held.Grid, a.Grid).Widened().reach()
		}
	}
	return nil
}

// AlreadyHeld refuses to give a role twice.
type AlreadyHeld struct{ Role ID }

func (e AlreadyHeld) Error() string { return fmt.Sprintf("role %x is held already", e.Role) }

// NotHeld refuses to end a role that is not held.
type NotHeld struct{ Role ID }

func (e NotHeld) Error() string { return fmt.Sprintf("role %x is not held", e.Role) }

// HeldAlone refuses a role beside an exclusive one.
type HeldAlone struct{ Role ID } // the exclusive role

func (e HeldAlone) Error() string {
	return fmt.Sprintf("role %x is held, and excludes all others", e.Role)
}
