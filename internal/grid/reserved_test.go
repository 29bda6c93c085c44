package grid

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestWhatOnlySupportsRolesReachIsReservedAndNothingElse(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		roles, gives := c.roles().Draw(r, "roles"), c.grid().Draw(r, "gives")
		var want Changes
		for _, row := range c {
			for _, d := range Directions {
				scope := gives[row.Area].At(d)
				people := widest(roles, false, row.Area, d)
				if scope > people && widest(roles, true, row.Area, d) > people {
					want = append(want, Change{row.Area, d, people, scope})
				}
			}
		}
		if got := c.Reserved(roles, gives); !slices.Equal(got, want) {
			r.Fatalf("got %v, want %v", got, want)
		}
	})
}

// widest is how far the roles go that support alone gives, or those that people
// give.
func widest(roles []Role, support bool, area Area, d Direction) Scope {
	scope := None
	for _, role := range roles {
		if (role.Rules.GivenBy == nil) == support {
			scope = max(scope, role.Grid[area].At(d))
		}
	}
	return scope
}

func TestWhatPeopleMayGiveIsNeverReserved(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		roles := c.roles().Draw(r, "roles")
		var shared []Grid
		for _, role := range roles {
			if !role.Rules.SupportAlone() {
				shared = append(shared, role.Grid)
			}
		}
		if got := c.Reserved(roles, Join(shared...)); got != nil {
			r.Fatalf("%v, though people give roles with it", got)
		}
	})
}

// A grid that goes as far as a role of support's in all that only such roles
// reach is that role under another name.
func TestARoleOfSupportsIsReservedUnlessPeoplesRolesCoverIt(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		roles, more := c.roles().Draw(r, "roles"), c.grid().Draw(r, "more")
		var shared Grid
		for _, role := range roles {
			if !role.Rules.SupportAlone() {
				shared = Join(shared, role.Grid)
			}
		}
		for _, role := range roles {
			reserved := c.Reserved(roles, Join(role.Grid, more))
			if role.Rules.SupportAlone() && !shared.Covers(role.Grid) && reserved == nil {
				r.Fatalf("role %v with %v under another name", role.ID, more)
			}
		}
	})
}

func TestGivingMoreReservesNoLess(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		roles := c.roles().Draw(r, "roles")
		gives, more := c.grid().Draw(r, "gives"), c.grid().Draw(r, "more")
		wider := c.Reserved(roles, Join(gives, more)).reach()
		if !wider.Covers(c.Reserved(roles, gives).reach()) {
			r.Fatal("what is given beside it frees what was reserved")
		}
	})
}
