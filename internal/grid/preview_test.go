package grid

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestADiffIsExactlyTheWayFromOneGridToTheOther(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		before, after := c.grid().Draw(r, "before"), c.grid().Draw(r, "after")
		changes := c.Diff(before, after)
		same(r, "apply(diff) = after", patched(before, changes), after)
		if diff := c.Diff(before, before); diff != nil {
			r.Fatalf("%v differs from itself by %v", before, diff)
		}
		if len(changes.Widened())+len(changes.Narrowed()) != len(changes) {
			r.Fatal("a change neither widens nor narrows")
		}
		if !slices.IsSortedFunc(changes, func(a, b Change) int {
			return 2*(c.position(a.Area)-c.position(b.Area)) + int(a.Direction) - int(b.Direction)
		}) {
			r.Fatalf("out of order: %v", changes)
		}
	})
}

func TestADiffHidesNoAreaThatTheCatalogueForgot(t *testing.T) {
	got := Catalogue{{"b", Admits{9, 9}}}.Diff(Grid{"z": {All, None}}, Grid{"a": {Own, None}, "b": {All, None}})
	want := Changes{{"b", View, None, All}, {"a", View, None, Own}, {"z", View, All, None}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// patched is a grid after changes that start from it.
func patched(g Grid, changes Changes) Grid {
	g = Join(g)
	for _, ch := range changes {
		if g[ch.Area].At(ch.Direction) != ch.From {
			panic("the change starts elsewhere")
		}
		g[ch.Area] = g[ch.Area].with(ch.Direction, ch.To)
	}
	return g
}

// A ledger is a person as a database would keep them: rows that open and close.
// It does what acts say without asking the code under test.
type ledger struct {
	grants []grant
	hands  map[Area]Override
	roles  map[ID]Role
}

type grant struct {
	role ID
	open bool
}

func open(f Facts, roles []Role) *ledger {
	l := &ledger{hands: plain(f.ByHand), roles: map[ID]Role{}}
	for _, role := range roles {
		l.roles[role.ID] = role
	}
	for _, held := range f.Held {
		l.grants = append(l.grants, grant{held.ID, true})
	}
	return l
}

func (l *ledger) held() []ID {
	var ids []ID
	for _, g := range l.grants {
		if g.open {
			ids = append(ids, g.role)
		}
	}
	return ids
}

func (l *ledger) close(which func(ID) bool) {
	for i, g := range l.grants {
		l.grants[i].open = g.open && !which(g.role)
	}
}

// do reports whether the act was possible.
func (l *ledger) do(act Act) bool {
	is := func(id ID) func(ID) bool { return func(other ID) bool { return other == id } }
	switch act := act.(type) {
	case Give:
		exclusive := func(id ID) bool { return l.roles[id].Rules.Exclusive }
		if slices.Contains(l.held(), act.ID) || !exclusive(act.ID) && slices.ContainsFunc(l.held(), exclusive) {
			return false
		}
		if exclusive(act.ID) {
			l.close(func(ID) bool { return true })
		}
		l.grants = append(l.grants, grant{act.ID, true})
	case Replace:
		return l.do(End{act.Role}) && l.do(Give{act.With})
	case End:
		if !slices.Contains(l.held(), act.Role) {
			return false
		}
		l.close(is(act.Role))
	case Set:
		l.hands[act.Area] = act.Override
	case Clear:
		delete(l.hands, act.Area)
	case Regrid:
		role := l.roles[act.Role]
		role.Grid = act.Grid
		l.roles[act.Role] = role
	}
	return true
}

func (l *ledger) grid(c Catalogue) Grid {
	var grids []Grid
	for _, id := range l.held() {
		grids = append(grids, l.roles[id].Grid)
	}
	return c.Effective(grids, l.hands)
}

func TestAPreviewIsWhatThenHappens(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		roles := c.roles().Draw(r, "roles")
		facts := c.facts(roles).Draw(r, "facts")
		// A grid given after its role was edited is the edited one, so a role is
		// edited last.
		acts := rapid.SliceOfN(c.act(roles), 1, 4).Draw(r, "acts")
		slices.SortStableFunc(acts, func(a, b Act) int { return edits(a) - edits(b) })

		before, held := facts.Grid(c), slices.Clone(facts.Held)
		forecast, err := c.Preview(facts, acts...)

		world, possible := open(facts, roles), true
		for _, act := range acts {
			possible = possible && world.do(act)
		}
		if possible != (err == nil) {
			r.Fatalf("possible: %v, but %v", possible, err)
		}
		if !reflect.DeepEqual(facts.Held, held) || !facts.Grid(c).Equal(before) {
			r.Fatal("looking ahead changed the present")
		}
		if !possible {
			return
		}
		same(r, "before", forecast.Before, before)
		same(r, "after", forecast.After, world.grid(c))
		same(r, "changes", patched(before, forecast.Changes), world.grid(c))
		for _, h := range held {
			ends := slices.ContainsFunc(forecast.Ends, func(e Held) bool { return e.ID == h.ID })
			if ends == slices.Contains(world.held(), h.ID) {
				r.Fatalf("role %v ends: %v", h.ID, ends)
			}
		}
	})
}

func edits(act Act) int {
	if _, ok := act.(Regrid); ok {
		return 1
	}
	return 0
}

func TestNobodyHandsOutWhatTheyDontHave(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		roles := c.roles().Draw(r, "roles")
		facts := c.facts(roles).Draw(r, "facts")
		giver := c.grid().Draw(r, "giver")
		forecast, err := c.Preview(facts, c.act(roles).Draw(r, "act"))
		if err != nil {
			return
		}
		beyond := c.MayDo(giver, forecast)
		if giver[Settings].Edit == All {
			if beyond != nil {
				r.Fatalf("who edits the settings may not give %v", beyond)
			}
			return
		}
		for _, ch := range forecast.Changes.Widened() {
			excess := slices.ContainsFunc(beyond, func(b Change) bool {
				return b.Area == ch.Area && b.Direction == ch.Direction
			})
			if ch.To > giver[ch.Area].At(ch.Direction) && !excess {
				r.Fatalf("%v by someone who has %v", ch, giver[ch.Area])
			}
		}
		for _, b := range beyond {
			if b.From != giver[b.Area].At(b.Direction) || b.To <= b.From {
				r.Fatalf("%v is no excess over %v", b, giver[b.Area])
			}
		}
	})
}

func TestOneMayGiveExactlyTheGridsThatOnesOwnCovers(t *testing.T) {
	law(t, func(r *rapid.T, c Catalogue) {
		giver, given := c.grid().Draw(r, "giver"), c.grid().Draw(r, "given")
		may := giver.Covers(given) || giver[Settings].Edit == All
		if beyond := c.MayGive(giver, given); may != (len(beyond) == 0) {
			r.Fatalf("may: %v, beyond: %v", may, beyond)
		}
	})
}

// A hand that narrows today would outlive the role beneath it: it counts as
// given in full.
func TestAHandThatNarrowsIsStillGivenInFull(t *testing.T) {
	c := Catalogue{{"clients", Admits{15, 15}}}
	all := Role{Grid: Grid{"clients": {All, All}}}
	assigned := Assigned
	f, err := c.Preview(Facts{Held: []Held{{Role: all}}}, Set{"clients", ByHand{Override: Override{View: &assigned}}})
	if err != nil || f.Widens() {
		t.Fatal(f, err)
	}
	got := c.MayDo(Grid{"clients": {Own, Own}}, f)
	if want := (Changes{{"clients", View, Own, Assigned}}); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A role counts in full even where the person has all of it already: it would
// outlive what they have it from.
func TestARoleGivenCountsInFull(t *testing.T) {
	c := Catalogue{{"clients", Admits{15, 15}}, {"billing", Admits{15, 15}}}
	wide := Role{ID: ID{1}, Grid: Grid{"clients": {All, All}}}
	same := Held{Role: Role{ID: ID{2}, Grid: wide.Grid}}
	person := Facts{Held: []Held{{Role: wide}}}
	giver := Grid{"clients": {All, Own}}
	for name, acts := range map[string][]Act{
		"given":           {Give{same}},
		"in its place":    {Replace{wide.ID, same}},
		"given, edited":   {Give{Held{Role: Role{ID: ID{2}}}}, Regrid{ID{2}, wide.Grid}},
		"given and ended": {Give{same}, End{same.ID}},
	} {
		f, err := c.Preview(person, acts...)
		if err != nil || len(f.Changes) > 0 {
			t.Fatal(name, f, err)
		}
		if got, want := c.MayDo(giver, f), (Changes{{"clients", Edit, Own, All}}); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

func TestTwoPreviewsOfOnePersonShareNothing(t *testing.T) {
	person := Facts{Held: slices.Grow([]Held{{Role: Role{ID: ID{1}}}}, 4)}
	one, _ := Catalogue{}.Preview(person, Give{Held{Role: Role{ID: ID{2}}}})
	_, _ = Catalogue{}.Preview(person, Give{Held{Role: Role{ID: ID{3}}}})
	if !one.Facts.Holds(ID{2}) {
		t.Error("the second preview wrote into the first")
	}
}

// An edited role counts only for what it gains, even for a holder whose hand
// hides it.
func TestAnEditedRoleCountsForWhatItGains(t *testing.T) {
	c := Catalogue{{"clients", Admits{15, 15}}, {"billing", Admits{15, 15}}}
	role := Role{Grid: Grid{"clients": {All, All}}}
	none := None
	hidden := map[Area]ByHand{"billing": {Override: Override{View: &none}}}
	f, err := c.Preview(Facts{[]Held{{Role: role}}, hidden},
		Regrid{role.ID, Grid{"clients": {All, All}, "billing": {Own, None}}})
	if err != nil || len(f.Changes) > 0 {
		t.Fatal(f, err)
	}
	got := c.MayDo(Grid{}, f)
	if want := (Changes{{"billing", View, None, Own}}); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestWhatCantBeDoneIsRefusedByItsName(t *testing.T) {
	c := Catalogue{{"settings", Admits{SetOf(None, All), SetOf(None, All)}}}
	technician := Held{Role: Role{ID: ID{1}, Rules: Rules{Exclusive: true}}}
	clerk := Held{Role: Role{ID: ID{2}}}
	person := Facts{Held: []Held{technician}}
	own := Own
	for _, refused := range []struct {
		act  Act
		want error
	}{
		{Give{technician}, AlreadyHeld{technician.ID}},
		{Give{clerk}, HeldAlone{technician.ID}},
		{End{clerk.ID}, NotHeld{clerk.ID}},
		{Replace{clerk.ID, technician}, NotHeld{clerk.ID}},
		{Set{"settings", ByHand{Override: Override{View: &own}}}, ScopeNotAdmitted{"settings", View, Own, 9}},
		{Set{"garden", ByHand{Override: Override{View: &own}}}, UnknownArea{"garden"}},
		{Regrid{technician.ID, Grid{"settings": {None, All}}}, EditWiderThanView{"settings", Cell{None, All}}},
	} {
		f, err := c.Preview(person, refused.act)
		if !errors.Is(err, refused.want) || err.Error() == "" || f.Facts.Held != nil {
			t.Errorf("%v: %v, want %v", refused.act, err, refused.want)
		}
	}
}
