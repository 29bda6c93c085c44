package help

import (
	"context"
	"fmt"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/mail"
)

// Unblock forgets what was tried in vain on the account of someone who is held up
// by it. It gives nobody more than the delay that is waived, and so may be done
// whoever else counts on the account.
func (s *Service) Unblock(ctx context.Context, a access.Actor, turn Turn) error {
	return s.act(ctx, a, NeedUnblock, turn, func(v *access.Visit, p *subject) error {
		why, err := reason(turn.Reason)
		if err != nil {
			return err
		}
		if p.HeldUntil == nil || !p.HeldUntil.After(v.Now) {
			return fault.Conflict("help.not_blocked")
		}
		if err := seldom(ctx, v, p); err != nil {
			return err
		}
		if _, err := v.Exec(ctx, `select identity.unblock($1)`, p.AccountID); err != nil {
			return fmt.Errorf("unblocking a person: %w", err)
		}
		v.Record(access.Entry{TargetKind: "resource", Target: p.ID, Label: p.name(), Reason: why, Before: map[string]any{"blocked_until": p.HeldUntil}})
		return s.tell(ctx, v, p, mail.AccountUnblocked, map[string]string{"reason": why})
	})
}
