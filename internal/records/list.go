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

// The numbers from which a list says "more than": of all, and of what a search
// finds. Up to MostFound, records that are found are read one by one.
const (
	MostCounted = 10_000
	MostFound   = 1_000
)

// counted is how many records a list counts.
func (f Filter) counted() int {
	if len(search.Words(f.Words)) > 0 {
		return MostFound
	}
	return MostCounted
}

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
	Total  int  // of records that the filter lets through, as far as they are counted
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

// findFew looks for the records that have all words in the rows of record_shelf,
// each of which holds many: of rare words all are soon found, of others enough to
// know that they are not.
func findFew(typed string) string {
	words := search.Words(typed)
	if len(words) == 0 {
		return ""
	}
	shelved := ""
	for i := range words {
		shelved += fmt.Sprintf(` and strpos(s.search, @word%[1]d) > 0 and strpos(i.line, @word%[1]d) > 0`, i)
	}
	return fmt.Sprintf(`
with few as materialized (
  select array(select i.id from record_shelf s cross join lateral unnest(s.ids, string_to_array(s.search, e'\n')) i (id, line)
                where true%s limit %d) ids)`, shelved, MostFound+1)
}

// searching is a query of the records p in which typed is looked for, within one
// that begins with [findFew]: read writes it with what narrows them, match and more.
// It reads the few that were found, or goes through all when they are many; the
// other of these two is never begun.
func searching(typed, match string, read func(match string) string) string {
	if len(search.Words(typed)) == 0 {
		return read(match)
	}
	few := fmt.Sprintf(` and (select cardinality(ids) <= %d from few) and p.id = any ((select ids from few)::uuid[])`, MostFound)
	many := fmt.Sprintf(` and (select cardinality(ids) > %d from few)`, MostFound)
	return `(` + read(match+few) + `) union all (` + read(match+many) + `)`
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

// pageQuery reads a page, one row too many, and beside each row how many the filter
// lets through, up to one more than is said.
func pageQuery(f Filter, from cursor) (string, pgx.StrictNamedArgs) {
	match, args := matching(f)
	match = exactly(f, match, args)
	beyond, sorted := from.walk("p", args)
	_, again := from.walk("i", args)
	rows := searching(f.Words, match, func(match string) string {
		return fmt.Sprintf(`select p.id, p.reference, p.label, p.state, p.version from record p where true%s%s order by %s limit %d`,
			match, beyond, sorted, PageSize+1)
	})
	all := searching(f.Words, match, func(match string) string {
		return fmt.Sprintf(`select from record p where true%s limit %d`, match, f.counted()+1)
	})
	return fmt.Sprintf(`%s
select i.id, i.reference, i.label, i.state, i.version, a.people, (select count(*) from (%s) c) total
  from (%s) i
 cross join lateral (select count(*) people from assignment where record_id = i.id and until > @now) a
 order by %s`, findFew(f.Words), all, rows, again), args
}

// List returns a page of the place's records.
func (s *Service) List(ctx context.Context, a access.Actor, f Filter) (*Page, error) {
	f = f.sound()
	page, from := &Page{Filter: f}, cursorOf(f.Cursor)
	var err error
	page.Standing, err = s.door.Read(ctx, a, NeedList, func(r *access.Reading) {
		sql, args := pageQuery(f, from)
		args["now"] = r.Now()
		r.Query(sql, args, page.scan)
	})
	if err != nil {
		return page, err
	}
	if len(page.Rows) == 0 && from.set() {
		f.Cursor = ""
		return s.List(ctx, a, f) // what was beyond the cursor is gone
	}
	page.More = page.Total > f.counted()
	page.Total = min(page.Total, f.counted())
	page.Rows = turn(&page.Turn, from, page.Rows, func(r Row) Record { return r.Record })
	return page, nil
}

func (p *Page) scan(rows pgx.Rows) error {
	var r Row
	_, err := pgx.ForEachRow(rows, []any{&r.ID, &r.Reference, &r.Label, &r.State, &r.Version, &r.People, &p.Total}, func() error {
		p.Rows = append(p.Rows, r)
		return nil
	})
	return err
}

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
