package mail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"habilis/internal/i18n"
)

var errNotTaken = errors.New("the mail server took no such letter")

// sendForAccount sends a letter of no place, to the account's present address.
func (w *Worker) sendForAccount(ctx context.Context, job *river.Job[accountJob]) error {
	var address, locale string
	err := w.door.Identity().QueryRow(ctx, `select email, locale from identity.account_get($1)`, job.Args.Account).Scan(&address, &locale)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && address == "" {
		return nil // nobody, or nowhere, to write to
	}
	if err != nil {
		return fmt.Errorf("reading the account of a letter: %w", err)
	}
	now := w.Clock()
	p := i18n.For(i18n.Locale(locale))
	params := map[string]string{
		"link": letters[job.Args.Template].address(w.BaseURL, nil),
		"at":   p.DateTime(job.CreatedAt) + " (UTC)",
	}
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
