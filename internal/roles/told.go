package roles

import (
	"slices"

	"github.com/google/uuid"
)

// told is what a definition changes, in words, for the journal: before and after.
func (d *drafting) told(w words) (before, after map[string]any) {
	t := telling{before: map[string]any{}, after: map[string]any{}}
	was, is := DefinitionOf(d.before()), DefinitionOf(d.wanted)
	told(t, "name_fr", was.Name.Fr, is.Name.Fr)
	told(t, "name_en", was.Name.En, is.Name.En)
	told(t, "description_fr", was.Description.Fr, is.Description.Fr)
	told(t, "description_en", was.Description.En, is.Description.En)
	told(t, "module", was.Module, is.Module)
	told(t, "second_factor", was.SecondFactor, is.SecondFactor)
	told(t, "min_holders", was.MinHolders, is.MinHolders)
	told(t, "expires_after", was.ExpiresAfter, is.ExpiresAfter)
	told(t, "default", was.Default, is.Default)
	told(t, "exclusive", was.Exclusive, is.Exclusive)
	t.names("given_by", d, was.GivenBy, is.GivenBy, w)
	t.names("pairs_with", d, was.PairsWith, is.PairsWith, w)
	for _, ch := range d.Rows.Diff(was.Grid, is.Grid) {
		name := w.cell(d.Area(ch.Area), ch.Direction)
		t.tell(name, w.scope(ch.Area, ch.From), w.scope(ch.Area, ch.To))
	}
	return t.before, t.after
}

// telling is two sides of what changes.
type telling struct{ before, after map[string]any }

func (t telling) tell(name string, was, is any) { t.before[name], t.after[name] = was, is }

func told[T comparable](t telling, name string, was, is T) {
	if was != is {
		t.tell(name, was, is)
	}
}

func (t telling) names(name string, d *drafting, was, is []uuid.UUID, w words) {
	if sameIDs(was, is) {
		return
	}
	named := func(ids []uuid.UUID) []string {
		names := []string{}
		for _, r := range d.Roles {
			if slices.Contains(ids, r.ID) {
				names = append(names, w.Regional(r.Name.In(string(w.Locale()))))
			}
		}
		return names
	}
	t.tell(name, named(was), named(is))
}
