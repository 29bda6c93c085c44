package people

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
)

// newAddress is the address that a correction brings, the zero one when it brings
// none: as typed, it has no account yet, and the old one is the place's to
// correct. Nobody ever confirmed that one, so nobody else is concerned.
func newAddress(ctx context.Context, v *access.Visit, p found, known account, typed string, wrong *fault.Faults) (Email, error) {
	switch {
	case typed == p.Email, typed == "" && !known.EmailOurs:
		return Email{}, nil
	case !known.EmailOurs:
		*wrong = append(*wrong, errEmailTheirs())
		return Email{}, nil
	}
	email, err := ParseEmail(typed)
	if err != nil {
		return Email{}, wrong.Add(err)
	}
	if email.String() == p.Email {
		return Email{}, nil
	}
	if old, err := ParseEmail(p.Email); err == nil && old.Key() == email.Key() {
		return email, nil // the same one, in other capitals: its account is this one
	}
	return email, checkEmail(ctx, v, email, wrong)
}

// errEmailTheirs is the answer to who corrects an address that its owner, or
// another place, counts on; it doesn't say which.
func errEmailTheirs() *fault.Fault { return fault.Conflict("people.email_theirs").On("email") }

const correctEmail = `select identity.email_correct(@account, @email, @key, @now)`

// readdress gives the person's account a new address, voids the temporary
// passwords that left for the old one, and sends another, or an activation link. It counts as one more
// for the person, and for the manager as one more stranger written to.
func (s *Service) readdress(ctx context.Context, v *access.Visit, p found, email Email, locale i18n.Locale) error {
	if err := notTooManyPasswords(ctx, v, p.ID); err != nil {
		return err
	}
	if err := notTooMany(ctx, v); err != nil {
		return err
	}
	var done bool
	err := v.QueryRow(ctx, correctEmail, pgx.StrictNamedArgs{
		"account": p.AccountID, "email": email.String(), "key": email.Key(), "now": v.Now}).Scan(&done)
	if err != nil {
		return fmt.Errorf("correcting an address: %w", refusedTwin(err))
	}
	if !done {
		return errEmailTheirs()
	}
	return s.sendFirst(ctx, v, p, locale)
}
