package signin

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
)

// ChangePassword replaces an account's password by another, typed twice, for who
// shows the present one. It ends all sessions of the account and tells its owner;
// the outcome carries the generation with which the present session goes on. A
// password that is changed in a session with a strong factor no longer hangs on the
// mailbox through which the one before was set.
func (s *Service) ChangePassword(ctx context.Context, who access.Signed, current, plain, again string) (Outcome, error) {
	id := who.Account
	ctx = inTurn(ctx, id.String(), who.Origin.Address)
	found, err := s.prove(ctx, id, current)
	var wrong fault.Faults
	if err := wrong.Add(err); err != nil {
		return Outcome{}, err
	}
	alone, err := s.judge(ctx, id, plain, again)
	if err := wrong.Add(err); err != nil {
		return Outcome{}, err
	}
	if err := wrong.Err(); err != nil {
		return Outcome{}, err
	}
	same, _, err := s.compare(ctx, found, plain)
	if err != nil {
		return Outcome{}, err
	}
	if same {
		return Outcome{}, fault.Invalid("password", "signin.same")
	}
	mailbox, err := s.keptMailbox(ctx, who)
	if err != nil {
		return Outcome{}, err
	}
	return s.setPassword(ctx, who, plain, alone, mailbox)
}

// keptMailbox is the mailbox on which the password still hangs that is chosen in a
// session: that of the one before, unless a strong factor was shown.
func (s *Service) keptMailbox(ctx context.Context, who access.Signed) (string, error) {
	if who.Factor >= access.StrongFactor {
		return "", nil
	}
	return s.passwordMailbox(ctx, who.Account)
}

// passwordMailbox is the key of the mailbox through which the present password was
// set; "" when it was none.
func (s *Service) passwordMailbox(ctx context.Context, id uuid.UUID) (key string, err error) {
	if err = s.door.Identity().QueryRow(ctx, `select coalesce(identity.password_mailbox($1), '')`, id).Scan(&key); err != nil {
		return "", fmt.Errorf("reading what a password hangs on: %w", err)
	}
	return key, nil
}

// Prove is for who is about to do what must not be done in a session that was left
// to them: it takes the account's password.
func (s *Service) Prove(ctx context.Context, id uuid.UUID, current string) error {
	_, err := s.prove(inTurn(ctx, id.String(), ""), id, current)
	return err
}

// prove checks the password of an account whose session may have been left to
// someone else. Failures count per account, wherever they come from.
func (s *Service) prove(ctx context.Context, id uuid.UUID, current string) (*account, error) {
	if err := s.spendTry(ctx, passwords(id), errSlowPassword()); err != nil {
		return nil, err
	}
	p, err := s.Person(ctx, id)
	if err != nil {
		return nil, err
	}
	found, err := s.lookUp(ctx, p.Username)
	if err != nil {
		return nil, err
	}
	right, _, err := s.compare(ctx, found, current)
	if err != nil {
		return nil, err
	}
	if !right {
		return nil, fault.Invalid("current", "signin.current_wrong")
	}
	return found, s.forgive(ctx, passwords(id))
}
