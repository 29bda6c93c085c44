package records_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/mail"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/records"
	"habilis/internal/roles"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// newRecords is the service of the records of a fresh planner's place.
func newRecords(t testing.TB) (*records.Service, *place.Place) {
	t.Helper()
	p := place.New(t)
	return recordsOf(t, p), p
}

func recordsOf(t testing.TB, p *place.Place) *records.Service {
	t.Helper()
	post, err := mail.NewPost()
	if err != nil {
		t.Fatal(err)
	}
	return records.New(p.Door, roles.New(p.Door, post, p.Tenants.Kinds()))
}

func add(t testing.TB, s *records.Service, a access.Actor, reference, label string) uuid.UUID {
	t.Helper()
	id, err := s.Add(t.Context(), a, reference, label, access.NewID())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func list(t testing.TB, s *records.Service, a access.Actor, f records.Filter) *records.Page {
	t.Helper()
	page, err := s.List(t.Context(), a, f)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func labels[T any](rows []T, of func(T) string) []string {
	var all []string
	for _, r := range rows {
		all = append(all, of(r))
	}
	return all
}

func labelOf(r records.Row) string { return r.Label }

// wantFault fails unless err is made of exactly these faults, each "field: key".
func wantFault(t testing.TB, err error, want ...string) {
	t.Helper()
	faults, ok := fault.As(err)
	if !ok {
		t.Fatalf("got %v, want the faults %q", err, want)
	}
	var got []string
	for _, f := range faults {
		got = append(got, f.Error())
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got the faults %q, want %q", got, want)
	}
}

func value[T any](t testing.TB, sql string, args ...any) T {
	t.Helper()
	rows, err := pgtest.Super(t).Query(context.Background(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	v, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// fill gives a place many records at once.
func fill(t testing.TB, p *place.Place, n int) {
	t.Helper()
	p.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `
insert into record (tenant_id, id, reference, reference_key, label, search, created_at)
select @tenant, gen_random_uuid(), 'C-' || i, 'c-' || i, 'Client ' || lpad(i::text, 6, '0'), 'client ' || lpad(i::text, 6, '0') || ' c-' || i, @now
  from generate_series(1, @n) i`, pgx.StrictNamedArgs{"tenant": p.ID, "now": v.Now, "n": n})
		return err
	})
	if _, err := pgtest.Super(t).Exec(context.Background(), `vacuum (analyze) record`); err != nil {
		t.Fatal(err)
	}
}

func TestARecordIsFoundByItsReferenceAndName(t *testing.T) {
	s, p := newRecords(t)
	pilot := p.Pilot.Actor()
	for _, r := range [][2]string{{"C-1", "Œuvrard, Zoé"}, {"C-2", "O'Brien, Seán"}, {"C-3", "Nguyễn, Bảo"}, {"100%", "Élie"}} {
		add(t, s, pilot, r[0], r[1])
	}
	if got := labels(list(t, s, pilot, records.Filter{}).Rows, labelOf); !slices.Equal(got, []string{"Élie", "Nguyễn, Bảo", "O'Brien, Seán", "Œuvrard, Zoé"}) {
		t.Errorf("sorted: %q", got)
	}
	for words, want := range map[string][]string{
		"oeuv": {"Œuvrard, Zoé"}, "OBRIEN sean": {"O'Brien, Seán"}, "nguyen": {"Nguyễn, Bảo"}, "c-3": {"Nguyễn, Bảo"},
		"%": {"Élie"}, "_": nil, "c_1": nil, `\`: nil, "' or true --": nil, "\x00elie": {"Élie"},
	} {
		got := list(t, s, pilot, records.Filter{Words: words})
		if !slices.Equal(labels(got.Rows, labelOf), want) || got.Total != len(want) || got.More {
			t.Errorf("%q finds %q, %d", words, labels(got.Rows, labelOf), got.Total)
		}
	}
}

func TestPagesFollowOneAnotherBothWays(t *testing.T) {
	s, p := newRecords(t)
	fill(t, p, 123)
	f := records.Filter{}
	var all []string
	var turns []*records.Page
	for {
		page := list(t, s, p.Pilot.Actor(), f)
		turns = append(turns, page)
		all = append(all, labels(page.Rows, labelOf)...)
		if page.Next == "" {
			break
		}
		f.Cursor = page.Next
	}
	if len(all) != 123 || !slices.IsSorted(all) || len(turns) != 3 || turns[0].Previous != "" || turns[0].Total != 123 {
		t.Fatalf("%d records in %d pages", len(all), len(turns))
	}
	for i := 2; i > 0; i-- {
		page := list(t, s, p.Pilot.Actor(), records.Filter{Cursor: turns[i].Previous})
		if !slices.Equal(labels(page.Rows, labelOf), labels(turns[i-1].Rows, labelOf)) {
			t.Errorf("back to page %d: %q", i, labels(page.Rows, labelOf)[:3])
		}
		if page.Next == "" || (page.Previous == "") != (i == 1) {
			t.Errorf("page %d: next %q, previous %q", i, page.Next, page.Previous)
		}
	}
	for _, forged := range []string{"x", strings.Repeat("A", 5000), "eyJpIjoieCJ9"} {
		if got := list(t, s, p.Pilot.Actor(), records.Filter{Cursor: forged}); len(got.Rows) != 50 || got.Previous != "" {
			t.Errorf("a cursor %.10q begins elsewhere than at the beginning", forged)
		}
	}
}

func TestWhatIsTypedOfARecordIsKeptOrRefused(t *testing.T) {
	s, p := newRecords(t)
	pilot := p.Pilot.Actor()
	try := func(reference, label string) error {
		_, err := s.Add(t.Context(), pilot, reference, label, access.NewID())
		return err
	}
	wantFault(t, try("", " "), "reference: records.no_reference", "label: records.no_label")
	wantFault(t, try(strings.Repeat("é", 65), strings.Repeat("x", 201)), "reference: records.long", "label: records.long")
	wantFault(t, try("a\u202eb", "x\u200by"), "reference: form.characters", "label: form.characters")
	for _, name := range []string{"O'Brien", "Nguyễn Thị", "Œuvrard", "<b>&", "=1+1"} {
		id := add(t, s, pilot, name, " "+name+"  x ")
		sheet, err := s.Sheet(t.Context(), pilot, id)
		if err != nil || sheet.Record.Reference != name || sheet.Record.Label != name+" x" || sheet.Record.CreatedBy == "" {
			t.Errorf("%q became %+v, %v", name, sheet.Record, err)
		}
	}
	wantFault(t, try("O'BRIEN", "x"), "reference: records.taken")
	wantFault(t, try("Ｏ'Brien", "x"), "reference: records.taken") // of full width
	if err := try("Nguyen Thi", "x"); err != nil {
		t.Errorf("another reference: %v", err)
	}
}

func TestAFormSentTwiceAddsOneRecord(t *testing.T) {
	s, p := newRecords(t)
	submission := access.NewID()
	one, err := s.Add(t.Context(), p.Pilot.Actor(), "C-1", "A", submission)
	if err != nil {
		t.Fatal(err)
	}
	two, err := s.Add(t.Context(), p.Pilot.Actor(), "C-1", "A", submission)
	if err != nil || one != two {
		t.Errorf("%v and %v, %v", one, two, err)
	}
	if acts := p.Acts(t); !slices.Equal(acts, []string{"tenants.create", "records.create"}) {
		t.Errorf("acts %q", acts)
	}
}

func TestARecordIsCorrectedArchivedAndBroughtBack(t *testing.T) {
	s, p := newRecords(t)
	ctx, pilot := t.Context(), p.Pilot.Actor()
	id, other := add(t, s, pilot, "C-1", "A"), add(t, s, pilot, "C-2", "B")
	wantFault(t, s.Edit(ctx, pilot, id, "c-2", "A", 1), "reference: records.taken")
	if err := s.Edit(ctx, pilot, id, "c-1", "Â", 1); err != nil {
		t.Fatal(err)
	}
	wantFault(t, s.Edit(ctx, pilot, id, "C-1", "Z", 1), "records.stale")
	if err := s.Edit(ctx, pilot, id, "c-1", "Â", 2); err != nil {
		t.Fatal(err)
	}
	wantFault(t, s.Archive(ctx, pilot, id, 1), "records.stale")
	if err := s.Archive(ctx, pilot, id, 2); err != nil {
		t.Fatal(err)
	}
	wantFault(t, s.Archive(ctx, pilot, id, 3), "records.already.archived")
	wantFault(t, s.Edit(ctx, pilot, other, "c-1", "B", 1), "reference: records.taken_archived")
	if got := list(t, s, pilot, records.Filter{State: records.Archived}); len(got.Rows) != 1 || got.Rows[0].Label != "Â" {
		t.Errorf("archived: %+v", got.Rows)
	}
	if err := s.Restore(ctx, pilot, id, 3); err != nil {
		t.Fatal(err)
	}
	wantFault(t, s.Restore(ctx, pilot, id, 4), "records.already.open")
	want := []string{"tenants.create", "records.create", "records.create", "records.edit", "records.archive", "records.restore"}
	if acts := p.Acts(t); !slices.Equal(acts, want) {
		t.Errorf("acts %q", acts)
	}
}

func TestARecordOfAnotherPlaceIsAbsent(t *testing.T) {
	s, p := newRecords(t)
	q := p.Beside(t)
	foreign, person := add(t, s, q.Pilot.Actor(), "C-1", "A"), p.Person(t, "consultation_2").Resource
	ctx, pilot := t.Context(), p.Pilot.Actor()
	for _, id := range []uuid.UUID{foreign, access.NewID()} {
		_, err := s.Sheet(ctx, pilot, id)
		wantFault(t, err, "records.absent")
		_, err = s.EditForm(ctx, pilot, id)
		wantFault(t, err, "records.absent")
		wantFault(t, s.Edit(ctx, pilot, id, "x", "y", 1), "records.absent")
		wantFault(t, s.Archive(ctx, pilot, id, 1), "records.absent")
		wantFault(t, s.Restore(ctx, pilot, id, 1), "records.absent")
		_, err = s.Assign(ctx, pilot, person, []uuid.UUID{id})
		wantFault(t, err, "records.absent")
		_, err = s.Unassign(ctx, pilot, person, []uuid.UUID{id})
		wantFault(t, err, "records.absent")
		_, err = s.Preview(ctx, pilot, id, "", 1)
		wantFault(t, err, "records.import.gone")
	}
	if got := list(t, s, pilot, records.Filter{}); len(got.Rows) != 0 {
		t.Errorf("sees %v", got.Rows)
	}
}

// Each exported operation, for who may see records but not change them, for who
// may see nothing of them, and for a stranger.
func TestWhoHasNotTheRightIsRefused(t *testing.T) {
	s, p := newRecords(t)
	helper, stranger := p.Person(t, "consultation_2"), p.Beside(t).Pilot
	target, id := p.Person(t, "consultation_2").Resource, add(t, s, p.Pilot.Actor(), "C-1", "A")
	ids := []uuid.UUID{id}
	operations := map[string]func(context.Context, access.Actor) error{
		"List":   func(c context.Context, a access.Actor) error { _, err := s.List(c, a, records.Filter{}); return err },
		"Export": func(c context.Context, a access.Actor) error { _, err := s.Export(c, a, records.Filter{}); return err },
		"Sheet":  func(c context.Context, a access.Actor) error { _, err := s.Sheet(c, a, id); return err },
		"Assigned": func(c context.Context, a access.Actor) error {
			_, err := s.Assigned(c, a, target, records.Filter{})
			return err
		},
		"Blank": func(c context.Context, a access.Actor) error { _, err := s.Blank(c, a); return err },
		"Add": func(c context.Context, a access.Actor) error {
			_, err := s.Add(c, a, "x", "y", access.NewID())
			return err
		},
		"EditForm":   func(c context.Context, a access.Actor) error { _, err := s.EditForm(c, a, id); return err },
		"Edit":       func(c context.Context, a access.Actor) error { return s.Edit(c, a, id, "x", "y", 1) },
		"Archive":    func(c context.Context, a access.Actor) error { return s.Archive(c, a, id, 1) },
		"Restore":    func(c context.Context, a access.Actor) error { return s.Restore(c, a, id, 1) },
		"Choose":     func(c context.Context, a access.Actor) error { _, err := s.Choose(c, a, target, "", nil); return err },
		"Assign":     func(c context.Context, a access.Actor) error { _, err := s.Assign(c, a, target, ids); return err },
		"Unassign":   func(c context.Context, a access.Actor) error { _, err := s.Unassign(c, a, target, ids); return err },
		"ImportForm": func(c context.Context, a access.Actor) error { _, err := s.ImportForm(c, a); return err },
		"Upload": func(c context.Context, a access.Actor) error {
			_, err := s.Upload(c, a, "x.csv", strings.NewReader("ref,nom\n1,a"))
			return err
		},
		"Preview": func(c context.Context, a access.Actor) error { _, err := s.Preview(c, a, id, "", 1); return err },
		"Confirm": func(c context.Context, a access.Actor) error {
			_, err := s.Confirm(c, a, id, 1)
			return err
		},
	}
	for name, operation := range operations {
		if err := operation(t.Context(), helper.Actor()); !fault.Is(err, fault.KindForbidden) {
			t.Errorf("%s lets in who may not: %v", name, err)
		}
		if err := operation(t.Context(), stranger.Signed().In(p.ID)); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("%s lets in a stranger: %v", name, err)
		}
		if err := operation(t.Context(), helper.Signed().Invited(p.ID)); !fault.Is(err, fault.KindForbidden) {
			t.Errorf("%s lets in someone invited: %v", name, err)
		}
	}
	if acts := p.Acts(t); !slices.Contains(acts, "records.import refused") || !slices.Contains(acts, "page.records refused") {
		t.Errorf("acts %q", acts)
	}
}
