package audit

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/rights"
)

// ChangesPage is what changed in what one person may do, between two instants.
type ChangesPage struct {
	*access.Standing
	Before, After *File
	Changes       grid.Changes // of the two grids
	Events        []Event      // newest first
	Cut           bool         // there are more, older ones
}

// Person is whom it is about.
func (p *ChangesPage) Person() *rights.Person { return p.After.Person }

// MostEvents is how many events are told at most.
const MostEvents = 500

// What an event is.
type What string

// The events that can change what someone may do.
const (
	Came        What = "came"         // to the place
	Returned    What = "returned"     // was brought back
	Archived    What = "archived"     //
	Given       What = "given"        // a role
	Ended       What = "ended"        // a role
	Expired     What = "expired"      // a role, at its planned end
	SetByHand   What = "set"          // a cell
	Cleared     What = "cleared"      // a cell that had been set by hand
	RoleChanged What = "role_changed" // a cell of a role that they held
	Assigned    What = "assigned"     // so many records; told to who may view them
	Unassigned  What = "unassigned"   // so many records; told to who may view them
)

// Event is one of the things that happened.
type Event struct {
	At    time.Time
	What  What
	Role  *rights.Role  // of a role
	Area  *rights.Area  // of a cell
	Was   grid.Override // of a cell: what it said before; nothing if it was unsaid
	Is    grid.Override // and after
	Held  [2]Held       // of a cell of the person, view and edit: what held
	Count int           // of records
	By    rights.By     // its Kind is "" where nobody is on record
}

// Held is what held in one direction of a cell before and after an event.
type Held struct{ Before, After grid.Reason }

// Changes reads what changed for a person between two instants; zero is now.
func (s *Service) Changes(ctx context.Context, a access.Actor, person uuid.UUID, from, to time.Time) (*ChangesPage, error) {
	page := &ChangesPage{}
	story := &story{}
	var err error
	page.Standing, err = s.door.Read(ctx, a, NeedAsOf, func(r *access.Reading) {
		if from.IsZero() {
			from = r.Now()
		}
		page.Before, page.After = askFile(r, from, person), askFile(r, to, person)
		story.ask(r, page.After, from)
	})
	if err != nil {
		return page, err
	}
	if !from.Before(page.After.At) {
		return page, fault.Invalid("from", "audit.day_order")
	}
	page.Changes = page.After.Rows.Diff(page.Before.Effective(), page.After.Effective())
	story.explain()
	page.Events = story.events
	slices.SortStableFunc(page.Events, func(a, b Event) int { return cmp.Compare(b.At.UnixMicro(), a.At.UnixMicro()) })
	if page.Cut = len(page.Events) > MostEvents; page.Cut {
		page.Events = page.Events[:MostEvents]
	}
	return page, nil
}

const (
	readPeriods = `
select t.since, nullif(t.until, 'infinity'), t.since = p.created_at,
       case when t.since = p.created_at then p.created_by end, coalesce(c.name, ''),
       case when t.until = p.archived_at then p.archived_by end, coalesce(a.name, '')
  from tenure t
 cross join lateral (select created_at, created_by, archived_at, archived_by from resource
                      where tenant_id = t.tenant_id and id = t.resource_id offset 0) p
  left join lateral (select given || ' ' || family as name from resource where tenant_id = t.tenant_id and id = p.created_by offset 0) c on true
  left join lateral (select given || ' ' || family as name from resource where tenant_id = t.tenant_id and id = p.archived_by offset 0) a on true
 where t.resource_id = @resource`

	readGiven = `
select g.role_id, g.since, nullif(g.until, 'infinity'), g.by_kind, g.by_resource, coalesce(b.name, ''),
       coalesce(g.ended_kind, ''), g.ended_resource, coalesce(e.name, '')
  from role_grant g
  left join lateral (select given || ' ' || family as name from resource where tenant_id = g.tenant_id and id = g.by_resource offset 0) b on true
  left join lateral (select given || ' ' || family as name from resource where tenant_id = g.tenant_id and id = g.ended_resource offset 0) e on true
 where g.resource_id = @resource and (g.since > @from and g.since <= @to or g.until > @from and g.until <= @to)
 order by g.since desc limit @most`

	readSet = `
select o.area, o.view, o.edit, o.since, nullif(o.until, 'infinity'), o.by_kind, o.by_resource, coalesce(b.name, ''),
       coalesce(o.ended_kind, ''), o.ended_resource, coalesce(e.name, '')
  from override o
  left join lateral (select given || ' ' || family as name from resource where tenant_id = o.tenant_id and id = o.by_resource offset 0) b on true
  left join lateral (select given || ' ' || family as name from resource where tenant_id = o.tenant_id and id = o.ended_resource offset 0) e on true
 where o.resource_id = @resource and (o.since > @from and o.since <= @to or o.until > @from and o.until <= @to)
 order by o.since desc limit @most`

	// A role's cell that changed while the role was held: what it became, or
	// nothing, after what it was. One that was closed and has none after it opens
	// nothing from then on.
	readRegridded = `
select g.role_id, c.area, c.view, c.edit, c.at, c.kind, c.who, coalesce(b.name, ''), c.was_view, c.was_edit
  from role_grant g
 cross join lateral (
   select n.area, n.view, n.edit, n.since at, n.by_kind kind, n.by_resource who, w.view was_view, w.edit was_edit
     from role_cell n
     left join lateral (select view, edit from role_cell
                         where tenant_id = n.tenant_id and role_id = n.role_id and area = n.area and until = n.since and since < until limit 1) w on true
    where n.tenant_id = g.tenant_id and n.role_id = g.role_id
      and n.since > greatest(g.since, @from::timestamptz) and n.since <= least(g.until, @to::timestamptz)
    union all
   select w.area, 0, 0, w.until, coalesce(w.ended_kind, ''), w.ended_resource, w.view, w.edit
     from role_cell w
    where w.tenant_id = g.tenant_id and w.role_id = g.role_id and w.since < w.until and w.view > 0
      and w.until > greatest(g.since, @from::timestamptz) and w.until <= least(g.until, @to::timestamptz)
      and not exists (select from role_cell where tenant_id = w.tenant_id and role_id = w.role_id and area = w.area and since = w.until)
   offset 0) c
  left join lateral (select given || ' ' || family as name from resource where tenant_id = g.tenant_id and id = c.who offset 0) b on true
 where g.resource_id = @resource and g.since <= @to and g.until > @from
 order by c.at desc limit @most`

	// One act assigns many records at one instant: it is one event.
	readAssigned = `
select s.at, s.kind, s.who, coalesce(b.name, ''), s.begun, s.ended
  from (select tenant_id, at, kind, who, sum(begun)::int begun, sum(ended)::int ended
          from (select tenant_id, since at, by_kind kind, by_resource who, 1 begun, 0 ended from assignment
                 where resource_id = @resource and since > @from and since <= @to
                union all
                select tenant_id, until, coalesce(ended_kind, ''), ended_resource, 0, 1 from assignment
                 where resource_id = @resource and until > @from and until <= @to) one
         group by tenant_id, at, kind, who
         order by at desc limit @most) s
  left join lateral (select given || ' ' || family as name from resource where tenant_id = s.tenant_id and id = s.who offset 0) b on true`
)

// story gathers the events between two instants.
type story struct {
	file     *File // in whose words it is told
	from, to time.Time
	events   []Event
	past     past
}

// ask queues the reading of the events from an instant up to that of a file,
// which was asked for before them.
func (s *story) ask(r *access.Reading, f *File, from time.Time) {
	s.file, s.from, s.to = f, from, f.At
	whose := pgx.StrictNamedArgs{"resource": f.resource}
	within := pgx.StrictNamedArgs{"resource": f.resource, "from": s.from, "to": s.to, "most": MostEvents + 1}
	s.past.ask(r, f, from)
	r.Query(readPeriods, whose, s.scanPeriods)
	r.Query(readGiven, within, s.scanGiven)
	r.Query(readSet, within, s.scanSet)
	r.Query(readRegridded, within, s.scanRegridded)
	r.Query(readAssigned, within, func(rows pgx.Rows) error {
		if !access.ViewOf(access.Records).Met(r.Standing().Grid) {
			return nil
		}
		return s.scanAssigned(rows)
	})
}

// add tells an event if it lies within the story's time.
func (s *story) add(e Event) {
	if e.At.After(s.from) && !e.At.After(s.to) {
		s.events = append(s.events, e)
	}
}

func (s *story) scanPeriods(rows pgx.Rows) error {
	var (
		since    time.Time
		until    *time.Time
		first    bool
		came, by rights.By
	)
	_, err := pgx.ForEachRow(rows, []any{&since, &until, &first, &came.Resource, &came.Name, &by.Resource, &by.Name}, func() error {
		begun := Event{At: since, What: Returned}
		if first {
			begun.What, begun.By = Came, person(came)
		}
		s.add(begun)
		if until != nil {
			s.add(Event{At: *until, What: Archived, By: person(by)})
		}
		return nil
	})
	return err
}

// person is who is on record for what only people do: nobody where none is named.
func person(by rights.By) rights.By {
	if by.Resource == nil {
		return rights.By{}
	}
	by.Kind = "person"
	return by
}

func (s *story) scanGiven(rows pgx.Rows) error {
	var (
		role      uuid.UUID
		since     time.Time
		until     *time.Time
		by, ended rights.By
	)
	_, err := pgx.ForEachRow(rows, []any{&role, &since, &until, &by.Kind, &by.Resource, &by.Name, &ended.Kind, &ended.Resource, &ended.Name}, func() error {
		s.add(Event{At: since, What: Given, Role: s.file.Role(role), By: by})
		switch {
		case until == nil:
		case ended.Kind == "":
			s.add(Event{At: *until, What: Expired, Role: s.file.Role(role)})
		default:
			s.add(Event{At: *until, What: Ended, Role: s.file.Role(role), By: ended})
		}
		return nil
	})
	return err
}

func (s *story) scanSet(rows pgx.Rows) error {
	var (
		area       grid.Area
		view, edit *int16
		since      time.Time
		until      *time.Time
		by, ended  rights.By
	)
	type place struct {
		area grid.Area
		at   int64
	}
	closed := map[place]Event{} // in the order of reading, the newest first
	_, err := pgx.ForEachRow(rows, []any{&area, &view, &edit, &since, &until, &by.Kind, &by.Resource, &by.Name,
		&ended.Kind, &ended.Resource, &ended.Name}, func() error {
		said := grid.Override{View: grid.ScopeOf(view), Edit: grid.ScopeOf(edit)}
		if until != nil && until.After(since) {
			closed[place{area, until.UnixMicro()}] = Event{At: *until, What: Cleared, Area: s.file.Area(area), Was: said, By: ended}
		}
		if until == nil || until.After(since) {
			s.add(Event{At: since, What: SetByHand, Area: s.file.Area(area), Is: said, By: by})
		}
		return nil
	})
	for i := range s.events { // a cell set anew is one event, not two
		e := &s.events[i]
		if e.What != SetByHand {
			continue
		}
		at := place{e.Area.Key, e.At.UnixMicro()}
		e.Was = closed[at].Was
		delete(closed, at)
	}
	for _, e := range closed {
		s.add(e)
	}
	return err
}

func (s *story) scanRegridded(rows pgx.Rows) error {
	var (
		role             uuid.UUID
		area             grid.Area
		is               grid.Cell
		at               time.Time
		by               rights.By
		wasView, wasEdit *int16
	)
	_, err := pgx.ForEachRow(rows, []any{&role, &area, &is.View, &is.Edit, &at, &by.Kind, &by.Resource, &by.Name, &wasView, &wasEdit}, func() error {
		view, edit := is.View, is.Edit
		s.add(Event{At: at, What: RoleChanged, Role: s.file.Role(role), Area: s.file.Area(area), By: by,
			Was: grid.Override{View: grid.ScopeOf(wasView), Edit: grid.ScopeOf(wasEdit)}, Is: grid.Override{View: &view, Edit: &edit}})
		return nil
	})
	return err
}

func (s *story) scanAssigned(rows pgx.Rows) error {
	var (
		at           time.Time
		by           rights.By
		begun, ended int
	)
	_, err := pgx.ForEachRow(rows, []any{&at, &by.Kind, &by.Resource, &by.Name, &begun, &ended}, func() error {
		if begun > 0 {
			s.add(Event{At: at, What: Assigned, Count: begun, By: by})
		}
		if ended > 0 {
			s.add(Event{At: at, What: Unassigned, Count: ended, By: by})
		}
		return nil
	})
	return err
}
