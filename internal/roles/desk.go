package roles

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/rights"
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

// Pending is a request that support has not answered.
type Pending struct {
	ID   uuid.UUID
	Role *rights.Role
	Note string
	At   time.Time
	By   string // name
}

// desk is all that is needed to judge a change: the place's catalogue, and the
// person; nil for someone who is about to come.
type desk struct {
	*rights.Catalogue
	*rights.Holding
	now     time.Time
	person  *Person
	holders map[uuid.UUID]int // of roles that must be held
	pending []Pending
}

const (
	readPerson = `
select id, account_id, family, given, username, email, state, version from resource where id = @resource`

	readPending = `
select q.id, q.role_id, q.note, q.created_at, b.name
  from request q
 cross join lateral (select given || ' ' || family as name from resource
                      where tenant_id = q.tenant_id and id = q.requested_by offset 0) b
 where q.resource_id = @resource and q.state = 'open'
 order by q.created_at`
)

// newDesk queues the reading of a desk; resource is zero for someone to come.
func newDesk(q rights.Asker, now time.Time, resource uuid.UUID) *desk {
	d := &desk{now: now, Catalogue: rights.AskCatalogue(q, now), Holding: &rights.Holding{}}
	if resource == uuid.Nil {
		return d
	}
	d.holders = rights.AskHolders(q, now, 1)
	q.Query(readPerson, pgx.StrictNamedArgs{"resource": resource}, d.scanPerson)
	d.Holding = rights.AskHolding(q, d.Catalogue, now, resource)
	q.Query(readPending, pgx.StrictNamedArgs{"resource": resource}, d.scanPending)
	return d
}

// openDesk reads a desk within an act, under the lock of the place.
func openDesk(ctx context.Context, v *access.Visit, resource uuid.UUID) (*desk, error) {
	var b rights.Batch
	d := newDesk(&b, v.Now, resource)
	if err := b.Send(ctx, v); err != nil {
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

func (d *desk) scanPending(rows pgx.Rows) error {
	var p Pending
	var role uuid.UUID
	_, err := pgx.ForEachRow(rows, []any{&p.ID, &role, &p.Note, &p.At, &p.By}, func() error {
		p.Role = d.Role(role)
		d.pending = append(d.pending, p)
		return nil
	})
	return err
}

func (d *desk) asked(role *rights.Role) bool {
	return slices.ContainsFunc(d.pending, func(p Pending) bool { return p.Role == role })
}

// roleNames are the names of roles held, in a locale, as the journal keeps them.
func roleNames(grants []rights.Grant, locale string) []string {
	names := make([]string, len(grants))
	for i, g := range grants {
		names[i] = g.Role.Name.In(locale)
	}
	return names
}
