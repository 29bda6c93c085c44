package signin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/secret/passkey"
)

// Of an account: more passkeys than anyone has devices would only hide one that
// isn't theirs.
const (
	mostPasskeys     = 10
	passkeyNameRunes = 60
)

// OfferPasskey asks the browser to make a passkey for an account. Until it is
// added there is nothing of it but the challenge.
func (s *Service) OfferPasskey(ctx context.Context, id uuid.UUID) (options []byte, c passkey.Challenge, err error) {
	p, err := s.Person(ctx, id)
	if err != nil {
		return nil, c, err
	}
	keys, err := s.keysOf(ctx, id)
	if err != nil {
		return nil, c, err
	}
	if len(keys) >= mostPasskeys {
		return nil, c, errManyPasskeys()
	}
	user, err := s.userHandle(ctx, id)
	if err != nil {
		return nil, c, err
	}
	return s.site.Offer(passkey.Owner{User: user, Username: p.Username, Name: p.Given + " " + p.Family, Keys: keys}, s.clock())
}

// userHandle is what authenticators know the account by, from its first passkey on.
func (s *Service) userHandle(ctx context.Context, id uuid.UUID) (user []byte, err error) {
	if err := s.door.Identity().QueryRow(ctx, `select identity.user_handle($1, $2)`, id, passkey.NewUser()).Scan(&user); err != nil {
		return nil, fmt.Errorf("naming an account to authenticators: %w", err)
	}
	return user, nil
}

func errManyPasskeys() error { return fault.Conflict("passkey.many", "Count", mostPasskeys) }

func passkeyName(typed string) (string, error) {
	name := strings.Join(strings.Fields(typed), " ")
	if name == "" || utf8.RuneCountInString(name) > passkeyNameRunes {
		return "", fault.Invalid("name", "passkey.name_wrong", "Count", passkeyNameRunes)
	}
	return name, nil
}

// AddPasskey keeps the passkey that a browser made, ends the other sessions and
// tells the owner. With the first strong factor come recovery codes, which are
// never shown again; else there are none.
func (s *Service) AddPasskey(ctx context.Context, who access.Signed, name string, c passkey.Challenge, answer []byte) (Outcome, []string, error) {
	name, err := passkeyName(name)
	if err != nil {
		return Outcome{}, nil, err
	}
	if err := s.takeChallenge(ctx, c); err != nil {
		return Outcome{}, nil, err
	}
	user, err := s.userHandle(ctx, who.Account)
	if err != nil {
		return Outcome{}, nil, err
	}
	made, err := s.site.Made(passkey.Owner{User: user}, c, answer, s.clock())
	if err != nil {
		return Outcome{}, nil, fault.Invalid("", "passkey.not_made")
	}
	plain, hashes := freshCodes()
	coded := false
	out, err := s.factorAct(ctx, who, "account.factor_added", "added_passkey", Passkey, func(tx pgx.Tx) (generation *int, err error) {
		err = tx.QueryRow(ctx, `select generation, coded from identity.passkey_add($1, $2, $3, $4, $5, $6, $7, $8)`,
			who.Account, access.NewID(), made.ID, name, made, hashes, mostPasskeys, s.clock()).Scan(&generation, &coded)
		var taken *pgconn.PgError
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return nil, errManyPasskeys()
		case errors.As(err, &taken) && taken.ConstraintName == "passkey_pkey":
			return nil, fault.Conflict("passkey.known")
		}
		return generation, err
	})
	if err != nil || !coded {
		plain = nil
	}
	return out, plain, err
}

// RenamePasskey gives a passkey another name.
func (s *Service) RenamePasskey(ctx context.Context, id, handle uuid.UUID, typed string) error {
	name, err := passkeyName(typed)
	if err != nil {
		return err
	}
	var found bool
	if err := s.door.Identity().QueryRow(ctx, `select identity.passkey_rename($1, $2, $3)`, id, handle, name).Scan(&found); err != nil {
		return fmt.Errorf("naming a passkey: %w", err)
	}
	if !found {
		return errNoPasskey()
	}
	return nil
}

func errNoPasskey() error { return fault.NotFound("passkey.absent") }

// PasskeyOf is one passkey of an account.
func (s *Service) PasskeyOf(ctx context.Context, id, handle uuid.UUID) (HeldPasskey, error) {
	all, err := s.Passkeys(ctx, id)
	if err != nil {
		return HeldPasskey{}, err
	}
	for _, h := range all {
		if h.Handle == handle {
			return h, nil
		}
	}
	return HeldPasskey{}, errNoPasskey()
}

// RemovePasskey takes away a passkey of who is signed in, ends the other sessions
// and tells the owner. What is asked for somewhere stays: the error is a [Kept].
func (s *Service) RemovePasskey(ctx context.Context, who access.Signed, handle uuid.UUID) (Outcome, error) {
	keeping, err := s.keeping(ctx, who)
	if err != nil {
		return Outcome{}, err
	}
	return s.factorAct(ctx, who, "account.factor_removed", "removed_passkey", Passkey, func(tx pgx.Tx) (generation *int, err error) {
		err = tx.QueryRow(ctx, `select generation from identity.passkey_remove($1, $2, $3)`, who.Account, handle, len(keeping.By) == 0).Scan(&generation)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return nil, errNoPasskey()
		case err == nil && generation == nil:
			return nil, keeping
		}
		return generation, err
	})
}

// Kept is the error that the last second factor of its strength stays, since it is
// asked for.
type Kept struct{ By []Asking }

// Error says so.
func (Kept) Error() string { return "the second factor is asked for" }

// Asking asks someone for a second factor: a place, by some of the roles that they
// hold there, or whatever their roles; or the support that they give.
type Asking struct {
	Place string // "" is support
	Roles []*access.Role
}

// keeping is who asks for a second factor that only a passkey or an app reaches,
// among what the account has.
func (s *Service) keeping(ctx context.Context, who access.Signed) (k Kept, err error) {
	held, err := s.HeldBy(ctx, who.Account, "")
	if err != nil {
		return k, err
	}
	left := access.NoFactor
	if held.Has(SMS) || held.Has(Email) {
		left = access.AnyFactor
	}
	if held.Operator {
		k.By = append(k.By, Asking{})
	}
	err = s.inEachPlace(ctx, who, func(place string, standing *access.Standing) {
		if standing.FactorAsked > left {
			k.By = append(k.By, Asking{place, standing.FactorRoles()})
		}
	})
	return k, err
}
