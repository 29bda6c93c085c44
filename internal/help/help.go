// Package help is what is done for a person who can't get in: they are unblocked,
// sent a way in, named another address or a backup one, given a password by hand, or their lost
// second factor is taken away.
//
// An account belongs to its owner, and not to any of the places where they work.
// A place may lay hands on it only while nobody else counts on it
// (identity.authority): otherwise whoever manages one place could become who
// manages another. Where an account is shared, what can't be turned against its
// owner is still offered, and support is asked for the rest: see ask.go. What is
// done binds no other place: see identity.hand.
//
// Whatever is done is told to the owner at all their addresses, and noted in the
// place's journal.
package help

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/mail"
	"habilis/internal/people"
	"habilis/internal/roles"
	"habilis/internal/signin"
)

// Service helps people in all places.
type Service struct {
	door   *access.Door
	roles  *roles.Service
	people *people.Service
	signin *signin.Service
	post   post
}

// post queues letters in the transaction of an act.
type post interface {
	SendAll(ctx context.Context, v *access.Visit, all []mail.Letter) error
	SendAccountTo(ctx context.Context, tx pgx.Tx, account uuid.UUID, template string, to mail.Address) error
	SendAccountSaying(ctx context.Context, tx pgx.Tx, account uuid.UUID, template string, about map[string]string) error
}

// New returns the help behind door.
func New(door *access.Door, roles *roles.Service, people *people.Service, signin *signin.Service, post post) *Service {
	return &Service{door, roles, people, signin, post}
}

// Who may do what.
var (
	NeedUnblock  = access.EditOf(access.People, "help.unblock")
	NeedBackup   = takesOver(access.EditOf(access.People, "help.name_backup"))
	NeedEmail    = takesOver(access.EditOf(access.People, "help.change_email"))
	NeedWithdraw = access.EditOf(access.People, "help.withdraw_backup")

	NeedWithdrawEmail = access.EditOf(access.People, "help.withdraw_email")
	NeedWithdrawAsked = access.EditOf(access.People, "help.withdraw_ask")

	NeedFactor   = takesOver(access.EditOf(access.People, "help.reset_factor"))
	NeedPassword = takesOver(access.EditOf(access.People, "help.set_password"))
	NeedReset    = access.EditOf(access.People, "help.send_reset")
	NeedAsk      = access.EditOf(access.People, "help.ask")
	NeedAsked    = access.Need{Also: access.Support}
	NeedAnswer   = access.Need{Act: "help.answer", Also: access.Support, Proof: access.ProofAlways}
)

// takesOver is the need of an act by which someone else's account could be taken
// over: it asks who is there.
func takesOver(n access.Need) access.Need {
	n.Proof = access.ProofAtTime
	return n
}

// Authority is whose an account is to help with.
type Authority string

// Ours is the authority over an account that only this place counts on; any other
// is shared.
const (
	Ours   Authority = "ours"
	Shared Authority = "shared"
)

// Facts are what a place may know of an account to help with it. Of a shared one
// the backup address is not said.
type Facts struct {
	Authority        Authority
	CameIn           bool       // ever
	Activated        bool       // has a password
	MustChange       bool       // which someone else set, and which opens only choosing another
	PasswordUntil    *time.Time // of one that someone else set
	Outgrown         bool       // has to replace a password of their own: what it did beside is gone
	Factor           bool       // has a second factor
	Beside           bool       // has one beside which a shorter password does
	HeldUntil        *time.Time
	Backup           string
	BackupAt         *time.Time // when it was named
	BackupVerifiedAt *time.Time // when its owner confirmed it
	BackupOpensAt    *time.Time // from when it may be sent what sets a password; nil while it may not
}

// BackupOpens reports whether the backup address may be sent what sets a password.
func (f Facts) BackupOpens(now time.Time) bool {
	return f.BackupOpensAt != nil && !now.Before(*f.BackupOpensAt)
}

// subject is who is helped.
type subject struct {
	ID            uuid.UUID
	AccountID     uuid.UUID
	Family, Given string
	Username      string
	Email         string
	State         people.State
	Facts
}

func (p *subject) name() string { return p.Given + " " + p.Family }

// ours refuses what may be done to an account that only this place counts on.
func (p *subject) ours() error {
	if p.Authority != Ours {
		return errShared()
	}
	return nil
}

const factColumns = `h.authority, h.came_in, h.activated, h.must_change, h.password_until, h.outgrown, h.factor, h.beside, h.held_until, h.backup, h.backup_at, h.backup_verified_at,
       h.backup_opens_at`

const readSubject = `
select r.id, r.account_id, r.family, r.given, r.username, r.email, r.state, ` + factColumns + `
  from resource r
 cross join lateral identity.help_here(r.account_id, @now) h
 where r.id = @id`

// Turn is one act of help.
type Turn struct {
	Person     uuid.UUID
	Reason     string
	Submission uuid.UUID // the same for a form that is sent twice
}

// act opens an act for someone whom the actor may act on: nobody above them,
// nobody archived, never themselves. A form that is sent twice counts once.
func (s *Service) act(ctx context.Context, a access.Actor, need access.Need, turn Turn, do func(*access.Visit, *subject) error) error {
	return s.actAbout(ctx, a, need, turn, func(v *access.Visit, p *subject) error {
		if p.State == people.Archived {
			return fault.Conflict("people.archived")
		}
		return do(v, p)
	})
}

// actAbout is act for what may also be done about someone archived.
func (s *Service) actAbout(ctx context.Context, a access.Actor, need access.Need, turn Turn, do func(*access.Visit, *subject) error) error {
	return s.door.Enter(ctx, a, need, func(v *access.Visit) error {
		p, err := s.reach(ctx, v, turn.Person)
		if err != nil {
			return err
		}
		_, first, err := v.Once(ctx, turn.Submission, turn.Person.String())
		if err != nil {
			return err
		}
		if !first {
			v.Unchanged()
			return nil
		}
		return do(v, p)
	})
}

// reach finds who is to be helped, and refuses whom the actor may not act on.
func (s *Service) reach(ctx context.Context, v *access.Visit, id uuid.UUID) (*subject, error) {
	rows, err := v.Query(ctx, readSubject, pgx.StrictNamedArgs{"id": id, "now": v.Now})
	if err != nil {
		return nil, fmt.Errorf("reading a person: %w", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[subject])
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, fault.NotFound("people.absent")
	case err != nil:
		return nil, fmt.Errorf("reading a person: %w", err)
	}
	v.Aim("resource", p.ID, p.name())
	if v.Actor.Office() == access.Person {
		if v.Resource.ID == id {
			return nil, fault.Forbidden("help.not_oneself")
		}
		if err := s.roles.MayActOn(ctx, v, id); err != nil {
			return nil, err
		}
	}
	if p.AccountID == v.Actor.Account() {
		return nil, fault.Forbidden("help.not_oneself")
	}
	return p, nil
}

// operator is the operator in whose power an act is, zero for someone of the place.
func operator(v *access.Visit) *uuid.UUID {
	if v.Actor.Office() != access.Support {
		return nil
	}
	account := v.Actor.Account()
	return &account
}

// maxReason is the longest reason, in characters.
const maxReason = 500

// reason reads why something is done, which is told to the person.
func reason(typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	switch {
	case typed == "":
		return "", fault.Invalid("reason", "help.reason_missing")
	case utf8.RuneCountInString(typed) > maxReason:
		return "", fault.Invalid("reason", "people.reason_long", "Max", maxReason)
	}
	return typed, nil
}

// seldom bounds how often a person is helped in one way, and by one manager: each
// time writes to them.
func seldom(ctx context.Context, v *access.Visit, p *subject) error {
	for _, l := range []access.Limit{
		{Key: "help:" + v.Actor.Tenant().String() + ":" + p.ID.String(), Free: 10, Base: 300, Most: 3600},
		{Key: "help_by:" + v.Actor.Account().String(), Free: 60, Base: 60, Most: 3600},
	} {
		ok, err := v.Spend(ctx, l)
		if err != nil {
			return err
		}
		if !ok {
			return fault.Busy("help.busy")
		}
	}
	return nil
}

// tell writes to the person at all their addresses. What became of the first letter
// shows on their sheet.
func (s *Service) tell(ctx context.Context, v *access.Visit, p *subject, template string, params map[string]string) error {
	all, err := people.ToldAt(ctx, v, p.AccountID)
	if err != nil {
		return err
	}
	var letters []mail.Letter
	for i, one := range all {
		l := mail.Letter{Template: template, Recipient: people.AddressOf(one.Address), Locale: one.Locale, Params: map[string]string{"by": roles.ByName(v, one.Locale)}}
		if i == 0 {
			l.Resource = p.ID
		}
		for name, value := range params {
			l.Params[name] = value
		}
		letters = append(letters, l)
	}
	return s.post.SendAll(ctx, v, letters)
}

// errShared is the answer to who lays hands on an account that is not the place's
// to help with.
func errShared() error { return fault.Conflict("help.shared") }

// errStale is the answer to a form that was begun before someone else's act.
func errStale() error { return fault.Conflict("help.stale") }
