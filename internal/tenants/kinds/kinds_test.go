package kinds

import (
	"slices"
	"testing"

	"habilis/internal/grid"
)

func loaded(t *testing.T) Catalogue {
	t.Helper()
	catalogue, err := load(files) // as written
	if err != nil {
		t.Fatal(err)
	}
	return catalogue
}

func kindOf(t *testing.T, key string) Kind {
	t.Helper()
	kind, ok := loaded(t).Kind(key)
	if !ok {
		t.Fatalf("no kind %q", key)
	}
	return kind
}

func roleOf(t *testing.T, k Kind, key string) Role {
	t.Helper()
	role, ok := k.Role(key)
	if !ok {
		t.Fatalf("%s has no role %q", k.Key, key)
	}
	return role
}

func TestTheFiveKindsAreSound(t *testing.T) {
	var keys []string
	for _, k := range loaded(t) {
		keys = append(keys, k.Key)
	}
	if want := []string{"alerting", "childcare", "clinic", "directory", "planner"}; !slices.Equal(keys, want) {
		t.Errorf("kinds are %v, want %v", keys, want)
	}
}

func TestWhoeverChangesPermissionsIsNeverAloneNorWeaklySignedIn(t *testing.T) {
	for _, k := range loaded(t) {
		for _, r := range k.Roles {
			if r.Grid[Settings].Edit != grid.All {
				continue
			}
			if r.MinHolders < 1 || r.SecondFactor != StrongFactor || r.Exclusive || r.ExpiresAfter != 0 {
				t.Errorf("%s: role %q edits settings: it needs a holder and a strong second factor, for good", k.Key, r.Key)
			}
		}
	}
}

func TestEveryKindHasAMiddleRoleThatManagesPeopleWithoutTheSettings(t *testing.T) {
	for _, k := range loaded(t) {
		if !slices.ContainsFunc(k.Roles, func(r Role) bool {
			return r.Grid[People].Edit == grid.All && r.Grid[Roles].View == grid.All && r.Grid[Settings].Edit == grid.None
		}) {
			t.Errorf("%s has none", k.Key)
		}
	}
}

func TestAtAClinicWhoDoesNotEditTheSettingsChangesNoPermissions(t *testing.T) {
	clinic := kindOf(t, "clinic")
	for _, r := range clinic.Roles {
		if r.Grid[Roles].Edit > r.Grid[Settings].Edit {
			t.Errorf("role %q edits roles without the settings", r.Key)
		}
		for _, giver := range r.GrantedBy {
			if !r.Default && roleOf(t, clinic, giver).Grid[Settings].Edit != grid.All {
				t.Errorf("role %q gives %q without editing the settings", giver, r.Key)
			}
		}
	}
}

func TestTheDefaultRoleIsTheMostLimited(t *testing.T) {
	for _, k := range loaded(t) {
		limited := k.DefaultRole()
		for _, area := range k.Areas {
			if cell := limited.Grid[area.Key]; area.Module == Admin && cell != (grid.Cell{}) {
				t.Errorf("%s: default role %q opens %q of the portal", k.Key, limited.Key, area.Key)
			}
		}
		for _, r := range k.Roles {
			if r.Module == limited.Module && r.Key != limited.Key && limited.Grid.Covers(r.Grid) {
				t.Errorf("%s: role %q is not wider than the default role %q", k.Key, r.Key, limited.Key)
			}
		}
	}
}

func TestANewPlannerAccountGetsConsultation2AndPilotIsForSupportToGive(t *testing.T) {
	planner := kindOf(t, "planner")
	if got := planner.DefaultRole().Name.Fr; got != "Consultation #2" {
		t.Errorf("default role is %q", got)
	}
	pilot := roleOf(t, planner, "pilot")
	if !pilot.SupportAlone() || pilot.Name.Fr != "Pilote" {
		t.Errorf("pilot is %q, given by %v", pilot.Name.Fr, pilot.GrantedBy)
	}
	for _, r := range planner.Roles {
		if r.Key != "pilot" && !slices.Contains(r.GrantedBy, "pilot") {
			t.Errorf("a pilot can't give %q", r.Key)
		}
	}
}

func TestTheReferentsOfBothSidesGoTogether(t *testing.T) {
	directory := kindOf(t, "directory")
	ror, vt := roleOf(t, directory, "ror_referent"), roleOf(t, directory, "vt_referent")
	if ror.Name.Fr != "Référent établissement" || ror.Module != "ror" || ror.PairsWith != "vt_referent" || ror.MinHolders != 2 {
		t.Errorf("ROR: %+v", ror)
	}
	if vt.Name.Fr != "VT PH - Référent ESMS" || vt.Module != "vt" || vt.PairsWith != "ror_referent" {
		t.Errorf("VT: %+v", vt)
	}
	for _, r := range []Role{ror, vt} {
		if slices.Contains(r.GrantedBy, "ror_referent") || slices.Contains(r.GrantedBy, "vt_referent") {
			t.Errorf("a referent can give %q; the missing hat is asked for", r.Key)
		}
	}
}

func TestTheOutsideTechnicianIsLastAloneAndSeesNothingOfPeople(t *testing.T) {
	childcare := kindOf(t, "childcare")
	last := childcare.Roles[len(childcare.Roles)-1]
	if last.Name.Fr != "Technicien externe" || !last.Exclusive || last.ExpiresAfter == 0 || last.SecondFactor != StrongFactor {
		t.Errorf("the last role is %+v", last)
	}
	all := grid.Cell{View: grid.All, Edit: grid.All}
	if want := (grid.Grid{"boards": all, "doors": all, "tv": all}); !last.Grid.Equal(want) {
		t.Errorf("it opens %v, want %v", last.Grid, want)
	}
	for _, area := range []grid.Area{"boards", "doors", "tv"} {
		if a, _ := childcare.Area(area); a.Module != "premises" {
			t.Errorf("area %q is of the module %q", area, a.Module)
		}
	}
}

func TestFlagsOfAnAlertingUserAreTheBoxesOfTheProcedure(t *testing.T) {
	var names []string
	for _, f := range kindOf(t, "alerting").Flags {
		names = append(names, f.Name.Fr)
	}
	if want := []string{"Est responsable de mission", "Déclenchement par CAUCA autorisé"}; !slices.Equal(names, want) {
		t.Errorf("flags are %q, want %q", names, want)
	}
}

func TestPoliciesFollowTheProcedures(t *testing.T) {
	if p := kindOf(t, "alerting").Policies; !p.ManagerSetsPassword || p.EmailRequired || p.FirstAccess != FirstPassword {
		t.Errorf("alerting: %+v", p)
	}
	if p := kindOf(t, "childcare").Policies; p.FirstAccess != FirstActivation {
		t.Errorf("childcare: %+v", p)
	}
	for _, k := range loaded(t) {
		if k.Key != "alerting" && k.Policies.ManagerSetsPassword {
			t.Errorf("%s: a manager sets passwords by hand", k.Key)
		}
		if k.Policies.SecondFactor != FactorOfRoles {
			t.Errorf("%s: second factor demanded of %q", k.Key, k.Policies.SecondFactor)
		}
	}
}

func TestTheCalculusTakesEveryKindAndItsGrids(t *testing.T) {
	for _, k := range loaded(t) {
		catalogue := k.Catalogue()
		if err := catalogue.Coherent(); err != nil {
			t.Errorf("%s: %v", k.Key, err)
		}
		for _, r := range k.Roles {
			for _, err := range catalogue.CheckGrid(r.Grid) {
				t.Errorf("%s: role %q: %v", k.Key, r.Key, err)
			}
		}
	}
}

func TestLookingUpWhatAKindHasNot(t *testing.T) {
	clinic := kindOf(t, "clinic")
	if _, ok := clinic.Role("nobody"); ok {
		t.Error("found a role that is not there")
	}
	if g := clinic.Grid("nobody"); len(g) != 0 {
		t.Errorf("its grid is %v", g)
	}
	if g := clinic.Grid("intern"); g["calendar"] != (grid.Cell{View: grid.Own, Edit: grid.Own}) {
		t.Errorf("the intern's calendar is %v", g["calendar"])
	}
	if got := len(clinic.AreasOf(Admin)); got != 6 {
		t.Errorf("admin has %d areas", got)
	}
}
