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
)

// NewEmail is another address for someone's account, as typed. Faults stand beside
// the fields email and reason.
type NewEmail struct {
	Person     uuid.UUID
	Email      string
	Reason     string
	Submission uuid.UUID // the same for a form that is sent twice
}

// ChangeEmail asks for another address of someone who has come in. It counts once
// whoever reads it has confirmed it by a link; the present ones are told at once.
// The address of who never came in is corrected with the rest of their profile.
func (s *Service) ChangeEmail(ctx context.Context, a access.Actor, n NewEmail) error {
	return s.act(ctx, a, NeedEmail, Turn{Person: n.Person, Submission: n.Submission}, func(v *access.Visit, p *subject) error {
		if err := p.ours(); err != nil {
			return err
		}
		if !p.CameIn {
			return fault.Conflict("help.email_by_edit")
		}
		email, wrong := p.parseEmail(n.Email)
		why, err := reason(n.Reason)
		if err := addTo(wrong, err); err != nil {
			return err
		}
		if err := seldom(ctx, v, p); err != nil {
			return err
		}
		if err := v.Prove(); err != nil {
			return err
		}
		return s.changeEmail(ctx, v, p, email, why)
	})
}

// parseEmail reads an address that isn't the main one.
func (p *subject) parseEmail(typed string) (people.Email, error) {
	email, err := people.ParseEmail(typed)
	if err != nil {
		return email, err
	}
	if main, err := people.ParseEmail(p.Email); err == nil && main.Key() == email.Key() {
		return email, fault.Invalid("email", "help.email_same")
	}
	return email, nil
}

const nameEmail = `select identity.email_name(@account, @operator, @by, @email, @key, @now)`

func (s *Service) changeEmail(ctx context.Context, v *access.Visit, p *subject, email people.Email, why string) error {
	var bar string
	err := v.QueryRow(ctx, nameEmail, pgx.StrictNamedArgs{"account": p.AccountID, "operator": operator(v), "by": v.Actor.Account(),
		"email": email.String(), "key": email.Key(), "now": v.Now}).Scan(&bar)
	switch {
	case err != nil:
		return fmt.Errorf("asking for an address: %w", err)
	case bar == "shared":
		return errShared()
	case bar == "same":
		return fault.Invalid("email", "help.email_same")
	}
	v.Record(access.Entry{Act: NeedEmail.Act, TargetKind: "resource", Target: p.ID, Label: p.name(), Reason: why,
		Before: map[string]any{"email": p.Email}, After: map[string]any{"email": email.String()}})
	if err := s.tell(ctx, v, p, mail.EmailNamed, map[string]string{"address": email.String(), "reason": why}); err != nil {
		return err
	}
	return s.post.SendAccountTo(ctx, v.Tx, p.AccountID, mail.ConfirmEmail, mail.ToPending)
}

// addTo joins what is wrong with two fields of a form.
func addTo(first, second error) error {
	var wrong fault.Faults
	for _, err := range []error{first, second} {
		if failed := wrong.Add(err); failed != nil {
			return failed
		}
	}
	return wrong.Err()
}
