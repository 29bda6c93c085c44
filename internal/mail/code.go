package mail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"habilis/internal/i18n"
	"habilis/internal/secret/code"
)

// codeLife is how long a code by mail may be typed: NIST SP 800-63B-4, 3.1.3.2.
const codeLife = 10 * time.Minute

// factorCode is the letter of a code. It belongs to no place, and nobody queues
// it but SendCode.
const factorCode = "factor_code"

// codeQueue is apart from the letters': codes are waited for, and die in ten minutes.
const (
	codeQueue   = "codes"
	codeWorkers = 2
)

// codeJob is a code to send to the address of an account, for a flow that asked
// for it. The code is made when it leaves.
type codeJob struct {
	Account uuid.UUID `json:"account"`
	Flow    uuid.UUID `json:"flow"`
	Ask     uuid.UUID `json:"ask"`
}

func (codeJob) Kind() string { return "mail_code" }
func (codeJob) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: codeQueue, MaxAttempts: deaths}
}

// SendCode queues a code for a flow of an account; ask says which request of the
// flow it answers.
func (p *Post) SendCode(ctx context.Context, tx pgx.Tx, account, flow, ask uuid.UUID) error {
	if _, err := p.jobs.InsertTx(ctx, tx, codeJob{account, flow, ask}, nil); err != nil {
		return fmt.Errorf("queueing a code: %w", err)
	}
	return nil
}

type codeWorker struct {
	river.WorkerDefaults[codeJob]
	worker *Worker
}

func (c *codeWorker) Work(ctx context.Context, job *river.Job[codeJob]) error {
	return c.worker.sendCode(ctx, job)
}

func (c *codeWorker) NextRetry(job *river.Job[codeJob]) time.Time { return afterDefect(job.JobRow) }

// sendCode makes a code, stores what it is known by, and sends it, unless another
// was asked for meanwhile or nobody waits for it any more.
func (w *Worker) sendCode(ctx context.Context, job *river.Job[codeJob]) error {
	a, now, plain := job.Args, w.Clock(), code.New()
	var to, locale string
	err := w.door.Identity().QueryRow(ctx, `select target, locale from identity.code_mint($1, $2, $3, $4, $5, $6)`,
		a.Account, a.Flow, a.Ask, code.Hash(w.Ring, a.Account, a.Flow, plain), now, now.Add(codeLife)).Scan(&to, &locale)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && to == "" {
		return nil
	}
	if err != nil {
		return fmt.Errorf("minting a code: %w", err)
	}
	message, err := w.compose(draft{
		template: factorCode, id: fmt.Sprintf("code-%d.%d", job.ID, now.UnixMilli()), from: product, to: inASCII(to), date: now,
		params: map[string]string{"code": plain, "link": letters[PasswordChanged].address(w.BaseURL, nil)}, printer: i18n.For(i18n.Locale(locale)),
	})
	if err != nil {
		return fmt.Errorf("writing a code to account %s: %w", a.Account, err)
	}
	if _, err = w.Transport.Send(ctx, message); err == nil {
		return nil
	}
	w.Log.WarnContext(ctx, "code not taken by the mail server", "account", a.Account, "err", err)
	var said *Rejection
	if !errors.As(err, &said) || !said.Permanent {
		return river.JobSnooze(w.backoff(now.Sub(job.CreatedAt)))
	}
	if _, err := w.door.Identity().Exec(ctx, `select identity.code_refused($1, $2, $3)`, a.Account, a.Flow, a.Ask); err != nil {
		return fmt.Errorf("noting a refused code: %w", err)
	}
	return river.JobCancel(errNotTaken)
}
