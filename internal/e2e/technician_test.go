package e2e_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"habilis/internal/portal"
)

// An outside technician sees boards, doors and TV, and nobody: whatever they ask
// for, no answer names another person of the place.
func TestATechnicianIsShownNobody(t *testing.T) {
	t.Parallel()
	server := start(t)
	s := newStage(t, "childcare")
	tech := someone(t, s.Place, "technician")
	v := s.comes(t, server, tech)
	home := v.get("/p/"+s.Number+"/").want(http.StatusOK).sees("Tableaux", "Portes", "TV", "Aucune donnée personnelle", "Rien dans")
	for _, closed := range []string{"people", "roles", "journal", "records", "settings"} {
		if strings.Contains(home.body, `href="/p/`+s.Number+"/"+closed) {
			t.Errorf("a technician is led to %s", closed)
		}
	}
	others := []string{s.Pilot.Family, s.Pilot.Email, s.Pilot.Username, s.target.Family, s.target.Email, s.target.Username,
		"invitee@exemple.test", "Roy", "R-1"}
	asked := 0
	for _, r := range new(portal.Server).Routes() {
		if r.Room != portal.Place && r.Room != portal.Desk || r.Room == portal.Desk && r.Method != http.MethodGet {
			continue
		}
		path := s.path(r, s.Number)
		if strings.Contains(path, "{") {
			path = parameter.ReplaceAllLiteralString(r.Pattern, s.target.Resource.String())
		}
		a := s.ask(v, r, path)
		asked++
		said := a.body
		for name, values := range a.header {
			said += "\n" + name + ": " + strings.Join(values, " ")
		}
		for _, other := range others {
			if !strings.Contains(path, other) && whole(other).MatchString(said) {
				t.Errorf("%s %s (%d) says %q to a technician", r.Method, r.Pattern, a.status, other)
			}
		}
	}
	if asked < 60 {
		t.Errorf("only %d routes were asked for", asked)
	}
}

// whole finds a name that is not part of another.
func whole(name string) *regexp.Regexp {
	return regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`)
}
