package grid

import "slices"

// Rules is what a role asks of those who give it and those who hold it.
type Rules struct {
	Exclusive  bool // with it, no other role
	GivenBy    []ID // roles whose holders may give it; none: support alone
	PairsWith  []ID // roles to be held together with it
	MinHolders int  // people who should hold it in the place
}

// GivenByAny reports whether one of the roles of a hat may give the role.
func (r Rules) GivenByAny(hat []ID) bool {
	return slices.ContainsFunc(hat, func(id ID) bool { return slices.Contains(r.GivenBy, id) })
}

// SupportAlone reports whether nobody of the place may give the role.
func (r Rules) SupportAlone() bool { return len(r.GivenBy) == 0 }

// TooFew reports whether so many holders are a finding.
func (r Rules) TooFew(holders int) bool { return holders < r.MinHolders }

// MayLoseOne reports whether one of so many holders may go: the last one may
// not, where the role must have any.
func (r Rules) MayLoseOne(holders int) bool { return r.MinHolders == 0 || holders > 1 }

// Pair is a role that lacks another beside it.
type Pair struct {
	Has, Lacks ID
}

// Unpaired is the pairs that a person has only half of: a finding.
func (f Facts) Unpaired() []Pair {
	var pairs []Pair
	for _, held := range f.Held {
		for _, other := range held.Rules.PairsWith {
			if !f.Holds(other) {
				pairs = append(pairs, Pair{held.ID, other})
			}
		}
	}
	return pairs
}

// MayGive returns what of a grid reaches further than the giver's own (From:
// theirs, To: what they would give). Empty: they may give it.
func (c Catalogue) MayGive(giver, given Grid) Changes {
	if giver[Settings].Edit == All {
		return nil
	}
	return c.Diff(giver, Join(giver, given))
}

// MayDo is MayGive for all that a forecast's acts hand out: the whole grid of a
// role given, what a hand says even where it narrows today, what an edited role
// gains, and whatever widens for the person.
func (c Catalogue) MayDo(giver Grid, f Forecast) Changes {
	gives := append(slices.Clip(f.gives), f.Changes.Widened().reach())
	return c.MayGive(giver, Join(gives...))
}
