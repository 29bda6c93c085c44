package mail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"habilis/internal/access"
	"habilis/internal/i18n"
)

// forgottenQueue is apart from the letters': who asks for one link after another
// holds up no letter.
const forgottenQueue = "forgotten"

// forgottenJob is all that the queue holds of someone who can't come in: the zero
// UUID when what they typed is nobody's.
type forgottenJob struct {
	Account uuid.UUID `json:"account"`
	To      Address   `json:"to,omitempty"`
}

func (forgottenJob) Kind() string { return "mail_forgotten" }

func (forgottenJob) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: forgottenQueue, MaxAttempts: deaths}
}

// SendForgotten queues the question of what to send to someone who can't come in:
// a link to choose another password; to who has never chosen one, what lets them
// in for the first time; to most, nothing. Whoever asks is told the same, and it
// takes the same time: all that depends on the account is done by the worker.
func (p *Post) SendForgotten(ctx context.Context, tx pgx.Tx, account uuid.UUID, to Address) error {
	if _, err := p.jobs.InsertTx(ctx, tx, forgottenJob{account, to}, nil); err != nil {
		return fmt.Errorf("queueing a forgotten password: %w", err)
	}
	return nil
}

type forgottenWorker struct {
	river.WorkerDefaults[forgottenJob]
	worker *Worker
}

func (f *forgottenWorker) Work(ctx context.Context, job *river.Job[forgottenJob]) error {
	return f.worker.answerForgotten(ctx, job.Args)
}

func (f *forgottenWorker) NextRetry(job *river.Job[forgottenJob]) time.Time {
	return afterDefect(job.JobRow)
}

// forgottenLimit bounds what anyone can have sent to an account: three letters,
// then one each half hour. A link lives for an hour, so that who exhausts it leaves
// its owner one that works.
func forgottenLimit(account uuid.UUID) access.Limit {
	return access.Limit{Key: "forgotten:" + account.String(), Free: 2, Base: 1800, Most: 1800}
}

// entrance is the place that has yet to let someone in for the first time.
type entrance struct {
	TenantID    uuid.UUID
	ResourceID  uuid.UUID
	Person      string
	FirstAccess string
	AskedBy     string
}

func (w *Worker) answerForgotten(ctx context.Context, asked forgottenJob) error {
	if asked.Account == uuid.Nil {
		return nil
	}
	m, err := mailboxesOf(ctx, w.door.Identity(), asked.Account, w.Clock())
	if m == nil || err != nil {
		return err
	}
	if m.PasswordSetAt != nil {
		return w.queueReset(ctx, m, asked)
	}
	rows, err := w.door.Identity().Query(ctx, `select * from identity.first_access($1)`, asked.Account)
	if err != nil {
		return fmt.Errorf("reading a first access: %w", err)
	}
	at, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[entrance])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading a first access: %w", err)
	}
	return w.queueFirst(ctx, m, asked, at)
}

func (w *Worker) queueReset(ctx context.Context, m *mailboxes, asked forgottenJob) error {
	if address, _ := m.pick(asked.To, "reset"); address == "" {
		return nil
	}
	limit := forgottenLimit(asked.Account)
	return pgx.BeginFunc(ctx, w.door.Identity(), func(tx pgx.Tx) error {
		var may bool
		err := tx.QueryRow(ctx, `select identity.throttle_take($1, $2, $3, $4, $5)`, limit.Key, limit.Free, limit.Base, limit.Most, w.Clock()).Scan(&may)
		if err != nil {
			return fmt.Errorf("counting a forgotten password: %w", err)
		}
		if !may {
			return nil
		}
		if _, err := tx.Exec(ctx, `select identity.own_note($1, 'mailer', 'account.reset_sent', '', '{}', $2)`, asked.Account, w.Clock()); err != nil {
			return fmt.Errorf("noting a forgotten password: %w", err)
		}
		return (&Post{w.jobs}).SendAccountTo(ctx, tx, asked.Account, ResetPassword, asked.To)
	})
}

// needAsk is the worker's, for someone who has no password to sign in with.
var needAsk = access.Need{Act: "mail.asked", Also: access.Mailer}

// queueFirst sends once more what lets someone in for the first time, as their
// place would.
func (w *Worker) queueFirst(ctx context.Context, m *mailboxes, asked forgottenJob, at entrance) error {
	address, _ := m.pick(asked.To, "activation")
	if address == "" {
		return nil
	}
	return w.door.Enter(ctx, access.Mailing(at.TenantID), needAsk, func(v *access.Visit) error {
		may, err := v.Spend(ctx, forgottenLimit(asked.Account))
		if err != nil {
			return err
		}
		if !may {
			v.Unchanged()
			return nil
		}
		v.Record(access.Entry{TargetKind: "resource", Target: at.ResourceID, Label: at.Person})
		_, err = (&Post{w.jobs}).Send(ctx, v, Letter{
			Template: FirstAccess(at.FirstAccess), Resource: at.ResourceID, Account: asked.Account, Recipient: inASCII(address), Locale: i18n.Locale(m.Locale),
			Params: map[string]string{"username": m.Username, "by": at.AskedBy}})
		return err
	})
}

// FirstAccess is the letter that lets someone in for the first time, under a
// place's policy of that name.
func FirstAccess(policy string) string {
	if policy == "activation" {
		return Activation
	}
	return TemporaryPassword
}
