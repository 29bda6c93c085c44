package records

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/rights"
)

// MostAssignees is how many of those assigned a record its page names.
const MostAssignees = 200

// SheetPage is the page of a record.
type SheetPage struct {
	*access.Standing
	Record *Sheet
	People []Assignee // assigned now, by name; MostAssignees at most
	Total  int        // how many those are
}

// Sheet is a record with its history.
type Sheet struct {
	Record
	CreatedAt  time.Time
	CreatedBy  string // name; "" for the console
	ArchivedAt *time.Time
	ArchivedBy string
}

// Assignee is someone to whom a record is assigned.
type Assignee struct {
	ID            uuid.UUID
	Family, Given string
	State         string // pending, active or archived
	Since         time.Time
	By            rights.By
}

const (
	readSheet = `
select r.id, r.reference, r.label, r.state, r.version, r.created_at, coalesce(c.name, '') created_by, r.archived_at, coalesce(z.name, '') archived_by
  from record r
  left join lateral (select given || ' ' || family as name from resource where id = r.created_by offset 0) c on true
  left join lateral (select given || ' ' || family as name from resource where id = r.archived_by offset 0) z on true
 where r.id = @id`

	readAssignees = `
select a.resource_id, p.family, p.given, p.state, a.since, a.by_kind, a.by_resource, coalesce(b.name, ''), count(*) over ()
  from assignment a
 cross join lateral (select family, given, state from resource where id = a.resource_id offset 0) p
  left join lateral (select given || ' ' || family as name from resource where id = a.by_resource offset 0) b on true
 where a.record_id = @id and a.open and a.until > @now
 order by p.family collate "fr-x-icu", p.given collate "fr-x-icu", a.resource_id limit @most`
)

// Sheet reads the page of a record.
func (s *Service) Sheet(ctx context.Context, a access.Actor, id uuid.UUID) (*SheetPage, error) {
	page := &SheetPage{Record: &Sheet{}}
	var err error
	page.Standing, err = s.door.Read(ctx, a, NeedSheet, func(r *access.Reading) {
		access.One(r, page.Record, "records.absent", readSheet, pgx.StrictNamedArgs{"id": id})
		r.Query(readAssignees, pgx.StrictNamedArgs{"id": id, "now": r.Now(), "most": MostAssignees}, func(rows pgx.Rows) error {
			var p Assignee
			_, err := pgx.ForEachRow(rows, []any{&p.ID, &p.Family, &p.Given, &p.State, &p.Since, &p.By.Kind, &p.By.Resource, &p.By.Name, &page.Total}, func() error {
				page.People = append(page.People, p)
				return nil
			})
			return err
		})
	})
	return page, err
}
