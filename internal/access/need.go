package access

import (
	"slices"

	"habilis/internal/fault"
	"habilis/internal/grid"
)

// Need is what an operation asks of who does it. The zero Need lets nobody in.
type Need struct {
	Act    string      // its name in the journal ("people.create"); required for writes
	Area   grid.Area   // the area of the module admin that a person's grid must open…
	View   grid.Scope  // …at least this far for reading
	Edit   grid.Scope  // …and this far for changing
	Beside []grid.Area // the others that it must open for reading besides
	Member bool        // belonging to the place is enough; Area is then empty
	Also   Office      // the other offices that may do it, joined by |
	Proof  Proof       // whether it asks who is there
}

// The areas of the module admin: the portal guards its own pages with the
// calculus that it manages.
const (
	People   grid.Area = "people"
	Roles    grid.Area = "roles"
	Records  grid.Area = "records"
	Reviews  grid.Area = "reviews"
	Journal  grid.Area = "journal"
	Settings grid.Area = "settings"
)

// ViewOf is the need of a page that shows an area.
func ViewOf(area grid.Area) Need { return Need{Area: area, View: grid.All} }

// EditOf is the need of an act that changes an area.
func EditOf(area grid.Area, act string) Need {
	return Need{Act: act, Area: area, View: grid.All, Edit: grid.All}
}

// Met reports whether a grid satisfies the need of a person.
func (n Need) Met(g grid.Grid) bool {
	if n.Member {
		return true
	}
	return n.met(g) && !slices.ContainsFunc(n.Beside, func(area grid.Area) bool { return !ViewOf(area).met(g) })
}

// met is [Need.Met] of the first area alone.
func (n Need) met(g grid.Grid) bool {
	return n.Area != "" && (n.View > grid.None || n.Edit > grid.None) && g[n.Area].Covers(grid.Cell{View: n.View, Edit: n.Edit})
}

// Lacking is the part of an unmet need, of one area, that a grid falls short of.
func (n Need) Lacking(g grid.Grid) Need {
	for _, area := range n.Beside {
		if beside := ViewOf(area); n.met(g) && !beside.met(g) {
			return beside
		}
	}
	n.Beside = nil
	return n
}

// refusal says what is missing.
func (n Need) refusal() *fault.Fault {
	if n.Edit > grid.None {
		return fault.Forbidden("access.no_edit")
	}
	return fault.Forbidden("access.no_view")
}

// judge lets the actor in, or says why not. A person without a standing in the
// place learns nothing of it.
func (n Need) judge(a Actor, s *Standing) error {
	judge := n.judgePerson
	if a.office != Person {
		judge = n.judgeOffice
	}
	if err := judge(a, s); err != nil || n.Proof != ProofAlways {
		return err
	}
	return a.prove()
}

func (n Need) judgePerson(_ Actor, s *Standing) error {
	switch {
	case s.Resource == nil:
		return fault.NotFound("access.no_place")
	case s.Tenant.State != "open":
		return fault.Conflict("access.place_closed")
	case s.FactorMissing:
		return AskedFactor{s.FactorAsked}
	case !n.Met(s.Grid):
		return n.refusal()
	}
	return nil
}

func (n Need) judgeOffice(a Actor, s *Standing) error {
	switch {
	case a.office == Guest:
		return n.judgeGuest(a, s)
	case n.Also&a.office == 0:
		return fault.Forbidden("access.office")
	case a.office == Support && (s.Operator == "" || a.factor < StrongFactor):
		return fault.NotFound("access.no_place")
	case a.office == Invitee && s.Tenant.State != "open":
		return fault.Conflict("access.place_closed")
	}
	return nil
}
