package grid

import (
	"encoding/json"
	"slices"
	"testing"
)

func TestScopeNamesReadBackAsTheyWereWritten(t *testing.T) {
	for s := None; s <= All; s++ {
		if got, err := ParseScope(s.String()); err != nil || got != s {
			t.Errorf("ParseScope(%q) = %v, %v", s, got, err)
		}
		text, _ := json.Marshal(map[Area]Scope{"people": s})
		back := map[Area]Scope{}
		if err := json.Unmarshal(text, &back); err != nil || back["people"] != s {
			t.Errorf("%s reads back as %v, %v", text, back, err)
		}
	}
}

func TestASetOfScopesHasWhatItWasMadeOf(t *testing.T) {
	for set := Scopes(0); set < 16; set++ {
		list := set.List()
		if SetOf(list...) != set {
			t.Errorf("SetOf(%v) is not %v", list, set)
		}
		for s := Scope(-1); s <= All+1; s++ {
			if set.Has(s) != slices.Contains(list, s) {
				t.Errorf("{%v} has %v: %v", set, s, set.Has(s))
			}
		}
	}
}

func TestTheNearestAdmittedScopeIsTakenFromTheRightSide(t *testing.T) {
	for set := Scopes(1); set < 16; set++ {
		for limit := None; limit <= All; limit++ {
			narrower := slices.DeleteFunc(set.List(), func(s Scope) bool { return s > limit })
			wider := slices.DeleteFunc(set.List(), func(s Scope) bool { return s < limit })
			atMost, atLeast := set.Narrowest(), set.Widest()
			if len(narrower) > 0 {
				atMost = slices.Max(narrower)
			}
			if len(wider) > 0 {
				atLeast = slices.Min(wider)
			}
			if set.AtMost(limit) != atMost || set.AtLeast(limit) != atLeast {
				t.Errorf("{%v} around %v: %v and %v, want %v and %v",
					set, limit, set.AtMost(limit), set.AtLeast(limit), atMost, atLeast)
			}
		}
	}
}

func TestAScopeReachesRecordsByItsWidth(t *testing.T) {
	for _, c := range []struct {
		scope          Scope
		mine, anothers bool
	}{
		{None, false, false},
		{Own, false, false},
		{Assigned, true, false},
		{All, true, true},
	} {
		if c.scope.Reaches(true) != c.mine || c.scope.Reaches(false) != c.anothers {
			t.Errorf("%v: an assigned record %v, another %v", c.scope, c.scope.Reaches(true), c.scope.Reaches(false))
		}
	}
}

func FuzzParseScope(f *testing.F) {
	for _, name := range []string{"", "none", "own", "assigned", "all", "All", "all ", "Scope(4)", "tout"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		s, err := ParseScope(name)
		if err == nil && s.String() != name {
			t.Errorf("%q was read as %v", name, s)
		}
		if err != nil && s != None {
			t.Errorf("%q was refused with %v", name, s)
		}
	})
}
