// Package place builds places and people for tests: a fresh tenant for each
// test, on the one database of its package.
//
//	p := place.New(t)                      // a planner's place, with its pilot
//	maude := p.Person(t, "coordination")   // someone who holds a role of the kind
//	err := service.Act(ctx, maude.Actor(), …)
//	p.Clock.Advance(time.Hour)
//
// It stands beneath the capabilities that manage people and roles, so their
// tests can use it: people and grants are written in SQL, past all rules.
package place

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/grid"
	"habilis/internal/pgtest"
	"habilis/internal/tenants"
	"habilis/internal/tenants/kinds"
)

// Clock is the time of a place's facts; it moves when told to.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the time on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Place is a tenant with its pilot, behind a door with a clock of its own.
type Place struct {
	ID      uuid.UUID
	Number  string
	Kind    kinds.Kind
	Door    *access.Door
	Clock   *Clock
	Tenants *tenants.Service
	Pilot   Person // holds the role that answers for the place
	roles   map[string]uuid.UUID
}

// serial makes numbers and names differ within a process, and so a database.
var serial atomic.Int64

var catalogue = sync.OnceValues(kinds.Load)

// New makes a place of the kind planner.
func New(t testing.TB) *Place { return Of(t, "planner") }

// Of makes a place of a kind. Its clock starts at the present time.
func Of(t testing.TB, kind string) *Place {
	t.Helper()
	all, err := catalogue()
	if err != nil {
		t.Fatal(err)
	}
	clock := &Clock{now: time.Now().UTC().Truncate(time.Microsecond)}
	p := &Place{Clock: clock, Door: access.NewDoor(pgtest.Pool(t), pgtest.Pages(t), clock.Now), Number: fmt.Sprint(1000 + serial.Add(1))}
	p.Kind, _ = all.Kind(kind)
	p.Tenants = tenants.New(p.Door, all)
	p.ID, err = p.Tenants.Create(t.Context(), tenants.NewTenant{Number: p.Number, Kind: kind, Name: "Place " + p.Number})
	if err != nil {
		t.Fatal(err)
	}
	p.roles = p.readRoles(t)
	p.Pilot = p.Person(t, p.answering())
	return p
}

// Beside makes another place of the same kind behind the same door and clock.
func (p *Place) Beside(t testing.TB) *Place {
	t.Helper()
	q := *p
	q.Number = fmt.Sprint(1000 + serial.Add(1))
	var err error
	q.ID, err = q.Tenants.Create(t.Context(), tenants.NewTenant{Number: q.Number, Kind: q.Kind.Key, Name: "Place " + q.Number})
	if err != nil {
		t.Fatal(err)
	}
	q.roles = q.readRoles(t)
	q.Pilot = q.Person(t, q.answering())
	return &q
}

// Again is the same place behind a door of its own, as another server has.
func (p *Place) Again(t testing.TB) *Place {
	t.Helper()
	q := *p
	q.Door = access.NewDoor(pgtest.Pool(t), pgtest.Pages(t), p.Clock.Now)
	q.Tenants = tenants.New(q.Door, p.Tenants.Kinds())
	return &q
}

// answering is the key of the role that answers for a place of the kind: the
// one that must be held and may edit the settings.
func (p *Place) answering() string {
	for _, r := range p.Kind.Roles {
		if r.MinHolders > 0 && r.Grid[access.Settings].Edit == grid.All {
			return r.Key
		}
	}
	return ""
}

func (p *Place) readRoles(t testing.TB) map[string]uuid.UUID {
	t.Helper()
	roles := map[string]uuid.UUID{}
	rows, err := pgtest.Super(t).Query(t.Context(), `select preset, id from role where tenant_id = $1`, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	var key string
	var id uuid.UUID
	if _, err := pgx.ForEachRow(rows, []any{&key, &id}, func() error { roles[key] = id; return nil }); err != nil {
		t.Fatal(err)
	}
	return roles
}

// Role is the place's copy of a role of its kind.
func (p *Place) Role(t testing.TB, key string) uuid.UUID {
	t.Helper()
	id, ok := p.roles[key]
	if !ok {
		t.Fatalf("a %s has no role %q", p.Kind.Key, key)
	}
	return id
}

// Person is someone of the place.
type Person struct {
	Resource uuid.UUID
	Account  uuid.UUID
	Family   string
	Given    string
	Email    string
	Username string
	tenant   uuid.UUID
}

// Signed is the person's session, with a second factor and a fresh proof.
func (p Person) Signed() access.Signed {
	return access.Signed{Account: p.Account, Factor: access.StrongFactor, Proven: true}
}

// Actor is the person in their place, with all roles held.
func (p Person) Actor() access.Actor { return p.Signed().In(p.tenant) }

// Wearing is the person in their place, acting in one role.
func (p Person) Wearing(role uuid.UUID) access.Actor {
	s := p.Signed()
	s.Hat = role
	return s.In(p.tenant)
}

// NewPerson is an account without any place.
func (p *Place) NewPerson(t testing.TB) Person {
	t.Helper()
	n := serial.Add(1)
	who := Person{Account: access.NewID(), Family: fmt.Sprintf("Tremblay%d", n), Given: "Ève"}
	who.Username = fmt.Sprintf("ETremblay%d", n)
	who.Email = strings.ToLower(who.Username) + "@exemple.test"
	_, err := p.Door.Identity().Exec(t.Context(), `select identity.account_create($1, $2, $3, $4, $4, $5, $6, '', 'fr-CA', $7)`,
		who.Account, who.Username, strings.ToLower(who.Username), who.Email, who.Family, who.Given, p.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return who
}

// Person is someone new who holds roles of the kind since now. Nothing checks
// that they may.
func (p *Place) Person(t testing.TB, roles ...string) Person {
	t.Helper()
	return p.Join(t, p.NewPerson(t), roles...)
}

// Join makes someone with an account a person of the place too.
func (p *Place) Join(t testing.TB, who Person, roles ...string) Person {
	t.Helper()
	who.tenant, who.Resource = p.ID, access.NewID()
	lone := false
	for _, key := range roles {
		role, _ := p.Kind.Role(key)
		lone = lone || role.Exclusive
	}
	p.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, insertPerson, pgx.StrictNamedArgs{
			"tenant": p.ID, "id": who.Resource, "account": who.Account, "family": who.Family, "given": who.Given,
			"username": who.Username, "email": who.Email, "lone": lone, "now": v.Now,
			"search": strings.ToLower(who.Family + " " + who.Given + " " + who.Username + " " + who.Email)})
		if err != nil {
			return err
		}
		if _, err := v.Exec(ctx, `insert into presence (tenant_id, resource_id) values ($1, $2)`, p.ID, who.Resource); err != nil {
			return err
		}
		for _, key := range roles {
			_, err := v.Exec(ctx, insertGrant, pgx.StrictNamedArgs{
				"tenant": p.ID, "id": access.NewID(), "resource": who.Resource, "role": p.Role(t, key), "now": v.Now})
			if err != nil {
				return err
			}
		}
		_, err = v.Exec(ctx, `select identity.membership_add($1, $2, $3)`, who.Account, p.ID, who.Resource)
		return err
	})
	return who
}

const (
	insertPerson = `
insert into resource (tenant_id, id, account_id, family, given, username, email, state, search, lone, created_at)
values (@tenant, @id, @account, @family, @given, @username, @email, 'active', @search, @lone, @now)`

	insertGrant = `
insert into role_grant (tenant_id, id, resource_id, role_id, exclusive, since, by_kind)
select @tenant, @id, @resource, id, exclusive, @now, 'console' from role where id = @role`
)

// Archive archives someone, past all rules.
func (p *Place) Archive(t testing.TB, who Person) {
	t.Helper()
	p.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `update resource set state = 'archived', archived_at = $2 where id = $1`, who.Resource, v.Now)
		return err
	})
}

// Operator is a session of a new operator of support, with a second factor.
func (p *Place) Operator(t testing.TB) access.Signed {
	t.Helper()
	who := p.NewPerson(t)
	if _, err := pgtest.Owner(t).Exec(t.Context(), `select identity.operator_add($1, $2)`, who.Account, p.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	return who.Signed()
}

// Write changes the place's tables in one transaction, as the server's role but
// past the rules of the capabilities. It leaves one line in the journal.
func (p *Place) Write(t testing.TB, do func(context.Context, *access.Visit) error) {
	t.Helper()
	if err := p.TryWrite(t, do); err != nil {
		t.Fatal(err)
	}
}

// TryWrite is Write for what the database may refuse.
func (p *Place) TryWrite(t testing.TB, do func(context.Context, *access.Visit) error) error {
	t.Helper()
	need := access.Need{Act: "test.write", Proof: access.ProofAtTime, Also: access.Console}
	return p.Door.Enter(t.Context(), access.AtConsole(p.ID), need, func(v *access.Visit) error {
		v.Record(access.Entry{})
		return do(t.Context(), v)
	})
}

// Acts is what the journal of the place says was done, oldest first:
// "people.create", and "roles.give refused" for what was not.
func (p *Place) Acts(t testing.TB) []string {
	t.Helper()
	rows, err := pgtest.Super(t).Query(t.Context(), `
select act || case result when 'done' then '' else ' ' || result end from journal
 where tenant_id = $1 and act <> 'test.write' order by n`, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	acts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return acts
}
