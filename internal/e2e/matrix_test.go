package e2e_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/grid"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/portal"
)

var update = flag.Bool("update", false, "write the reviewed table of answers anew")

const reviewed = "testdata/matrix.txt"

// matrixKinds are the kinds whose built-in roles are tried: the one of the main
// procedure, and one with an exclusive role.
var matrixKinds = []string{"planner", "childcare"}

// stage is a place with one of each thing that routes name, fresh for each request
// that could change it.
type stage struct {
	*place.Place
	target     place.Person
	grant      uuid.UUID
	invitation uuid.UUID
	request    uuid.UUID // to support, refused
	record     uuid.UUID
	draft      uuid.UUID  // of records, by whoever asks for it
	stay       uuid.UUID  // of support, over
	limited    uuid.UUID  // the role that a new person gets
	pilots     uuid.UUID  // the role that support alone gives
	settings   url.Values // as they are
}

func newStage(t *testing.T, kind string) *stage {
	t.Helper()
	s := &stage{Place: place.Of(t, kind), invitation: access.NewID(), request: access.NewID(), record: access.NewID(), draft: access.NewID(), stay: access.NewID()}
	withoutFactor(t, s.Place)
	letSetPasswords(t, s.Place)
	s.limited = s.Role(t, s.Kind.DefaultRole().Key)
	s.pilots = s.limited
	for _, r := range s.Kind.Roles {
		if len(r.GrantedBy) == 0 {
			s.pilots = s.Role(t, r.Key)
		}
	}
	s.settings = settingsOf(t, s.Place)
	s.target = s.Person(t, s.Kind.DefaultRole().Key)
	s.grant = query[uuid.UUID](t, `select id from role_grant where resource_id = $1`, s.target.Resource)
	if _, err := pgtest.Super(t).Exec(t.Context(), insertStay, s.ID, s.stay); err != nil {
		t.Fatal(err)
	}
	s.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, insertRecords, pgx.StrictNamedArgs{
			"tenant": s.ID, "record": s.record, "draft": s.draft, "pilot": s.Pilot.Resource, "now": v.Now})
		if err != nil {
			return err
		}
		_, err = v.Exec(ctx, `
insert into request (tenant_id, id, resource_id, role_id, requested_by, created_at, state, answered_at, reason)
values (@tenant, @id, @resource, @role, @pilot, @now, 'refused', @now, 'Non')`,
			pgx.StrictNamedArgs{"tenant": s.ID, "id": s.request, "resource": s.target.Resource, "role": s.pilots, "pilot": s.Pilot.Resource, "now": v.Now})
		if err != nil {
			return err
		}
		_, err = v.Exec(ctx, `
insert into invitation (tenant_id, id, email, email_key, role_id, invited_by, created_at, expires_at)
values (@tenant, @id, 'invitee@exemple.test', 'invitee@exemple.test', @role, @pilot, @now::timestamptz, @now::timestamptz + interval '7 days')`,
			pgx.StrictNamedArgs{"tenant": s.ID, "id": s.invitation, "role": s.Role(t, s.Kind.DefaultRole().Key), "pilot": s.Pilot.Resource, "now": v.Now})
		return err
	})
	return s
}

// insertRecords makes a record, and a file of them that waits for a yes.
const insertRecords = `
with one as (
  insert into record (tenant_id, id, reference, reference_key, label, search, created_at)
  values (@tenant, @record, 'R-1', 'r-1', 'Roy', 'roy', @now))
insert into draft (tenant_id, id, purpose, file, edition, changed, made_by, made_at)
values (@tenant, @draft, 'records', 'roy.csv', 1, 1, @pilot, @now)`

// insertStay makes a visit of support's that is over.
const insertStay = `
insert into stay (tenant_id, id, operator, session, name, reason, since, until, ended_at, ended_kind)
values ($1, $2, $2, $2, 'Sylvie Roy', 'Appel', now() - interval '2 hours', now() - interval '1 hour', now() - interval '1 hour', 'clock')`

// comes lets someone of the place see the file that waits: nobody else's yes counts.
func (s *stage) comes(t testing.TB, server *server, who place.Person) *visitor {
	t.Helper()
	if _, err := pgtest.Super(t).Exec(t.Context(), `update draft set made_by = $2 where tenant_id = $1`, s.ID, who.Resource); err != nil {
		t.Fatal(err)
	}
	return server.signedIn(t, who)
}

// settingsOf is the form of a place's settings, as they are.
func settingsOf(t *testing.T, p *place.Place) url.Values {
	t.Helper()
	values := url.Values{"name": {"Place " + p.Number}}
	for _, name := range []string{"locale", "time_zone", "support", "version"} {
		values.Set(name, query[string](t, `select to_jsonb(tenant)->>$2 from tenant where tenant_id = $1`, p.ID, name))
	}
	for _, name := range []string{"temporary_password_hours", "invitation_days"} {
		values.Set(name, query[string](t, `select policies->>$2 from tenant where tenant_id = $1`, p.ID, name))
	}
	return values
}

// routesInPlaces are the routes of the portal that lie in a place.
func routesInPlaces() []portal.Route {
	var found []portal.Route
	for _, r := range new(portal.Server).Routes() {
		if r.Room == portal.Place {
			found = append(found, r)
		}
	}
	return found
}

var parameter = regexp.MustCompile(`\{[a-z]+\}`)

// path is the address of a route for the things of a stage.
func (s *stage) path(r portal.Route, number string) string {
	path := parameter.ReplaceAllStringFunc(r.Pattern, func(name string) string {
		switch {
		case name == "{number}":
			return number
		case name == "{grant}":
			return s.grant.String()
		case name == "{request}":
			return s.request.String()
		case name == "{draft}":
			return s.draft.String()
		case strings.Contains(r.Pattern, "/visits/"):
			return s.stay.String()
		case strings.Contains(r.Pattern, "/invitations/"):
			return s.invitation.String()
		case strings.Contains(r.Pattern, "/roles/{id}"):
			return s.limited.String()
		case strings.Contains(r.Pattern, "{number}/records/"):
			return s.record.String()
		case strings.Contains(r.Pattern, "{number}/roles/"):
			return s.limited.String()
		}
		return s.target.Resource.String()
	})
	switch {
	case strings.HasSuffix(path, "/new/role"):
		path += "?role=" + s.limited.String()
	case strings.HasSuffix(path, "/new/username"):
		path += "?family=Roy&given=Anne"
	case strings.HasSuffix(path, "/people/permissions"):
		path += "?id=" + s.target.Resource.String()
	}
	return asking(path)
}

// asking adds to the address of a question what it is about.
func asking(path string) string {
	for _, question := range []string{"/why", "/who", "/who/export"} {
		if strings.HasSuffix(path, question) {
			return path + "?area=" + string(access.People)
		}
	}
	return path
}

// fields are what a post needs to be judged by its rights; the others are
// judged before what they carry.
func (s *stage) fields(r portal.Route) url.Values {
	switch {
	case strings.HasSuffix(r.Pattern, "/request"):
		return url.Values{"role": {s.pilots.String()}}
	case strings.HasSuffix(r.Pattern, "/hat"):
		return url.Values{"role": {uuid.Nil.String()}}
	case strings.HasSuffix(r.Pattern, "/people/permissions"):
		return url.Values{"id": {s.target.Resource.String()}}
	case strings.HasSuffix(r.Pattern, "/settings"):
		return s.settings
	}
	return url.Values{}
}

// absentPath is the address of a route for things that don't exist; ok is false
// when the route names nothing.
func absentPath(r portal.Route, number string) (path string, ok bool) {
	path = parameter.ReplaceAllStringFunc(r.Pattern, func(name string) string {
		if name == "{number}" {
			return number
		}
		ok = true
		return newID()
	})
	return asking(path), ok
}

// ask asks for a route; a post carries what its rights are judged by.
func (s *stage) ask(v *visitor, r portal.Route, path string) *answer {
	v.t.Helper()
	if r.Method == http.MethodPost {
		return v.post(path, s.fields(r))
	}
	return v.get(path)
}

// column is one role of a kind, or none at all; or support visiting.
type column struct {
	kind, role string
	grid       grid.Grid
	guest      bool
}

func columns(t *testing.T) []column {
	t.Helper()
	var all []column
	for _, kind := range matrixKinds {
		p := place.Of(t, kind)
		for _, r := range p.Kind.Roles {
			all = append(all, column{kind: kind, role: r.Key, grid: r.Grid})
		}
		all = append(all, column{kind: kind}, column{kind: kind, role: "support visiting", guest: true})
	}
	return all
}

// may reports whether the need of a route lets the column in. Support, visiting,
// sees what is named as shown to it, and does nothing.
func (c column) may(r portal.Route) bool {
	if c.guest {
		return r.Method == http.MethodGet && r.Need.Also&access.Guest != 0
	}
	return r.Need.Met(c.grid)
}

// comes is the browser of someone of the column.
func (c column) comes(t *testing.T, server *server, s *stage) *visitor {
	t.Helper()
	if !c.guest {
		return s.comes(t, server, c.person(t, s))
	}
	v := operator(t, server, s.Place)
	v.visits(s.Place)
	return v
}

// path is where the column finds a route.
func (c column) path(s *stage, r portal.Route) string {
	path := s.path(r, s.Number)
	if c.guest {
		return "/visit/" + strings.TrimPrefix(path, "/p/")
	}
	return path
}

func (c column) String() string {
	if c.role == "" {
		return c.kind + "/no role"
	}
	return c.kind + "/" + c.role
}

func (c column) person(t *testing.T, s *stage) place.Person {
	t.Helper()
	if c.role == "" {
		return someone(t, s.Place)
	}
	return someone(t, s.Place, c.role)
}

// The rights of each role at each route are what the route's need says, and the
// answers are those of a table that people reviewed.
func TestEachRoleIsAnsweredAsTheReviewedTableSays(t *testing.T) {
	t.Parallel()
	server := start(t)
	table := map[string]map[string]int{} // by route, by column
	var names []string
	for _, c := range columns(t) {
		names = append(names, c.String())
		s := newStage(t, c.kind)
		who := c.comes(t, server, s)
		for _, r := range routesInPlaces() {
			key := r.Method + " " + strings.TrimPrefix(r.Pattern, "/p/{number}")
			if table[key] == nil {
				table[key] = map[string]int{}
			}
			a := s.ask(who, r, c.path(s, r))
			table[key][c.String()] = a.status
			allowed := c.may(r)
			if refused := a.status == http.StatusForbidden || a.status == http.StatusNotFound; allowed && refused || !allowed && a.status != http.StatusForbidden {
				t.Errorf("%s answers %d to %s, whose grid makes allowed=%t", key, a.status, c, allowed)
			}
			if a.status >= http.StatusInternalServerError {
				t.Errorf("%s answers %d to %s", key, a.status, c)
			}
			if r.Method == "POST" && a.status < 400 && strings.Contains(r.Pattern, "{") { // something was done: set the stage again
				s = newStage(t, c.kind)
				who = c.comes(t, server, s)
			}
		}
	}
	compare(t, render(table, names))
}

func render(table map[string]map[string]int, names []string) string {
	var b strings.Builder
	b.WriteString("# What each role is answered at each route of a place, for things of that place and empty forms.\n")
	b.WriteString("# Reviewed by people: go test ./internal/e2e -run ReviewedTable -update writes it anew; read the difference.\n")
	for _, key := range slices.Sorted(maps.Keys(table)) {
		fmt.Fprintf(&b, "\n%s\n", key)
		byStatus := map[int][]string{}
		for _, name := range names {
			byStatus[table[key][name]] = append(byStatus[table[key][name]], name)
		}
		for _, status := range slices.Sorted(maps.Keys(byStatus)) {
			fmt.Fprintf(&b, "  %s  %s\n", strconv.Itoa(status), strings.Join(byStatus[status], ", "))
		}
	}
	return b.String()
}

func compare(t *testing.T, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(reviewed, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(reviewed)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the answers are not those of %s:\n%s", reviewed, differences(string(want), got))
	}
}

// differences are the lines, below their route, that only one of two tables has.
func differences(want, got string) string {
	var b strings.Builder
	for _, side := range []struct{ sign, one, other string }{{"-", want, got}, {"+", got, want}} {
		known := map[string]bool{}
		for _, line := range underRoutes(side.other) {
			known[line] = true
		}
		for _, line := range underRoutes(side.one) {
			if !known[line] {
				b.WriteString(side.sign + " " + line + "\n")
			}
		}
	}
	return b.String()
}

func underRoutes(table string) []string {
	var lines []string
	var route string
	for line := range strings.Lines(table) {
		line = strings.TrimRight(line, "\n")
		if !strings.HasPrefix(line, "  ") {
			route = line
		}
		lines = append(lines, route+": "+strings.TrimSpace(line))
	}
	return lines
}

func TestNobodyFromElsewhereIsAnsweredInAPlace(t *testing.T) {
	t.Parallel()
	server := start(t)
	s := newStage(t, "planner")
	foreign := ourPlace(t)
	former := someone(t, s.Place, "coordination")
	elsewhere := foreign.Join(t, former, "coordination") // else the account could not sign in at all
	_ = elsewhere
	archived := server.signedIn(t, former)
	s.Archive(t, former)
	for what, who := range map[string]*visitor{
		"the pilot of another place": server.signedIn(t, foreign.Pilot),
		"an archived member":         archived,
		"an operator of support":     operator(t, server, foreign),
	} {
		for _, r := range routesInPlaces() {
			if a := s.ask(who, r, s.path(r, s.Number)); a.status != http.StatusNotFound {
				t.Errorf("%s: %s %s answers %d", what, r.Method, r.Pattern, a.status)
			}
		}
	}
}

// operator is the browser of a new operator of support, signed in with both factors.
func operator(t *testing.T, server *server, p *place.Place) *visitor {
	t.Helper()
	who := p.NewPerson(t)
	active(t, who)
	if _, err := pgtest.Super(t).Exec(t.Context(), `insert into identity.operator values ($1, now())`, who.Account); err != nil {
		t.Fatal(err)
	}
	v := server.visitor(t)
	after, _, _ := enrol(t, v.enter(who.Username, secret).want(http.StatusSeeOther).follow())
	after.want(http.StatusSeeOther).follow().want(http.StatusOK)
	return v
}

func TestWhoIsNotSignedInIsSentToSignIn(t *testing.T) {
	t.Parallel()
	server := start(t)
	s := newStage(t, "planner")
	nobody := server.visitor(t)
	for _, r := range new(portal.Server).Routes() {
		path := s.path(r, s.Number)
		a := s.ask(nobody, r, path)
		to := a.header.Get("Location")
		switch {
		case r.Room == portal.Street || strings.Contains(path, "{"):
			continue
		case a.status != http.StatusSeeOther || !strings.HasPrefix(to, "/signin"):
			t.Errorf("%s %s answers %d, to %q", r.Method, r.Pattern, a.status, to)
		case a.visitor.session() != "" && r.Room == portal.Place:
			t.Errorf("%s %s gave a stranger a session", r.Method, r.Pattern)
		}
	}
}

var uuids = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// same is an answer without what must differ: its number, the time, and the
// identifiers and numbers that were asked for.
func same(a *answer, number string) string {
	header := a.header.Clone()
	for _, name := range []string{"X-Request-Id", "Date", "Content-Length"} {
		header.Del(name)
	}
	body := uuids.ReplaceAllString(a.body, "ID")
	body = strings.ReplaceAll(body, "/p/"+number, "/p/NUMBER")
	return fmt.Sprint(a.status, "\n", headerLines(header), "\n", body)
}

func headerLines(h http.Header) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(h)) {
		fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(h[name], ", "))
	}
	return b.String()
}

func TestAForeignThingIsAnsweredLikeAnAbsentOne(t *testing.T) {
	t.Parallel()
	server := start(t)
	ours, theirs := newStage(t, "planner"), newStage(t, "planner")
	pilot := server.signedIn(t, ours.Pilot)
	for _, r := range routesInPlaces() {
		absent, names := absentPath(r, ours.Number)
		if names {
			foreign := theirs.path(r, ours.Number)
			got, want := same(ours.ask(pilot, r, foreign), ours.Number), same(ours.ask(pilot, r, absent), ours.Number)
			if got != want {
				t.Errorf("%s %s tells a foreign thing from an absent one:\n%s", r.Method, r.Pattern, differences(want, got))
			}
			if !strings.HasPrefix(want, "404") && r.Method == "GET" {
				t.Errorf("%s %s answers %s for an absent thing", r.Method, r.Pattern, want[:3])
			}
		}
		const nowhere = "99999"
		got := same(ours.ask(pilot, r, theirs.path(r, theirs.Number)), theirs.Number)
		want := same(ours.ask(pilot, r, theirs.path(r, nowhere)), nowhere)
		if got != want {
			t.Errorf("%s %s tells a foreign place from an absent one:\n%s", r.Method, r.Pattern, differences(want, got))
		}
	}
}
