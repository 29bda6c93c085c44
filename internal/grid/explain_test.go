package grid

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestAnExplanationAgreesWithWhatHolds(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		f := c.facts(c.roles().Draw(r, "roles")).Draw(r, "facts")
		area, d := c.area().Draw(r, "area"), rapid.SampledFrom(Directions[:]).Draw(r, "direction")
		why := c.Explain(f, area, d)
		if why.Scope != f.Grid(c)[area].At(d) {
			r.Fatalf("%v is explained as %v", f.Grid(c)[area], why)
		}
		byRoles := Facts{Held: f.Held}
		if why.Roles != byRoles.Grid(c)[area].At(d) {
			r.Fatalf("the roles give %v, not %v", byRoles.Grid(c)[area], why)
		}
		explained(r, c, f, why)
	})
}

// explained checks that taking away the cause takes away the effect.
func explained(r *rapid.T, c Catalogue, f Facts, why Reason) {
	hand, set := f.ByHand[why.Area]
	said := set && hand.at(why.Direction) != nil
	switch why.Cause {
	case Unsaid:
		if why.Scope != None || len(why.Sources) > 0 || said {
			r.Fatalf("somebody said %v", why)
		}
	case FromRoles:
		if said || len(why.Sources) == 0 || why.Scope != why.Roles {
			r.Fatalf("not from the roles: %v", why)
		}
	case FromHand:
		if !said || why.Scope != *hand.at(why.Direction) {
			r.Fatalf("not by hand: %v", why)
		}
	case Corrected:
		if !set || said || why.Scope == why.Roles {
			r.Fatalf("not corrected: %v", why)
		}
	}
	if (why.Hand != nil) != (why.Cause == FromHand || why.Cause == Corrected) {
		r.Fatalf("a hand without cause: %v", why)
	}
	for _, h := range f.Held {
		gives := why.Roles > None && h.Grid[why.Area].At(why.Direction) == why.Roles
		if gives != slices.ContainsFunc(why.Sources, func(s Held) bool { return s.ID == h.ID }) {
			r.Fatalf("role %v gives it: %v, but %v", h.ID, gives, why)
		}
	}
	without := Facts{Held: slices.DeleteFunc(slices.Clone(f.Held), func(h Held) bool {
		return slices.ContainsFunc(why.Sources, func(s Held) bool { return s.ID == h.ID })
	})}
	if left := without.Grid(c)[why.Area].At(why.Direction); left >= why.Roles && why.Roles > None {
		r.Fatalf("%v remains without the sources of %v", left, why)
	}
}

func TestARemedyHelpsAndNothingElseDoes(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		roles := c.roles().Draw(r, "roles")
		f := c.facts(roles).Draw(r, "facts")
		area, d := c.area().Draw(r, "area"), rapid.SampledFrom(Directions[:]).Draw(r, "direction")
		needed := rapid.SampledFrom([]Scope{Own, Assigned, All}).Draw(r, "needed")
		missing := c.Missing(f, area, d, needed, roles)
		for _, role := range roles {
			world := open(f, roles)
			helps := world.do(Give{Held{Role: role}}) && world.grid(c)[area].At(d) >= needed
			offered := slices.ContainsFunc(missing.Remedies, func(o Role) bool { return o.ID == role.ID })
			if helps != offered {
				r.Fatalf("role %v helps: %v, offered: %v", role.ID, helps, offered)
			}
		}
	})
}
