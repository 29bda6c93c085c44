package roles

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
)

// Person is whose roles are looked at.
type Person struct {
	ID       uuid.UUID
	Account  uuid.UUID `db:"account_id"`
	Family   string
	Given    string
	Username string
	Email    string // "" when they have none
	State    string // pending, active or archived
	Version  int    // of what their roles are; a form begun from an older one is stale
}

// Name is how the person is called.
func (p *Person) Name() string { return p.Given + " " + p.Family }

// Grant is a role held now.
type Grant struct {
	ID    uuid.UUID
	Role  *Role
	Since time.Time
	Until *time.Time // planned end, or nil
	By    By
}

// By is who made something so.
type By struct {
	Kind     string // person, support or console
	Resource *uuid.UUID
	Name     string // of a person
}

// Pending is a request that support has not answered.
type Pending struct {
	ID   uuid.UUID
	Role *Role
	Note string
	At   time.Time
	By   string // name
}

// desk is all that is needed to judge a change: the place's catalogue, and the
// person; nil for someone who is about to come.
type desk struct {
	catalogue
	now     time.Time
	person  *Person
	grants  []Grant // in the place's order
	hands   map[grid.Area]grid.ByHand
	holders map[uuid.UUID]int // of roles that must be held
	pending []Pending
}

const (
	readPerson = `
select id, account_id, family, given, username, email, state, version from resource where id = @resource`

	readGrants = `
select g.id, g.role_id, g.since, nullif(g.until, 'infinity'), g.by_kind, g.by_resource, coalesce(b.name, '')
  from role_grant g
  left join lateral (select given || ' ' || family as name from resource
                      where tenant_id = g.tenant_id and id = g.by_resource offset 0) b on true
 where g.resource_id = @resource and g.open and g.since <= @now and g.until > @now`

	readHands = `
select area, view, edit, since from override
 where resource_id = @resource and open and since <= @now and until > @now`

	readPending = `
select q.id, q.role_id, q.note, q.created_at, b.name
  from request q
 cross join lateral (select given || ' ' || family as name from resource
                      where tenant_id = q.tenant_id and id = q.requested_by offset 0) b
 where q.resource_id = @resource and q.state = 'open'
 order by q.created_at`
)

// newDesk queues the reading of a desk; resource is zero for someone to come.
func newDesk(q asker, now time.Time, resource uuid.UUID) *desk {
	d := &desk{now: now, holders: map[uuid.UUID]int{}, hands: map[grid.Area]grid.ByHand{}}
	d.ask(q, now)
	if resource == uuid.Nil {
		return d
	}
	askHolders(q, now, 1, d.holders)
	q.Query(readPerson, pgx.StrictNamedArgs{"resource": resource}, d.scanPerson)
	q.Query(readGrants, pgx.StrictNamedArgs{"resource": resource, "now": now}, d.scanGrants)
	q.Query(readHands, pgx.StrictNamedArgs{"resource": resource, "now": now}, d.scanHands)
	q.Query(readPending, pgx.StrictNamedArgs{"resource": resource}, d.scanPending)
	return d
}

// batch is an act's queries.
type batch struct{ pgx.Batch }

func (b *batch) Query(sql string, args pgx.StrictNamedArgs, scan func(pgx.Rows) error) {
	b.Queue(sql, args).Query(scan)
}

// openDesk reads a desk within an act, under the lock of the place.
func openDesk(ctx context.Context, v *access.Visit, resource uuid.UUID) (*desk, error) {
	var b batch
	d := newDesk(&b, v.Now, resource)
	if err := v.SendBatch(ctx, &b.Batch).Close(); err != nil {
		if _, ok := fault.As(err); ok {
			return nil, err
		}
		return nil, fmt.Errorf("reading roles: %w", err)
	}
	if d.person != nil {
		v.Aim("resource", d.person.ID, d.person.Name())
	}
	return d, nil
}

func (d *desk) scanPerson(rows pgx.Rows) error {
	found, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByName[Person])
	switch {
	case err != nil:
		return err
	case len(found) == 0:
		return fault.NotFound("people.absent")
	}
	d.person = found[0]
	return nil
}

func (d *desk) scanGrants(rows pgx.Rows) error {
	var g Grant
	var role uuid.UUID
	_, err := pgx.ForEachRow(rows, []any{&g.ID, &role, &g.Since, &g.Until, &g.By.Kind, &g.By.Resource, &g.By.Name}, func() error {
		g.Role = d.role(role)
		d.grants = append(d.grants, g)
		return nil
	})
	slices.SortFunc(d.grants, func(a, b Grant) int {
		return cmp.Compare(slices.Index(d.roles, a.Role), slices.Index(d.roles, b.Role))
	})
	return err
}

func (d *desk) scanHands(rows pgx.Rows) error {
	var (
		area       grid.Area
		view, edit *int16
		since      time.Time
	)
	_, err := pgx.ForEachRow(rows, []any{&area, &view, &edit, &since}, func() error {
		d.hands[area] = grid.ByHand{Override: grid.Override{View: scope(view), Edit: scope(edit)}, Since: since}
		return nil
	})
	return err
}

func scope(n *int16) *grid.Scope {
	if n == nil {
		return nil
	}
	s := grid.Scope(*n)
	return &s
}

func (d *desk) scanPending(rows pgx.Rows) error {
	var p Pending
	var role uuid.UUID
	_, err := pgx.ForEachRow(rows, []any{&p.ID, &role, &p.Note, &p.At, &p.By}, func() error {
		p.Role = d.role(role)
		d.pending = append(d.pending, p)
		return nil
	})
	return err
}

// facts is the person as the calculus knows them.
func (d *desk) facts() grid.Facts {
	f := grid.Facts{ByHand: d.hands}
	for _, g := range d.grants {
		f.Held = append(f.Held, grid.Held{Role: g.Role.calculus(), Since: g.Since})
	}
	return f
}

// grantOf is the present grant of a role.
func (d *desk) grantOf(role grid.ID) *Grant {
	for i := range d.grants {
		if grid.ID(d.grants[i].Role.ID) == role {
			return &d.grants[i]
		}
	}
	return nil
}

func (d *desk) asked(role *Role) bool {
	return slices.ContainsFunc(d.pending, func(p Pending) bool { return p.Role == role })
}

// roleNames are the names of roles held, in a locale, as the journal keeps them.
func roleNames(grants []Grant, locale string) []string {
	names := make([]string, len(grants))
	for i, g := range grants {
		names[i] = g.Role.Name.In(locale)
	}
	return names
}
