package signin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/secret/code"
)

// Courier carries a code to whom it is for: it is minted when it leaves. The
// request leaves if and when the transaction commits.
type Courier interface {
	SendCode(ctx context.Context, tx pgx.Tx, account, flow, ask uuid.UUID) error
}

// Option is what a site may have beside the rest.
type Option func(*Service)

// CodesBy offers codes by a method, carried so.
func CodesBy(m Method, c Courier) Option { return func(s *Service) { s.couriers[m] = c } }

// Sends reports whether codes can be sent by a method here.
func (s *Service) Sends(m Method) bool { return s.couriers[m] != nil }

// Why a code is sent.
const (
	purposeShow = "show" // a second factor that is set up
	purposeAdd  = "add"  // one that is to be
)

// Waiting is the code that a flow waits for.
type Waiting struct {
	Purpose string
	Kind    Method
	Target  string // the mobile that is to be added, else ""
	Refused bool   // the mail server or the gateway didn't take it
}

// WaitingFor is the code that the flow of an account waits for, nil for none.
func (s *Service) WaitingFor(ctx context.Context, id, flow uuid.UUID) (*Waiting, error) {
	rows, err := s.door.Identity().Query(ctx, `select * from identity.code_state($1, $2, $3)`, id, flow, s.clock())
	if err != nil {
		return nil, fmt.Errorf("reading a code: %w", err)
	}
	w, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[Waiting])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return w, err
}

// SendCode sends a code to show in the flow, and voids the flow's one before.
// through is as in [Service.HeldBy].
func (s *Service) SendCode(ctx context.Context, who access.Signed, flow uuid.UUID, through string, m Method) error {
	h, err := s.HeldBy(ctx, who.Account, through)
	if err != nil {
		return err
	}
	if !m.Sent() || !slices.Contains(s.offered(h, access.AnyFactor), m) {
		return fault.Invalid("", "signin.code_not_offered")
	}
	return s.send(ctx, who, flow, sending{purposeShow, m, "", h.Mobile})
}

// sending is a code to send.
type sending struct {
	purpose string
	by      Method
	target  string // the mobile that is to be added, else ""
	number  string // that a text goes to
}

func (s *Service) send(ctx context.Context, who access.Signed, flow uuid.UUID, c sending) error {
	id := who.Account
	if err := s.spendOwnTry(ctx, who, sendings(id), fault.Busy("signin.code_later")); err != nil {
		return err
	}
	if c.by == SMS {
		if err := s.spendText(ctx, who, c); err != nil {
			return err
		}
	}
	ask := access.NewID()
	return s.within(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `select identity.code_ask($1, $2, $3, $4, $5, $6, $7)`, id, flow, ask, c.purpose, string(c.by), c.target, s.clock())
		if err != nil {
			return fmt.Errorf("asking for a code: %w", err)
		}
		return s.couriers[c.by].SendCode(ctx, tx, id, flow, ask)
	})
}

// FactorSent checks a code that was sent in the flow. Failures count with those
// of all other codes of the account.
func (s *Service) FactorSent(ctx context.Context, who access.Signed, flow uuid.UUID, m Method, typed string) error {
	if err := typedCode(typed); err != nil {
		return err
	}
	if err := s.spendOwnTry(ctx, who, codes(who.Account), errSlow()); err != nil {
		return err
	}
	_, right, err := s.takeCode(ctx, s.door.Identity(), who.Account, flow, purposeShow, m, typed)
	if err != nil {
		return err
	}
	if !right {
		return fault.Invalid("code", "signin.code_sent_wrong")
	}
	return s.shown(ctx, who, m)
}

// asking is a pool or a transaction.
type asking interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// takeCode uses a code up; target is the mobile to which it was sent to be added.
func (s *Service) takeCode(ctx context.Context, db asking, id, flow uuid.UUID, purpose string, m Method, typed string) (target string, right bool, err error) {
	plain, ok := code.Parse(typed)
	if !ok {
		return "", false, nil
	}
	var sent *string
	err = db.QueryRow(ctx, `select identity.code_take($1, $2, $3, $4, $5, $6)`,
		id, flow, purpose, string(m), code.Hashes(s.ring, id, flow, plain), s.clock()).Scan(&sent)
	if err != nil {
		return "", false, fmt.Errorf("taking a code: %w", err)
	}
	if sent == nil {
		return "", false, nil
	}
	return *sent, true, nil
}
