// Package signin is every way in: user name or e-mail with a password, the
// temporary password that leads only to choosing one's own, the second factor.
// All ways apply the same checks, throttle and answers.
package signin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/mail"
	"habilis/internal/people"
	"habilis/internal/secret/keyring"
	"habilis/internal/secret/passkey"
	"habilis/internal/secret/password"
	"habilis/internal/secret/token"
)

// Stage is how far a sign-in has come. Between stages a session reaches the
// next one and signing out, nothing else.
type Stage string

// The stages of a sign-in, in their order.
const (
	StageFactor Stage = "factor" // shows a second factor
	StageProve  Stage = "prove"  // shows the password again, to set one up in an old session
	StageEnrol  Stage = "enrol"  // sets one up, for a place or role that asks for one
	StageChoose Stage = "choose" // chooses a password, after a temporary one
	StageDone   Stage = ""
)

// Path is the address of a stage's page.
func (s Stage) Path() string {
	if s == StageDone {
		return "/"
	}
	return "/signin/" + string(s)
}

// Post writes to an account's owner, if and when the transaction commits.
type Post interface {
	SendAccount(ctx context.Context, tx pgx.Tx, account uuid.UUID, template string) error
	SendAccountAbout(ctx context.Context, tx pgx.Tx, account uuid.UUID, template string, about map[string]string) error
	SendForgotten(ctx context.Context, tx pgx.Tx, account uuid.UUID, to mail.Address) error
}

// Service signs people in.
type Service struct {
	door    *access.Door
	hasher  *password.Hasher
	ring    *keyring.Ring
	post    Post
	clock   func() time.Time
	product string // in authenticator apps

	couriers map[Method]Courier // of codes
	reaches  func(string) bool  // which numbers texts go to; nil for all
	site     *passkey.Site      // of passkeys
}

// New returns the way in. ring encrypts the secrets of authenticator apps, and
// keys the hashes of codes that are sent.
func New(door *access.Door, hasher *password.Hasher, ring *keyring.Ring, post Post, clock func() time.Time, more ...Option) *Service {
	s := &Service{door: door, hasher: hasher, ring: ring, post: post, clock: clock, product: "Habilis", couriers: map[Method]Courier{}, site: &passkey.Site{}}
	for _, option := range more {
		option(s)
	}
	return s
}

// Outcome is a sign-in that goes on at Stage.
type Outcome struct {
	Account    uuid.UUID
	Generation int
	Locale     string
	Stage      Stage
	Choose     bool          // a password is to be chosen before all is done
	Asked      access.Factor // what StageFactor asks for at least
	Through    string        // the mailbox of the secret that was shown; "" when it was the owner's password
	First      bool          // nobody has come in with the account before
	Waiver     access.Waiver
}

// errRefused is the one answer to a wrong password, an unknown person, an
// archived one and too many tries.
func errRefused() error { return fault.Invalid("", "signin.refused") }

type account struct {
	ID            uuid.UUID
	Username      string
	Family        string
	Given         string
	Email         string
	EmailKey      string
	Locale        string
	PasswordHash  string
	PasswordAlone bool // is known to do with nothing beside it
	MustChange    bool
	FactorGone    bool       // since what the password did beside is gone: it is its owner's
	PasswordUntil *time.Time // of one that someone else set
	Methods       []Method
	Operator      bool
	Places        int64
	Generation    int
	named         string // what the account is counted by: itself, or what was typed if that is nobody's
	typed         string // in the one form of all the ways to type it
}

// SignIn checks a user name or e-mail with a password, or with a temporary one,
// which it uses up. Whatever is wrong, the answer is the same, and so is its
// time, but for an address from which hundreds of attempts have failed; and who comes
// in again and again is told to wait. b says what the browser is known by; nil for
// nothing.
func (s *Service) SignIn(ctx context.Context, login, plain string, o access.Origin, b Browser) (Outcome, error) {
	found, err := s.lookUp(ctx, strings.TrimSpace(login))
	if err != nil {
		return Outcome{}, err
	}
	if found.PasswordUntil != nil && !s.clock().Before(*found.PasswordUntil) {
		found.PasswordHash = "" // it opens nothing any more
	}
	try := attemptOf(found, o.Address, b)
	wait, shut, err := s.mustWait(ctx, &try)
	if err != nil {
		return Outcome{}, err
	}
	if shut { // nothing is compared for it: it would take the time of those who come in
		return Outcome{}, errRefused()
	}
	ctx = try.inTurn(ctx, strings.ToLower(found.typed), o.Address)
	right, stale, err := s.compare(ctx, found, plain)
	if err != nil {
		return Outcome{}, err
	}
	var temporary bool
	var mailbox string
	var waits *bool // asked once more
	if wait {
		waits = &wait
	}
	if _, shaped := password.ParseTemporary(plain); shaped { // whatever it is, so that the answer takes as long
		if wait, err = s.stillMustWait(ctx, &try, wait); err != nil {
			return Outcome{}, err
		}
		if temporary, mailbox, err = s.takeTemporary(ctx, found, plain, !right && !wait); err != nil {
			return Outcome{}, err
		}
		waits, try.once = &wait, temporary
	}
	right = (right || temporary) && (found.Places > 0 || found.Operator)
	did, err := s.settle(ctx, &try, right, waits)
	switch {
	case err != nil:
		return Outcome{}, err
	case did.TooOften:
		return Outcome{}, errOften()
	case !did.Came:
		return Outcome{}, errRefused()
	}
	if stale {
		if err := s.rehash(ctx, found, plain); err != nil {
			return Outcome{}, err
		}
	}
	if !temporary {
		if err := s.learnAlone(ctx, found, plain); err != nil {
			return Outcome{}, err
		}
	}
	out := outcome(found, temporary)
	out.Through, out.First = mailbox, temporary && (found.PasswordHash == "" || found.MustChange && !found.FactorGone)
	return out.owing(did.Owes), nil
}

// outcome is what follows a right password. An operator shows something strong,
// or sets it up; everybody else what they have.
func outcome(a *account, temporary bool) Outcome {
	out := Outcome{Account: a.ID, Generation: a.Generation, Locale: a.Locale, Choose: temporary || a.MustChange, Asked: access.AnyFactor}
	if a.Operator {
		out.Asked = access.StrongFactor
	}
	switch {
	case len(a.Methods) > 0:
		out.Stage = StageFactor
	case a.Operator:
		out.Stage = StageEnrol
	case out.Choose:
		out.Stage = StageChoose
	}
	return out
}

const lookUp = `select id, username, family, given, email, email_key, locale, password_hash, password_alone, must_change, factor_gone, password_until, methods, operator, places, generation
  from identity.sign_in_lookup(@username, @email)`

// lookUp finds the account of a login; for an unknown one it returns an empty
// account, so that what follows does the same work.
func (s *Service) lookUp(ctx context.Context, login string) (*account, error) {
	emailKey, typed := "", login
	if email, err := people.ParseEmail(login); err == nil {
		emailKey = email.Key()
		typed = emailKey
	}
	rows, err := s.door.Identity().Query(ctx, lookUp, pgx.StrictNamedArgs{"username": login, "email": emailKey})
	if err != nil {
		return nil, fmt.Errorf("looking up an account: %w", err)
	}
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[account])
	if errors.Is(err, pgx.ErrNoRows) {
		return &account{named: typed, typed: typed}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking up an account: %w", err)
	}
	found.named, found.typed = found.ID.String(), typed
	return found, nil
}

// compare takes the same time whether there is a password to compare or not.
func (s *Service) compare(ctx context.Context, a *account, plain string) (right, stale bool, err error) {
	if a.PasswordHash == "" {
		return false, false, s.hasher.Dummy(ctx, plain)
	}
	return s.hasher.Verify(ctx, a.PasswordHash, plain)
}

// takeTemporary uses up a temporary password, and reports the key of the mailbox
// that it came by. It asks the database whether it is allowed or not.
func (s *Service) takeTemporary(ctx context.Context, a *account, plain string, allowed bool) (taken bool, mailbox string, err error) {
	canonical, _ := password.ParseTemporary(plain)
	hash := token.HashOf(canonical)
	owner := a.ID
	if !allowed {
		owner = uuid.Nil
	}
	err = s.door.Identity().QueryRow(ctx, `
select taken, case when taken then coalesce(identity.token_mailbox($1), '') else '' end
  from identity.token_take($1, 'temporary_password', $2, $3) taken`, hash[:], owner, s.clock()).Scan(&taken, &mailbox)
	if err != nil {
		return false, "", fmt.Errorf("taking a temporary password: %w", err)
	}
	return taken, mailbox, nil
}

// learnAlone notes that a password would do with nothing beside it, where that isn't
// known: it is from before it was asked.
func (s *Service) learnAlone(ctx context.Context, a *account, plain string) error {
	if a.PasswordAlone || a.MustChange {
		return nil
	}
	report, err := s.Rules(ctx, a.ID, plain)
	if err != nil || !report.Alone {
		return err
	}
	if _, err := s.door.Identity().Exec(ctx, `select identity.password_alone($1, $2)`, a.ID, a.PasswordHash); err != nil {
		return fmt.Errorf("noting that a password stands alone: %w", err)
	}
	return nil
}

func (s *Service) rehash(ctx context.Context, a *account, plain string) error {
	fresh, err := s.hasher.Hash(ctx, plain)
	if err != nil {
		return err
	}
	_, err = s.door.Identity().Exec(ctx, `select identity.password_rehash($1, $2, $3)`, a.ID, a.PasswordHash, fresh)
	return err
}

// needArrive is anyone of the place.
var needArrive = access.Need{Act: "signin.arrive", Member: true}

// Arrive notes that a person came to a place in this session: the place's "last
// sign-in", and a line in its journal.
func (s *Service) Arrive(ctx context.Context, who access.Signed, tenant uuid.UUID) error {
	return s.door.Enter(ctx, who.In(tenant), needArrive, func(v *access.Visit) error {
		v.Record(access.Entry{TargetKind: "resource", Target: v.Resource.ID, Label: v.Resource.Given + " " + v.Resource.Family})
		_, err := v.Exec(ctx, `
insert into presence (tenant_id, resource_id, last_seen_at) values (@tenant, @id, @now)
on conflict (tenant_id, resource_id) do update set last_seen_at = @now`,
			pgx.StrictNamedArgs{"tenant": tenant, "id": v.Resource.ID, "now": v.Now})
		return err
	})
}

// Places are the open places of a signed-in account, with the roles held there.
func (s *Service) Places(ctx context.Context, who access.Signed) ([]access.Place, error) {
	rows, err := s.door.Identity().Query(ctx, `select * from identity.places($1, $2)`, who.Account, s.clock())
	if err != nil {
		return nil, fmt.Errorf("reading an account's places: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[access.Place])
}

// Person is the signed-in account as its own pages show it.
type Person struct {
	ID            uuid.UUID
	Username      string
	Family, Given string
	Email         string
	EmailKey      string
	EmailVerified bool
	Locale        string
	Factor        bool // one beside which a shorter password does: not a code by e-mail
	Operator      bool
	Generation    int
}

// Person returns the account.
func (s *Service) Person(ctx context.Context, account uuid.UUID) (Person, error) {
	rows, err := s.door.Identity().Query(ctx, `select * from identity.account_get($1)`, account)
	if err != nil {
		return Person{}, fmt.Errorf("reading an account: %w", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Person])
	if errors.Is(err, pgx.ErrNoRows) {
		return p, fault.NotFound("signin.absent")
	}
	return p, err
}

// SetLocale remembers the language that the person chose.
func (s *Service) SetLocale(ctx context.Context, account uuid.UUID, locale string) error {
	_, err := s.door.Identity().Exec(ctx, `select identity.locale_set($1, $2)`, account, locale)
	return err
}

// needWear is anyone of the place.
var needWear = access.Need{Act: "signin.hat", Member: true}

// Wear notes that a person chose the role to act in: one that they hold, or all
// of them for the zero UUID.
func (s *Service) Wear(ctx context.Context, a access.Actor, role uuid.UUID) error {
	return s.door.Enter(ctx, a, needWear, func(v *access.Visit) error {
		for _, r := range v.Roles {
			if r.ID == role {
				v.Record(access.Entry{TargetKind: "role", Target: role, Label: r.NameFr})
				return nil
			}
		}
		if role != uuid.Nil {
			return fault.NotFound("signin.no_hat")
		}
		v.Record(access.Entry{TargetKind: "role"})
		return nil
	})
}
