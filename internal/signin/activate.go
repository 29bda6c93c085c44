package signin

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
)

// Activate uses a link of that purpose: it sets the account's first password, typed
// twice, and signs its owner in. There was no factor before, or it was taken away, and
// another is set up first; else, whether one is to be is for the place that they come to.
func (s *Service) Activate(ctx context.Context, l *Link, plain, again string, o access.Origin) (Outcome, error) {
	generation, err := s.setByLink(ctx, l, ToActivate, plain, again, o)
	if err != nil {
		return Outcome{}, err
	}
	found, err := s.lookUp(ctx, l.Username)
	if err != nil {
		return Outcome{}, err
	}
	try := attemptOf(found, o.Address, nil)
	try.once = true
	did, err := s.settle(ctx, &try, true, new(bool))
	if err != nil {
		return Outcome{}, err
	}
	out := outcome(found, false)
	out.Generation, out.Through, out.First = generation, l.Mailbox, !l.Activated
	return out.owing(did.Owes), nil
}

// Reset uses a link of that purpose: it sets another password, typed twice, ends
// all sessions, and forgets the failures that hold up whoever shows the mailbox.
// It neither signs in nor stands for a second factor.
func (s *Service) Reset(ctx context.Context, l *Link, plain, again string, o access.Origin) error {
	if _, err := s.setByLink(ctx, l, ToReset, plain, again, o); err != nil {
		return err
	}
	try := attemptOf(&account{ID: l.AccountID, named: l.AccountID.String()}, o.Address, nil)
	_, err := s.door.Identity().Exec(ctx, `select identity.sign_in_known($1, $2, $3), identity.mark_failures($4, 0, null)`,
		try.pair.key, try.login.key, s.clock(), l.AccountID)
	return err
}

// setByLink judges a password, and sets it if the link is still worth it.
func (s *Service) setByLink(ctx context.Context, l *Link, purpose Purpose, plain, again string, o access.Origin) (generation int, err error) {
	if l.State != LinkLive || l.Purpose != purpose || l.AccountID == uuid.Nil {
		return 0, errDead()
	}
	ctx = inTurn(ctx, l.AccountID.String(), o.Address)
	alone, err := s.judge(ctx, l.AccountID, plain, again)
	if err != nil {
		return 0, err
	}
	hash, err := s.hasher.Hash(ctx, plain)
	if err != nil {
		return 0, err
	}
	err = s.Use(ctx, l, purpose, func(tx pgx.Tx) error {
		generation, err = s.writePassword(ctx, tx, access.Signed{Account: l.AccountID, Origin: o}, chosen{hash, alone, l.Mailbox})
		return err
	})
	return generation, err
}
