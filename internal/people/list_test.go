package people_test

import (
	"encoding/base64"
	"slices"
	"testing"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/people"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

func list(t *testing.T, s *people.Service, a access.Actor, f people.Filter) *people.Page {
	t.Helper()
	page, err := s.List(t.Context(), a, f)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func families(page *people.Page) []string {
	var all []string
	for _, r := range page.Rows {
		all = append(all, r.Family)
	}
	return all
}

func named(t *testing.T, s *people.Service, p *place.Place, family, given string) uuid.UUID {
	t.Helper()
	n := elise()
	n.Family, n.Given = family, given
	return create(t, s, p.Pilot.Actor(), n)
}

func TestNamesAreSortedAsADictionaryDoes(t *testing.T) {
	s, p := newPeople(t)
	for _, family := range []string{"Zola", "Élie", "Eliot", "Œuvrard", "Odet", "O'Brien", "Nguyễn"} {
		named(t, s, p, family, "Ève")
	}
	want := []string{"Élie", "Eliot", "Nguyễn", "O'Brien", "Odet", "Œuvrard", p.Pilot.Family, "Zola"}
	got := list(t, s, p.Pilot.Actor(), people.Filter{})
	if !slices.Equal(families(got), want) || got.Total != 8 || got.More {
		t.Errorf("got %q, %d", families(got), got.Total)
	}
	slices.Reverse(want)
	if got := families(list(t, s, p.Pilot.Actor(), people.Filter{Sort: people.ByNameDesc})); !slices.Equal(got, want) {
		t.Errorf("backwards: %q", got)
	}
}

func TestASearchIgnoresAccentsAndCaseAndKnowsNoWildcards(t *testing.T) {
	s, p := newPeople(t)
	named(t, s, p, "Lévesque", "Marie-Ève")
	named(t, s, p, "Œuvrard", "Jean")
	named(t, s, p, "O'Brien", "Seán")
	for words, want := range map[string][]string{
		"levesque":       {"Lévesque"},
		"EVE marie":      {"Lévesque"},
		"oeuvr":          {"Œuvrard"},
		"obrien sean":    {"O'Brien"},
		"%":              nil,
		"_":              nil,
		"l_vesque":       nil,
		`\`:              nil,
		"' or true --":   nil,
		p.Pilot.Email:    {p.Pilot.Family},
		"\x00levesque":   {"Lévesque"},
		"marie lévesqué": {"Lévesque"},
	} {
		got := list(t, s, p.Pilot.Actor(), people.Filter{Words: words})
		if !slices.Equal(families(got), want) || got.Total != len(want) {
			t.Errorf("%q finds %q (%d), want %q", words, families(got), got.Total, want)
		}
	}
}

func TestEachStateIsAFilter(t *testing.T) {
	s, p := newPeople(t)
	pending, active, blocked, archived := named(t, s, p, "Attend", "A"), named(t, s, p, "Vient", "A"), named(t, s, p, "Bloqué", "A"), named(t, s, p, "Parti", "A")
	signIn(t, active)
	signIn(t, blocked)
	if _, err := pgtest.Super(t).Exec(t.Context(), `update presence set blocked_until = $2 where resource_id = $1`, blocked, p.Clock.Now().Add(1e12)); err != nil {
		t.Fatal(err)
	}
	if err := s.Archive(t.Context(), p.Pilot.Actor(), archived, "", versionOf(t, s, p, archived)); err != nil {
		t.Fatal(err)
	}
	pilot := p.Pilot.Resource
	for state, want := range map[people.State][]uuid.UUID{
		people.Current: {pending, active, blocked, pilot}, people.Pending: {pending}, people.Active: {active, pilot},
		people.Blocked: {blocked}, people.Archived: {archived}, people.AnyState: {pending, active, blocked, archived, pilot}, "x": {pending, active, blocked, pilot},
	} {
		for _, sort := range []people.Sort{people.ByName, people.BySeenDesc} {
			got := list(t, s, p.Pilot.Actor(), people.Filter{State: state, Sort: sort})
			var ids []uuid.UUID
			for _, r := range got.Rows {
				ids = append(ids, r.ID)
				if state != people.Current && state != people.AnyState && state != "x" && r.State != state {
					t.Errorf("%s: a row is %s", state, r.State)
				}
			}
			if !sameIDs(ids, want) || got.Total != len(want) {
				t.Errorf("%s by %s: %d rows, %d counted, want %d", state, sort, len(ids), got.Total, len(want))
			}
		}
	}
}

func sameIDs(a, b []uuid.UUID) bool {
	order := func(x, y uuid.UUID) int { return slices.Compare(x[:], y[:]) }
	return slices.Equal(slices.SortedFunc(slices.Values(a), order), slices.SortedFunc(slices.Values(b), order))
}

func TestRolesAndModulesAreFilters(t *testing.T) {
	s, p := newPeople(t)
	booking := p.Person(t, "booking", "consultation_2")
	p.Person(t, "consultation_2")
	for _, f := range []people.Filter{{Role: p.Role(t, "booking")}, {Role: p.Role(t, "booking"), Module: "planner", Sort: people.BySeen}} {
		got := list(t, s, p.Pilot.Actor(), f)
		if len(got.Rows) != 1 || got.Rows[0].ID != booking.Resource || got.Total != 1 || len(got.Rows[0].Roles) != 2 {
			t.Errorf("%+v finds %+v", f, got.Rows)
		}
	}
	if got := list(t, s, p.Pilot.Actor(), people.Filter{Module: "nowhere"}); len(got.Rows) > 0 || got.Total > 0 {
		t.Errorf("an unknown module has %d people", len(got.Rows))
	}
	if got := list(t, s, p.Pilot.Actor(), people.Filter{Role: p.Beside(t).Role(t, "booking")}); len(got.Rows) > 0 || got.Total > 0 {
		t.Errorf("another place's role has %d people", len(got.Rows))
	}
}

// crowd fills the place with n people more than its pilot, all with one role.
func crowd(t testing.TB, p *place.Place, n int, role string) {
	t.Helper()
	_, err := pgtest.Super(t).Exec(t.Context(), `
with fresh as (
  insert into resource (tenant_id, id, account_id, family, given, username, state, search, created_at)
  select $1, gen_random_uuid(), gen_random_uuid(), 'Famille' || i % 97, 'Prénom' || i % 13, 'u' || i, 'active', 'famille' || i % 97 || ' prenom' || i % 13 || ' u' || i, now()
    from generate_series(1, $2::int) i returning id, username),
seen as (
  insert into presence (tenant_id, resource_id, last_seen_at)
  select $1, id, case when length(username) > 3 then '-infinity' else now() - (substr(username, 2)::int * interval '1 minute') end from fresh)
insert into role_grant (tenant_id, id, resource_id, role_id, exclusive, since, by_kind)
select $1, gen_random_uuid(), id, $3, false, $4, 'console' from fresh`, p.ID, n, p.Role(t, role), p.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
}

func TestPagesFollowOneAnotherThereAndBack(t *testing.T) {
	s, p := newPeople(t)
	crowd(t, p, 174, "booking")
	for _, sort := range []people.Sort{people.ByName, people.ByNameDesc, people.BySeen, people.BySeenDesc} {
		for _, f := range []people.Filter{{Sort: sort}, {Sort: sort, Role: p.Role(t, "booking")}, {Sort: sort, Words: "u1"}} {
			walk(t, s, p, f)
		}
	}
}

// walk turns all pages forwards, then back, and expects the same ones, with
// everybody once.
func walk(t *testing.T, s *people.Service, p *place.Place, f people.Filter) {
	t.Helper()
	var pages [][]uuid.UUID
	seen := map[uuid.UUID]bool{}
	page := list(t, s, p.Pilot.Actor(), f)
	for {
		pages = append(pages, idsOf(page))
		for _, r := range page.Rows {
			if seen[r.ID] {
				t.Fatalf("%+v: %s comes twice", f, r.Family)
			}
			seen[r.ID] = true
		}
		if page.Next == "" {
			break
		}
		f.Cursor = page.Next
		page = list(t, s, p.Pilot.Actor(), f)
	}
	if len(seen) != page.Total {
		t.Errorf("%+v: %d people, %d counted", f, len(seen), page.Total)
	}
	for i := len(pages) - 2; i >= 0; i-- {
		if page.Previous == "" {
			t.Fatalf("%+v: no page before page %d", f, i+1)
		}
		f.Cursor = page.Previous
		page = list(t, s, p.Pilot.Actor(), f)
		if !slices.Equal(idsOf(page), pages[i]) {
			t.Fatalf("%+v: page %d is not the same on the way back", f, i)
		}
		if page.Next == "" {
			t.Fatalf("%+v: nothing follows page %d on the way back", f, i)
		}
	}
	if page.Previous != "" {
		t.Errorf("%+v: something precedes the first page", f)
	}
}

func idsOf(page *people.Page) []uuid.UUID {
	var ids []uuid.UUID
	for _, r := range page.Rows {
		ids = append(ids, r.ID)
	}
	return ids
}

func TestManyHoldersOfARoleAreCountedUpToAThousand(t *testing.T) {
	s, p := newPeople(t)
	crowd(t, p, 2100, "booking")
	booking := people.Filter{Role: p.Role(t, "booking")}
	got := list(t, s, p.Pilot.Actor(), booking)
	if len(got.Rows) != people.PageSize || got.Total != people.MostCounted || !got.More {
		t.Errorf("%d rows, %d counted, more: %v", len(got.Rows), got.Total, got.More)
	}
	for _, left := range []int{1001, 1000, 999, 3} { // the others are archived
		archiveAllBut(t, p, left)
		got := list(t, s, p.Pilot.Actor(), booking)
		if got.Total != min(left, people.MostCounted) || got.More != (left > people.MostCounted) {
			t.Errorf("of %d, %d are counted, more: %v", left, got.Total, got.More)
		}
	}
}

// archiveAllBut archives the people of a crowd but so many.
func archiveAllBut(t *testing.T, p *place.Place, left int) {
	t.Helper()
	_, err := pgtest.Super(t).Exec(t.Context(), `
update resource set state = 'archived', archived_at = now() where tenant_id = $1 and id in (
  select id from resource where tenant_id = $1 and state = 'active' and family like 'Famille%' order by id offset $2)`, p.ID, left)
	if err != nil {
		t.Fatal(err)
	}
}

func TestAForgedCursorStaysInThePlace(t *testing.T) {
	s, p := newPeople(t)
	q := p.Beside(t)
	crowd(t, q, 60, "booking")
	foreign := list(t, s, q.Pilot.Actor(), people.Filter{}).Next
	for _, cursor := range []string{foreign, "x", "e30", forged(`{"s":"name","i":"nobody"}`), forged(`{"s":"name","f":"\u0000"}`),
		forged(`{"s":"seen","t":9223372036854775807}`), forged(`{"s":"-name","f":"A"}`), forged(`[]`), forged(`{"s":"name","f":"A","g":"' or true"}`)} {
		for _, sort := range []people.Sort{people.ByName, people.BySeen} {
			got := list(t, s, p.Pilot.Actor(), people.Filter{Cursor: cursor, Sort: sort})
			if !slices.Equal(families(got), []string{p.Pilot.Family}) {
				t.Errorf("%q by %s shows %q", cursor, sort, families(got))
			}
		}
	}
}

func forged(json string) string { return base64.RawURLEncoding.EncodeToString([]byte(json)) }

func TestTheListOffersRolesByModule(t *testing.T) {
	s, p := newPeople(t)
	got := list(t, s, p.Pilot.Actor(), people.Filter{})
	if offered := got.Charter.Offered; len(offered) != 2 || len(offered[0].Roles) < 4 || offered[0].NameFr == "" {
		t.Errorf("got %+v", offered)
	}
}

func TestRolesAreListedInThePlacesOrder(t *testing.T) {
	s, p := newPeople(t)
	first, second := p.Person(t, "booking", "consultation_2"), p.Person(t)
	for _, row := range list(t, s, p.Pilot.Actor(), people.Filter{}).Rows {
		switch row.ID {
		case first.Resource:
			if len(row.Roles) != 2 || row.Roles[0].ID != p.Role(t, "consultation_2") || row.Roles[1].NameFr != "Prise de rendez-vous" || row.Roles[1].Module.NameFr == "" {
				t.Errorf("their roles are %+v", row.Roles)
			}
		case second.Resource:
			if len(row.Roles) > 0 {
				t.Errorf("who has no role has %+v", row.Roles)
			}
		}
	}
}

func TestAPendingPersonShowsWhatBecameOfTheirMail(t *testing.T) {
	s, p := newPeople(t)
	id := named(t, s, p, "Aaa", "A")
	if _, err := pgtest.Super(t).Exec(t.Context(), `update mail set state = 'refused', answer = '550 no' where resource_id = $1`, id); err != nil {
		t.Fatal(err)
	}
	row := list(t, s, p.Pilot.Actor(), people.Filter{}).Rows[0]
	if row.Mail == nil || row.Mail.State != "refused" || row.Mail.Answer != "550 no" {
		t.Errorf("got %+v", row.Mail)
	}
	signIn(t, id)
	if row := list(t, s, p.Pilot.Actor(), people.Filter{}).Rows[0]; row.Mail != nil {
		t.Errorf("someone active shows %+v", row.Mail)
	}
}
