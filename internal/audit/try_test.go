package audit_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/audit"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/pgtest/place"
)

// tries tells what would be so of someone if.
func (d desk) tries(t *testing.T, who place.Person, trial audit.Trial) (*audit.TryPage, error) {
	t.Helper()
	page, err := d.Try(t.Context(), d.Pilot.Actor(), who.Resource)
	if err != nil {
		t.Fatal(err)
	}
	return page, page.If(trial)
}

func (d desk) roles(t *testing.T, keys ...string) []uuid.UUID {
	t.Helper()
	ids := make([]uuid.UUID, len(keys))
	for i, key := range keys {
		ids[i] = d.Role(t, key)
	}
	return ids
}

func scope(s grid.Scope) *grid.Scope { return &s }

func TestSeveralChangesAreTriedTogether(t *testing.T) {
	d := open(t, "clinic")
	who := d.Person(t, "clinician")
	d.hand(t, who, "billing", grid.All)
	page, err := d.tries(t, who, audit.Trial{
		Give: d.roles(t, "reception", "accounting", "reception"),
		End:  d.roles(t, "clinician"),
		Hands: map[grid.Area]grid.Override{
			"billing":         {}, // left to the roles again
			"client_profiles": {View: scope(grid.None), Edit: scope(grid.None)},
			access.Journal:    {View: scope(grid.All)},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	held := page.Forecast.Facts
	if len(held.Held) != 2 || held.Holds(grid.ID(d.Role(t, "clinician"))) || len(held.ByHand) != 2 {
		t.Errorf("would hold %d roles and %d cells", len(held.Held), len(held.ByHand))
	}
	after := page.Forecast.After
	if after["client_profiles"] != (grid.Cell{}) || after[access.Journal].View != grid.All {
		t.Errorf("would see %v and %v", after["client_profiles"], after[access.Journal])
	}
	if len(page.Forecast.Changes.Narrowed()) == 0 || len(page.Forecast.Changes.Widened()) == 0 {
		t.Error("something is both widened and narrowed")
	}
}

func TestWhateverOrderATrialIsSaidInItTellsTheSame(t *testing.T) {
	d := open(t, "clinic")
	who := d.Person(t, "clinician", "reception")
	give, end := d.roles(t, "accounting", "coordinator"), d.roles(t, "clinician", "reception")
	first, err := d.tries(t, who, audit.Trial{Give: give, End: end})
	if err != nil {
		t.Fatal(err)
	}
	rand.Shuffle(2, func(i, j int) { give[i], give[j] = give[j], give[i] })
	second, err := d.tries(t, who, audit.Trial{Give: []uuid.UUID{give[1], give[0]}, End: []uuid.UUID{end[1], end[0]}})
	if err != nil || !first.Forecast.After.Equal(second.Forecast.After) || len(first.Findings) != len(second.Findings) {
		t.Errorf("%v: %v, then %v", err, first.Findings, second.Findings)
	}
}

func TestATrialThatCannotBeSaysWhatEachFieldLacks(t *testing.T) {
	d := open(t, "clinic")
	who := d.Person(t, "clinician")
	for name, trial := range map[string]struct {
		audit.Trial
		field, key string
	}{
		"held already":   {audit.Trial{Give: d.roles(t, "clinician")}, "give", "audit.held"},
		"held and ended": {audit.Trial{Give: d.roles(t, "clinician"), End: d.roles(t, "clinician")}, "give", "audit.held"},
		"not held":       {audit.Trial{End: d.roles(t, "reception")}, "end", "audit.not_held"},
		"no role":        {audit.Trial{Give: []uuid.UUID{uuid.New()}}, "give", "audit.no_role"},
		"another's role": {audit.Trial{Give: []uuid.UUID{open(t, "clinic").Role(t, "reception")}}, "give", "audit.no_role"},
		"not admitted": {audit.Trial{Hands: map[grid.Area]grid.Override{access.Settings: {View: scope(grid.Assigned)}}},
			"cell.settings.view", audit.NotAdmitted},
		"edit wider": {audit.Trial{Hands: map[grid.Area]grid.Override{access.Settings: {View: scope(grid.None), Edit: scope(grid.All)}}},
			"cell.settings.edit", "audit.edit_wider"},
		"no area": {audit.Trial{Hands: map[grid.Area]grid.Override{"doors": {}}}, "", "audit.area"},
	} {
		page, err := d.tries(t, who, trial.Trial)
		faults, ok := fault.As(err)
		if !ok || faults[0].Field != trial.field || faults[0].Key != trial.key {
			t.Errorf("%s: %v", name, err)
		}
		if len(page.Forecast.Changes) > 0 || len(page.Findings) > 0 {
			t.Errorf("%s: something is tried", name)
		}
	}
}

func TestARoleThatStandsAloneIsTriedAlone(t *testing.T) {
	d := open(t, "childcare")
	who := d.Person(t)
	var exclusive, other string
	for _, r := range d.Kind.Roles {
		if r.Exclusive {
			exclusive = r.Key
		} else if !r.Default {
			other = r.Key
		}
	}
	_, err := d.tries(t, who, audit.Trial{Give: d.roles(t, exclusive, other)})
	refused(t, err, fault.KindInvalid, "audit.alone")
	alone := d.Person(t, exclusive)
	_, err = d.tries(t, alone, audit.Trial{Give: d.roles(t, other)})
	refused(t, err, fault.KindInvalid, "audit.held_alone")
	if _, err = d.tries(t, alone, audit.Trial{Give: d.roles(t, other), End: d.roles(t, exclusive)}); err != nil {
		t.Errorf("with its end: %v", err)
	}
}

// What the portal would not let happen is said before it is done.
func TestATrialSaysWhatWouldBeRefused(t *testing.T) {
	d := open(t, "planner")
	who := d.Person(t)
	page, err := d.tries(t, who, audit.Trial{})
	if err != nil {
		t.Fatal(err)
	}
	wide := func(area grid.Area) map[grid.Area]grid.Override {
		return map[grid.Area]grid.Override{area: {View: scope(grid.All), Edit: scope(grid.All)}}
	}
	reserved, given := 0, 0
	for _, role := range page.InUse() {
		if role.SupportAlone() {
			given++
			if page, err = d.tries(t, who, audit.Trial{Give: []uuid.UUID{role.ID}}); err != nil || !says(page, audit.SupportGives) {
				t.Errorf("%s: %v: %+v", role.Name.Fr, err, page.Findings)
			}
		}
	}
	for _, area := range page.Areas {
		if len(page.Catalogue.Reserved(grid.Grid{area.Key: {View: grid.All, Edit: grid.All}})) > 0 {
			reserved++
			if page, err = d.tries(t, who, audit.Trial{Hands: wide(area.Key)}); err != nil || !says(page, audit.Reserved) || !page.Findings[0].Refused() {
				t.Errorf("%s by hand: %v: %+v", area.Key, err, page.Findings)
			}
		}
		own, err := d.tries(t, d.Pilot, audit.Trial{Hands: wide(area.Key)})
		if err == nil && own.Forecast.Widens() != says(own, audit.OwnRights) {
			t.Errorf("one's own %s: %+v", area.Key, own.Findings)
		}
	}
	if reserved == 0 || given == 0 {
		t.Errorf("%d areas are reserved, %d roles given by support", reserved, given)
	}
}

func says(page *audit.TryPage, rule audit.Rule) bool {
	for _, f := range page.Findings {
		if f.Rule == rule {
			return true
		}
	}
	return false
}
