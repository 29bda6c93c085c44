package help

import (
	"context"
	"fmt"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/mail"
)

// ResetFactor takes the second factors of someone away who lost them, and ends
// their sessions: at the next sign-in they set up another, and choose another password
// where theirs did beside what is gone.
func (s *Service) ResetFactor(ctx context.Context, a access.Actor, turn Turn) error {
	return s.act(ctx, a, NeedFactor, turn, func(v *access.Visit, p *subject) error {
		why, err := reason(turn.Reason)
		if err != nil {
			return err
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
		return s.resetFactor(ctx, v, p, why)
	})
}

func (s *Service) resetFactor(ctx context.Context, v *access.Visit, p *subject, why string) error {
	if !p.Factor {
		return fault.Conflict("help.no_factor")
	}
	var done bool
	if err := v.QueryRow(ctx, `select identity.factors_reset($1, $2, $3)`, p.AccountID, operator(v), v.Now).Scan(&done); err != nil {
		return fmt.Errorf("resetting second factors: %w", err)
	}
	if !done {
		return errShared()
	}
	v.Record(access.Entry{Act: NeedFactor.Act, TargetKind: "resource", Target: p.ID, Label: p.name(), Reason: why})
	about := map[string]string{"reason": why}
	var outgrown bool
	if err := v.QueryRow(ctx, `select outgrown from identity.password_stands($1)`, p.AccountID).Scan(&outgrown); err != nil {
		return fmt.Errorf("reading what a password stands beside: %w", err)
	}
	if outgrown {
		about["choose"] = "yes"
	}
	return s.tell(ctx, v, p, mail.FactorReset, about)
}
