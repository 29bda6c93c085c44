package people

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/tenants/kinds"
)

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
