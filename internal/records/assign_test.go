package records_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/pgtest"
	"habilis/internal/records"
)

func assigned(t testing.TB, s *records.Service, a access.Actor, person uuid.UUID) *records.AssignedPage {
	t.Helper()
	page, err := s.Assigned(t.Context(), a, person, records.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func assignedLabel(r records.Assigned) string { return r.Label }

func TestRecordsAreAssignedAndWithdrawn(t *testing.T) {
	s, p := newRecords(t)
	ctx, pilot, person := t.Context(), p.Pilot.Actor(), p.Person(t, "consultation_2")
	one, two, three := add(t, s, pilot, "C-1", "A"), add(t, s, pilot, "C-2", "B"), add(t, s, pilot, "C-3", "C")
	p.Clock.Advance(time.Hour)
	for _, want := range []int{2, 0} { // the second time there is nothing to do
		if n, err := s.Assign(ctx, pilot, person.Resource, []uuid.UUID{two, one, two}); n != want || err != nil {
			t.Errorf("assigned %d, %v", n, err)
		}
	}
	page := assigned(t, s, pilot, person.Resource)
	if !slices.Equal(labels(page.Rows, assignedLabel), []string{"A", "B"}) || page.Person.Assigned != 2 || page.Found != 2 || page.Closed != nil {
		t.Fatalf("%+v", page)
	}
	if r := page.Rows[0]; !r.Since.Equal(p.Clock.Now()) || r.By.Name == "" || page.Person.Username != person.Username {
		t.Errorf("%+v", r)
	}
	sheet, err := s.Sheet(ctx, pilot, one)
	if err != nil || sheet.Total != 1 || sheet.People[0].ID != person.Resource {
		t.Errorf("%+v, %v", sheet, err)
	}
	if got := list(t, s, pilot, records.Filter{}); got.Rows[0].People != 1 || got.Rows[2].People != 0 {
		t.Errorf("%+v", got.Rows)
	}
	p.Clock.Advance(time.Hour)
	for _, want := range []int{1, 0} {
		if n, err := s.Unassign(ctx, pilot, person.Resource, []uuid.UUID{one, three}); n != want || err != nil {
			t.Errorf("withdrawn %d, %v", n, err)
		}
	}
	if got := labels(assigned(t, s, pilot, person.Resource).Rows, assignedLabel); !slices.Equal(got, []string{"B"}) {
		t.Errorf("left: %q", got)
	}
	const past = `select count(*) from assignment where tenant_id = $1 and until < 'infinity' and not open and ended_kind = 'person' and ended_resource = $2`
	if n := value[int](t, past, p.ID, p.Pilot.Resource); n != 1 {
		t.Errorf("%d assignments are past", n)
	}
	want := []string{"tenants.create", "records.create", "records.create", "records.create", "records.assign", "records.unassign"}
	if acts := p.Acts(t); !slices.Equal(acts, want) {
		t.Errorf("acts %q", acts)
	}
	const line = `select facts->'after'->>'references' from journal where tenant_id = $1 and act = 'records.assign'`
	if said := value[string](t, line, p.ID); said != "C-1, C-2" && said != "C-2, C-1" {
		t.Errorf("the journal says %q", said)
	}
	if n := value[int](t, `select count(*) from mail where tenant_id = $1`, p.ID); n != 0 {
		t.Errorf("%d letters were sent", n)
	}
}

func TestTheJournalNamesAllThatIsAssignedAtOnce(t *testing.T) {
	s, p := newRecords(t)
	pilot, ids := p.Pilot.Actor(), []uuid.UUID{}
	for i := range 60 {
		ids = append(ids, add(t, s, pilot, fmt.Sprint("C-", i), "A"))
	}
	if _, err := s.Assign(t.Context(), pilot, p.Person(t, "consultation_2").Resource, ids); err != nil {
		t.Fatal(err)
	}
	const named = `select cardinality(string_to_array(facts->'after'->>'references', ', ')) from journal where tenant_id = $1 and act = 'records.assign'`
	if n := value[int](t, named, p.ID); n != len(ids) {
		t.Errorf("the journal names %d of %d", n, len(ids))
	}
}

func TestAssigningAndWithdrawingInOneInstantLeavesTheLastWord(t *testing.T) {
	s, p := newRecords(t)
	pilot, person := p.Pilot.Actor(), p.Person(t, "consultation_2").Resource
	ids := []uuid.UUID{add(t, s, pilot, "C-1", "A")}
	for i := range 5 {
		if i%2 == 0 {
			if n, err := s.Assign(t.Context(), pilot, person, ids); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		} else if n, err := s.Unassign(t.Context(), pilot, person, ids); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if got := assigned(t, s, pilot, person).Person.Assigned; got != (i+1)%2 {
			t.Errorf("after %d changes: %d assigned", i+1, got)
		}
	}
	if n := value[int](t, `select count(*) from assignment where tenant_id = $1`, p.ID); n != 1 {
		t.Errorf("%d rows", n)
	}
}

func TestNobodyWidensTheirOwnReachNorThatOfSomeoneAbove(t *testing.T) {
	s, p := newRecords(t)
	ctx, pilot := t.Context(), p.Pilot.Actor()
	clerk := p.Person(t, "coordination")
	ids := []uuid.UUID{add(t, s, pilot, "C-1", "A")}
	if page := assigned(t, s, clerk.Actor(), clerk.Resource); page.Closed == nil {
		t.Error("one's own page offers to assign")
	}
	_, err := s.Assign(ctx, clerk.Actor(), clerk.Resource, ids)
	wantFault(t, err, "records.own")
	_, err = s.Assign(ctx, clerk.Actor(), p.Pilot.Resource, ids)
	wantFault(t, err, "roles.above")
	if n, err := s.Assign(ctx, pilot, p.Pilot.Resource, ids); n != 1 || err != nil {
		t.Errorf("who may edit all settings: %d, %v", n, err)
	}
	_, err = s.Unassign(ctx, clerk.Actor(), p.Pilot.Resource, ids)
	wantFault(t, err, "roles.above")
	if n, err := s.Assign(ctx, pilot, clerk.Resource, ids); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if n, err := s.Unassign(ctx, clerk.Actor(), clerk.Resource, ids); n != 1 || err != nil {
		t.Errorf("narrowing one's own: %d, %v", n, err)
	}
}

func TestWhatCannotBeAssignedIsRefusedWhole(t *testing.T) {
	s, p := newRecords(t)
	ctx, pilot := t.Context(), p.Pilot.Actor()
	person, gone := p.Person(t, "consultation_2").Resource, p.Person(t, "consultation_2")
	fine, archived := add(t, s, pilot, "C-1", "A"), add(t, s, pilot, "C-2", "B")
	if err := s.Archive(ctx, pilot, archived, 1); err != nil {
		t.Fatal(err)
	}
	p.Archive(t, gone)
	many := make([]uuid.UUID, 10_000)
	for i := range many {
		many[i] = access.NewID()
	}
	try := func(person uuid.UUID, ids ...uuid.UUID) error {
		_, err := s.Assign(ctx, pilot, person, ids)
		return err
	}
	wantFault(t, try(person), "record: records.none_chosen")
	wantFault(t, try(person, many...), "record: records.too_many")
	wantFault(t, try(person, fine, access.NewID()), "records.absent")
	wantFault(t, try(person, fine, archived), "records.archived")
	wantFault(t, try(gone.Resource, fine), "records.person_archived")
	wantFault(t, try(access.NewID(), fine), "people.absent")
	wantFault(t, try(p.Beside(t).Pilot.Resource, fine), "people.absent")
	if n := value[int](t, `select count(*) from assignment where tenant_id = $1`, p.ID); n != 0 {
		t.Errorf("%d were assigned nevertheless", n)
	}
}

func TestTheWindowOffersWhatCanBeAssigned(t *testing.T) {
	s, p := newRecords(t)
	ctx, pilot, person := t.Context(), p.Pilot.Actor(), p.Person(t, "consultation_2").Resource
	fill(t, p, 60)
	page, err := s.Choose(ctx, pilot, person, "", nil)
	if err != nil || len(page.Found) != 50 || !page.More || page.Closed != nil {
		t.Fatalf("%d found, %v", len(page.Found), err)
	}
	held, ticked := page.Found[0].ID, page.Found[1].ID
	if _, err := s.Assign(ctx, pilot, person, []uuid.UUID{held}); err != nil {
		t.Fatal(err)
	}
	if err := s.Archive(ctx, pilot, page.Found[2].ID, 1); err != nil {
		t.Fatal(err)
	}
	page, err = s.Choose(ctx, pilot, person, "client 00000", []uuid.UUID{ticked, access.NewID()})
	if err != nil || len(page.Chosen) != 1 || page.Chosen[0].ID != ticked {
		t.Fatalf("%+v, %v", page, err)
	}
	want := []string{"Client 000004", "Client 000005", "Client 000006", "Client 000007", "Client 000008", "Client 000009"}
	if got := labels(page.Found, func(r records.Record) string { return r.Label }); !slices.Equal(got, want) || page.More {
		t.Errorf("%q", got)
	}
	_, err = s.Choose(ctx, pilot, person, "", make([]uuid.UUID, 10_000))
	wantFault(t, err, "record: records.too_many")
}

func TestTheTabOfSomeoneWithManyRecordsIsPagedAndSearched(t *testing.T) {
	s, p := newRecords(t)
	pilot, person := p.Pilot.Actor(), p.Person(t, "consultation_2").Resource
	fill(t, p, 120)
	if _, err := pgtest.Super(t).Exec(t.Context(), `
insert into assignment (tenant_id, resource_id, record_id, since, by_kind) select tenant_id, $2, id, created_at, 'console' from record where tenant_id = $1`, p.ID, person); err != nil {
		t.Fatal(err)
	}
	first := assigned(t, s, pilot, person)
	second, err := s.Assigned(t.Context(), pilot, person, records.Filter{Cursor: first.Next})
	if err != nil || len(first.Rows) != 50 || second.Rows[0].Label != "Client 000051" || second.Previous == "" || first.Person.Assigned != 120 {
		t.Errorf("%v, %d, %d", err, len(first.Rows), first.Person.Assigned)
	}
	found, err := s.Assigned(t.Context(), pilot, person, records.Filter{Words: "c-117"})
	if err != nil || len(found.Rows) != 1 || found.Found != 1 || found.Person.Assigned != 120 || found.Rows[0].By.Kind != "console" {
		t.Errorf("%+v, %v", found, err)
	}
}
