package people

import (
	"cmp"
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
	SecondFactor  string     // "" or app
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
	Ended  *Ended       // the last role that ended by itself; nil if none did
	Asked  []Asked      // of support, unanswered
	MayAsk []Role       // what support alone gives, and could be asked for them
	Flags  []kinds.Flag // of the kind, with their names
}

// Ended is a role that came to its planned end.
type Ended struct {
	Name kinds.Text
	At   time.Time
}

// Asked is a role asked of support.
type Asked struct {
	Name kinds.Text
	At   time.Time
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
select r.id, r.module, r.name_fr, r.name_en, m.name_fr module_fr, m.name_en module_en, nullif(g.until, 'infinity') until, m.position module_position, r.position
  from role_grant g
 cross join lateral (select id, module, name_fr, name_en, position from role where id = g.role_id offset 0) r
 cross join lateral (select name_fr, name_en, position from module where module = r.module offset 0) m
 where g.resource_id = @id and g.open and g.until > @now`

type heldRow struct {
	ID                 uuid.UUID
	Module             string
	NameFr, NameEn     string
	ModuleFr, ModuleEn string
	Until              *time.Time
	ModulePosition     int
	Position           int
}

const readAsked = `
select r.name_fr, r.name_en, q.created_at
  from request q
 cross join lateral (select name_fr, name_en from role where id = q.role_id offset 0) r
 where q.resource_id = @id and q.state = 'open' order by q.created_at`

const readEnded = `
select r.name_fr, r.name_en, g.until
  from role_grant g
 cross join lateral (select name_fr, name_en from role where id = g.role_id offset 0) r
 where g.resource_id = @id and g.until <= @now and g.ended_kind is null
 order by g.until desc limit 1`

const readMayAsk = `
select id, module, name_fr, name_en
  from role
 where retired_at is null
   and id <> all (array(select role_id from role_giver))
   and id <> all (array(select role_id from role_grant where resource_id = @id and open and until > @now))
   and id <> all (array(select role_id from request where resource_id = @id and state = 'open'))
 order by position`

func askMayAsk(r *access.Reading, id uuid.UUID, into *[]Role) {
	r.Query(readMayAsk, pgx.StrictNamedArgs{"id": id, "now": r.Now()}, func(rows pgx.Rows) error {
		var one Role
		_, err := pgx.ForEachRow(rows, []any{&one.ID, &one.Module, &one.Name.Fr, &one.Name.En}, func() error {
			*into = append(*into, one)
			return nil
		})
		return err
	})
}

// Sheet reads the sheet of a person, and with it what other rooms have to say of them.
func (s *Service) Sheet(ctx context.Context, a access.Actor, id uuid.UUID, beside ...func(*access.Reading)) (*SheetPage, error) {
	var (
		row  personRow
		held []heldRow
		page = &SheetPage{}
	)
	standing, err := s.door.Read(ctx, a, NeedSheet, func(r *access.Reading) {
		askPerson(r, id, &row)
		access.All(r, &held, readHeld, pgx.StrictNamedArgs{"id": id, "now": r.Now()})
		mail.QueueFates(r, id, &page.Mails)
		for _, ask := range beside {
			ask(r)
		}
		askMayAsk(r, id, &page.MayAsk)
		r.Query(readEnded, pgx.StrictNamedArgs{"id": id, "now": r.Now()}, func(rows pgx.Rows) error {
			var one Ended
			_, err := pgx.ForEachRow(rows, []any{&one.Name.Fr, &one.Name.En, &one.At}, func() error {
				page.Ended = &one
				return nil
			})
			return err
		})
		r.Query(readAsked, pgx.StrictNamedArgs{"id": id}, func(rows pgx.Rows) error {
			var one Asked
			_, err := pgx.ForEachRow(rows, []any{&one.Name.Fr, &one.Name.En, &one.At}, func() error {
				page.Asked = append(page.Asked, one)
				return nil
			})
			return err
		})
	})
	page.Standing = standing
	if err != nil {
		return page, err
	}
	kind, _ := s.kinds.Kind(standing.Tenant.Kind)
	page.Flags = kind.Flags
	page.Person, page.Roles = row.person(), inOrder(held)
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

func inOrder(rows []heldRow) []Held {
	slices.SortFunc(rows, func(a, b heldRow) int {
		return cmp.Or(cmp.Compare(a.ModulePosition, b.ModulePosition), cmp.Compare(a.Position, b.Position))
	})
	held := make([]Held, len(rows))
	for i, r := range rows {
		held[i] = Held{Role{r.ID, r.Module, kinds.Text{Fr: r.NameFr, En: r.NameEn}}, kinds.Text{Fr: r.ModuleFr, En: r.ModuleEn}, r.Until}
	}
	return held
}
