package records_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/pgtest"
	"habilis/internal/records"
	"habilis/internal/tabular"
)

func upload(t testing.TB, s *records.Service, a access.Actor, file string) uuid.UUID {
	t.Helper()
	id, err := s.Upload(t.Context(), a, "clients.csv", strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func preview(t testing.TB, s *records.Service, a access.Actor, id uuid.UUID) *records.ImportPage {
	t.Helper()
	page, err := s.Preview(t.Context(), a, id, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

const file = `Référence;Prénom;NOM
C-1;x;Œuvrard, Zoé
C-2;x;Nouveau nom
c-3;x;Autre casse
C-4;x;=1+1
;x;Sans référence
C-5;x;
C-1;x;Deux fois
C-6;x;"caché ` + "\u202e" + `"
C-7;x;Archivé mais changé
C-8;x;y;z
O'Brien;x;Nguyễn
`

func TestAFileIsPreviewedThenImportedWhole(t *testing.T) {
	s, p := newRecords(t)
	ctx, pilot := t.Context(), p.Pilot.Actor()
	add(t, s, pilot, "C-1", "Œuvrard, Zoé")
	add(t, s, pilot, "C-2", "Ancien nom")
	add(t, s, pilot, "C-3", "Autre casse")
	if err := s.Archive(ctx, pilot, add(t, s, pilot, "C-7", "Archivé"), 1); err != nil {
		t.Fatal(err)
	}
	id := upload(t, s, pilot, file)
	page := preview(t, s, pilot, id)
	want := records.Counts{Added: 2, Changed: 2, Unchanged: 1, Wrong: 6}
	if page.Counts != want || page.File != "clients.csv" || !slices.Equal(page.Ignored, []string{"Prénom"}) {
		t.Fatalf("%+v %q %q", page.Counts, page.File, page.Ignored)
	}
	var said []string
	for _, r := range page.Rows {
		why := ""
		if r.Why != nil {
			why = r.Why.Key
		}
		said = append(said, strings.TrimSpace(fmt.Sprint(r.Number, " ", r.Outcome, " ", r.Was, why)))
	}
	wanted := []string{
		"2 unchanged", "3 changed Ancien nom", "4 changed C-3", "5 new", "6 wrong records.import.missing.reference",
		"7 wrong records.import.missing.label", "8 wrong records.import.twice", "9 wrong form.characters",
		"10 wrong records.import.archived", "11 wrong records.import.cells", "12 new",
	}
	if !slices.Equal(said, wanted) {
		t.Errorf("got\n%s", strings.Join(said, "\n"))
	}
	if only, err := s.Preview(ctx, pilot, id, records.Wrong, 99); err != nil || len(only.Rows) != 6 || only.Number != 1 {
		t.Errorf("%+v, %v", only, err)
	}
	_, err := s.Confirm(ctx, pilot, id, page.Edition+1)
	wantFault(t, err, "records.import.moved")
	for range 2 { // a double click
		if done, err := s.Confirm(ctx, pilot, id, page.Edition); err != nil || done != want {
			t.Fatalf("%+v, %v", done, err)
		}
	}
	got := list(t, s, pilot, records.Filter{})
	all := labels(got.Rows, func(r records.Row) string { return r.Reference + " " + r.Label })
	if !slices.Equal(all, []string{"C-4 =1+1", "c-3 Autre casse", "O'Brien Nguyễn", "C-2 Nouveau nom", "C-1 Œuvrard, Zoé"}) {
		t.Errorf("%q", all)
	}
	if found := list(t, s, pilot, records.Filter{Words: "obrien nguyen"}); len(found.Rows) != 1 {
		t.Error("what was imported isn't found")
	}
	if n := value[int](t, `select count(*) from draft where tenant_id = $1`, p.ID); n != 0 {
		t.Errorf("%d drafts are left", n)
	}
	_, err = s.Preview(ctx, pilot, id, "", 1)
	wantFault(t, err, "records.import.gone")
	if n := value[int](t, `select count(*) from draft_line where tenant_id = $1`, p.ID); n != 0 {
		t.Errorf("%d lines of drafts are left", n)
	}
	const facts = `select facts->>'label' || ' ' || (facts->>'before') || ' ' || (facts->>'after') from journal where tenant_id = $1 and act = 'records.import'`
	told := fmt.Sprintf(`clients.csv {"lines": ["C-2 · Ancien nom", "C-3 · Autre casse"]} `+
		`{"new": 2, "lines": ["C-2 · Nouveau nom", "c-3 · Autre casse"], "wrong": 6, "digest": "%x", "changed": 2, "unchanged": 1}`, sha256.Sum256([]byte(file)))
	if got := value[string](t, facts, p.ID); got != told {
		t.Errorf("the journal says\n%s, want\n%s", got, told)
	}
}

func TestWhatIsExportedAndImportedAgainChangesNothing(t *testing.T) {
	s, p := newRecords(t)
	pilot := p.Pilot.Actor()
	for i, name := range []string{"=1+1", "-5", "+33", "@x", "'=y", "''z", "a;b", `"q"`, "O'Brien", "Nguyễn", "Œuvrard", "＝2"} {
		add(t, s, pilot, name, fmt.Sprint(name, i))
	}
	out, err := s.Export(t.Context(), pilot, records.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	table := tabular.Table{Head: []string{"Reference", "Name"}, Comma: ';'}
	for _, r := range out.Records {
		table.Rows = append(table.Rows, []string{r.Reference, r.Label})
	}
	var b bytes.Buffer
	if err := tabular.WriteCSV(&b, table); err != nil {
		t.Fatal(err)
	}
	if got := preview(t, s, pilot, upload(t, s, pilot, b.String())).Counts; got != (records.Counts{Unchanged: 12}) {
		t.Errorf("%+v", got)
	}
}

func TestAFileIsItsUploadersAlone(t *testing.T) {
	s, p := newRecords(t)
	ctx, clerk := t.Context(), p.Person(t, "coordination").Actor()
	id := upload(t, s, clerk, "ref,nom\n1,a")
	_, err := s.Preview(ctx, p.Pilot.Actor(), id, "", 1)
	wantFault(t, err, "records.import.gone")
	_, err = s.Confirm(ctx, p.Pilot.Actor(), id, 1)
	wantFault(t, err, "records.import.gone")
	next := upload(t, s, clerk, "ref,nom\n2,b") // takes the place of the first
	_, err = s.Preview(ctx, clerk, id, "", 1)
	wantFault(t, err, "records.import.gone")
	p.Clock.Advance(23 * time.Hour)
	if _, err := s.Sweep(ctx, p.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	preview(t, s, clerk, next)
	p.Clock.Advance(2 * time.Hour)
	if n, err := s.Sweep(ctx, p.Clock.Now()); err != nil || n == 0 {
		t.Errorf("%d files were swept (%v)", n, err)
	}
	_, err = s.Preview(ctx, clerk, next, "", 1)
	wantFault(t, err, "records.import.gone")
	if n := value[int](t, `select count(*) from draft_line where tenant_id = $1`, p.ID); n != 0 {
		t.Errorf("%d lines of drafts are left", n)
	}
}

func TestAFileThatCannotBeReadIsRefusedBesideItsField(t *testing.T) {
	s, p := newRecords(t)
	for text, want := range map[string]string{
		"":                        "file: tabular.empty",
		"nom,prenom\na,b":         "file: records.import.columns",
		"ref,nom\n\"open":         "file: tabular.quotes",
		"PK\x03\x04":              "file: tabular.workbook",
		strings.Repeat("x", 3000): "file: tabular.cell",
	} {
		_, err := s.Upload(t.Context(), p.Pilot.Actor(), "x.csv", strings.NewReader(text))
		wantFault(t, err, want)
	}
}

func TestAnImportThatIsCutShortLeavesNothing(t *testing.T) {
	s, p := newRecords(t)
	pilot := p.Pilot.Actor()
	var b strings.Builder
	b.WriteString("ref,nom\n")
	for i := range 12_000 {
		fmt.Fprintf(&b, "C-%d,Client %d\n", i, i)
	}
	id := upload(t, s, pilot, b.String())
	seen := preview(t, s, pilot, id).Edition
	super := pgtest.Super(t)
	if _, err := super.Exec(t.Context(), `
create function cut_short() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
create trigger cut_short before insert on record for each row when (new.label = 'Client 11999') execute function cut_short()`); err != nil {
		t.Fatal(err)
	}
	_, err := s.Confirm(t.Context(), pilot, id, seen)
	if _, dropped := super.Exec(t.Context(), `drop trigger cut_short on record; drop function cut_short`); dropped != nil {
		t.Fatal(dropped)
	}
	if err == nil {
		t.Fatal("nothing was cut short")
	}
	if n := value[int](t, `select count(*) from record where tenant_id = $1`, p.ID); n != 0 {
		t.Errorf("%d records were left", n)
	}
	if done, err := s.Confirm(t.Context(), pilot, id, seen); err != nil || done.Added != 12_000 {
		t.Errorf("%+v, %v", done, err)
	}
}

// What was edited since the preview, or came, or left, is looked at again before
// anything is overwritten; so is a preview that another window had judged again.
func TestAnImportOverwritesNothingThatItsPreviewDidNotShow(t *testing.T) {
	s, p := newRecords(t)
	ctx, pilot := t.Context(), p.Pilot.Actor()
	changed, same := add(t, s, pilot, "C-1", "A"), add(t, s, pilot, "C-2", "Same")
	id := upload(t, s, pilot, "ref,nom\nC-1,B\nC-2,Same\nC-3,New")
	edition, version := 1, map[uuid.UUID]int{changed: 1, same: 1}
	edit := func(record uuid.UUID, reference, label string) {
		t.Helper()
		if err := s.Edit(ctx, pilot, record, reference, label, version[record]); err != nil {
			t.Fatal(err)
		}
		version[record]++
	}
	for what, test := range []struct {
		meanwhile func()
		want      string
	}{
		{func() { edit(changed, "C-1", "C, by a colleague") }, "changed C, by a colleague|unchanged |new "},
		{func() { edit(same, "C-2", "Other") }, "changed C, by a colleague|changed Other|new "},
		{func() { edit(changed, "C-9", "C") }, "new |changed Other|new "},
		{func() { version[add(t, s, pilot, "c-3", "New")] = 1 }, "new |changed Other|changed c-3"},
		{func() {
			if err := s.Archive(ctx, pilot, same, version[same]); err != nil {
				t.Fatal(err)
			}
		}, "new |wrong |changed c-3"},
	} {
		test.meanwhile()
		_, err := s.Confirm(ctx, pilot, id, edition)
		wantFault(t, err, "records.import.moved")
		_, err = s.Confirm(ctx, pilot, id, edition)
		wantFault(t, err, "records.import.moved") // the window that was not looked at again
		page := preview(t, s, pilot, id)
		said := labels(page.Rows, func(j records.Judged) string { return string(j.Outcome) + " " + j.Was })
		if got := strings.Join(said, "|"); got != test.want || page.Edition != edition+1 {
			t.Errorf("%d: %s, want %s, in edition %d", what, got, test.want, page.Edition)
		}
		edition = page.Edition
	}
	if done, err := s.Confirm(ctx, pilot, id, edition); err != nil || done != (records.Counts{Added: 1, Changed: 1, Wrong: 1}) {
		t.Errorf("%+v, %v", done, err)
	}
}

func TestTheJournalNamesTheFirstHundredThatAnImportChanged(t *testing.T) {
	s, p := newRecords(t)
	pilot := p.Pilot.Actor()
	for _, name := range []string{"Before", "After"} {
		var b strings.Builder
		b.WriteString("ref,nom\n")
		for i := range 130 {
			fmt.Fprintf(&b, "C-%d,%s %d\n", i, name, i)
		}
		id := upload(t, s, pilot, b.String())
		if _, err := s.Confirm(t.Context(), pilot, id, 1); err != nil {
			t.Fatal(err)
		}
	}
	const told = `
select concat_ws(' ', jsonb_array_length(facts->'before'->'lines'), jsonb_array_length(facts->'after'->'lines'), facts->'after'->>'more', facts->'before'->'lines'->>99)
  from journal where tenant_id = $1 and act = 'records.import' order by n desc limit 1`
	if got := value[string](t, told, p.ID); got != "100 100 30 C-99 · Before 99" {
		t.Errorf("the journal tells %s", got)
	}
}

// slow is a file that comes when it is let.
type slow struct {
	come chan struct{}
	io.Reader
}

func (s slow) Read(p []byte) (int, error) {
	<-s.come
	return s.Reader.Read(p)
}

func TestAPlaceSendsOneFileAtATime(t *testing.T) {
	s, p := newRecords(t)
	come, sent := make(chan struct{}), make(chan error)
	go func() {
		_, err := s.Upload(context.Background(), p.Pilot.Actor(), "slow.csv", slow{come, strings.NewReader("ref,nom\n1,a")})
		sent <- err
	}()
	come <- struct{}{} // it is being read
	clerk := p.Person(t, "coordination").Actor()
	_, err := s.Upload(t.Context(), clerk, "x.csv", strings.NewReader("ref,nom\n2,b"))
	if wantFault(t, err, "records.import.busy"); !fault.Is(err, fault.KindBusy) {
		t.Errorf("got %v", err)
	}
	upload(t, s, p.Beside(t).Pilot.Actor(), "ref,nom\n3,c")
	close(come)
	if err := <-sent; err != nil {
		t.Error(err)
	}
	upload(t, s, clerk, "ref,nom\n2,b")
}

// One that waits for its own place's acts takes one of the turns of all, and no
// colleague's file takes another.
func TestAPlaceThatIsBusyHoldsUpNoOthersFile(t *testing.T) {
	s, p := newRecords(t)
	clerk, other := p.Person(t, "coordination").Actor(), p.Beside(t).Pilot.Actor()
	come, sent := make(chan struct{}), make(chan error)
	p.Write(t, func(context.Context, *access.Visit) error { // holds the place
		go func() {
			_, err := s.Upload(context.Background(), p.Pilot.Actor(), "waits.csv", slow{come, strings.NewReader("ref,nom\n1,a")})
			sent <- err
		}()
		come <- struct{}{} // it is being read
		close(come)
		_, err := s.Upload(t.Context(), clerk, "x.csv", strings.NewReader("ref,nom\n2,b"))
		wantFault(t, err, "records.import.busy")
		began := time.Now()
		for range 3 {
			upload(t, s, other, "ref,nom\n3,c")
		}
		if took := time.Since(began); took > access.Patience {
			t.Errorf("another place waited for %s", took)
		}
		return nil
	})
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

// A file of many columns costs no more than the two that are kept of it.
func TestALargeFileIsReadInLittleMemoryAndPreviewedInLittleTime(t *testing.T) {
	s, p := newRecords(t)
	var b strings.Builder
	b.WriteString("ref,nom" + strings.Repeat(",", 48) + "\n")
	for i := range 99_000 {
		fmt.Fprintf(&b, "%d,b%s\n", i, strings.Repeat(",", 48))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	id := upload(t, s, p.Pilot.Actor(), b.String())
	runtime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got > 250 {
		t.Errorf("%d MB were allocated in all", got)
	}
	started := time.Now()
	page, err := s.Preview(t.Context(), p.Pilot.Actor(), id, records.Added, 1980)
	if err != nil || len(page.Rows) != 50 || page.Rows[49].Number != 99_001 {
		t.Fatalf("%d rows of page %d, %v", len(page.Rows), page.Number, err)
	}
	if took := time.Since(started); took > 500*time.Millisecond { // 30 ms, on a machine that does nothing else
		t.Errorf("the last page took %s", took)
	}
}

func TestTwoClicksAtOnceImportOnce(t *testing.T) {
	s, p := newRecords(t)
	id := upload(t, s, p.Pilot.Actor(), "ref,nom\n1,a\n2,b")
	var both sync.WaitGroup
	for range 4 {
		both.Go(func() {
			if done, err := s.Confirm(context.Background(), p.Pilot.Actor(), id, 1); err != nil || done.Added != 2 {
				t.Errorf("%+v, %v", done, err)
			}
		})
	}
	both.Wait()
	if n := value[int](t, `select count(*) from journal where tenant_id = $1 and act = 'records.import'`, p.ID); n != 1 {
		t.Errorf("%d lines in the journal", n)
	}
}

func FuzzUpload(f *testing.F) {
	f.Add(file)
	f.Add("ref,nom\n\xe9,\xff\n")
	s, p := newRecords(f)
	f.Fuzz(func(t *testing.T, text string) {
		id, err := s.Upload(t.Context(), p.Pilot.Actor(), text, strings.NewReader("ref;nom\n"+text))
		if err != nil {
			if _, ok := fault.As(err); !ok {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		page := preview(t, s, p.Pilot.Actor(), id)
		if _, err := s.Confirm(t.Context(), p.Pilot.Actor(), id, page.Edition); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if _, err := pgtest.Super(t).Exec(t.Context(), `delete from record where tenant_id = $1`, p.ID); err != nil {
			t.Fatal(err)
		}
	})
}
