// Package sms sends codes as text messages, by the gateway of a site. Without
// one, nothing in the portal speaks of text messages.
//
// As with mail, a code is made when it leaves and only its keyed hash is stored;
// the queue holds identifiers alone. What the gateway can't do now is tried again,
// what it refuses is given up and said.
package sms

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"habilis/internal/access"
	"habilis/internal/i18n"
	"habilis/internal/postgres"
	"habilis/internal/secret/code"
	"habilis/internal/secret/keyring"
	"habilis/internal/sms/gateway"
)

const (
	// Queue is where texts wait; they have two workers of their own, so that a
	// slow gateway holds up no mail.
	Queue   = "sms"
	Workers = 2

	deaths   = 1000             // of its process, that a job survives
	oneTry   = 30 * time.Second // with the database's part
	codeLife = 10 * time.Minute // NIST SP 800-63B-4, 3.1.3.2
)

// job is a code to send to a telephone, for a flow that asked for it.
type job struct {
	Account uuid.UUID `json:"account"`
	Flow    uuid.UUID `json:"flow"`
	Ask     uuid.UUID `json:"ask"`
}

func (job) Kind() string { return "sms_code" }

func (job) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: Queue, MaxAttempts: deaths}
}

// Post queues texts. It needs no connection of its own.
type Post struct {
	jobs *river.Client[pgx.Tx]
}

// NewPost returns a post that only queues: some process must run a [Worker].
func NewPost() (*Post, error) {
	jobs, err := river.NewClient(riverpgxv5.New(nil), &river.Config{Schema: postgres.JobSchema})
	if err != nil {
		return nil, fmt.Errorf("preparing the queue of texts: %w", err)
	}
	return &Post{jobs}, nil
}

// SendCode queues a code for a flow of an account; ask says which request of the
// flow it answers.
func (p *Post) SendCode(ctx context.Context, tx pgx.Tx, account, flow, ask uuid.UUID) error {
	if _, err := p.jobs.InsertTx(ctx, tx, job{account, flow, ask}, nil); err != nil {
		return fmt.Errorf("queueing a text: %w", err)
	}
	return nil
}

// Sender hands a message over; see [gateway.Gateway.Send].
type Sender interface {
	Send(ctx context.Context, m gateway.Message) error
}

// Worker sends what is queued; see [river.Worker].
type Worker struct {
	river.WorkerDefaults[job]
	door   *access.Door
	sender Sender
	ring   *keyring.Ring
	host   string // of the portal: the site where a code is for
	clock  func() time.Time
	log    *slog.Logger
}

// NewWorker returns a worker that sends by sender. base is the portal's address.
func NewWorker(door *access.Door, sender Sender, ring *keyring.Ring, base string, clock func() time.Time, log *slog.Logger) *Worker {
	host := ""
	if u, err := url.Parse(base); err == nil {
		host = u.Hostname()
	}
	return &Worker{door: door, sender: sender, ring: ring, host: host, clock: clock, log: log}
}

// Timeout bounds one try.
func (w *Worker) Timeout(*river.Job[job]) time.Duration { return oneTry }

// Work makes a code, stores what it is known by, and sends it, unless another was
// asked for meanwhile or nobody waits for it any more.
func (w *Worker) Work(ctx context.Context, j *river.Job[job]) error {
	a, now, plain := j.Args, w.clock(), code.New()
	var to, locale string
	err := w.door.Identity().QueryRow(ctx, `select target, locale from identity.code_mint($1, $2, $3, $4, $5, $6)`,
		a.Account, a.Flow, a.Ask, code.Hash(w.ring, a.Account, a.Flow, plain), now, now.Add(codeLife)).Scan(&to, &locale)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && to == "" {
		return nil
	}
	if err != nil {
		return fmt.Errorf("minting a code: %w", err)
	}
	if err = w.sender.Send(ctx, gateway.Message{To: to, Text: w.text(i18n.Locale(locale), plain)}); err == nil {
		return nil
	}
	return w.judge(ctx, j, err)
}

// judge decides whether a text is tried again.
func (w *Worker) judge(ctx context.Context, j *river.Job[job], err error) error {
	w.log.WarnContext(ctx, "text not taken by the gateway", "account", j.Args.Account, "err", err)
	var said *gateway.Rejection
	if !errors.As(err, &said) || !said.Permanent {
		return river.JobSnooze(min(max(w.clock().Sub(j.CreatedAt)/2, 5*time.Second), codeLife))
	}
	if _, noted := w.door.Identity().Exec(ctx, `select identity.code_refused($1, $2, $3)`, j.Args.Account, j.Args.Flow, j.Args.Ask); noted != nil {
		return fmt.Errorf("noting a refused code: %w", noted)
	}
	return river.JobCancel(err)
}

// text says what the code is for. Its last line lets a telephone offer it on our
// pages and no others (WICG, Origin-bound one-time codes).
func (w *Worker) text(l i18n.Locale, plain string) string {
	return i18n.For(l).T("sms.code", "Code", plain) + "\n\n@" + w.host + " #" + plain
}
