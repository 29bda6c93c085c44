package records

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/rights"
	"habilis/internal/roles"
)

// AssignedPage is the tab of a person's sheet with the records assigned to them.
type AssignedPage struct {
	*access.Standing
	Turn
	Person *roles.Person
	Rows   []Assigned
	Filter Filter
	Found  int          // of those assigned, how many the filter lets through
	Closed *fault.Fault // why nothing can be assigned to this person by who reads, or nil
}

// Assigned is a record that is assigned.
type Assigned struct {
	Record
	Since time.Time
	By    rights.By
}

const (
	readPerson = `select ` + roles.PersonColumns + rights.FromPeople + `
 where r.id = @person`

	ofPerson = `
  from assignment a
 cross join lateral (select id, reference, label, state, version, search from record where id = a.record_id offset 0) c
 where a.resource_id = @person and a.open and a.until > @now`

	readAssigned = `
select i.*, coalesce(b.name, '')
  from (select c.id, c.reference, c.label, c.state, c.version, a.since, a.by_kind, a.by_resource` + ofPerson + `%s%s order by %s limit %d) i
  left join lateral (select given || ' ' || family as name from resource where id = i.by_resource offset 0) b on true
 order by %s`
)

func askNumber(r *access.Reading, into *int, sql string, args pgx.StrictNamedArgs) {
	r.Query(sql, args, func(rows pgx.Rows) (err error) {
		*into, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
		return err
	})
}

// Assigned reads the records assigned to a person now, those that are archived
// among them.
func (s *Service) Assigned(ctx context.Context, a access.Actor, person uuid.UUID, f Filter) (*AssignedPage, error) {
	f.State = AnyState
	page, from := &AssignedPage{Person: &roles.Person{}, Filter: f}, cursorOf(f.Cursor)
	var err error
	page.Standing, err = s.door.Read(ctx, a, NeedAssigned, func(r *access.Reading) {
		access.One(r, page.Person, "people.absent", readPerson, pgx.StrictNamedArgs{"person": person, "now": r.Now()})
		match, args := matching(f)
		args["person"], args["now"] = person, r.Now()
		askNumber(r, &page.Found, `select count(*)`+ofPerson+match, maps.Clone(args))
		page.ask(r, from, match, args)
	})
	if err != nil {
		return page, err
	}
	if len(page.Rows) == 0 && from.set() {
		f.Cursor = ""
		return s.Assigned(ctx, a, person, f)
	}
	page.Rows = turn(&page.Turn, from, page.Rows, func(r Assigned) Record { return r.Record })
	page.Closed = closed(a.Office(), page.Standing, page.Person)
	return page, nil
}

func (p *AssignedPage) ask(r *access.Reading, from cursor, match string, args pgx.StrictNamedArgs) {
	beyond, sorted := from.walk("c", args)
	_, again := from.walk("i", args)
	r.Query(fmt.Sprintf(readAssigned, match, beyond, sorted, PageSize+1, again), args, func(rows pgx.Rows) error {
		var one Assigned
		_, err := pgx.ForEachRow(rows, []any{&one.ID, &one.Reference, &one.Label, &one.State, &one.Version,
			&one.Since, &one.By.Kind, &one.By.Resource, &one.By.Name}, func() error {
			p.Rows = append(p.Rows, one)
			return nil
		})
		return err
	})
}
