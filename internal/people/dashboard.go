package people

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/grid"
	"habilis/internal/rights"
)

// NeedDashboard is who may see the dashboard: anyone of the place.
var NeedDashboard = access.Need{Member: true}.ToGuests()

// Dashboard is what a person finds when they come in.
type Dashboard struct {
	*access.Standing
	Areas   []rights.Area // of the place, to show the person's own grid
	Counts  *Counts       // nil for who may not see people
	Unsent  []Unsent      // newest first, for who may see people
	Ending  []Ending      // roles that end by themselves within a week, first to end first, for who may see roles
	Waiting []Waiting     // requests that support has not answered, oldest first, for who may see roles
}

// Counts is how many people are in each state, as the list's filters count
// them, and how many invitations are pending.
type Counts struct {
	Active, Pending, Blocked, Archived, Invitations int
}

// Unsent is someone who waits for what lets them in for the first time, a temporary
// password or an activation link, which the mail server refused.
type Unsent struct {
	ID            uuid.UUID
	Family, Given string
	Answer        string // the mail server's last words
	At            time.Time
}

// Name is how the person is called.
func (u Unsent) Name() string { return u.Given + " " + u.Family }

// Waiting is a request to support for a role of someone.
type Waiting struct {
	ID            uuid.UUID // resource
	Family, Given string
	NameFr        string // the role's
	NameEn        string
	At            time.Time
}

// Name is how the person is called.
func (w Waiting) Name() string { return w.Given + " " + w.Family }

// Ending is a role of someone that ends by itself soon.
type Ending struct {
	ID            uuid.UUID // resource
	Grant         uuid.UUID
	Family, Given string
	NameFr        string // the role's
	NameEn        string
	Until         time.Time
}

// Name is how the person is called.
func (e Ending) Name() string { return e.Given + " " + e.Family }

// soon is how many days before its end a role is told to end soon.
const soon = 7

// unsentShown bounds the list of a dashboard.
const unsentShown = 5

// waitingRead bounds the requests of a place that are read at once.
const waitingRead = 100

const (
	countStates = `
select count(*) filter (where state = 'active' and not b) active,
       count(*) filter (where state = 'pending' and not b) pending,
       count(*) filter (where state <> 'archived' and b) blocked,
       count(*) filter (where state = 'archived') archived,
       (select count(*) from invitation where state = 'pending' and expires_at > @now) invitations
  from (select state, id in ` + blocked + ` b from resource) r`

	readUnsent = `
select p.id, p.family, p.given, m.answer, m.changed_at at
  from resource p
 cross join lateral (select state, answer, changed_at from mail
                      where tenant_id = p.tenant_id and resource_id = p.id and template in ('temporary_password', 'activation')
                      order by tenant_id, resource_id, created_at desc limit 1) m
 where p.state = 'pending' and m.state = 'refused'
 order by m.changed_at desc
 limit @limit`

	readEnding = `
select p.id, g.id "grant", p.family, p.given, r.name_fr, r.name_en, g.until
  from role_grant g
 cross join lateral (select id, family, given, state from resource where tenant_id = g.tenant_id and id = g.resource_id offset 0) p
 cross join lateral (select name_fr, name_en from role where tenant_id = g.tenant_id and id = g.role_id offset 0) r
 where g.open and g.until < 'infinity' and g.until > @now and g.until <= @soon and p.state <> 'archived'
 order by g.until, g.id
 limit @limit`

	readWaiting = `
select q.resource_id id, p.family, p.given, r.name_fr, r.name_en, q.created_at at
  from request q
 cross join lateral (select family, given from resource where tenant_id = q.tenant_id and id = q.resource_id offset 0) p
 cross join lateral (select name_fr, name_en from role where tenant_id = q.tenant_id and id = q.role_id offset 0) r
 where q.state = 'open'
 order by q.created_at
 limit @limit`
)

// Dashboard reads what the person may see of how the place stands, and what is
// asked for beside it.
func (s *Service) Dashboard(ctx context.Context, a access.Actor, beside ...func(*access.Reading)) (*Dashboard, error) {
	d := &Dashboard{}
	var areas *rights.Catalogue
	standing, err := s.door.Read(ctx, a, NeedDashboard, func(r *access.Reading) {
		areas = rights.AskAreas(r)
		for _, ask := range beside {
			ask(r)
		}
		ifOpen(r, access.People, countStates, pgx.StrictNamedArgs{"now": r.Now()}, func(rows pgx.Rows) (err error) {
			d.Counts, err = pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[Counts])
			return err
		})
		ifOpen(r, access.People, readUnsent, pgx.StrictNamedArgs{"limit": unsentShown}, func(rows pgx.Rows) (err error) {
			d.Unsent, err = pgx.CollectRows(rows, pgx.RowToStructByName[Unsent])
			return err
		})
		ifOpen(r, access.Roles, readEnding, pgx.StrictNamedArgs{"now": r.Now(), "soon": r.Now().AddDate(0, 0, soon), "limit": waitingRead}, func(rows pgx.Rows) (err error) {
			d.Ending, err = pgx.CollectRows(rows, pgx.RowToStructByName[Ending])
			return err
		})
		ifOpen(r, access.Roles, readWaiting, pgx.StrictNamedArgs{"limit": waitingRead}, func(rows pgx.Rows) (err error) {
			d.Waiting, err = pgx.CollectRows(rows, pgx.RowToStructByName[Waiting])
			return err
		})
	})
	d.Standing, d.Areas = standing, areas.Areas
	return d, err
}

// ifOpen asks for rows that are kept only when the reader's grid opens the area.
func ifOpen(r *access.Reading, area grid.Area, sql string, args pgx.StrictNamedArgs, scan func(pgx.Rows) error) {
	r.Query(sql, args, func(rows pgx.Rows) error {
		if access.ViewOf(area).Met(r.Standing().Grid) {
			return scan(rows)
		}
		rows.Close()
		return rows.Err()
	})
}
