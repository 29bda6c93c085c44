package signin

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/mail"
	"habilis/internal/secret/keyring"
	"habilis/internal/secret/totp"
)

// recoveryCodes is how many codes replace a lost telephone, once each.
const recoveryCodes = 10

type factor struct {
	Sealed    []byte
	Confirmed bool
	LastStep  int64
}

func binding(account uuid.UUID) []byte { return keyring.Binding("totp", account) }

func (s *Service) factorOf(ctx context.Context, id uuid.UUID) (*factor, error) {
	rows, err := s.door.Identity().Query(ctx, `select sealed, confirmed, last_step from identity.factor_get($1)`, id)
	if err != nil {
		return nil, fmt.Errorf("reading a second factor: %w", err)
	}
	f, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[factor])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return f, err
}

// secretOf opens the account's secret.
func (s *Service) secretOf(f *factor, id uuid.UUID) (string, error) { return s.open(f.Sealed, id) }

func (s *Service) open(sealed []byte, id uuid.UUID) (string, error) {
	plain, err := s.ring.Open(sealed, binding(id))
	if err != nil {
		return "", fmt.Errorf("opening a second factor: %w", err)
	}
	return string(plain), nil
}

// Factor checks a code of the authenticator app, or a recovery code. Failures
// count per account, wherever they come from.
func (s *Service) Factor(ctx context.Context, who access.Signed, code string) error {
	if err := typedCode(code); err != nil {
		return err
	}
	if err := s.spendOwnTry(ctx, who, codes(who.Account), errSlow()); err != nil {
		return err
	}
	right, err := s.checkCode(ctx, who.Account, code)
	if err != nil {
		return err
	}
	if !right {
		return errWrongSecret(code)
	}
	if _, ok := totp.RecoveryHash(code); ok { // not the way that one comes in by
		return s.forgiveOwn(ctx, who, codes(who.Account))
	}
	return s.shown(ctx, who, App)
}

// spendOwnTry is spendTry of someone who is known by more than what they try: a
// browser that they have come in from before has tries of its own, which nobody
// else can use up.
func (s *Service) spendOwnTry(ctx context.Context, who access.Signed, l limit, slow error) error {
	var may bool
	err := s.door.Identity().QueryRow(ctx, `select identity.try_take($1, $2, $3, $4, $5, $6, $7)`,
		who.Account, who.Browser, l.key, l.free, l.base, l.most, s.clock()).Scan(&may)
	if err != nil {
		return fmt.Errorf("counting a try: %w", err)
	}
	if !may {
		return slow
	}
	return nil
}

// forgiveOwn forgets the wrong tries of spendOwnTry, after a right one.
func (s *Service) forgiveOwn(ctx context.Context, who access.Signed, l limit) error {
	if _, err := s.door.Identity().Exec(ctx, `select identity.try_right($1, $2)`, who.Browser, l.key); err != nil {
		return fmt.Errorf("forgetting wrong tries: %w", err)
	}
	return nil
}

// spendTry counts a code or a password as wrong before it is looked at, so that
// no more are judged when many come at once; while the delay lasts it returns slow.
func (s *Service) spendTry(ctx context.Context, l limit, slow error) error {
	var may bool
	err := s.door.Identity().QueryRow(ctx, `select identity.throttle_take($1, $2, $3, $4, $5)`, l.key, l.free, l.base, l.most, s.clock()).Scan(&may)
	if err != nil {
		return fmt.Errorf("counting a try: %w", err)
	}
	if !may {
		return slow
	}
	return nil
}

// forgive forgets the wrong tries, after a right one.
func (s *Service) forgive(ctx context.Context, l limit) error {
	if _, err := s.door.Identity().Exec(ctx, `select identity.throttle_clear($1)`, []string{l.key}); err != nil {
		return fmt.Errorf("forgetting wrong tries: %w", err)
	}
	return nil
}

// typedCode refuses a field that was left empty: it is no try.
func typedCode(code string) error {
	if strings.TrimSpace(code) == "" {
		return fault.Invalid("code", "signin.code_none")
	}
	return nil
}

// errWrongCode is the answer to a code of an app that is wrong, or was used.
func errWrongCode() error { return fault.Invalid("code", "signin.code_wrong") }

// errWrongSecret is the same for either kind of code: an app's has digits alone, and
// another follows it; a recovery code is written down, and none follows.
func errWrongSecret(code string) error {
	if strings.Trim(code, " 0123456789") == "" {
		return errWrongCode()
	}
	return fault.Invalid("code", "signin.recovery_wrong")
}

func (s *Service) checkCode(ctx context.Context, id uuid.UUID, code string) (right bool, err error) {
	if hash, ok := totp.RecoveryHash(code); ok {
		err = s.door.Identity().QueryRow(ctx, `select identity.recovery_take($1, $2, $3)`, id, hash[:], s.clock()).Scan(&right)
		return right, err
	}
	apps, err := s.appsOf(ctx, id)
	if err != nil {
		return false, err
	}
	for _, app := range apps {
		if right, err := s.checkApp(ctx, id, app, code); right || err != nil {
			return right, err
		}
	}
	return false, nil
}

// checkApp uses up a step of one app.
func (s *Service) checkApp(ctx context.Context, id uuid.UUID, app app, code string) (right bool, err error) {
	secret, err := s.open(app.Sealed, id)
	if err != nil {
		return false, err
	}
	step, ok := totp.Step(secret, code, s.clock(), app.LastStep)
	if !ok {
		return false, nil
	}
	err = s.door.Identity().QueryRow(ctx, `select identity.app_step($1, $2, $3, $4)`, id, app.ID, step, s.clock()).Scan(&right)
	return right, err
}

// Enrolment is a secret to put into an authenticator app, inert until a code of
// it has been shown.
type Enrolment struct {
	totp.Secret
	QR string // SVG
}

// Enrol returns the pending secret of an account, made at the first call. An
// account that has a second factor gets a Conflict: it is replaced from within.
func (s *Service) Enrol(ctx context.Context, id uuid.UUID) (*Enrolment, error) {
	p, err := s.Person(ctx, id)
	if err != nil {
		return nil, err
	}
	f, err := s.factorOf(ctx, id)
	if err != nil {
		return nil, err
	}
	switch {
	case f == nil:
		return s.propose(ctx, p)
	case f.Confirmed:
		return nil, fault.Conflict("signin.factor_exists")
	}
	base32, err := s.secretOf(f, id)
	if err != nil {
		return nil, err
	}
	return drawn(totp.Restore(s.product, p.Username, base32))
}

func (s *Service) propose(ctx context.Context, p Person) (*Enrolment, error) {
	secret, err := totp.New(s.product, p.Username)
	if err != nil {
		return nil, err
	}
	sealed := s.ring.Seal([]byte(secret.Base32), binding(p.ID))
	if _, err := s.door.Identity().Exec(ctx, `select identity.factor_propose($1, $2, $3)`, p.ID, sealed, s.clock()); err != nil {
		return nil, fmt.Errorf("proposing a second factor: %w", err)
	}
	return drawn(secret, nil)
}

func drawn(secret totp.Secret, err error) (*Enrolment, error) {
	if err != nil {
		return nil, err
	}
	qr, err := totp.QRSVG(secret.URI)
	return &Enrolment{secret, qr}, err
}

// Confirm proves the pending secret by a code, ends the other sessions, tells
// the owner, and returns the recovery codes, which are never shown again.
func (s *Service) Confirm(ctx context.Context, who access.Signed, code string) (Outcome, []string, error) {
	if err := typedCode(code); err != nil {
		return Outcome{}, nil, err
	}
	id := who.Account
	if err := s.spendOwnTry(ctx, who, codes(id), errSlow()); err != nil {
		return Outcome{}, nil, err
	}
	f, err := s.factorOf(ctx, id)
	if err != nil {
		return Outcome{}, nil, err
	}
	if f == nil || f.Confirmed {
		return Outcome{}, nil, fault.Conflict("signin.factor_exists")
	}
	base32, err := s.secretOf(f, id)
	if err != nil {
		return Outcome{}, nil, err
	}
	step, ok := totp.Step(base32, code, s.clock(), 0)
	if !ok {
		return Outcome{}, nil, errWrongCode()
	}
	if err := s.forgiveOwn(ctx, who, codes(id)); err != nil {
		return Outcome{}, nil, err
	}
	return s.confirm(ctx, who, step)
}

func (s *Service) confirm(ctx context.Context, who access.Signed, step int64) (Outcome, []string, error) {
	id := who.Account
	plain, hashes := freshCodes()
	out := Outcome{Account: id, Stage: StageDone}
	err := s.within(ctx, func(tx pgx.Tx) error {
		var generation *int
		if err := tx.QueryRow(ctx, `select identity.factor_confirm($1, $2, $3, $4)`, id, step, hashes, s.clock()).Scan(&generation); err != nil {
			return fmt.Errorf("confirming a second factor: %w", err)
		}
		if generation == nil {
			return fault.Conflict("signin.factor_exists")
		}
		out.Generation = *generation
		if err := s.post.SendAccount(ctx, tx, id, mail.FactorAdded); err != nil {
			return err
		}
		return s.Note(ctx, tx, who, "account.factor_added", map[string]any{"factor": App})
	})
	return out, plain, err
}

// freshCodes are recovery codes, as they are shown once, and as they are kept.
func freshCodes() (plain []string, hashes [][]byte) {
	for _, c := range totp.NewRecoveryCodes(recoveryCodes) {
		plain, hashes = append(plain, c.Plain), append(hashes, c.Hash[:])
	}
	return plain, hashes
}
