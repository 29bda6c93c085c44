package e2e_test

import (
	"context"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/grid"
	"habilis/internal/pgtest/place"
	"habilis/internal/portal"
)

// readable are the pages that viewing an area opens, besides those of everyone.
// They are written here once more, so that a need that strays is noticed.
var readable = map[grid.Area][]string{
	access.People: {"/people", "/people/{id}", "/people/{id}/access", "/invitations"},
	access.Roles: {"/roles", "/roles/{id}", "/roles/matrix", "/roles/matrix/export", "/people/{id}/roles", "/people/{id}/permissions", "/people/{id}/permissions/why", "/people/{id}/permissions/export",
		"/people/{id}/permissions/changes", "/people/{id}/try"},
	access.Records:  {"/records", "/records/export", "/records/{id}", "/people/{id}/records"},
	access.Reviews:  {},
	access.Journal:  {"/journal"},
	access.Settings: {"/settings", "/visits"},
}

// handed is someone without any role, with cells set by hand.
func handed(t testing.TB, p *place.Place, cells grid.Grid) place.Person {
	t.Helper()
	who := someone(t, p)
	p.Write(t, func(ctx context.Context, v *access.Visit) error {
		for area, cell := range cells {
			_, err := v.Exec(ctx, `
insert into override (tenant_id, resource_id, area, view, edit, view_ok, edit_ok, since, by_kind)
select @tenant, @who, area, @view, @edit, view_ok, edit_ok, @now, 'console' from area where area = @area`,
				pgx.StrictNamedArgs{"tenant": p.ID, "who": who.Resource, "area": area, "view": cell.View, "edit": cell.Edit, "now": v.Now})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return who
}

func TestViewingAnAreaOpensExactlyItsPages(t *testing.T) {
	t.Parallel()
	server := start(t)
	s := newStage(t, "planner")
	for area, pages := range readable {
		who, followed := s.comes(t, server, handed(t, s.Place, grid.Grid{area: {View: grid.All}})), map[string]bool{}
		for _, r := range routesInPlaces() {
			page := strings.TrimPrefix(r.Pattern, "/p/{number}")
			if r.Method == http.MethodPost && page == "/leave" {
				continue // whoever sends it is gone
			}
			open := r.Method == http.MethodGet && slices.Contains(pages, page) || slices.Contains([]string{"/", "/hat", "/why", "/leave", "/phone"}, page)
			a := s.ask(who, r, s.path(r, s.Number))
			if refused := a.status == http.StatusForbidden; refused == open || open && a.status >= 400 {
				t.Errorf("%s: %s %s answers %d", area, r.Method, page, a.status)
			}
			if open && r.Method == http.MethodGet {
				mustLeadOn(t, who, a, followed)
			}
		}
	}
}

var links = regexp.MustCompile(`href="(/p/[^"#]*)"`)

// mustLeadOn sees to it that a page leads nowhere where its reader is refused.
func mustLeadOn(t *testing.T, who *visitor, a *answer, followed map[string]bool) {
	t.Helper()
	for _, link := range links.FindAllStringSubmatch(a.body, -1) {
		to := html.UnescapeString(link[1])
		if followed[to] {
			continue
		}
		followed[to] = true
		if next := who.get(to); next.status >= 400 {
			t.Errorf("%s leads to %s, which answers %d", a.path, to, next.status)
		}
	}
}

// "Who can" lists people, and may name records: it opens to who sees those besides.
func TestAskingWhoCanTakesSeeingWhomTheAnswerNames(t *testing.T) {
	t.Parallel()
	server := start(t)
	s := newStage(t, "clinic")
	all := grid.Cell{View: grid.All}
	for _, areas := range [][]grid.Area{{access.Roles}, {access.Roles, access.People}, {access.Roles, access.People, access.Records}} {
		cells := grid.Grid{}
		for _, area := range areas {
			cells[area] = all
		}
		who := s.comes(t, server, handed(t, s.Place, cells))
		for query, needed := range map[string]int{
			"/who?area=people": 2, "/who/export?area=people": 2, "/who?area=people&words=Roy": 3,
			"/who?area=people&record=" + s.record.String(): 3, "/who/export?area=people&record=" + s.record.String(): 3,
		} {
			a := who.get("/p/" + s.Number + query)
			if open := a.status < 400; open != (len(areas) >= needed) || !open && a.status != http.StatusForbidden {
				t.Errorf("%s answers %d to who sees %v", query, a.status, areas)
			}
			if strings.Contains(a.body, "R-1") && len(areas) < 3 {
				t.Errorf("%s names the record to who sees %v", query, areas)
			}
		}
		asked := who.get("/p/" + s.Number + "/who")
		if offered := strings.Contains(asked.body, `name="words"`); offered != (len(areas) == 3) {
			t.Errorf("a record is asked for: %t, of who sees %v", offered, areas)
		}
	}
}

// settingsAlone reports whether permissions change by a route, or what they are
// made of.
func settingsAlone(r portal.Route) bool {
	page := strings.TrimPrefix(r.Pattern, "/p/{number}")
	if strings.HasPrefix(page, "/roles") {
		return r.Method == http.MethodPost || !slices.Contains(readable[access.Roles], page)
	}
	return strings.HasSuffix(page, "/permissions/edit") || page == "/people/permissions" ||
		r.Method == http.MethodPost && strings.HasSuffix(page, "/permissions")
}

func TestOnlyWhoEditsTheSettingsChangesPermissions(t *testing.T) {
	t.Parallel()
	server := start(t)
	s := newStage(t, "planner")
	all := grid.Cell{View: grid.All, Edit: grid.All}
	most := grid.Grid{access.Settings: {View: grid.All}}
	for _, area := range []grid.Area{access.People, access.Roles, access.Records, access.Reviews, access.Journal} {
		most[area] = all
	}
	without := s.comes(t, server, handed(t, s.Place, most))
	with := s.comes(t, server, handed(t, s.Place, grid.Grid{access.Settings: all, access.Roles: {View: grid.All}, access.People: {View: grid.All}}))
	tried := 0
	for _, r := range routesInPlaces() {
		if !settingsAlone(r) {
			continue
		}
		tried++
		if a := s.ask(without, r, s.path(r, s.Number)); a.status != http.StatusForbidden {
			t.Errorf("%s %s answers %d to who does not edit the settings", r.Method, r.Pattern, a.status)
		}
		if a := s.ask(with, r, s.path(r, s.Number)); a.status == http.StatusForbidden {
			t.Errorf("%s %s answers %d to who edits the settings", r.Method, r.Pattern, a.status)
		}
	}
	if tried < 11 {
		t.Errorf("%d routes change permissions", tried)
	}
	if n := query[int](t, `select count(*) from override where tenant_id = $1 and resource_id = $2`, s.ID, s.target.Resource); n > 0 {
		t.Errorf("%d cells were set", n)
	}
}
