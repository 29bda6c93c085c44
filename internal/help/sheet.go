package help

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/people"
)

// Aid is what the tab Accès of a sheet says and offers besides the sheet itself.
type Aid struct {
	Facts
	SetsPassword bool // the place's managers may set passwords by hand
	FirstAccess  string
	FactorAsked  bool // by the place, of this person
	OneMailbox   bool // their only second factor is a code to the mailbox that their password came by: see identity.mailbox_counts
	Held         []Hold
	Asked        []Open
	Named        []Named // the address that someone else asked for, and that nobody confirmed yet; one, or none
}

// Hold is why someone is kept waiting, and until when: for failures of passwords
// from a network or from a device of theirs, of codes, or of the password that is
// shown again in a session (see identity.held_why).
type Hold struct {
	Why   string // password, device, code or proof
	Until time.Time
}

// Named is an address that was asked for on behalf of someone.
type Named struct {
	Email string
	At    time.Time
}

// Open is a request to support that waits for an answer.
type Open struct {
	ID   uuid.UUID
	What What
	At   time.Time
}

const (
	readAid = `
select ` + factColumns + `,
       coalesce((t.policies->>'manager_sets_password')::boolean, false) sets_password, t.policies->>'first_access' first_access,
       r.factor_asked <> '' or t.policies->>'second_factor' = 'everyone' or t.policies->>'second_factor' <> 'none' and exists (
         select from role_grant g join role o on o.tenant_id = g.tenant_id and o.id = g.role_id
          where g.resource_id = r.id and g.open and g.until > @now
            and (o.second_factor <> '' or exists (select from role_cell c where c.tenant_id = g.tenant_id and c.role_id = g.role_id and c.open and c.edit > 0
                   and c.area in ('people', 'roles', 'records', 'reviews', 'settings')))) factor_asked,
       h.activated and f.methods = '{email}' and not f.email_counts one_mailbox
  from resource r
 cross join lateral identity.help_here(r.account_id, @now) h
 cross join lateral (select methods, email_counts from identity.factor_here(r.account_id)) f
 cross join tenant t
 where r.id = @id`

	readHeld = `select h.why, h.until from resource r cross join lateral identity.held_why(r.account_id, @now) h where r.id = @id`

	readNamed = `select n.email, n.at from resource r cross join lateral identity.email_named(r.account_id, @now) n where r.id = @id`

	readOpen = `select id, what, created_at at from help_request where resource_id = @id and state = 'open' order by created_at`
)

// aidRow is an Aid as the database gives it.
type aidRow struct {
	Facts
	SetsPassword bool
	FirstAccess  string
	FactorAsked  bool
	OneMailbox   bool
}

// Beside asks, with the other queries of someone's sheet, for what can be done to
// help them.
func Beside(id uuid.UUID, into *Aid) func(*access.Reading) {
	return func(r *access.Reading) {
		args := pgx.StrictNamedArgs{"id": id, "now": r.Now()}
		r.Query(readAid, args, func(rows pgx.Rows) error {
			row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[aidRow])
			into.Facts, into.SetsPassword, into.FirstAccess, into.FactorAsked, into.OneMailbox = row.Facts, row.SetsPassword, row.FirstAccess, row.FactorAsked, row.OneMailbox
			if err == pgx.ErrNoRows {
				return fault.NotFound("people.absent")
			}
			return err
		})
		access.All(r, &into.Held, readHeld, args)
		access.All(r, &into.Named, readNamed, args)
		access.All(r, &into.Asked, readOpen, pgx.StrictNamedArgs{"id": id})
	}
}

// FormPage is a window in which someone is helped.
type FormPage struct {
	*access.Standing
	ID            uuid.UUID
	Family, Given string
	Username      string
	Email         string
	State         people.State
	Aid
	account uuid.UUID
}

// Name is how the person is called.
func (p *FormPage) Name() string { return p.Given + " " + p.Family }

// MaySetPassword says why no password may be set by hand.
func (p *FormPage) MaySetPassword() error {
	switch {
	case !p.SetsPassword:
		return fault.Conflict("help.no_passwords")
	case p.State == people.Archived:
		return fault.Conflict("people.archived")
	case p.Authority != Ours:
		return errShared()
	}
	return nil
}

// Form reads a window in which someone is helped, for who may do what it is for.
func (s *Service) Form(ctx context.Context, a access.Actor, need access.Need, id uuid.UUID) (*FormPage, error) {
	var p subject
	page := &FormPage{}
	standing, err := s.door.Read(ctx, a, need, func(r *access.Reading) {
		access.One(r, &p, "people.absent", readSubject, pgx.StrictNamedArgs{"id": id, "now": r.Now()})
		Beside(id, &page.Aid)(r)
	})
	page.Standing = standing
	if err != nil {
		return page, err
	}
	page.ID, page.Family, page.Given, page.Username, page.Email = p.ID, p.Family, p.Given, p.Username, p.Email
	page.State, page.account = p.State, p.AccountID
	return page, nil
}
