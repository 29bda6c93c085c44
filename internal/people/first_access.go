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
// before it. It goes to their address, or to a backup one that they confirmed, and
// returns which.
func (s *Service) Resend(ctx context.Context, a access.Actor, id uuid.UUID, to mail.Address) (address string, err error) {
	err = s.door.Enter(ctx, a, NeedResend, func(v *access.Visit) error {
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
		}
		if to == mail.ToBackup {
			if p.Email, err = openBackup(ctx, v, p.AccountID); err != nil {
				return err
			}
		}
		if p.Email == "" {
			return fault.Conflict("people.no_email")
		}
		address = p.Email
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
	return address, err
}

// openBackup is the backup address of an account, if it may be sent what sets a
// password.
func openBackup(ctx context.Context, v *access.Visit, account uuid.UUID) (address string, err error) {
	err = v.QueryRow(ctx, `select backup from identity.help_here($1, $2) where backup_opens_at <= $2`, account, v.Now).Scan(&address)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return "", fault.Conflict("people.backup_waits")
	case err != nil:
		return "", fmt.Errorf("reading a backup address: %w", err)
	}
	return address, nil
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
