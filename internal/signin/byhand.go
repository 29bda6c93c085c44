package signin

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/fault"
	"habilis/internal/secret/password"
)

// owing is the outcome of a sign-in of someone whose second factor was taken away
// by someone else, where one is owed: another is set up before all else.
func (o Outcome) owing(factor bool) Outcome {
	if factor && o.Stage != StageFactor {
		o.Stage = StageEnrol
	}
	return o
}

// refusePresent keeps a password that someone else set from becoming the lasting
// one. Whoever chooses otherwise may choose the present one again: to have it told
// would tell what it is.
func (s *Service) refusePresent(ctx context.Context, id uuid.UUID, plain string) error {
	p, err := s.Person(ctx, id)
	if err != nil {
		return err
	}
	found, err := s.lookUp(ctx, p.Username)
	if err != nil {
		return err
	}
	if !found.MustChange {
		return nil
	}
	same, _, err := s.compare(ctx, found, plain)
	if err == nil && same {
		err = fault.Invalid("password", "signin.by_hand_kept")
	}
	return err
}

// Twin is another account of the same person, as far as can be known: one of the
// same names in the same place, or with the same confirmed backup address or mobile.
type Twin struct {
	ID           uuid.UUID
	PasswordHash string
}

// twinTries bounds how often passwords are compared with that of a twin, who may be
// someone else of the same name: ten times an hour, then more and more slowly.
func twinTries(account uuid.UUID) limit {
	return limit{"twin:" + account.String(), 10, 60, 15 * 60}
}

// refuseTwin keeps one password from serving two accounts of one person.
func (s *Service) refuseTwin(ctx context.Context, id uuid.UUID, plain string) error {
	rows, err := s.door.Identity().Query(ctx, `select id, password_hash from identity.twins($1)`, id)
	if err != nil {
		return fmt.Errorf("looking for a person's other accounts: %w", err)
	}
	twins, err := pgx.CollectRows(rows, pgx.RowToStructByName[Twin])
	if err != nil {
		return fmt.Errorf("looking for a person's other accounts: %w", err)
	}
	return s.Apart(ctx, plain, twins)
}

// Apart refuses a password that serves one of the accounts already.
func (s *Service) Apart(ctx context.Context, plain string, twins []Twin) error {
	for _, twin := range twins {
		if err := s.spendTry(ctx, twinTries(twin.ID), fault.Busy("signin.slow_password").On("password")); err != nil {
			return err
		}
		same, _, err := s.hasher.Verify(ctx, twin.PasswordHash, plain)
		if err != nil {
			return err
		}
		if same {
			return fault.Invalid("password", "signin.twin")
		}
	}
	return nil
}

// ForAnother judges a password that someone else sets for an account, and hashes
// it. What the account's present password is, is not told by it.
func (s *Service) ForAnother(ctx context.Context, id uuid.UUID, plain string) (hash string, err error) {
	report, err := s.Rules(ctx, id, plain)
	if err != nil {
		return "", err
	}
	if err := report.Err("password"); err != nil {
		return "", err
	}
	if err := s.refuseTwin(ctx, id, plain); err != nil {
		return "", err
	}
	return s.hasher.Hash(ctx, plain)
}

// ForNewcomer is ForAnother for someone who has no account yet.
func (s *Service) ForNewcomer(ctx context.Context, plain string, about password.Context, namesakes []Twin) (hash string, err error) {
	if err := password.Check(plain, about).Err("password"); err != nil {
		return "", err
	}
	if err := s.Apart(ctx, plain, namesakes); err != nil {
		return "", err
	}
	return s.hasher.Hash(ctx, plain)
}
