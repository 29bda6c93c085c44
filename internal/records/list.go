package records

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/form"
	"habilis/internal/search"
)

// Filter says which records to list. Values that mean nothing narrow nothing.
type Filter struct {
	Words  string // all to be found in the reference or the label
	State  State  // Open when empty
	Cursor string // Turn.Next or Turn.Previous; "" is the first page
}

// Narrowed reports whether the filter leaves out records that the list shows at first.
func (f Filter) Narrowed() bool { return len(search.Words(f.Words)) > 0 || f.sound().State != Open }

func (f Filter) sound() Filter {
	if !slices.Contains(States(), f.State) {
		f.State = Open
	}
	return f
}

// PageSize is how many records a page has.
const PageSize = 50

// MostCounted is the number from which a list says "more than".
const MostCounted = 10_000

// Turn leads from a page to its neighbours.
type Turn struct {
	Next     string // Filter.Cursor of the next page; "" at the end
	Previous string // and of the one before; "" at the beginning
}

// Page is a page of the list.
type Page struct {
	*access.Standing
	Turn
	Filter Filter // as understood
	Rows   []Row
	Total  int  // of records that the filter lets through; MostCounted if there are More
	More   bool // there are more than Total
}

// Row is a record in the list.
type Row struct {
	Record
	People int // to whom it is assigned now
}

// matching is what a filter asks of the table record. A word is a plain
// substring: nothing in it is a wildcard. All columns are those of the covering
// index record_list.
func matching(f Filter) (sql string, args pgx.StrictNamedArgs) {
	args = pgx.StrictNamedArgs{}
	if f.State != AnyState {
		sql = ` and state = '` + string(f.State) + `'`
	}
	for i, word := range search.Words(f.Words) {
		name := fmt.Sprintf("word%d", i)
		sql += fmt.Sprintf(` and strpos(search, @%s) > 0`, name)
		args[name] = word
	}
	return sql, args
}

// exactly narrows a filter to the one record that has its words as its reference,
// where there is one.
func exactly(f Filter, match string, args pgx.StrictNamedArgs) string {
	if f.Words == "" || !form.Legible(f.Words) {
		return match
	}
	state := ""
	if f.State != AnyState {
		state = ` and state = '` + string(f.State) + `'`
	}
	args["exact"] = key(strings.Join(strings.Fields(f.Words), " "))
	return match + ` and coalesce(id = (select id from record where reference_key = @exact` + state + `), true)`
}

// way is an order of a list by label, forwards or backwards; %s is the alias of
// the rows.
type way struct{ beyond, sorted string }

var (
	forwards  = way{` and (%[1]s.label collate "fr-x-icu", %[1]s.id) > (@label::text, @id)`, `%[1]s.label collate "fr-x-icu", %[1]s.id`}
	backwards = way{` and (%[1]s.label collate "fr-x-icu", %[1]s.id) < (@label::text, @id)`, `%[1]s.label collate "fr-x-icu" desc, %[1]s.id desc`}
)

// walk is the part of a query from what lies beyond a cursor on, one row too many.
func (c cursor) walk(alias string, args pgx.StrictNamedArgs) (beyond, sorted string) {
	w := forwards
	if c.Back {
		w = backwards
	}
	if c.set() {
		beyond = fmt.Sprintf(w.beyond, alias)
		args["label"], args["id"] = c.Label, c.ID
	}
	return beyond, fmt.Sprintf(w.sorted, alias)
}

// pageQuery reads a page, one row too many.
func pageQuery(f Filter, from cursor) (string, pgx.StrictNamedArgs) {
	match, args := matching(f)
	match = exactly(f, match, args)
	beyond, sorted := from.walk("p", args)
	_, again := from.walk("i", args)
	return fmt.Sprintf(`
select i.id, i.reference, i.label, i.state, i.version, a.people
  from (select p.id, p.reference, p.label, p.state, p.version from record p where true%s%s order by %s limit %d) i
 cross join lateral (select count(*) people from assignment where record_id = i.id and since <= @now and until > @now) a
 order by %s`, match, beyond, sorted, PageSize+1, again), args
}

// countQuery counts what a filter lets through, up to one more than is said.
func countQuery(f Filter) (string, pgx.StrictNamedArgs) {
	match, args := matching(f)
	match = exactly(f, match, args)
	return fmt.Sprintf(`select count(*) from (select from record p where true%s limit %d) c`, match, MostCounted+1), args
}

// List returns a page of the place's records.
func (s *Service) List(ctx context.Context, a access.Actor, f Filter) (*Page, error) {
	f = f.sound()
	page, from := &Page{Filter: f}, cursorOf(f.Cursor)
	var err error
	page.Standing, err = s.door.Read(ctx, a, NeedList, func(r *access.Reading) {
		sql, args := pageQuery(f, from)
		args["now"] = r.Now()
		access.All(r, &page.Rows, sql, args)
		sql, args = countQuery(f)
		askNumber(r, &page.Total, sql, args)
	})
	if err != nil {
		return page, err
	}
	if len(page.Rows) == 0 && from.set() {
		f.Cursor = ""
		return s.List(ctx, a, f) // what was beyond the cursor is gone
	}
	page.Total, page.More = capped(page.Total)
	page.Rows = turn(&page.Turn, from, page.Rows, func(r Row) Record { return r.Record })
	return page, nil
}

func capped(n int) (total int, more bool) { return min(n, MostCounted), n > MostCounted }

// turn finds the neighbours of a page that was read with one row too many, and
// puts one that was read backwards in its order.
func turn[T any](t *Turn, from cursor, read []T, of func(T) Record) []T {
	further := len(read) > PageSize
	read = read[:min(len(read), PageSize)]
	if from.Back {
		slices.Reverse(read)
	}
	if len(read) == 0 {
		return nil
	}
	if further || from.Back {
		t.Next = cursorAt(of(read[len(read)-1]), false)
	}
	if further && from.Back || from.set() && !from.Back {
		t.Previous = cursorAt(of(read[0]), true)
	}
	return read
}

// cursor is a record beyond which a page begins. A forged one can only begin
// elsewhere in the same list.
type cursor struct {
	Back  bool      `json:"b,omitempty"` // the page ends before the record
	ID    uuid.UUID `json:"i"`
	Label string    `json:"l"`
}

func (c cursor) set() bool { return c.ID != uuid.Nil }

// maxCursor is longer than any cursor of ours, in bytes.
const maxCursor = 2000

// cursorOf reads a cursor; one that can't be read is none.
func cursorOf(s string) cursor {
	var c cursor
	text, err := base64.RawURLEncoding.DecodeString(s)
	if len(s) > maxCursor || err != nil || json.Unmarshal(text, &c) != nil || strings.ContainsRune(c.Label, 0) {
		return cursor{}
	}
	return c
}

func cursorAt(r Record, back bool) string {
	text, _ := json.Marshal(cursor{back, r.ID, r.Label}) // strings and an identifier
	return base64.RawURLEncoding.EncodeToString(text)
}
