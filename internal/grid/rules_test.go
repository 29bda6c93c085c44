package grid

import (
	"slices"
	"testing"
)

func TestARoleIsGivenByThoseItNamesAlone(t *testing.T) {
	pilot, clerk := ID{1}, ID{2}
	rules := Rules{GivenBy: []ID{pilot}}
	for _, c := range []struct {
		rules Rules
		hat   []ID
		may   bool
	}{
		{rules, []ID{clerk, pilot}, true},
		{rules, []ID{clerk}, false},
		{rules, nil, false},
		{Rules{}, []ID{pilot, clerk}, false}, // support alone
	} {
		if c.rules.GivenByAny(c.hat) != c.may {
			t.Errorf("%v with hat %v: want %v", c.rules.GivenBy, c.hat, c.may)
		}
	}
}

func TestTheLastHolderStaysAndTooFewIsAFinding(t *testing.T) {
	for _, c := range []struct {
		minimum, holders int
		tooFew, mayLose  bool
	}{
		{0, 0, false, true},
		{0, 1, false, true},
		{1, 1, false, false},
		{1, 2, false, true},
		{2, 1, true, false},
		{2, 2, false, true},
	} {
		rules := Rules{MinHolders: c.minimum}
		if rules.TooFew(c.holders) != c.tooFew || rules.MayLoseOne(c.holders) != c.mayLose {
			t.Errorf("%d holders of at least %d", c.holders, c.minimum)
		}
	}
}

func TestHalfAPairIsFoundFromEitherSide(t *testing.T) {
	ror := Held{Role: Role{ID: ID{1}, Rules: Rules{PairsWith: []ID{{2}}}}}
	vt := Held{Role: Role{ID: ID{2}, Rules: Rules{PairsWith: []ID{{1}}}}}
	for _, c := range []struct {
		held  []Held
		pairs []Pair
	}{
		{[]Held{ror, vt}, nil},
		{[]Held{ror}, []Pair{{ID{1}, ID{2}}}},
		{[]Held{vt}, []Pair{{ID{2}, ID{1}}}},
	} {
		if got := (Facts{Held: c.held}).Unpaired(); !slices.Equal(got, c.pairs) {
			t.Errorf("got %v, want %v", got, c.pairs)
		}
	}
}
