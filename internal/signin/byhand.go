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

// refusePresent keeps a password that has to be replaced from becoming the lasting
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
	switch {
	case err == nil && same && found.FactorGone:
		err = fault.Invalid("password", "signin.outgrown_kept")
	case err == nil && same:
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

// Chooser is who chooses a password that is compared with those of twins.
type Chooser struct {
	Account uuid.UUID
	own     bool // the password is theirs
}

// Manager is someone who chooses a password for someone else.
func Manager(account uuid.UUID) Chooser { return Chooser{Account: account} }

// twinTries bounds how often someone has passwords compared with that of a twin, who
// may be someone else of the same name: ten times an hour, then more and more slowly.
func (c Chooser) twinTries(twin uuid.UUID) limit {
	return limit{"twin:" + twin.String() + "|" + c.Account.String(), 10, 60, 15 * 60}
}

// allTwinTries bounds the same of all together.
func allTwinTries(twin uuid.UUID) limit {
	return limit{"twin:" + twin.String(), 40, 60, 15 * 60}
}

// compares counts a comparison with a twin, and reports whether it may be made. Where
// it may not, who chooses for someone else waits, if it is because of them. Nobody else
// does: namesakes would keep each other from a password of their own. Who is let
// through learns nothing by it.
func (s *Service) compares(ctx context.Context, by Chooser, twin uuid.UUID) (bool, error) {
	err := s.spendTry(ctx, by.twinTries(twin), fault.Busy("signin.slow_password").On("password"))
	if fault.Is(err, fault.KindBusy) && by.own {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	err = s.spendTry(ctx, allTwinTries(twin), fault.Busy("signin.slow_password"))
	if fault.Is(err, fault.KindBusy) {
		return false, nil
	}
	return err == nil, err
}

// refuseTwin keeps one password from serving two accounts of one person.
func (s *Service) refuseTwin(ctx context.Context, by Chooser, id uuid.UUID, plain string) error {
	rows, err := s.door.Identity().Query(ctx, `select id, password_hash from identity.twins($1)`, id)
	if err != nil {
		return fmt.Errorf("looking for a person's other accounts: %w", err)
	}
	twins, err := pgx.CollectRows(rows, pgx.RowToStructByName[Twin])
	if err != nil {
		return fmt.Errorf("looking for a person's other accounts: %w", err)
	}
	return s.apart(ctx, by, plain, twins)
}

// apart refuses a password that serves one of the accounts already.
func (s *Service) apart(ctx context.Context, by Chooser, plain string, twins []Twin) error {
	for _, twin := range twins {
		compares, err := s.compares(ctx, by, twin.ID)
		if err != nil {
			return err
		}
		if !compares {
			continue
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
func (s *Service) ForAnother(ctx context.Context, by Chooser, id uuid.UUID, plain string) (hash string, err error) {
	ctx = inTurn(ctx, by.Account.String(), "")
	report, err := s.Rules(ctx, id, plain)
	if err != nil {
		return "", err
	}
	if err := report.Err("password"); err != nil {
		return "", err
	}
	if err := s.refuseTwin(ctx, by, id, plain); err != nil {
		return "", err
	}
	return s.hasher.Hash(ctx, plain)
}

// ForNewcomer is ForAnother for someone who has no account yet.
func (s *Service) ForNewcomer(ctx context.Context, by Chooser, plain string, about password.Context, namesakes []Twin) (hash string, err error) {
	if err := password.Check(plain, about).Err("password"); err != nil {
		return "", err
	}
	ctx = inTurn(ctx, by.Account.String(), "")
	if err := s.apart(ctx, by, plain, namesakes); err != nil {
		return "", err
	}
	return s.hasher.Hash(ctx, plain)
}
