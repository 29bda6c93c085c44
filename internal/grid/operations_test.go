package grid

import (
	"errors"
	"maps"
	"testing"

	"pgregory.net/rapid"
)

// acts is a history: what was done to one person after the other, in which some
// things can't be done.
func (c Catalogue) acts(roles []Role) *rapid.Generator[[]Act] {
	return rapid.SliceOfN(c.act(roles), 1, 12)
}

// after is the facts after an act, or as they were where it can't be done.
func (c Catalogue) after(f Facts, act Act) Facts {
	forecast, err := c.Preview(f, act)
	if err != nil {
		return f
	}
	return forecast.Facts
}

func TestTheLawsHoldThroughAnyHistory(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		roles := c.roles().Draw(r, "roles")
		f := c.facts(roles).Draw(r, "facts")
		for _, act := range c.acts(roles).Draw(r, "acts") {
			f = c.after(f, act)
			lawful(r, c, f)
		}
	})
}

// lawful checks what must hold of any person at any instant.
func lawful(r *rapid.T, c Catalogue, f Facts) {
	g := f.Grid(c)
	said := maps.Clone(g)
	maps.DeleteFunc(said, func(_ Area, cell Cell) bool { return cell == Cell{} })
	if wrong := c.CheckGrid(said); wrong != nil {
		r.Fatal(errors.Join(wrong...))
	}
	for _, row := range c {
		for _, d := range Directions {
			if why := c.Explain(f, row.Area, d); why.Scope != g[row.Area].At(d) {
				r.Fatalf("%v is explained as %v", g[row.Area], why)
			}
		}
	}
	if still, err := c.Preview(f); err != nil || still.Changes != nil || !still.After.Equal(g) {
		r.Fatalf("doing nothing does %v, %v", still.Changes, err)
	}
	for i, held := range f.Held {
		if held.Rules.Exclusive && len(f.Held) > 1 {
			r.Fatalf("role %v is held beside others", held.ID)
		}
		for _, other := range f.Held[:i] {
			if other.ID == held.ID {
				r.Fatalf("role %v is held twice", held.ID)
			}
		}
	}
}

func TestActsTogetherAreActsOneAfterTheOther(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		roles := c.roles().Draw(r, "roles")
		f := c.facts(roles).Draw(r, "facts")
		first, second := c.act(roles).Draw(r, "first"), c.act(roles).Draw(r, "second")
		together, err := c.Preview(f, first, second)
		one, oneErr := c.Preview(f, first)
		two, twoErr := c.Preview(one.Facts, second)
		if oneErr != nil {
			twoErr = oneErr
		}
		if (err == nil) != (twoErr == nil) {
			r.Fatalf("together %v, apart %v", err, twoErr)
		}
		if err != nil {
			return
		}
		same(r, "after", together.After, two.After)
		giver := c.grid().Draw(r, "giver")
		if !c.MayDo(giver, together).reach().Covers(c.MayDo(giver, Forecast{gives: one.gives}).reach()) {
			r.Fatal("a second act hides what the first hands out")
		}
	})
}

func TestDoingItAgainChangesNothing(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		roles := c.roles().Draw(r, "roles")
		f := c.facts(roles).Draw(r, "facts")
		act := c.act(roles).Draw(r, "act")
		once := c.after(f, act)
		same(r, "again", c.after(once, act).Grid(c), once.Grid(c))
	})
}

func TestWhatIsTakenBackLeavesNothingBehind(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		roles := c.roles().Draw(r, "roles")
		f := c.facts(roles).Draw(r, "facts")
		role := rapid.SampledFrom(roles).Draw(r, "role")
		given, err := c.Preview(f, Give{Held{Role: role}}, End{role.ID})
		if err == nil && len(given.Ends) == 0 {
			same(r, "a role given and ended", given.After, given.Before)
		}
		area := c.area().Draw(r, "area")
		set := Set{area, ByHand{Override: c.override(area).Draw(r, "override")}}
		same(r, "a cell set and cleared", c.after(c.after(f, set), Clear{area}).Grid(c), c.after(f, Clear{area}).Grid(c))
	})
}

func TestTheOrderOfActsOnDifferentThingsIsOfNoMatter(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		roles := c.roles().Draw(r, "roles")
		f := c.facts(roles).Draw(r, "facts")
		acts := []Act{}
		for area, hand := range c.hands().Draw(r, "set") {
			acts = append(acts, Set{area, hand})
		}
		for _, role := range roles {
			if !role.Rules.Exclusive {
				acts = append(acts, Give{Held{Role: role}})
			}
		}
		there, back := f, f
		for i := range acts {
			there, back = c.after(there, acts[i]), c.after(back, acts[len(acts)-1-i])
		}
		same(r, "order-free", there.Grid(c), back.Grid(c))
	})
}

func TestAWiderRoleGivesNoLess(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		grids, hands := c.grids().Draw(r, "grids"), plain(c.hands().Draw(r, "hands"))
		wider := make([]Grid, len(grids))
		for i, g := range grids {
			wider[i] = Join(g, c.grid().Draw(r, "more"))
		}
		if !c.Effective(wider, hands).Covers(c.Effective(grids, hands)) {
			r.Fatal("a wider role took something away")
		}
	})
}

func TestAWiderHandGivesNoLess(t *testing.T) {
	for _, admits := range allCoherent() {
		c := Catalogue{{"area", admits}}
		for _, roles := range append(admits.cells(), Cell{}) {
			for _, narrow := range admits.overrides() {
				for _, wide := range admits.overrides() {
					if wider(wide.View, narrow.View) && wider(wide.Edit, narrow.Edit) &&
						!c.lay("area", wide, roles).Covers(c.lay("area", narrow, roles)) {
						t.Fatalf("under %v, over %v: %v gives less than %v", admits, roles, wide, narrow)
					}
				}
			}
		}
	}
}

// wider reports whether two hands both say something, one of them no less, or
// both say nothing.
func wider(a, b *Scope) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a >= *b
}

func TestWhoHasMoreMayDoNoLess(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		roles := c.roles().Draw(r, "roles")
		forecast, err := c.Preview(c.facts(roles).Draw(r, "facts"), c.act(roles).Draw(r, "act"))
		if err != nil {
			return
		}
		giver, more := c.grid().Draw(r, "giver"), c.grid().Draw(r, "more")
		if !c.MayDo(giver, forecast).reach().Covers(c.MayDo(Join(giver, more), forecast).reach()) {
			r.Fatal("with more, one may do less")
		}
	})
}
