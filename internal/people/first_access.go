package people

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/tenants"
	"habilis/internal/tenants/kinds"
)

// checkByHand asks for a password where the place's people get their first access
// so, and refuses one where its managers set none.
func checkByHand(policies tenants.Policies, n Newcomer, wrong *fault.Faults) error {
	switch {
	case n.PasswordHash != "" && !policies.ManagerSetsPassword:
		return fault.Conflict("help.no_passwords")
	case n.PasswordHash == "" && len(n.Wrong) == 0 && policies.FirstAccess == kinds.FirstPassword:
		*wrong = append(*wrong, fault.Invalid("password", "people.password_missing"))
	}
	return nil
}

// letIn sets the password that a manager chose for someone new, and tells them so
// if they have an address.
func (s *Service) letIn(ctx context.Context, v *access.Visit, p found, c candidate) error {
	var done bool
	if err := v.QueryRow(ctx, `select identity.password_by_hand($1, $2, $3)`, p.AccountID, c.hash, v.Now).Scan(&done); err != nil {
		return fmt.Errorf("setting the password of someone new: %w", err)
	}
	if !done {
		return errors.New("the account of someone new is not the place's own")
	}
	if p.Email == "" {
		return nil
	}
	_, err := s.post.Send(ctx, v, mail.Letter{Template: mail.PasswordByHand, Resource: p.ID, Recipient: AddressOf(p.Email), Locale: c.locale,
		Params: map[string]string{"username": p.Username, "by": actorName(v)}})
	return err
}

// sendFirst sends what lets someone in for the first time, as the place has it, to
// who has an address: its secret is minted when it leaves.
func (s *Service) sendFirst(ctx context.Context, v *access.Visit, p found, locale i18n.Locale) error {
	if p.Email == "" {
		return nil
	}
	_, err := s.post.Send(ctx, v, mail.Letter{
		Template: mail.FirstAccess(v.Tenant.FirstAccess), Resource: p.ID, Account: p.AccountID, Recipient: AddressOf(p.Email), Locale: locale,
		Params: map[string]string{"username": p.Username, "by": actorName(v)}})
	return err
}

// AddressOf is what a mail server is told of an address as people read it.
func AddressOf(readable string) string {
	if email, err := ParseEmail(readable); err == nil {
		return email.Address()
	}
	return readable
}

// Resend sends what lets someone in for the first time, a temporary password or an
// activation link, to a person who has never come in, and voids what was sent
// before it.
func (s *Service) Resend(ctx context.Context, a access.Actor, id uuid.UUID) error {
	return s.door.Enter(ctx, a, NeedResend, func(v *access.Visit) error {
		p, err := find(ctx, v, id)
		if err != nil {
			return err
		}
		if err := s.roles.MayActOn(ctx, v, id); err != nil {
			return err
		}
		switch {
		case p.State == Archived:
			return fault.Conflict("people.archived")
		case p.State != Pending:
			return fault.Conflict("people.has_password")
		case p.Email == "":
			return fault.Conflict("people.no_email")
		}
		if err := notTooManyPasswords(ctx, v, id); err != nil {
			return err
		}
		known, err := accountHere(ctx, v, p.AccountID)
		if err != nil {
			return err
		}
		_, err = v.Exec(ctx, voidTokens, pgx.StrictNamedArgs{"account": p.AccountID, "tenant": v.Actor.Tenant(), "now": v.Now})
		if err != nil {
			return fmt.Errorf("voiding temporary passwords: %w", err)
		}
		act := ""
		if v.Tenant.FirstAccess == kinds.FirstActivation {
			act = "people.send_activation"
		}
		v.Record(access.Entry{Act: act, TargetKind: "resource", Target: id, Label: p.name(), After: map[string]any{"email": p.Email}})
		return s.sendFirst(ctx, v, p, known.Locale)
	})
}

// notTooManyPasswords bounds how often a temporary password is sent to one person
// anew: five times an hour, then more and more slowly.
func notTooManyPasswords(ctx context.Context, v *access.Visit, id uuid.UUID) error {
	ok, err := v.Spend(ctx, access.Limit{Key: "resend:" + id.String(), Free: 5, Base: 300, Most: 3600})
	if err == nil && !ok {
		return fault.Busy("people.resend_busy")
	}
	return err
}
