package audit

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/grid"
	"habilis/internal/rights"
	"habilis/internal/search"
)

// Question is « Qui peut… ? ».
type Question struct {
	Area      grid.Area
	Direction grid.Direction
	Least     grid.Scope // how far at least; None is any reach
	Record    uuid.UUID  // the record in question, or zero
	Words     string     // or what was typed to find it: it is then to be chosen first
	On        time.Time  // the instant in question; zero is now
	After     uuid.UUID  // WhoPage.Next; zero is the first page
}

// ofRecord reports whether the question is about one record.
func (q Question) ofRecord() bool { return q.Record != uuid.Nil }

// Need is what asking the question takes.
func (q Question) Need() access.Need {
	if q.ofRecord() || q.Words != "" {
		return NeedWhoOf
	}
	return NeedWho
}

// chosen reports whether all that the question is about is known.
func (q Question) chosen() bool { return q.Area != "" && (q.ofRecord() || q.Words == "") }

// WhoPageSize is how many people a page of the answer has; MostExported, how many
// are taken away at most.
const (
	WhoPageSize  = 50
	MostExported = 100_000
)

// WhoPage is a page of the answer.
type WhoPage struct {
	*access.Standing
	Question
	Areas   []rights.Area
	Area    *rights.Area // nil as long as nothing was asked
	Record  *Record      // nil when the question names none
	Apart   bool         // the area is not set record by record: the answer is of the area, whatever the record
	Choices []Record     // records that fit what was typed, when one is to be chosen
	People  []Able
	Total   int
	Next    uuid.UUID // Question.After of the next page; zero at the end
}

// Record is what the question may be about.
type Record struct {
	ID               uuid.UUID
	Reference, Label string
	State            string // open or archived
}

// Able is someone who can, how far and how.
type Able struct {
	ID            uuid.UUID
	Family, Given string
	Username      string
	State         string // today
	Reach         grid.Scope
	Roles         []rights.Grant // that give as much as that; none if a hand decides
	HandSince     *time.Time     // when the cell was set by hand; nil if no hand decides
	AssignedSince *time.Time     // when the record was assigned to them; nil if it isn't, or none was asked for
}

// Name is how the person is called, family first.
func (a Able) Name() string { return a.Family + ", " + a.Given }

// WhoCan answers who can, at an instant. Without an area it reads what one may
// ask about.
func (s *Service) WhoCan(ctx context.Context, a access.Actor, q Question) (*WhoPage, error) {
	return s.who(ctx, a, q, WhoPageSize)
}

// AllWhoCan is WhoCan for an export: everyone on one page.
func (s *Service) AllWhoCan(ctx context.Context, a access.Actor, q Question) (*WhoPage, error) {
	q.After = uuid.Nil
	return s.who(ctx, a, q, MostExported)
}

func (s *Service) who(ctx context.Context, a access.Actor, q Question, size int) (*WhoPage, error) {
	page := &WhoPage{Question: q}
	var found *crowd
	var c *rights.Catalogue
	var err error
	page.Standing, err = s.door.Read(ctx, a, q.Need(), func(r *access.Reading) {
		at := q.On
		if at.IsZero() {
			at = r.Now()
		}
		c = rights.AskCatalogue(r, at)
		page.askRecord(r)
		if q.chosen() {
			found = askCrowd(r, c, q, at, size+1)
		}
	})
	page.Areas = c.Areas
	if err != nil || q.Area == "" {
		return page, err
	}
	if page.Area = c.Area(q.Area); page.Area == nil {
		return page, errArea()
	}
	if q.Least > grid.None && !page.Area.Admits.Of(q.Direction).Has(q.Least) {
		return page, notAdmitted("least", q.Area, q.Least)
	}
	switch {
	case !q.chosen():
		return page, nil
	case q.ofRecord() && !byRecord(page.Area):
		return s.apart(ctx, a, page, size)
	}
	page.People, page.Total = found.People, found.Total
	if len(page.People) > size {
		page.People = page.People[:size]
		page.Next = page.People[size-1].ID
	}
	return page, nil
}

// byRecord reports whether who can reach an area depends on the record: some of it
// opens to those whom the record is assigned to, or it is the area of records itself.
func byRecord(area *rights.Area) bool {
	return area.Key == access.Records || area.Admits.View.Has(grid.Assigned) || area.Admits.Edit.Has(grid.Assigned)
}

// apart answers a question about a record in an area that is not set record by
// record: who can at all.
func (s *Service) apart(ctx context.Context, a access.Actor, asked *WhoPage, size int) (*WhoPage, error) {
	q := asked.Question
	q.Record = uuid.Nil
	page, err := s.who(ctx, a, q, size)
	page.Question, page.Record, page.Apart = asked.Question, asked.Record, true
	return page, err
}

const (
	readRecord = `select id, reference, label, state from record where id = @record`

	readChoices = `
select id, reference, label, state from record
 where not exists (select from unnest(@words::text[]) word where strpos(search, word) = 0)
 order by label collate "fr-x-icu", id
 limit 20`
)

// askRecord queues the reading of the record in question, or of those it may be.
func (p *WhoPage) askRecord(r *access.Reading) {
	switch {
	case p.Question.ofRecord():
		p.Record = &Record{}
		access.One(r, p.Record, "audit.no_record", readRecord, pgx.StrictNamedArgs{"record": p.Question.Record})
	case p.Words != "":
		access.All(r, &p.Choices, readChoices, pgx.StrictNamedArgs{"words": search.Words(p.Words)})
	}
}

// crowd is who can: those by their roles alone, found by the database from the
// cells of roles inwards, and those for whom the cell was set by hand, each
// judged by the calculus.
type crowd struct {
	People []Able // in the order of their names, from the question's cursor on
	Total  int
}

// readCrowd finds in one go, for the area at the instant:
//   - holders: from roles that reach as far as @wide, to who holds them; and,
//     when a record is in question, from those it is assigned to, to their roles;
//   - able: those who were of the place and hold one, and whose cell no hand touched;
//   - the page of those, in the order of names by the index that has it, and
//     beside it everyone whose cell a hand touched, for the calculus to judge.
//
// Laterals with offset 0: see "generic plans under RLS" in docs/data-model.md.
// "(x in (…)) is true" is never turned into a join: it is hashed once.
const readCrowd = `
with reaching as materialized (
  select tenant_id, role_id, case when @edit then edit else view end reach
    from role_cell where area = @area and since <= @at and until > @at),
touched as materialized (
  select o.tenant_id, o.resource_id, o.view, o.edit, o.since
    from override o
   cross join lateral (select from tenure where tenant_id = o.tenant_id and resource_id = o.resource_id
                          and since <= @at and until > @at offset 0) present
   where o.area = @area and o.since <= @at and o.until > @at),
holders as (
  select g.resource_id
    from reaching r
   cross join lateral (select resource_id from role_grant
                        where tenant_id = r.tenant_id and role_id = r.role_id and since <= @at and until > @at offset 0) g
   where r.reach >= @wide
   union all
  select a.resource_id
    from assignment a
   cross join lateral (select role_id from role_grant
                        where tenant_id = a.tenant_id and resource_id = a.resource_id and since <= @at and until > @at offset 0) g
   where a.record_id = @record::uuid
     and a.since <= @at and a.until > @at
     and (g.role_id in (select role_id from reaching where reach >= @narrow)) is true),
able as materialized (
  select resource_id
    from tenure
   where since <= @at and until > @at
     and (resource_id in (select resource_id from holders)) is true
     and (resource_id in (select resource_id from touched)) is not true),
page as materialized (
 (select r.tenant_id, r.id, r.family, r.given, true as after, null::smallint as view, null::smallint as edit, null::timestamptz as hand_since
    from resource r
   where (r.id in (select resource_id from able)) is true
     and (r.family collate "fr-x-icu", r.given collate "fr-x-icu", r.id)
       > (coalesce((select family from resource where id = @after), ''), coalesce((select given from resource where id = @after), ''), @after)
   order by r.family collate "fr-x-icu", r.given collate "fr-x-icu", r.id
   limit @rows)
  union all
  select o.tenant_id, r.id, r.family, r.given,
         (r.family collate "fr-x-icu", r.given collate "fr-x-icu", r.id)
       > (coalesce((select family from resource where id = @after), ''), coalesce((select given from resource where id = @after), ''), @after),
         o.view, o.edit, o.since
    from touched o
   cross join lateral (select id, family, given from resource where tenant_id = o.tenant_id and id = o.resource_id offset 0) r)
select c.total, p.id, p.family, p.given, r.username, r.state, p.after, p.view, p.edit, p.hand_since,
       g.ids, g.roles, g.sinces, g.untils, a.since
  from (select count(*) total from able) c
  left join page p on true
  left join lateral (select username, state from resource where tenant_id = p.tenant_id and id = p.id offset 0) r on true
  left join lateral (select array_agg(id) ids, array_agg(role_id) roles, array_agg(since) sinces, array_agg(nullif(until, 'infinity')) untils
                       from role_grant
                      where tenant_id = p.tenant_id and resource_id = p.id and since <= @at and until > @at offset 0) g on true
  left join lateral (select since from assignment
                      where tenant_id = p.tenant_id and resource_id = p.id
                        and record_id = @record::uuid
                        and since <= @at and until > @at limit 1) a on true
 order by p.family collate "fr-x-icu", p.given collate "fr-x-icu", p.id`

// crowdQuery is the statement that answers a question at an instant, with so
// many rows from the cursor on.
func crowdQuery(q Question, at time.Time, rows int) (string, pgx.StrictNamedArgs) {
	wide, narrow := max(q.Least, grid.Own), grid.All
	if q.ofRecord() {
		wide, narrow = grid.All, max(q.Least, grid.Assigned)
	}
	var record *uuid.UUID
	if q.ofRecord() {
		record = &q.Record
	}
	return readCrowd, pgx.StrictNamedArgs{
		"area": string(q.Area), "edit": q.Direction == grid.Edit, "at": at, "record": record,
		"wide": int16(wide), "narrow": int16(narrow), "after": q.After, "rows": rows}
}

// askCrowd queues the reading of who can, in the words of a catalogue that was
// asked for before it.
func askCrowd(r *access.Reading, c *rights.Catalogue, q Question, at time.Time, rows int) *crowd {
	found := &crowd{}
	sql, args := crowdQuery(q, at, rows)
	r.Query(sql, args, func(rows pgx.Rows) error { return found.scan(rows, c, q) })
	return found
}

// candidate is a row of readCrowd.
type candidate struct {
	ID            *uuid.UUID
	Family, Given *string
	Username      *string
	State         *string
	After         *bool
	View, Edit    *int16
	HandSince     *time.Time
	Grants, Roles []uuid.UUID
	Sinces        []time.Time
	Untils        []*time.Time
	Assigned      *time.Time
}

func (f *crowd) scan(rows pgx.Rows, c *rights.Catalogue, q Question) error {
	var p candidate
	var byRoles, byHand int
	_, err := pgx.ForEachRow(rows, []any{&byRoles, &p.ID, &p.Family, &p.Given, &p.Username, &p.State, &p.After, &p.View, &p.Edit, &p.HandSince,
		&p.Grants, &p.Roles, &p.Sinces, &p.Untils, &p.Assigned}, func() error {
		if p.ID != nil && f.judge(p, c, q) && p.HandSince != nil {
			byHand++
		}
		return nil
	})
	f.Total = byRoles + byHand
	return err
}

// judge reports whether a candidate can, and puts them on the page.
func (f *crowd) judge(p candidate, c *rights.Catalogue, q Question) bool {
	h := p.holding(c, q.Area)
	reason := c.Rows.Explain(h.Facts(), q.Area, q.Direction)
	able := Able{ID: *p.ID, Family: *p.Family, Given: *p.Given, Username: *p.Username, State: *p.State, Reach: reason.Scope, AssignedSince: p.Assigned}
	if reason.Scope < max(q.Least, grid.Own) || q.ofRecord() && !reason.Scope.Reaches(p.Assigned != nil) {
		return false
	}
	if !*p.After {
		return true
	}
	if reason.Hand != nil {
		able.HandSince = p.HandSince
	} else {
		for _, held := range reason.Sources {
			able.Roles = append(able.Roles, *h.GrantOf(uuid.UUID(held.ID)))
		}
	}
	f.People = append(f.People, able)
	return true
}

// holding is what a candidate holds, as far as the area goes.
func (p candidate) holding(c *rights.Catalogue, area grid.Area) *rights.Holding {
	h := &rights.Holding{Hands: map[grid.Area]rights.Hand{}}
	for i, role := range p.Roles {
		h.Grants = append(h.Grants, rights.Grant{ID: p.Grants[i], Role: c.Role(role), Since: p.Sinces[i], Until: p.Untils[i]})
	}
	slices.SortFunc(h.Grants, func(a, b rights.Grant) int {
		return slices.Index(c.Roles, a.Role) - slices.Index(c.Roles, b.Role)
	})
	if p.HandSince != nil {
		h.Hands[area] = rights.Hand{Override: grid.Override{View: grid.ScopeOf(p.View), Edit: grid.ScopeOf(p.Edit)}, Since: *p.HandSince}
	}
	return h
}
