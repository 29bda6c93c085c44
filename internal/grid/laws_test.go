package grid

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestEditNeverReachesFurtherThanViewAndEachScopeIsAdmitted(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		f := c.facts(c.roles().Draw(r, "roles")).Draw(r, "facts")
		effective := f.Grid(c)
		maps.DeleteFunc(effective, func(_ Area, cell Cell) bool { return cell == Cell{} })
		if wrong := c.CheckGrid(effective); wrong != nil {
			r.Fatal(errors.Join(wrong...))
		}
	})
}

func TestRolesGiveTheWidestOfWhatTheyGiveAndNothingElse(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		grids := c.grids().Draw(r, "grids")
		joined := c.Effective(grids, nil)
		for _, row := range c {
			for _, d := range Directions {
				scopes := []Scope{None}
				for _, g := range grids {
					scopes = append(scopes, g[row.Area].At(d))
				}
				if joined[row.Area].At(d) != slices.Max(scopes) {
					r.Fatalf("%s %s is %v of %v", d, row.Area, joined[row.Area], scopes)
				}
			}
		}
	})
}

func TestRolesAreASetWithoutOrderOrRepetition(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		a, b, d := c.grid().Draw(r, "a"), c.grid().Draw(r, "b"), c.grid().Draw(r, "d")
		same(r, "commutative", Join(a, b), Join(b, a))
		same(r, "associative", Join(Join(a, b), d), Join(a, Join(b, d)))
		same(r, "idempotent", Join(a, a), a)
		same(r, "empty", Join(a, Grid{}), a)

		grids, hands := c.grids().Draw(r, "grids"), plain(c.hands().Draw(r, "hands"))
		shuffled := rapid.Permutation(append(grids, grids...)).Draw(r, "shuffled")
		same(r, "order-free", c.Effective(grids, hands), c.Effective(shuffled, hands))
	})
}

func TestOneMoreRoleNeverTakesAnythingAway(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		grids, hands := c.grids().Draw(r, "grids"), plain(c.hands().Draw(r, "hands"))
		more := append(slices.Clip(grids), c.grid().Draw(r, "more"))
		if !c.Effective(more, hands).Covers(c.Effective(grids, hands)) {
			r.Fatal("a role took something away")
		}
	})
}

func TestWhatIsSetByHandHoldsAndTheRestStaysAsNearAsItCan(t *testing.T) {
	distance := func(a, b Cell) int {
		apart := func(s, t Scope) int { return max(int(s-t), int(t-s)) }
		return apart(a.View, b.View) + apart(a.Edit, b.Edit)
	}
	for _, admits := range allCoherent() {
		c := Catalogue{{"area", admits}}
		for _, roles := range append(admits.cells(), Cell{}) {
			for _, o := range admits.overrides() {
				obeys := func(cell Cell) bool {
					return (o.View == nil || *o.View == cell.View) && (o.Edit == nil || *o.Edit == cell.Edit)
				}
				got := c.lay("area", o, roles)
				if !obeys(got) || c.Check("area", got) != nil {
					t.Fatalf("%v under %v: roles %v, hand %v", got, admits, roles, o)
				}
				for _, other := range admits.cells() {
					if obeys(other) && distance(other, roles) < distance(got, roles) {
						t.Fatalf("%v is nearer to %v than %v is", other, roles, got)
					}
				}
			}
		}
	}
}

func TestAHandLeavesAllOtherAreasAlone(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		grids, area := c.grids().Draw(r, "grids"), c.area().Draw(r, "area")
		hand := map[Area]Override{area: c.override(area).Draw(r, "override")}
		for _, ch := range c.Diff(Join(grids...), c.Effective(grids, hand)) {
			if ch.Area != area {
				r.Fatalf("setting %s changed %v", area, ch)
			}
		}
	})
}

func TestAHandThatTheCatalogueRefusesGivesNothing(t *testing.T) {
	own, all := Own, All
	c := Catalogue{{"billing", Admits{SetOf(None, All), SetOf(None, All)}}}
	roles := []Grid{{"billing": {All, All}, "gone": {All, All}}}
	for _, hands := range []map[Area]Override{
		{"billing": {View: &own}, "gone": {View: &all}},
		{"billing": {Edit: &own}, "gone": {Edit: &all}},
	} {
		same(t, "refused", c.Effective(roles, hands), Grid{})
	}
}

func TestOnlyWhatAnAreaAdmitsPassesTheCheck(t *testing.T) {
	for _, admits := range allCoherent() {
		c := Catalogue{{"area", admits}}
		for view := Scope(-1); view <= All+1; view++ {
			for edit := Scope(-1); edit <= All+1; edit++ {
				cell := Cell{view, edit}
				err := c.Check("area", cell)
				if (err == nil) != slices.Contains(admits.cells(), cell) {
					t.Fatalf("%v under %v: %v", cell, admits, err)
				}
				var refused ScopeNotAdmitted
				if errors.As(err, &refused) && refused.Admits.Has(refused.Scope) {
					t.Fatalf("%v under %v is refused with %v", cell, admits, refused)
				}
			}
		}
	}
}

func TestAFormsCellIsCorrectedOntoAdmittedScopes(t *testing.T) {
	for _, admits := range allCoherent() {
		c := Catalogue{{"area", admits}}
		for _, cell := range admits.cells() {
			for _, s := range admits.View.List() {
				got := admits.WithView(cell, s)
				if got.View != s || got.Edit > cell.Edit || c.Check("area", got) != nil {
					t.Fatalf("%v viewed at %v is %v under %v", cell, s, got, admits)
				}
			}
			for _, s := range admits.Edit.List() {
				got := admits.WithEdit(cell, s)
				if got.Edit != s || got.View < cell.View || c.Check("area", got) != nil {
					t.Fatalf("%v edited at %v is %v under %v", cell, s, got, admits)
				}
			}
		}
	}
}

func TestEqualIsAnEquivalenceThatTakesAbsentForNone(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		few := rapid.SliceOfN(c.grid(), 2, 2).Draw(r, "few")
		pick := rapid.SampledFrom(append(few, Grid{}, nil))
		a, b, d := pick.Draw(r, "a"), pick.Draw(r, "b"), pick.Draw(r, "d")
		spelled := maps.Clone(Join(a))
		for _, row := range c {
			spelled[row.Area] = a[row.Area]
		}
		same(r, "reflexive", a, a)
		same(r, "absent is none", a, spelled)
		if a.Equal(b) != b.Equal(a) {
			r.Fatal("not symmetric")
		}
		if a.Equal(b) && b.Equal(d) && !a.Equal(d) {
			r.Fatal("not transitive")
		}
		if a.Equal(b) != (len(c.Diff(a, b)) == 0) {
			r.Fatal("equal grids differ")
		}
	})
}

func TestACatalogueThatContradictsItselfIsRefused(t *testing.T) {
	for name, c := range map[string]Catalogue{
		"twice":             {{"a", Admits{1, 1}}, {"a", Admits{1, 1}}},
		"admits no view":    {{"a", Admits{0, 1}}},
		"admits no edit":    {{"a", Admits{1, 0}}},
		"no edit under own": {{"a", Admits{SetOf(Own, All), SetOf(All)}}},
		"no view over all":  {{"a", Admits{SetOf(None, Own), SetOf(None, All)}}},
	} {
		if c.Coherent() == nil {
			t.Errorf("%s: not refused", name)
		}
	}
	law(t, func(r *rapid.T, c Catalogue) {
		if err := c.Coherent(); err != nil {
			r.Fatal(err)
		}
	})
}

// plain leaves out who set what by hand.
func plain(hands map[Area]ByHand) map[Area]Override {
	overrides := map[Area]Override{}
	for area, hand := range hands {
		overrides[area] = hand.Override
	}
	return overrides
}

func same(t interface{ Fatalf(string, ...any) }, law string, a, b Grid) {
	if !a.Equal(b) {
		t.Fatalf("%s: %v is not %v", law, a, b)
	}
}
