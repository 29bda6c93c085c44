package help

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/mail"
	"habilis/internal/people"
	"habilis/internal/signin"
)

// Backup is a backup address to name, as typed. Faults stand beside the fields
// email and anyway.
type Backup struct {
	Person     uuid.UUID
	Email      string
	Anyway     bool      // although someone else of the place signs in with it
	Seen       string    // [Edition] of the page on which it was typed
	Submission uuid.UUID // the same for a form that is sent twice
}

// Edition tells one state of the backup address from another, for forms.
func (f Facts) Edition() string {
	if f.BackupAt == nil {
		return ""
	}
	return f.BackupAt.UTC().Format(time.RFC3339Nano)
}

// NameBackup names another address at which someone can be reached. It counts for
// nothing until whoever reads it has confirmed it by a link; the main address is
// told at once.
func (s *Service) NameBackup(ctx context.Context, a access.Actor, b Backup) error {
	return s.act(ctx, a, NeedBackup, Turn{Person: b.Person, Submission: b.Submission}, func(v *access.Visit, p *subject) error {
		if err := p.ours(); err != nil {
			return err
		}
		if b.Seen != p.Edition() {
			return errStale()
		}
		if err := seldom(ctx, v, p); err != nil {
			return err
		}
		if err := v.Prove(); err != nil {
			return err
		}
		return s.nameBackup(ctx, v, p, b, "")
	})
}

const nameBackup = `select identity.backup_name(@account, @operator, @by, @email, @key, @now)`

func (s *Service) nameBackup(ctx context.Context, v *access.Visit, p *subject, b Backup, why string) error {
	email, err := parseBackup(ctx, v, p, b)
	if err != nil {
		return err
	}
	var done bool
	err = v.QueryRow(ctx, nameBackup, pgx.StrictNamedArgs{"account": p.AccountID, "operator": operator(v), "by": v.Actor.Account(),
		"email": email.String(), "key": email.Key(), "now": v.Now}).Scan(&done)
	if err != nil {
		return fmt.Errorf("naming a backup address: %w", err)
	}
	if !done {
		return errShared()
	}
	v.Record(access.Entry{Act: NeedBackup.Act, TargetKind: "resource", Target: p.ID, Label: p.name(), Reason: why,
		Before: map[string]any{"backup_email": p.Backup}, After: map[string]any{"backup_email": email.String()}})
	if err := s.tell(ctx, v, p, mail.BackupNamed, map[string]string{"address": email.String(), "reason": why}); err != nil {
		return err
	}
	return s.askToConfirm(ctx, v, p, email)
}

// parseBackup reads a backup address: never the main one, and not silently someone
// else's of the place.
func parseBackup(ctx context.Context, v *access.Visit, p *subject, b Backup) (people.Email, error) {
	email, err := people.ParseEmail(b.Email)
	if err != nil {
		return people.Email{}, err
	}
	if main, err := people.ParseEmail(p.Email); err == nil && main.Key() == email.Key() {
		return people.Email{}, fault.Invalid("email", "help.backup_is_main")
	}
	if b.Anyway {
		return email, nil
	}
	var name string
	err = v.QueryRow(ctx, `
select r.given || ' ' || r.family from (select identity.member_by_email($1) id) m join resource r on r.id = m.id`, email.Key()).Scan(&name)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return email, nil
	case err != nil:
		return people.Email{}, fmt.Errorf("looking for a person by address: %w", err)
	}
	return people.Email{}, fault.Invalid("anyway", "help.backup_of", "Name", name)
}

// WithdrawBackup takes the backup address away, and what was sent to it.
func (s *Service) WithdrawBackup(ctx context.Context, a access.Actor, b Backup) error {
	return s.act(ctx, a, NeedWithdraw, Turn{Person: b.Person, Submission: b.Submission}, func(v *access.Visit, p *subject) error {
		if err := p.ours(); err != nil {
			return err
		}
		switch {
		case p.Backup == "":
			return fault.Conflict("help.no_backup")
		case b.Seen != p.Edition():
			return errStale()
		}
		if err := seldom(ctx, v, p); err != nil {
			return err
		}
		if err := s.tell(ctx, v, p, mail.BackupWithdrawn, map[string]string{"address": p.Backup}); err != nil { // while it is one of theirs
			return err
		}
		var done bool
		if err := v.QueryRow(ctx, `select identity.backup_withdraw($1, $2, $3)`, p.AccountID, operator(v), v.Now).Scan(&done); err != nil {
			return fmt.Errorf("withdrawing a backup address: %w", err)
		}
		if !done {
			return errShared()
		}
		v.Record(access.Entry{TargetKind: "resource", Target: p.ID, Label: p.name(), Before: map[string]any{"backup_email": p.Backup}})
		return nil
	})
}

// ConfirmBackup makes a backup address count, by the link that was sent to it. The
// main address is told, and the account's places note it: from then on, or a day later,
// whoever reads the other one can choose the password.
func (s *Service) ConfirmBackup(ctx context.Context, l *signin.Link, o access.Origin) error {
	return s.signin.Use(ctx, l, signin.ToConfirmBackup, func(tx pgx.Tx) error {
		var address string
		if err := tx.QueryRow(ctx, `select email from identity.own_backup($1)`, l.AccountID).Scan(&address); err != nil {
			return fmt.Errorf("reading a backup address: %w", err)
		}
		if err := s.post.SendAccountSaying(ctx, tx, l.AccountID, mail.BackupConfirmed, map[string]string{"address": address}); err != nil {
			return err
		}
		return s.signin.Note(ctx, tx, access.Signed{Account: l.AccountID, Origin: o}, "account.backup_confirmed", nil)
	})
}
