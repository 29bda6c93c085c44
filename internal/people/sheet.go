package people

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/rights"
	"habilis/internal/tenants/kinds"
)

// Person is someone of the place, as their sheet shows them.
type Person struct {
	ID            uuid.UUID
	Family, Given string
	Username      string
	Email         string // "" when they have none
	EmailVerified bool
	Phone         string // as [Phone.String] writes it; "" when they have none
	Function      string
	Flags         []string // keys of the kind's
	Locale        i18n.Locale
	State         State
	Activated     bool       // has chosen a password
	EmailOurs     bool       // the address is the place's to correct: nobody has used the account, and no other place counts on it
	BlockedUntil  *time.Time // when State is Blocked
	Failures      int        // wrong passwords in a row
	SeenAt        *time.Time // last sign-in that came to this place
	SecondFactor  string     // the strongest: passkey, app, sms or email; "" for none
	CreatedAt     time.Time
	CreatedBy     string // name; "" for the console
	ArchivedAt    *time.Time
	ArchivedBy    string
	ArchivedWhy   string
	Assigned      int // records, now
	Version       int

	PasswordHours, ActivationHours int // how long a temporary password and an activation link hold here
}

// Name is how the person is called.
func (p *Person) Name() string { return p.Given + " " + p.Family }

// Face is the person as the head of their sheet names them.
func (p *Person) Face() *rights.Person {
	face := &rights.Person{ID: p.ID, Family: p.Family, Given: p.Given, Username: p.Username, Function: p.Function,
		State: string(p.State), ArchivedAt: p.ArchivedAt, SeenAt: p.SeenAt, Assigned: p.Assigned}
	if p.State == Blocked {
		face.State, face.Blocked = string(Active), true
	}
	return face
}

// PhoneIn is the telephone as people of the locale's country write it.
func (p *Person) PhoneIn(locale string) string {
	phone, err := ParsePhone(p.Phone, Canada)
	if err != nil || p.Phone == "" {
		return p.Phone
	}
	return phone.Display(regionOf(locale))
}

// SheetPage is the sheet of a person.
type SheetPage struct {
	*access.Standing
	Person *Person
	Self   bool   // it is who reads
	Roles  []Held // now, in the place's order
	Mails  []mail.Fate
	Ended  *RoleAt        // the last role that ended by itself; nil if none did
	Asked  []RoleAt       // of support, unanswered
	MayAsk []*access.Role // what support alone gives, and could be asked for them
	Flags  []kinds.Flag   // of the kind, with their names
}

// RoleAt is a role, and when something became of it.
type RoleAt struct {
	*access.Role
	At time.Time
}

// personRow is a person as the database gives them.
type personRow struct {
	Person
	Blocked bool
}

const readPerson = `
select r.id, r.family, r.given, r.username, r.email, coalesce(a.email_verified, false) email_verified, r.phone, r.function, r.flags,
       coalesce(a.locale, '') locale, r.state, coalesce(a.activated, false) activated,
       coalesce(a.email_ours, false) email_ours,
       nullif(p.blocked_until, '-infinity') blocked_until, coalesce(p.blocked_until > @now, false) blocked, coalesce(p.failures, 0) failures,
       nullif(p.last_seen_at, '-infinity') seen_at, coalesce(p.second_factor, '') second_factor,
       r.created_at, coalesce(c.name, '') created_by, r.archived_at, coalesce(z.name, '') archived_by, r.archived_why, r.version, n.assigned,
       coalesce((t.policies->>'temporary_password_hours')::int, 24) password_hours, coalesce((t.policies->>'activation_hours')::int, 72) activation_hours
  from resource r
 cross join tenant t
  left join lateral (select * from identity.account_here(r.account_id)) a on true
  left join lateral (select * from presence where resource_id = r.id offset 0) p on true
  left join lateral (select given || ' ' || family as name from resource where id = r.created_by offset 0) c on true
  left join lateral (select given || ' ' || family as name from resource where id = r.archived_by offset 0) z on true
 cross join lateral (select count(*) assigned from assignment where resource_id = r.id and open and until > @now) n
 where r.id = @id`

const readHeld = `
select role_id, nullif(until, 'infinity') from role_grant where resource_id = @id and open and until > @now`

const readAsked = `
select role_id, created_at from request where resource_id = @id and state = 'open' order by created_at`

const readEnded = `
select role_id, until from role_grant
 where resource_id = @id and until <= @now and ended_kind is null
 order by until desc limit 1`

const readMayAsk = `
select id, null::timestamptz
  from role
 where retired_at is null
   and id <> all (array(select role_id from role_giver))
   and id <> all (array(select role_id from role_grant where resource_id = @id and open and until > @now))
   and id <> all (array(select role_id from request where resource_id = @id and state = 'open'))
 order by position`

// eachRole asks for roles of the place, each with a time.
func eachRole(r *access.Reading, sql string, args pgx.StrictNamedArgs, take func(*access.Role, *time.Time)) {
	r.Query(sql, args, func(rows pgx.Rows) error {
		var (
			id uuid.UUID
			at *time.Time
		)
		_, err := pgx.ForEachRow(rows, []any{&id, &at}, func() error {
			take(r.Standing().Charter.Role(id), at)
			return nil
		})
		return err
	})
}

// Sheet reads the sheet of a person, and with it what other rooms have to say of them.
func (s *Service) Sheet(ctx context.Context, a access.Actor, id uuid.UUID, beside ...func(*access.Reading)) (*SheetPage, error) {
	var (
		row  personRow
		page = &SheetPage{}
	)
	standing, err := s.door.Read(ctx, a, NeedSheet, func(r *access.Reading) {
		askPerson(r, id, &row)
		which := pgx.StrictNamedArgs{"id": id, "now": r.Now()}
		eachRole(r, readHeld, which, func(role *access.Role, until *time.Time) { page.Roles = append(page.Roles, Held{role, until}) })
		mail.QueueFates(r, id, &page.Mails)
		for _, ask := range beside {
			ask(r)
		}
		eachRole(r, readMayAsk, which, func(role *access.Role, _ *time.Time) { page.MayAsk = append(page.MayAsk, role) })
		eachRole(r, readEnded, which, func(role *access.Role, at *time.Time) { page.Ended = &RoleAt{role, *at} })
		eachRole(r, readAsked, pgx.StrictNamedArgs{"id": id}, func(role *access.Role, at *time.Time) { page.Asked = append(page.Asked, RoleAt{role, *at}) })
	})
	page.Standing = standing
	if err != nil {
		return page, err
	}
	kind, _ := s.kinds.Kind(standing.Tenant.Kind)
	page.Flags = kind.Flags
	page.Person = row.person()
	slices.SortFunc(page.Roles, func(a, b Held) int { return a.Rank - b.Rank })
	if page.Person.State == Archived {
		page.MayAsk = nil
	}
	page.Self = standing.Resource != nil && standing.Resource.ID == id
	return page, nil
}

func askPerson(r *access.Reading, id uuid.UUID, into *personRow) {
	access.One(r, into, "people.absent", readPerson, pgx.StrictNamedArgs{"id": id, "now": r.Now()})
}

func (r personRow) person() *Person {
	p := r.Person
	p.State = stateOf(p.State, r.Blocked)
	if p.State != Blocked {
		p.BlockedUntil = nil
	}
	return &p
}
