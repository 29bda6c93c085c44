// Package journal reads the record of who did what to whom, when, from what to
// what. It is written by the door, in the same transaction as what it records;
// here it is listed and its chain is verified.
package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/grid"
	"habilis/internal/search"
)

// Service reads the journal of places.
type Service struct {
	door *access.Door
}

// New returns the journal behind door.
func New(door *access.Door) *Service { return &Service{door} }

// NeedList is who may read the journal.
var NeedList = access.ViewOf(access.Journal).ToGuests()

// NeedNote is that of reading it, which is an act too.
var NeedNote = access.Need{Act: "journal.read", Area: access.Journal, View: grid.All, Also: access.Support}

// NoteReading records that someone read the journal; once a session is enough.
func (s *Service) NoteReading(ctx context.Context, a access.Actor) error {
	return s.door.Enter(ctx, a, NeedNote, func(v *access.Visit) error {
		v.Record(access.Entry{TargetKind: "journal"})
		return nil
	})
}

// NoteExport records that someone who meets a need takes away what it lets them see.
func (s *Service) NoteExport(ctx context.Context, a access.Actor, need access.Need, e access.Entry) error {
	need.Act = e.Act
	return s.door.Enter(ctx, a, need, func(v *access.Visit) error {
		v.Record(e)
		return nil
	})
}

// PageSize is how many lines a page of the journal has.
const PageSize = 50

// Line is one act in the journal.
type Line struct {
	N          int64
	At         time.Time
	ActorKind  string // person, support, console, mailer, clock
	Actor      *uuid.UUID
	Act        string
	TargetKind string
	Target     *uuid.UUID
	Result     string // done or refused
	RequestID  string
	Facts      Facts
}

// Facts are what a line says that may name people; empty once erased.
type Facts struct {
	Actor   string          `json:"actor"`
	Hat     string          `json:"hat"`
	Label   string          `json:"label"`
	Before  json.RawMessage `json:"before"`
	After   json.RawMessage `json:"after"`
	Reason  string          `json:"reason"`
	Address string          `json:"address"`
	Agent   string          `json:"agent"` // the browser, as it called itself, where that is kept
}

// withhold empties what a line says of the records that a place works on: support,
// visiting, is shown nothing of those.
func (l *Line) withhold() {
	room, _, _ := strings.Cut(l.Act, ".")
	if room == "records" || l.TargetKind == "record" || l.TargetKind == "file" {
		l.Facts.Label, l.Facts.Before, l.Facts.After, l.Facts.Reason = "", nil, nil, ""
	}
}

// Filter narrows the list; zero values don't.
type Filter struct {
	Person uuid.UUID // a resource: what was done to them, or by them
	Who    string    // the name of a person to choose, as typed; the page then lists whom it may mean
	Act    string    // an act ("people.create") or a room ("people")
	Result string    // done or refused
	Before int64     // lines older than this number: the next page
}

// Page is a page of lines, newest first.
type Page struct {
	*access.Standing
	Lines []Line
	Next  int64  // Filter.Before of the next page; 0 at the end
	Name  string // of the person filtered by
	Meant []Named
	More  bool // others are meant than Meant has
}

// Named is someone of the place, present or past.
type Named struct {
	ID       uuid.UUID
	Name     string
	Username string
}

// maxMeant bounds how many people are offered for a name.
const maxMeant = 20

const listLines = `
select n, at, actor_kind, actor, act, target_kind, target, result, request_id, coalesce(facts, '{}') facts
  from journal
 where (@before::bigint = 0 or n < @before::bigint)
   and (@act = '' or act = @act or starts_with(act, @act || '.'))
   and (@result = '' or result = @result)
   and (@person::uuid is null or target = @person or actor = (select account_id from resource where id = @person))
 order by tenant_id, n desc
 limit @limit`

// listMeant finds by all that lists find people by; [meant] then looks at names alone,
// so that nobody who may not open sheets can try addresses. It has no limit: any number
// may come before the first who has the name.
const listMeant = `
select id, given || ' ' || family as name, username from resource
 where not exists (select from unnest(@words::text[]) word where strpos(search, word) = 0)
 order by family collate "fr-x-icu", given collate "fr-x-icu", id`

// meant reads those of the people whose name has all words, up to one more than are
// offered.
func meant(rows pgx.Rows, words []string) (found []Named, err error) {
	defer rows.Close()
	for len(found) <= maxMeant && rows.Next() {
		one, err := pgx.RowToStructByName[Named](rows)
		if err != nil {
			return nil, err
		}
		key := search.Key(one.Name)
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(key, w) }) {
			found = append(found, one)
		}
	}
	return found, rows.Err()
}

// List returns a page of the journal.
func (s *Service) List(ctx context.Context, a access.Actor, f Filter) (*Page, error) {
	page := &Page{}
	standing, err := s.door.Read(ctx, a, NeedList, func(r *access.Reading) {
		person := &f.Person
		if f.Person == uuid.Nil {
			person = nil
		}
		access.All(r, &page.Lines, listLines, pgx.StrictNamedArgs{
			"before": f.Before, "act": f.Act, "result": f.Result, "person": person, "limit": PageSize + 1})
		r.Query(`select given || ' ' || family from resource where id = @person`, pgx.StrictNamedArgs{"person": person}, func(rows pgx.Rows) error {
			names, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if len(names) == 1 {
				page.Name = names[0]
			}
			return err
		})
		if words := search.Words(f.Who); len(words) > 0 {
			r.Query(listMeant, pgx.StrictNamedArgs{"words": words}, func(rows pgx.Rows) (err error) {
				page.Meant, err = meant(rows, words)
				return err
			})
		}
	})
	page.Standing = standing
	if page.More = len(page.Meant) > maxMeant; page.More {
		page.Meant = page.Meant[:maxMeant]
	}
	if a.Office() == access.Guest {
		for i := range page.Lines {
			page.Lines[i].withhold()
		}
	}
	if len(page.Lines) > PageSize {
		page.Lines = page.Lines[:PageSize]
		page.Next = page.Lines[PageSize-1].N
	}
	return page, err
}

// Querier is a connection as the owner of the schema, who alone may verify.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Head is the last line of a place's journal. Kept outside the database, it
// betrays a tail that was rewritten.
type Head struct {
	Tenant uuid.UUID `db:"tenant_id" json:"tenant"`
	N      int64     `json:"n"`
	Hash   []byte    `json:"hash"`
}

// Broken is the first line at which a place's chain does not hold.
type Broken struct {
	Tenant uuid.UUID
	N      int64
	Why    string // missing, facts, hash, head or anchor
}

// Heads returns the head of each place's journal.
func Heads(ctx context.Context, db Querier) ([]Head, error) {
	rows, err := db.Query(ctx, `select tenant_id, n, hash from journal_heads()`)
	if err != nil {
		return nil, fmt.Errorf("reading the journal's heads: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Head])
}

// Verify walks every chain and compares it with the anchors, heads that were
// kept outside. It returns the first broken line of each place that has one.
func Verify(ctx context.Context, db Querier, heads, anchors []Head) ([]Broken, error) {
	var broken []Broken
	for _, h := range heads {
		b, err := verifyChain(ctx, db, h.Tenant)
		if err != nil {
			return nil, err
		}
		broken = append(broken, b...)
	}
	for _, anchor := range anchors {
		rows, err := db.Query(ctx, `select journal_hash_at($1, $2) is distinct from $3`, anchor.Tenant, anchor.N, anchor.Hash)
		if err != nil {
			return nil, fmt.Errorf("comparing an anchor: %w", err)
		}
		differs, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[bool])
		if err != nil {
			return nil, fmt.Errorf("comparing an anchor: %w", err)
		}
		if differs && anchor.N > 0 {
			broken = append(broken, Broken{anchor.Tenant, anchor.N, "anchor"})
		}
	}
	return broken, nil
}

func verifyChain(ctx context.Context, db Querier, tenant uuid.UUID) ([]Broken, error) {
	rows, err := db.Query(ctx, `select n, why from journal_broken($1)`, tenant)
	if err != nil {
		return nil, fmt.Errorf("verifying a journal: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Broken, error) {
		b := Broken{Tenant: tenant}
		return b, row.Scan(&b.N, &b.Why)
	})
}

// RoomOf is the room of an act: "people" of "people.create".
func RoomOf(act string) string {
	room, _, _ := strings.Cut(act, ".")
	return room
}

// Areas names the rooms whose acts the journal can be filtered by.
var Areas = []string{"people", "roles", "permissions", "invitations", "requests", "help", "support", "records", "tenants", "settings", "mail", "signin", "account", "journal", "page"}
