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
	rights.Person
	Account uuid.UUID `db:"account_id"`
	Email   string    // "" when they have none
	Version int       // of what their roles are; a form begun from an older one is stale
}

// PersonColumns are those of a [Person], from [rights.FromPeople].
const PersonColumns = rights.PersonColumns + `, r.account_id, r.email, r.version`

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
	now       time.Time
	person    *Person
	holders   map[uuid.UUID]int // of roles that must be held
	pending   []Pending
	elsewhere *tenure // the surest of those who are not judged
	beside    tenure  // the surest that those who are judged together would have
}

const (
	readPeople = `select ` + PersonColumns + rights.FromPeople + `
 where r.id = any (@resources)`

	readPending = `
select q.resource_id, q.id, q.role_id, q.note, q.created_at, b.name
  from request q
 cross join lateral (select given || ' ' || family as name from resource
                      where tenant_id = q.tenant_id and id = q.requested_by offset 0) b
 where q.resource_id = any (@resources) and q.state = 'open'
 order by q.created_at`
)

// newDesk queues the reading of a desk; resource is zero for someone to come.
func newDesk(q rights.Asker, now time.Time, resource uuid.UUID) *desk {
	if resource == uuid.Nil {
		return &desk{now: now, Catalogue: rights.AskCatalogue(q, now), Holding: &rights.Holding{}, elsewhere: new(tenure)}
	}
	return newDesks(q, now, []uuid.UUID{resource})[0]
}

// newDesks queues the reading of the desks of several people, in their order.
func newDesks(q rights.Asker, now time.Time, resources []uuid.UUID) []*desk {
	catalogue, holders := rights.AskCatalogue(q, now), rights.AskHolders(q, now, 1)
	elsewhere := askTenure(q, now, resources)
	holdings := rights.AskHoldings(q, catalogue, now, resources)
	desks, of := make([]*desk, len(resources)), map[uuid.UUID]*desk{}
	for i, id := range resources {
		desks[i] = &desk{Catalogue: catalogue, Holding: holdings[id], now: now, holders: holders, elsewhere: elsewhere}
		of[id] = desks[i]
	}
	args := pgx.StrictNamedArgs{"resources": resources}
	q.Query(readPeople, pgx.StrictNamedArgs{"resources": resources, "now": now}, func(rows pgx.Rows) error { return scanPeople(rows, of) })
	q.Query(readPending, args, func(rows pgx.Rows) error { return scanPending(rows, of) })
	return desks
}

// openDesk reads a desk within an act, under the lock of the place.
func openDesk(ctx context.Context, v *access.Visit, resource uuid.UUID) (*desk, error) {
	var b rights.Batch
	d := newDesk(&b, v.Now, resource)
	if err := sendDesks(ctx, v, &b); err != nil {
		return nil, err
	}
	if d.person != nil {
		d.aim(v)
	}
	return d, nil
}

// openDesks is openDesk for several people.
func openDesks(ctx context.Context, v *access.Visit, resources []uuid.UUID) ([]*desk, error) {
	var b rights.Batch
	desks := newDesks(&b, v.Now, resources)
	return desks, sendDesks(ctx, v, &b)
}

func sendDesks(ctx context.Context, v *access.Visit, b *rights.Batch) error {
	err := b.Send(ctx, v)
	if _, ok := fault.As(err); err == nil || ok {
		return err
	}
	return fmt.Errorf("reading roles: %w", err)
}

// aim says whom the visit is about.
func (d *desk) aim(v *access.Visit) { v.Aim("resource", d.person.ID, d.person.Name()) }

func scanPeople(rows pgx.Rows, of map[uuid.UUID]*desk) error {
	found, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByName[Person])
	if err != nil {
		return err
	}
	for _, p := range found {
		of[p.ID].person = p
	}
	if len(found) < len(of) {
		return fault.NotFound("people.absent")
	}
	return nil
}

func scanPending(rows pgx.Rows, of map[uuid.UUID]*desk) error {
	var p Pending
	var resource, role uuid.UUID
	_, err := pgx.ForEachRow(rows, []any{&resource, &p.ID, &role, &p.Note, &p.At, &p.By}, func() error {
		d := of[resource]
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
