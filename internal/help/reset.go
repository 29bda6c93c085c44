package help

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/people"
	"habilis/internal/roles"
)

const readReset = `
select coalesce((select email_verified from identity.account_here(@account)), false),
       (select locale from identity.account_here(@account)), identity.email_settles(@account, @now)`

// SendReset sends someone a link to choose another password: to the confirmed
// address of their account, or to the backup one. It skips no second factor, and
// only who reads that mail can use it, so that it may be sent whoever else counts
// on the account.
func (s *Service) SendReset(ctx context.Context, a access.Actor, turn Turn, toBackup bool) error {
	return s.act(ctx, a, NeedReset, turn, func(v *access.Visit, p *subject) error {
		var (
			confirmed bool
			settles   bool
			locale    i18n.Locale
		)
		if !p.Activated {
			return fault.Conflict("help.no_password_yet")
		}
		err := v.QueryRow(ctx, readReset, pgx.StrictNamedArgs{"account": p.AccountID, "now": v.Now}).Scan(&confirmed, &locale, &settles)
		if err != nil {
			return fmt.Errorf("reading where a reset may go: %w", err)
		}
		to := p.Email
		switch {
		case toBackup && p.Authority != Ours:
			return errShared()
		case toBackup && !p.BackupOpens(v.Now):
			return fault.Conflict("people.backup_waits")
		case toBackup:
			to = p.Backup
		case settles:
			return fault.Conflict("help.email_settles")
		case !confirmed:
			to = ""
		}
		if to == "" {
			return fault.Conflict("help.unconfirmed")
		}
		if err := seldom(ctx, v, p); err != nil {
			return err
		}
		v.Record(access.Entry{TargetKind: "resource", Target: p.ID, Label: p.name(), After: map[string]any{"email": to}})
		return s.post.SendAll(ctx, v, []mail.Letter{{Template: mail.ResetSent, Resource: p.ID, Account: p.AccountID, Recipient: people.AddressOf(to), Locale: locale,
			Params: map[string]string{"by": roles.ByName(v, locale), "username": p.Username}}})
	})
}

// askToConfirm sends a link to a backup address, for its owner to confirm it.
func (s *Service) askToConfirm(ctx context.Context, v *access.Visit, p *subject, email people.Email) error {
	var locale i18n.Locale
	if err := v.QueryRow(ctx, `select locale from identity.account_here($1)`, p.AccountID).Scan(&locale); err != nil {
		return fmt.Errorf("reading a locale: %w", err)
	}
	return s.post.SendAll(ctx, v, []mail.Letter{{Template: mail.BackupConfirm, Resource: p.ID, Account: p.AccountID, Recipient: email.Address(), Locale: locale,
		Params: map[string]string{"by": roles.ByName(v, locale), "person": p.name()}}})
}
