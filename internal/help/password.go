package help

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/mail"
	"habilis/internal/people"
	"habilis/internal/secret/password"
	"habilis/internal/signin"
)

// ByHand is a password that a manager sets for someone, as typed. Faults stand
// beside the field password.
type ByHand struct {
	Person     uuid.UUID
	Password   string
	Submission uuid.UUID // the same for a form that is sent twice
}

const readAllowed = `select coalesce((policies->>'manager_sets_password')::boolean, false) from tenant`

// SetPassword gives someone a password that they must change as soon as they come
// in, where the place lets its managers do so. It ends their sessions, and what
// was sent to them.
func (s *Service) SetPassword(ctx context.Context, a access.Actor, set ByHand) error {
	page, err := s.Form(ctx, a, NeedPassword, set.Person)
	if err != nil {
		return err
	}
	if err := page.MaySetPassword(); err != nil {
		return err
	}
	hash, err := s.signin.ForAnother(ctx, signin.Manager(a.Account()), page.account, set.Password) // not while the place waits
	if err != nil {
		return err
	}
	return s.act(ctx, a, NeedPassword, Turn{Person: set.Person, Submission: set.Submission}, func(v *access.Visit, p *subject) error {
		var allowed, done bool
		if err := v.QueryRow(ctx, readAllowed).Scan(&allowed); err != nil {
			return fmt.Errorf("reading policies: %w", err)
		}
		if !allowed {
			return fault.Conflict("help.no_passwords")
		}
		if err := p.ours(); err != nil {
			return err
		}
		if err := seldom(ctx, v, p); err != nil {
			return err
		}
		if err := v.Prove(); err != nil {
			return err
		}
		if err := v.QueryRow(ctx, `select identity.password_by_hand($1, $2, $3)`, p.AccountID, hash, v.Now).Scan(&done); err != nil {
			return fmt.Errorf("setting a password by hand: %w", err)
		}
		if !done {
			return errShared()
		}
		v.Record(access.Entry{TargetKind: "resource", Target: p.ID, Label: p.name()})
		return s.tell(ctx, v, p, mail.PasswordByHand, map[string]string{"username": p.Username})
	})
}

// Rules judges a password that is typed for someone of the place.
func (s *Service) Rules(ctx context.Context, a access.Actor, person uuid.UUID, plain string) (password.Report, error) {
	page, err := s.Form(ctx, a, NeedPassword, person)
	if err != nil {
		return password.Report{}, err
	}
	if err := page.MaySetPassword(); err != nil { // what the owner's other places are called would show
		return password.Report{}, err
	}
	return s.signin.Rules(ctx, page.account, plain)
}

// Create adds a person with a password that a manager chose for them, where the
// place's people get their first access so. Faults stand beside the fields of a
// [people.Newcomer], and the field password.
func (s *Service) Create(ctx context.Context, a access.Actor, n people.Newcomer, plain string) (uuid.UUID, error) {
	if plain == "" {
		return s.people.Create(ctx, a, n)
	}
	var (
		allowed []bool
		twins   []signin.Twin
	)
	standing, err := s.door.Read(ctx, a, people.NeedCreate, func(r *access.Reading) {
		r.Query(readAllowed, nil, func(rows pgx.Rows) (err error) {
			allowed, err = pgx.CollectRows(rows, pgx.RowTo[bool])
			return err
		})
		access.All(r, &twins, `select id, password_hash from identity.namesakes(@family, @given)`, pgx.StrictNamedArgs{"family": n.Family, "given": n.Given})
	})
	if err != nil {
		return uuid.Nil, err
	}
	if !allowed[0] {
		return uuid.Nil, fault.Conflict("help.no_passwords")
	}
	n.PasswordHash, err = s.signin.ForNewcomer(ctx, signin.Manager(a.Account()), plain, aboutNewcomer(n, standing.Tenant), twins)
	var ok bool
	if n.Wrong, ok = fault.As(err); err != nil && !ok {
		return uuid.Nil, err
	}
	return s.people.Create(ctx, a, n) // it says all that is wrong at once
}

// RulesForNewcomer judges a password that is typed for someone to come.
func (s *Service) RulesForNewcomer(ctx context.Context, a access.Actor, n people.Newcomer, plain string) (password.Report, error) {
	standing, err := s.door.Read(ctx, a, people.NeedCreate, func(*access.Reading) {})
	if err != nil {
		return password.Report{}, err
	}
	return password.Check(plain, aboutNewcomer(n, standing.Tenant)), nil
}

func aboutNewcomer(n people.Newcomer, at access.Tenant) password.Context {
	return password.Context{Names: []string{n.Given, n.Family}, Email: n.Email, Username: n.Username, Places: []string{at.Name, at.Number}}
}
