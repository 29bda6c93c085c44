package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"habilis/internal/pgtest/place"
	"habilis/internal/portal"
)

// rights are the routes that a column may ask for: what is posted is tried by one
// role of those that may the same.
func (c column) rights() string {
	var all strings.Builder
	for _, r := range routesInPlaces() {
		fmt.Fprint(&all, c.may(r))
	}
	return all.String()
}

// Each role of each kind asks, at each route, for what isn't there, and for someone
// who was archived: what it may not do is refused alike whatever it names, what
// isn't there is absent, and nobody acts on who was archived.
func TestEachRoleIsAnsweredOfAbsentAndArchivedThings(t *testing.T) {
	t.Parallel()
	server := start(t)
	for _, kind := range []string{"planner", "directory", "clinic", "childcare", "alerting"} {
		s := newStage(t, kind)
		s.Archive(t, s.target)
		all := []column{{kind: kind}}
		for _, r := range s.Kind.Roles {
			all = append(all, column{kind: kind, role: r.Key, grid: r.Grid})
		}
		var who []place.Person
		for _, c := range all {
			who = append(who, c.person(t, s))
		}
		before, tried := facts(t, s.Place), map[string]bool{}
		for i, c := range all {
			v := s.comes(t, server, who[i])
			rights := c.rights()
			for _, r := range routesInPlaces() {
				if r.Method == http.MethodGet || !tried[rights] {
					s.asksInVain(v, c, r)
				}
			}
			tried[rights] = true
		}
		if facts(t, s.Place) != before {
			t.Errorf("%s: something was done", kind)
		}
	}
}

// readsOfArchived are the pages that show someone who was archived, and the windows
// that say there what can't be done.
const readsOfArchived = " /try /roles /records /records/new /permissions /permissions/why /permissions/export /permissions/changes /edit " +
	"/access /access/unblock /access/support /access/factor /access/email /access/backup /roles/{grant}/end /roles/{grant} /roles/new /request "

func (s *stage) asksInVain(v *visitor, c column, r portal.Route) {
	v.t.Helper()
	check := func(what, path string, want ...int) {
		v.t.Helper()
		var fields url.Values
		if r.Method == http.MethodPost {
			fields = s.fields(r)
		}
		a, err := v.try(r.Method, path, fields) // what pages say is read elsewhere
		if err != nil {
			v.t.Fatal(err)
		}
		if !c.may(r) {
			want = []int{http.StatusForbidden}
		}
		if !slices.Contains(want, a.status) {
			v.t.Errorf("%s %s answers %d to %s for %s, want %d", r.Method, r.Pattern, a.status, c, what, want)
		}
	}
	if path, names := absentPath(r, s.Number); names {
		absent := http.StatusNotFound
		if strings.HasSuffix(r.Pattern, "/records/withdraw") {
			absent = http.StatusUnprocessableEntity // nothing is ticked, which is told first
		}
		check("an absent thing", path, absent)
	}
	page, ofPerson := strings.CutPrefix(r.Pattern, "/p/{number}/people/{id}")
	switch path := s.path(r, s.Number); {
	case !ofPerson || page == "/restore":
	case r.Method == http.MethodPost:
		check("someone archived", path, http.StatusConflict, http.StatusUnprocessableEntity)
	case page == "" || strings.Contains(readsOfArchived, " "+page+" "):
		check("someone archived", path, http.StatusOK)
	default:
		check("someone archived", path, http.StatusConflict)
	}
}
