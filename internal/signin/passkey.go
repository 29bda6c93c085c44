package signin

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/mail"
	"habilis/internal/secret/passkey"
	"habilis/internal/secret/token"
)

// PasskeysAt offers passkeys, where the site can have them. A passkey asks who is
// there before it signs, so that it is a password and a strong factor at once
// (NIST SP 800-63B-4, 3.1.7: a multi-factor cryptographic authenticator).
func PasskeysAt(site *passkey.Site) Option { return func(s *Service) { s.site = site } }

// PasskeyOrigin is the origin at which browsers have passkeys for us, "" when
// there are none.
func (s *Service) PasskeyOrigin() string { return s.site.Origin() }

// OffersPasskey reports that the account has one that can be shown here.
func (s *Service) OffersPasskey(h *Held) bool { return h.Has(Passkey) && s.PasskeyOrigin() != "" }

// HeldPasskey is a passkey of an account.
type HeldPasskey struct {
	Handle     uuid.UUID
	ID         []byte
	Account    uuid.UUID
	UserHandle []byte
	Name       string
	Record     passkey.Key
	CreatedAt  time.Time
	LastUsedAt *time.Time // nil until it is
}

// key is the passkey as it is judged.
func (h HeldPasskey) key() passkey.Key {
	k := h.Record
	k.ID, k.User = h.ID, h.UserHandle
	return k
}

// Passkeys are an account's, oldest first.
func (s *Service) Passkeys(ctx context.Context, id uuid.UUID) ([]HeldPasskey, error) {
	rows, err := s.door.Identity().Query(ctx, `select * from identity.passkeys_of($1)`, id)
	if err != nil {
		return nil, fmt.Errorf("reading passkeys: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[HeldPasskey])
}

// AskAnyPasskey asks for whichever passkey the browser's owner chooses. Options are
// for the browser. Each open page for signing in asks every few minutes, of all
// the people who share an address: it is bounded so that nobody fills the table of
// sessions.
func (s *Service) AskAnyPasskey(ctx context.Context, o access.Origin) (options []byte, c passkey.Challenge, err error) {
	bound := limit{"passkeys:" + siteOf(o.Address), 3000, 1, 30}
	if err := s.spendTry(ctx, bound, fault.Busy("passkey.busy")); err != nil {
		return nil, c, err
	}
	return s.site.Ask(nil, s.clock())
}

// AskPasskey asks for one of an account's passkeys.
func (s *Service) AskPasskey(ctx context.Context, id uuid.UUID) (options []byte, c passkey.Challenge, err error) {
	keys, err := s.keysOf(ctx, id)
	if err != nil {
		return nil, c, err
	}
	if len(keys) == 0 {
		return nil, c, fault.Conflict("passkey.none")
	}
	return s.site.Ask(keys, s.clock())
}

func (s *Service) keysOf(ctx context.Context, id uuid.UUID) ([]passkey.Key, error) {
	held, err := s.Passkeys(ctx, id)
	if err != nil {
		return nil, err
	}
	keys := make([]passkey.Key, len(held))
	for i, h := range held {
		keys[i] = h.key()
	}
	return keys, nil
}

// errStale is the answer to one that comes too late, or for the second time.
func errStale() error { return fault.Invalid("", "passkey.stale") }

// errPasskey is the one answer to a passkey that doesn't sign someone in, whatever
// the reason.
func errPasskey() error { return fault.Invalid("", "passkey.refused") }

// errCopied is for who holds the passkey, or a copy of it.
func errCopied() error { return fault.Invalid("", "passkey.copied") }

// claimed is the passkey that an answer says to be of, with its owner's account;
// for one that nobody has both are empty, so that what follows does the same work.
func (s *Service) claimed(ctx context.Context, answer []byte) (HeldPasskey, *account, error) {
	id := passkey.Claimed(answer)
	rows, err := s.door.Identity().Query(ctx, `select * from identity.passkey_find($1)`, id)
	if err != nil {
		return HeldPasskey{}, nil, fmt.Errorf("looking up a passkey: %w", err)
	}
	type owned struct {
		HeldPasskey
		Username string
	}
	h, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[owned])
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return HeldPasskey{}, nil, fmt.Errorf("looking up a passkey: %w", err)
	}
	found, err := s.lookUp(ctx, h.Username)
	if err != nil {
		return HeldPasskey{}, nil, err
	}
	if found.ID == uuid.Nil {
		found.named = "passkey:" + base64.RawStdEncoding.EncodeToString(id)
	}
	return h.HeldPasskey, found, nil
}

// SignInPasskey signs in who shows a passkey of theirs, chosen in the browser: it
// stands for the password and the second factor. What is checked of the account is
// what [Service.SignIn] checks, and whatever is wrong, the answer is the same.
func (s *Service) SignInPasskey(ctx context.Context, c passkey.Challenge, answer []byte, o access.Origin, b Browser) (Outcome, error) {
	held, found, err := s.claimed(ctx, answer)
	if err != nil {
		return Outcome{}, err
	}
	try := attemptOf(found, o.Address, b)
	wait, shut, err := s.mustWait(ctx, &try)
	if err != nil {
		return Outcome{}, err
	}
	if wait || shut {
		return Outcome{}, errPasskey()
	}
	refused := s.judgePasskey(ctx, held, o, c, answer)
	if _, isFault := fault.As(refused); refused != nil && !isFault {
		return Outcome{}, refused
	}
	if found.Places == 0 && !found.Operator {
		refused = errPasskey()
	}
	did, err := s.settle(ctx, &try, refused == nil, &wait)
	switch {
	case err != nil:
		return Outcome{}, err
	case refused != nil:
		return Outcome{}, refused
	case did.TooOften:
		return Outcome{}, errOften()
	}
	return whole(found), s.shown(ctx, access.Signed{Account: found.ID}, Passkey)
}

// whole is what follows a passkey: nothing more is to be shown. Who never chose a
// password, or has one that someone else set, chooses theirs.
func whole(a *account) Outcome {
	out := Outcome{Account: a.ID, Generation: a.Generation, Locale: a.Locale, Stage: StageDone, Choose: a.PasswordHash == "" || a.MustChange}
	if out.Choose {
		out.Stage = StageChoose
	}
	return out
}

// ShowPasskey takes a passkey of an account: as its second factor, or again, of
// someone whose session may have been left to another. Failures count with those
// of codes.
func (s *Service) ShowPasskey(ctx context.Context, who access.Signed, c passkey.Challenge, answer []byte) error {
	id := who.Account
	if err := s.spendOwnTry(ctx, who, codes(id), fault.Busy("signin.slow")); err != nil {
		return err
	}
	held, found, err := s.claimed(ctx, answer)
	if err != nil {
		return err
	}
	if found.ID != id {
		held = HeldPasskey{}
	}
	if err := s.judgePasskey(ctx, held, who.Origin, c, answer); err != nil {
		return err
	}
	return s.shown(ctx, who, Passkey)
}

// judgePasskey uses a challenge up and judges the answer to it. The owner of a
// passkey of which there seems to be a copy is told.
func (s *Service) judgePasskey(ctx context.Context, held HeldPasskey, o access.Origin, c passkey.Challenge, answer []byte) error {
	if err := s.takeChallenge(ctx, c); err != nil {
		return err
	}
	seen, err := s.site.Shown(held.key(), c, answer, s.clock())
	if errors.Is(err, passkey.ErrCopied) {
		return cmp.Or(s.tellOfCopy(ctx, held, o), errCopied())
	}
	if err != nil {
		return errPasskey()
	}
	var used bool
	err = s.door.Identity().QueryRow(ctx, `select identity.passkey_use($1, $2, $3, $4)`, held.Account, held.ID, seen, s.clock()).Scan(&used)
	if err != nil {
		return fmt.Errorf("noting the use of a passkey: %w", err)
	}
	if !used {
		return errPasskey()
	}
	return nil
}

// tellOfCopy tells the owner of a passkey, and their places, that there seems to be
// a copy of it.
func (s *Service) tellOfCopy(ctx context.Context, held HeldPasskey, o access.Origin) error {
	return s.within(ctx, func(tx pgx.Tx) error {
		if err := s.post.SendAccountAbout(ctx, tx, held.Account, mail.PasskeyCopied, map[string]string{"name": held.Name}); err != nil {
			return err
		}
		return s.Note(ctx, tx, access.Signed{Account: held.Account, Origin: o}, "account.passkey_copied", nil)
	})
}

// takeChallenge lets one answer to a challenge through, on whichever server.
func (s *Service) takeChallenge(ctx context.Context, c passkey.Challenge) (err error) {
	if s.clock().After(c.Until) {
		return errStale()
	}
	var first bool
	hash := token.HashOf(c.Value)
	if err = s.door.Identity().QueryRow(ctx, `select identity.challenge_take($1, $2)`, hash[:], c.Until).Scan(&first); err != nil {
		return fmt.Errorf("taking a challenge: %w", err)
	}
	if !first {
		return errStale()
	}
	return nil
}
