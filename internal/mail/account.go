package mail

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"habilis/internal/i18n"
)

var errNotTaken = errors.New("the mail server took no such letter")

// sendForAccount sends a letter of no place, to one of the addresses that the
// account has now.
func (w *Worker) sendForAccount(ctx context.Context, job *river.Job[accountJob]) error {
	known, now := letters[job.Args.Template], w.Clock()
	m, err := mailboxesOf(ctx, w.door.Identity(), job.Args.Account, w.Clock())
	if m == nil || err != nil {
		return err // nobody to write to
	}
	if job.Args.To == ToFormer {
		if err := m.readFormer(ctx, w.door.Identity(), job.Args.Account, now); err != nil {
			return err
		}
	}
	if job.Args.To == ToBackup && !m.BackupEmailVerified {
		return nil // not known to be its owner's
	}
	if known.vouched {
		if m.EmailKey != job.Args.About["mailbox"] {
			return nil // another's by now
		}
		m.EmailVerified = true
	}
	address, key := m.pick(job.Args.To, known.secret)
	if address == "" || known.secret == "reset" && m.PasswordSetAt != nil && m.PasswordSetAt.After(job.CreatedAt) {
		return nil // nowhere, or nothing left to write about
	}
	p := i18n.For(i18n.Locale(m.Locale))
	params := map[string]string{"pending": m.PendingEmail, "address": m.Email}
	maps.Copy(params, job.Args.About)
	params["at"] = p.DateTime(job.CreatedAt)
	carried, err := w.mintForAccount(ctx, job.Args.Account, known.secret, key, now)
	if err != nil {
		return err
	}
	if carried != (secret{}) {
		carried.tell(params, p)
		params["username"] = m.Username
	}
	params["link"] = known.address(w.BaseURL, params)
	delete(params, "secret") // it is in the link
	message, err := w.compose(draft{
		template: job.Args.Template, id: fmt.Sprintf("account-%d.%d", job.ID, now.UnixMilli()),
		from: product, to: inASCII(address), date: now, params: params, printer: p,
	})
	if err != nil {
		return fmt.Errorf("writing a letter to account %s: %w", job.Args.Account, err)
	}
	_, err = w.Transport.Send(ctx, message)
	return w.judge(ctx, job, now.Sub(job.CreatedAt), err)
}

// mintForAccount makes the secret of a letter of no place; a letter without one
// gets the zero secret.
func (w *Worker) mintForAccount(ctx context.Context, account uuid.UUID, purpose, mailbox string, now time.Time) (secret, error) {
	if purpose == "" {
		return secret{}, nil
	}
	s := newSecret(purpose, now, nil)
	err := pgx.BeginFunc(ctx, w.door.Identity(), func(tx pgx.Tx) error {
		return s.store(ctx, tx, account, uuid.Nil, mailbox, nil)
	})
	return s, err
}

// judge decides whether a letter to an account is tried again.
func (w *Worker) judge(ctx context.Context, job *river.Job[accountJob], age time.Duration, err error) error {
	if err == nil {
		return nil
	}
	w.Log.WarnContext(ctx, "mail not taken", "account", job.Args.Account, "template", job.Args.Template, "err", err)
	var said *Rejection
	if errors.As(err, &said) && said.Permanent || age > patience {
		return river.JobCancel(errNotTaken)
	}
	return river.JobSnooze(w.backoff(age))
}
