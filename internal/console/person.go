package console

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/people"
	"habilis/internal/roles"
)

// Made is a person who was brought into a place.
type Made struct {
	Username string
	Joined   bool // with an account that they had: their password stays
}

// needPerson is the console's own.
var needPerson = access.Need{Act: "people.create", Also: access.Console}

// CreatePerson brings someone into a place with a role of its kind, by the
// role's key: the first pilot has nobody there to be added by. They are told by
// mail: a temporary password, or the role for who has an account already.
func (s *Service) CreatePerson(ctx context.Context, tenant uuid.UUID, n Newcomer, role string) (made Made, err error) {
	a, err := n.parse()
	if err != nil {
		return made, err
	}
	err = s.door.Enter(ctx, access.AtConsole(tenant), needPerson, func(v *access.Visit) error {
		a.locale = i18n.Locale(v.Tenant.Locale)
		given, err := roleByKey(ctx, v, role)
		if err != nil {
			return err
		}
		known, err := s.settle(ctx, v, &a)
		if err != nil {
			return err
		}
		made = Made{a.username.String(), known.joined}
		resource := access.NewID()
		if err := s.add(ctx, v, resource, a, known); err != nil {
			return err
		}
		if _, err := s.roles.Give(ctx, v, resource, roles.Giving(given.ID)); err != nil {
			return err
		}
		v.Record(access.Entry{TargetKind: "resource", Target: resource, Label: a.name(),
			After: map[string]any{"username": a.username.String(), "email": a.email.String(), "role": given.Name}})
		return s.tell(ctx, v, resource, a, known, given.Name)
	})
	return made, err
}

// role is one of the place's.
type role struct {
	ID   uuid.UUID
	Name string
}

func roleByKey(ctx context.Context, v *access.Visit, key string) (r role, err error) {
	err = v.QueryRow(ctx, `select id, case when $2 then name_fr else name_en end from role where preset = $1 and retired_at is null`,
		key, i18n.Locale(v.Tenant.Locale).French()).Scan(&r.ID, &r.Name)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, fault.Invalid("role", "roles.absent")
	}
	if err != nil {
		return r, fmt.Errorf("reading a role: %w", err)
	}
	return r, nil
}

// known is the account that an address has already, if any.
type known struct {
	joined    bool
	activated bool // has a password
	factor    string
}

// strongest is the second factor that lists show of an account, by the methods that it
// has; as identity.mark_factor has it.
func strongest(methods []string) string {
	for _, m := range []struct{ method, shown string }{{"passkey", "passkey"}, {"totp", "app"}, {"sms", "sms"}, {"email", "email"}} {
		if slices.Contains(methods, m.method) {
			return m.shown
		}
	}
	return ""
}

// settle finds the account of the address, or a user name for a new one.
func (s *Service) settle(ctx context.Context, v *access.Visit, a *account) (k known, err error) {
	var username, hash string
	var methods []string
	err = v.QueryRow(ctx, `select id, username, given, family, password_hash, methods, locale from identity.sign_in_lookup('', $1)`, a.email.Key()).
		Scan(&a.id, &username, &a.given, &a.family, &hash, &methods, &a.locale)
	if errors.Is(err, pgx.ErrNoRows) {
		return k, a.settle(ctx, v)
	}
	if err != nil {
		return k, fmt.Errorf("looking up an address: %w", err)
	}
	var may bool
	if err := v.QueryRow(ctx, `select identity.may_join($1, $2)`, a.id, a.email.Key()).Scan(&may); err != nil {
		return k, fmt.Errorf("judging an account: %w", err)
	}
	if !may {
		return k, fault.Conflict("people.unproved")
	}
	k = known{joined: true, activated: hash != ""}
	k.factor = strongest(methods)
	a.username, err = people.ParseUsername(username)
	return k, err
}

// add writes the person into the place.
func (s *Service) add(ctx context.Context, v *access.Visit, resource uuid.UUID, a account, k known) error {
	m := people.Member{ID: resource, Account: a.id, Family: a.family, Given: a.given, Username: a.username.String(), Email: a.email.String(),
		State: people.Pending, SecondFactor: k.factor}
	if k.activated {
		m.State = people.Active
	}
	var b pgx.Batch
	if !k.joined {
		a.queue(&b, v.Now)
	}
	m.Queue(&b, v)
	return refusal("adding a person", v.SendBatch(ctx, &b).Close())
}

// tell writes to the person: how to come in, or what they were given.
func (s *Service) tell(ctx context.Context, v *access.Visit, resource uuid.UUID, a account, k known, role string) error {
	l := mail.Letter{Resource: resource, Recipient: a.email.Address(), Locale: a.locale}
	by := i18n.For(a.locale).T("account.places.by.console")
	if k.activated {
		l.Template, l.Params = mail.RoleChanged, map[string]string{"by": by, "given": role}
	} else {
		l.Template, l.Account = mail.TemporaryPassword, a.id
		l.Params = map[string]string{"username": a.username.String(), "by": by}
	}
	_, err := s.post.Send(ctx, v, l)
	return err
}
