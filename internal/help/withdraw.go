package help

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
)

// WithdrawEmail takes back another address that was asked for on behalf of someone,
// and that nobody has confirmed: what it was sent opens nothing any more.
func (s *Service) WithdrawEmail(ctx context.Context, a access.Actor, t Turn) error {
	return s.act(ctx, a, NeedWithdrawEmail, t, func(v *access.Visit, p *subject) error {
		if err := p.ours(); err != nil {
			return err
		}
		var email, bar string
		err := v.QueryRow(ctx, `select email from identity.email_named($1, $2)`, p.AccountID, v.Now).Scan(&email)
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.Conflict("help.no_email_asked")
		}
		if err != nil {
			return fmt.Errorf("reading the address asked for: %w", err)
		}
		if err := v.QueryRow(ctx, `select identity.email_unname($1, $2, $3)`, p.AccountID, operator(v), v.Now).Scan(&bar); err != nil {
			return fmt.Errorf("withdrawing an address: %w", err)
		}
		switch bar {
		case "shared":
			return errShared()
		case "none":
			return fault.Conflict("help.no_email_asked")
		}
		v.Record(access.Entry{TargetKind: "resource", Target: p.ID, Label: p.name(), Before: map[string]any{"email": email}})
		return nil
	})
}

const withdrawAsked = `
update help_request set state = 'withdrawn', answered_at = @now
 where id = @id and resource_id = @resource and state = 'open' returning what`

// WithdrawAsked takes back what support was asked to do for someone, and has not
// answered, though they were archived meanwhile.
func (s *Service) WithdrawAsked(ctx context.Context, a access.Actor, t Turn, request uuid.UUID) error {
	return s.actAbout(ctx, a, NeedWithdrawAsked, t, func(v *access.Visit, p *subject) error {
		var what string
		err := v.QueryRow(ctx, withdrawAsked, pgx.StrictNamedArgs{"id": request, "resource": p.ID, "now": v.Now}).Scan(&what)
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.Conflict("roles.answered")
		}
		if err != nil {
			return fmt.Errorf("withdrawing a request: %w", err)
		}
		v.Record(access.Entry{TargetKind: "resource", Target: p.ID, Label: p.name(), Before: map[string]any{"what": what}})
		return nil
	})
}
