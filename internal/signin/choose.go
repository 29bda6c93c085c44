package signin

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/mail"
	"habilis/internal/secret/password"
	"habilis/internal/secret/token"
)

// Rules judges a password as it is typed, for the account that chooses it.
func (s *Service) Rules(ctx context.Context, account uuid.UUID, plain string) (password.Report, error) {
	about, err := s.about(ctx, account)
	if err != nil {
		return password.Report{}, err
	}
	return password.Check(plain, about), nil
}

// about is whom the password is for: what must not stand in it.
func (s *Service) about(ctx context.Context, id uuid.UUID) (password.Context, error) {
	p, err := s.Person(ctx, id)
	if err != nil {
		return password.Context{}, err
	}
	about := password.Context{
		Names: []string{p.Given, p.Family}, Email: p.Email, Username: p.Username, Product: s.product, SecondFactor: p.Factor,
	}
	rows, err := s.door.Identity().Query(ctx, `select unnest(array[name, number]) from identity.places($1, $2)`, id, s.clock())
	if err != nil {
		return password.Context{}, fmt.Errorf("reading an account's places: %w", err)
	}
	about.Places, err = pgx.CollectRows(rows, pgx.RowTo[string])
	return about, err
}

// ChoosePassword sets the account's own password, typed twice, ends all its
// sessions and tells its owner. Mailbox is the key of the one through which they
// proved who they are, "" for none: it is no second factor beside this password
// (NIST SP 800-63B-4, 3.1.3). The outcome is a sign-in that is complete.
func (s *Service) ChoosePassword(ctx context.Context, who access.Signed, plain, again, mailbox string) (Outcome, error) {
	ctx = inTurn(ctx, who.Account.String(), who.Origin.Address)
	alone, err := s.judge(ctx, who.Account, plain, again)
	if err != nil {
		return Outcome{}, err
	}
	if mailbox == "" {
		if mailbox, err = s.keptMailbox(ctx, who); err != nil {
			return Outcome{}, err
		}
	}
	return s.setPassword(ctx, who, plain, alone, mailbox)
}

func (s *Service) setPassword(ctx context.Context, who access.Signed, plain string, alone bool, mailbox string) (Outcome, error) {
	hash, err := s.hasher.Hash(ctx, plain)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{Account: who.Account, Stage: StageDone}
	err = s.within(ctx, func(tx pgx.Tx) error {
		out.Generation, err = s.writePassword(ctx, tx, who, chosen{hash, alone, mailbox})
		return err
	})
	return out, err
}

// chosen is a password that was found good.
type chosen struct {
	hash    string
	alone   bool   // it would do with nothing beside it
	mailbox string // see ChoosePassword
}

// writePassword sets a password, tells the account's owner, and notes it in their
// places. It returns the new generation of the account's sessions.
func (s *Service) writePassword(ctx context.Context, tx pgx.Tx, who access.Signed, c chosen) (int, error) {
	var generation *int
	err := tx.QueryRow(ctx, `select identity.password_set($1, $2, $3::boolean, $4, $5)`, who.Account, c.hash, c.alone, c.mailbox, s.clock()).Scan(&generation)
	if err != nil {
		return 0, fmt.Errorf("setting a password: %w", err)
	}
	if generation == nil {
		return 0, fault.Invalid("password", "signin.factor_went")
	}
	if err := s.post.SendAccount(ctx, tx, who.Account, mail.PasswordChanged); err != nil {
		return 0, err
	}
	return *generation, s.Note(ctx, tx, who, "account.password", nil)
}

// judge refuses what can't be an account's password; it reports whether the password
// would do with nothing beside it.
func (s *Service) judge(ctx context.Context, id uuid.UUID, plain, again string) (alone bool, err error) {
	report, err := s.Rules(ctx, id, plain)
	if err != nil {
		return false, err
	}
	if err := report.Err("password"); err != nil {
		return false, err
	}
	if plain != again {
		return false, fault.Invalid("again", "signin.differs")
	}
	if err := s.refuseTemporary(ctx, id, plain); err != nil {
		return false, err
	}
	if err := s.refusePresent(ctx, id, plain); err != nil {
		return false, err
	}
	return report.Alone, s.refuseTwin(ctx, Chooser{id, true}, id, plain)
}

// Outgrown reports that an account's password has to be replaced since what it did
// beside is gone.
func (s *Service) Outgrown(ctx context.Context, id uuid.UUID) (outgrown bool, err error) {
	_, outgrown, err = s.passwordStands(ctx, s.door.Identity(), id)
	return outgrown, err
}

// StandsAlone reports that an account's password would do with nothing beside it, or
// that there is none; false where that is unknown.
func (s *Service) StandsAlone(ctx context.Context, id uuid.UUID) (alone bool, err error) {
	alone, _, err = s.passwordStands(ctx, s.door.Identity(), id)
	return alone, err
}

type rowReader interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func (s *Service) passwordStands(ctx context.Context, from rowReader, id uuid.UUID) (alone, outgrown bool, err error) {
	if err = from.QueryRow(ctx, `select alone, outgrown from identity.password_stands($1)`, id).Scan(&alone, &outgrown); err != nil {
		return false, false, fmt.Errorf("reading what a password stands beside: %w", err)
	}
	return alone, outgrown, nil
}

// refuseTemporary keeps a temporary password from becoming the lasting one.
func (s *Service) refuseTemporary(ctx context.Context, id uuid.UUID, plain string) error {
	canonical, ok := password.ParseTemporary(plain)
	if !ok {
		return nil
	}
	var known bool
	hash := token.HashOf(canonical)
	if err := s.door.Identity().QueryRow(ctx, `select identity.token_known($1, $2)`, id, hash[:]).Scan(&known); err != nil {
		return fmt.Errorf("comparing with temporary passwords: %w", err)
	}
	if known {
		return fault.Invalid("password", "signin.temporary_kept")
	}
	return nil
}

func (s *Service) within(ctx context.Context, do func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, s.door.Identity(), do)
}
