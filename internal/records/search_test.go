package records_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/records"
)

// shelved is what is looked into, and standing what should be: a line for each record.
const (
	shelved  = `select i.id || ' ' || i.line from record_shelf s cross join lateral unnest(s.ids, string_to_array(s.search, e'\n')) i (id, line) where s.tenant_id = $1 order by 1`
	standing = `select id || ' ' || search from record where tenant_id = $1 order by 1`
)

func wantShelved(t *testing.T, p *place.Place, most int) {
	t.Helper()
	var found [2][]string
	for i, sql := range []string{shelved, standing} {
		rows, err := pgtest.Super(t).Query(t.Context(), sql, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if found[i], err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(found[0], found[1]) {
		t.Errorf("looked into\n%q, of\n%q", found[0], found[1])
	}
	var shelves int
	if err := pgtest.Super(t).QueryRow(t.Context(), `select count(*) from record_shelf where tenant_id = $1`, p.ID).Scan(&shelves); err != nil || shelves > most {
		t.Errorf("%d shelves, %v, want %d at most", shelves, err, most)
	}
}

// bring imports a file, and looks at nothing.
func bring(t *testing.T, s *records.Service, p *place.Place, file string) {
	t.Helper()
	id := upload(t, s, p.Pilot.Actor(), file)
	if _, err := s.Confirm(t.Context(), p.Pilot.Actor(), id, 1); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsSearchedFollowsTheRecords(t *testing.T) {
	s, p := newRecords(t)
	beside := p.Beside(t)
	add(t, recordsOf(t, beside), beside.Pilot.Actor(), "X-1", "Tremblay, Zoé")
	pilot := p.Pilot.Actor()
	one := add(t, s, pilot, "A-1", "Tremblay, Zoé")
	add(t, s, pilot, "A-2", "'")
	var file strings.Builder
	file.WriteString("ref,nom\n")
	for n := range 95 {
		fmt.Fprintf(&file, "C-%d,Gagnon %d\n", n, n)
	}
	bring(t, s, p, file.String())
	wantShelved(t, p, 3)
	bring(t, s, p, "ref,nom\nC-3,Œuvrard\nC-94,Lévesque\nD-1,Nouveau\n")
	if err := s.Edit(t.Context(), pilot, one, "A-1", "O'Brien, Zoé", 1); err != nil {
		t.Fatal(err)
	}
	if err := s.Archive(t.Context(), pilot, one, 2); err != nil {
		t.Fatal(err)
	}
	wantShelved(t, p, 3)
	for words, want := range map[string]int{"tremblay": 0, "OBRIEN zoe": 1, "oeuvr": 1, "gagnon 94": 0, "leves c": 1, "gagnon 9": 13, "%": 0, "1 x": 0} {
		got := list(t, s, pilot, records.Filter{Words: words, State: records.AnyState})
		if len(got.Rows) != want || got.Total != want || got.More {
			t.Errorf("%q finds %d of %d, want %d", words, len(got.Rows), got.Total, want)
		}
	}
}

// What few and many are read by finds the same, page by page.
func TestASearchThatFindsManyIsReadInItsOrder(t *testing.T) {
	s, p := newRecords(t)
	var file strings.Builder
	file.WriteString("ref,nom\n")
	within := 0 // records of an odd number in which 01 stands
	for n := range 2 * records.MostFound {
		if n%2 == 1 && strings.Contains(fmt.Sprintf("%04d", n), "01") {
			within++
		}
		fmt.Fprintf(&file, "C-%04d,%s %04d\n", n, []string{"Pair", "Impair"}[n%2], n)
	}
	bring(t, s, p, file.String())
	for words, want := range map[string]struct {
		total int
		more  bool
	}{"c": {records.MostFound, true}, "impair": {records.MostFound, false}, "impair 01": {within, false}} {
		page := list(t, s, p.Pilot.Actor(), records.Filter{Words: words})
		if page.Total != want.total || page.More != want.more {
			t.Errorf("%q finds %d, more %t", words, page.Total, page.More)
		}
		all := labels(page.Rows, labelOf)
		for page.Next != "" && len(all) < 400 {
			page = list(t, s, p.Pilot.Actor(), records.Filter{Words: words, Cursor: page.Next})
			if page.Total != want.total {
				t.Errorf("a next page of %q finds %d", words, page.Total)
			}
			all = append(all, labels(page.Rows, labelOf)...)
		}
		if n := min(want.total, 400); len(all) < n || !slices.IsSorted(all) {
			t.Errorf("%q finds %d, in order %t", words, len(all), slices.IsSorted(all))
		}
	}
}
