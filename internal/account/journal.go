package account

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/journal"
)

// Line is an act by who asks, or on them.
type Line struct {
	journal.Line
	Place   *access.Place // nil for an act on the account itself, outside places
	Mine    bool          // who asks did it
	Unnamed bool          // someone else did, whom the place does not show
	Sheets  bool          // the place shows the sheets of its people
}

// LineFilter narrows one's own journal; zero values don't.
type LineFilter struct {
	Room   string // the acts of a room of the journal: "roles"
	Place  string // of the place with this number; [Outside] for none
	Before Mark   // the next page: what is older than the last line of this one
}

// Outside filters by what was done outside places.
const Outside = "-"

// Mark is where a line stands among those of several journals: by its instant, its
// place (zero for none) and its number there.
type Mark struct {
	At     time.Time
	Tenant uuid.UUID
	N      int64
}

func (l *Line) mark() Mark {
	m := Mark{At: l.At, N: l.N}
	if l.Place != nil {
		m.Tenant = l.Place.TenantID
	}
	return m
}

// after puts the newest first.
func (m Mark) after(o Mark) int {
	return cmp.Or(o.At.Compare(m.At), bytes.Compare(o.Tenant[:], m.Tenant[:]), cmp.Compare(o.N, m.N))
}

// bounds are the last instant and the last number that a journal's lines before the
// mark can have. In a journal, numbers grow with instants.
func (m Mark) bounds(tenant uuid.UUID) (until time.Time, most int64) {
	switch c := bytes.Compare(tenant[:], m.Tenant[:]); {
	case c == 0:
		return m.At, m.N - 1
	case c < 0:
		return m.At, math.MaxInt64
	}
	return m.At.Add(-time.Microsecond), math.MaxInt64
}

// LinePage is a page of one's own journal, newest first.
type LinePage struct {
	Lines  []Line
	Next   *Mark          // [LineFilter.Before] of the next page; nil at the end
	Places []access.Place // all of one's own, to filter by
	Locked []access.Place // that ask for a second factor first, of those that were to be read
}

// Lines is a page of what was done by who asks, and on them: outside places, and in
// each of their places, as far as that one shows it to them (see [veil]). Each place
// is asked through its own door; people have few. That one reads one's own journal is
// noted nowhere: it shows nothing of anybody else.
func (s *Service) Lines(ctx context.Context, who access.Signed, f LineFilter) (*LinePage, error) {
	page := &LinePage{}
	var err error
	if page.Places, err = s.signin.Places(ctx, who); err != nil {
		return nil, err
	}
	if f.Before.At.IsZero() {
		f.Before = Mark{At: s.clock().AddDate(1, 0, 0)} // clocks of replicas differ
	}
	if f.Place == "" || f.Place == Outside {
		if err := s.linesOutside(ctx, who, f, page); err != nil {
			return nil, err
		}
	}
	for i := range page.Places {
		if f.Place != "" && f.Place != page.Places[i].Number {
			continue
		}
		if err := s.linesOf(ctx, who, &page.Places[i], f, page); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(page.Lines, func(a, b Line) int { return a.mark().after(b.mark()) })
	if len(page.Lines) > journal.PageSize {
		page.Lines = page.Lines[:journal.PageSize]
		last := page.Lines[journal.PageSize-1].mark()
		page.Next = &last
	}
	return page, nil
}

const ownActs = `
select n, at, actor_kind, case actor_kind when 'person' then @account::uuid end actor, act, 'account' target_kind, @account::uuid target, 'done' as result, request_id, facts
  from identity.own_acts(@account, @room, @until, @most, @limit)`

func (s *Service) linesOutside(ctx context.Context, who access.Signed, f LineFilter, page *LinePage) error {
	until, most := f.Before.bounds(uuid.Nil)
	rows, err := s.door.Identity().Query(ctx, ownActs, pgx.StrictNamedArgs{
		"account": who.Account, "room": f.Room, "until": until, "most": most, "limit": journal.PageSize + 1})
	if err != nil {
		return fmt.Errorf("reading one's own acts: %w", err)
	}
	acts, err := pgx.CollectRows(rows, pgx.RowToStructByName[journal.Line])
	if err != nil {
		return fmt.Errorf("reading one's own acts: %w", err)
	}
	for _, act := range acts {
		page.Lines = append(page.Lines, Line{Line: act, Mine: act.Actor != nil})
	}
	return nil
}

// readLines is what someone did in a place, and what was done to them. What they did
// to their account is told to each place, and is among their acts outside.
const readLines = `
with me as (select id from resource where account_id = @account),
     edge as (select least(@most, coalesce((select n from journal where at <= @until order by at desc, n desc limit 1), 0)) n)
select n, at, actor_kind, actor, act, target_kind, target, result, request_id, coalesce(facts, '{}') facts from (
  (select * from journal
    where actor = @account and n <= (select n from edge)
      and not starts_with(act, 'account.') and (@room = '' or starts_with(act, @room || '.'))
    order by tenant_id, n desc limit @limit)
  union all
  (select * from journal
    where target = (select id from me) and n <= (select n from edge)
      and target_kind = 'resource' and actor is distinct from @account and (@room = '' or starts_with(act, @room || '.'))
    order by tenant_id, n desc limit @limit)) mine
 order by n desc limit @limit`

// LinesQuery is how a place's journal is asked for who asks.
func LinesQuery(who uuid.UUID, room string, before Mark, tenant uuid.UUID) (string, pgx.StrictNamedArgs) {
	until, most := before.bounds(tenant)
	return readLines, pgx.StrictNamedArgs{"account": who, "room": room, "until": until, "most": most, "limit": journal.PageSize + 1}
}

func (s *Service) linesOf(ctx context.Context, who access.Signed, place *access.Place, f LineFilter, page *LinePage) error {
	var found []journal.Line
	who.Hat = uuid.Nil
	standing, err := s.door.Read(ctx, who.In(place.TenantID), needMember, func(r *access.Reading) {
		sql, args := LinesQuery(who.Account, f.Room, f.Before, place.TenantID)
		access.All(r, &found, sql, args)
	})
	if errors.Is(err, access.ErrFactor) {
		page.Locked = append(page.Locked, *place)
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading one's own lines: %w", err)
	}
	for _, line := range found {
		page.Lines = append(page.Lines, veil(standing, who.Account, place, line))
	}
	return nil
}

// veil leaves of a line what it says of who asks, unless the place would let them
// read the whole of it in its journal. What is said of them is theirs, and so are the
// reasons given for what was done to them (GDPR, 15; CJEU C-434/16, Nowak). Who did it
// is not, unless the place shows them its people: they learn that it was done, when and
// why, and the place answers for who (CJEU C-579/21, Pankki S). Nor is what a
// colleague wrote to support for them, who may have relied on that (GDPR, 15 (4)). And
// whom they acted on stays with the place, once it no longer shows them.
func veil(s *access.Standing, account uuid.UUID, place *access.Place, line journal.Line) Line {
	shows := func(area access.Need) bool { return area.Met(s.Grid) }
	people, records := shows(access.ViewOf(access.People)), shows(access.ViewOf(access.Records))
	l := Line{Line: line, Place: place, Mine: line.Actor != nil && *line.Actor == account, Sheets: people}
	if journal.NeedList.Met(s.Grid) {
		return l
	}
	onMe := line.TargetKind == "resource" && line.Target != nil && *line.Target == s.Resource.ID
	if !l.Mine {
		l.Facts.Address, l.RequestID = "", ""
		l.Unnamed = !people
		if l.Act == "requests.ask" || l.Act == "help.ask" {
			l.Facts.Reason = ""
		}
	}
	if l.Unnamed {
		l.Facts.Actor, l.Facts.Hat, l.Actor = "", "", nil
	}
	switch l.TargetKind {
	case "resource", "email", "invitation", "file":
		if !onMe && !people {
			l.Facts.Label, l.Target = "", nil
		}
	case "record":
		if !records {
			l.Facts.Label, l.Target = "", nil
		}
	}
	if !onMe || journal.RoomOf(l.Act) == "records" && !records {
		l.Facts.Before, l.Facts.After = nil, nil
	}
	return l
}
