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

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
)

// needSend is the worker's alone.
var needSend = access.Need{Act: "mail.send", Also: access.Mailer}

// queued is a row of the table mail, with what says whether it may still leave.
type queued struct {
	ID         uuid.UUID
	Template   string
	ResourceID *uuid.UUID
	AccountID  *uuid.UUID
	Recipient  string
	Locale     string
	Params     map[string]string
	State      string
	Attempts   int
	Answer     string
	CreatedAt  time.Time
	Archived   bool
	Person     string // the resource's name, "" when there is none
	Hours      hours  // that the place's secrets hold
}

const readQueued = `
select m.id, m.template, m.resource_id, m.account_id, m.recipient, m.locale, m.params, m.state, m.attempts, m.answer, m.created_at,
       exists (select from resource where (id = m.resource_id or account_id = m.account_id) and state = 'archived') archived,
       coalesce((select given || ' ' || family from resource where id = m.resource_id), '') person,
       (select jsonb_build_object('temporary_password', policies->'temporary_password_hours', 'activation', policies->'activation_hours') from tenant) hours
  from mail m
 where m.id = @id`

const (
	countAttempt = `update mail set attempts = attempts + 1, changed_at = @now where id = @id returning attempts`
	setFate      = `update mail set state = @state, answer = @answer, changed_at = @now where id = @id`
)

// sending is a letter in the worker's hands.
type sending struct {
	queued
	place  access.Tenant
	secret secret // zero when the letter carries none
	now    time.Time
}

// sendForPlace sends one letter of a place: prepare, commit, converse, record.
func (w *Worker) sendForPlace(ctx context.Context, job placeJob) error {
	s, err := w.prepare(ctx, job)
	if err != nil || s == nil {
		return err
	}
	message, err := w.write(s)
	if err != nil {
		return fmt.Errorf("writing letter %s: %w", s.ID, err)
	}
	answer, err := w.Transport.Send(ctx, message)
	state := Sent
	var said *Rejection
	switch {
	case errors.As(err, &said) && said.Permanent:
		state, answer = Refused, said.Answer
	case said != nil:
		state, answer = Queued, said.Answer
	case err != nil:
		state, answer = Queued, ""
	}
	if err != nil {
		w.Log.WarnContext(ctx, "mail not taken", "tenant", job.Tenant, "mail", s.ID, "template", s.Template, "attempt", s.Attempts, "state", state, "err", err)
	}
	if err := w.record(ctx, s, state, tidy(answer, s.secret.plain)); err != nil {
		return err
	}
	if state == Queued {
		return river.JobSnooze(w.backoff(s.now.Sub(s.CreatedAt)))
	}
	return nil
}

// prepare takes the letter up, mints its secret and commits both. It returns
// nil when nothing is to be sent.
func (w *Worker) prepare(ctx context.Context, job placeJob) (*sending, error) {
	var s *sending
	err := w.door.Enter(ctx, access.Mailing(job.Tenant), needSend, func(v *access.Visit) error {
		rows, err := v.Query(ctx, readQueued, pgx.StrictNamedArgs{"id": job.Mail})
		if err != nil {
			return fmt.Errorf("reading a letter: %w", err)
		}
		q, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[queued])
		if err != nil {
			return fmt.Errorf("reading a letter: %w", err)
		}
		s, err = takeUp(ctx, v, q)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func takeUp(ctx context.Context, v *access.Visit, q queued) (*sending, error) {
	if q.State != Queued {
		v.Unchanged()
		return nil, nil
	}
	mailbox, overtaken, err := q.overtaken(ctx, v)
	switch {
	case err != nil:
		return nil, err
	case overtaken:
		return nil, q.end(ctx, v, Void, "")
	case q.Attempts > 0 && v.Now.Sub(q.CreatedAt) > patience:
		return nil, q.end(ctx, v, Refused, q.Answer)
	}
	s := &sending{queued: q, place: v.Tenant, now: v.Now}
	if purpose := letters[q.Template].secret; purpose != "" {
		s.secret = newSecret(purpose, v.Now, q.Hours)
		if err := s.secret.store(ctx, v.Tx, *q.AccountID, v.Tenant.ID, mailbox, &q.ID); err != nil {
			return nil, err
		}
	}
	if err := v.QueryRow(ctx, countAttempt, pgx.StrictNamedArgs{"id": q.ID, "now": v.Now}).Scan(&s.Attempts); err != nil {
		return nil, fmt.Errorf("counting an attempt: %w", err)
	}
	v.Unchanged() // what an attempt comes to is the act, and is recorded then
	return s, nil
}

// overtaken reports that events have made the letter unfit to be sent: a secret
// is no longer wanted at an address that is not the account's, or once the person
// has a newer password. The mailbox is the key of the one that the letter goes to.
func (q *queued) overtaken(ctx context.Context, v *access.Visit) (mailbox string, is bool, err error) {
	known := letters[q.Template]
	if known.personal && q.Archived {
		return "", true, nil
	}
	if known.secret == "" {
		return "", false, nil
	}
	m, err := mailboxesOf(ctx, v.Tx, *q.AccountID, v.Now)
	if m == nil || err != nil {
		return "", err == nil, err
	}
	mailbox = m.keyOf(q.Recipient, known.secret)
	return mailbox, mailbox == "" || m.PasswordSetAt != nil && m.PasswordSetAt.After(q.CreatedAt), nil
}

// end closes the letter's story, in the row and in the journal.
func (q *queued) end(ctx context.Context, v *access.Visit, state, answer string) error {
	if err := q.set(ctx, v, state, answer); err != nil {
		return err
	}
	entry := access.Entry{
		Act: "mail." + state, TargetKind: "mail", Target: q.ID, Label: q.Recipient, Reason: answer,
		After: map[string]any{"template": q.Template, "attempts": q.Attempts},
	}
	if q.ResourceID != nil {
		entry.TargetKind, entry.Target, entry.Label = "resource", *q.ResourceID, q.Person
	}
	v.Record(entry)
	return nil
}

func (q *queued) set(ctx context.Context, v *access.Visit, state, answer string) error {
	_, err := v.Exec(ctx, setFate, pgx.StrictNamedArgs{"id": q.ID, "state": state, "answer": answer, "now": v.Now})
	if err != nil {
		return fmt.Errorf("noting the fate of a letter: %w", err)
	}
	return nil
}

// record notes what the mail server said. What it took is not forgotten because
// the job's time is up, nor because the database was away for a moment.
func (w *Worker) record(ctx context.Context, s *sending, state, answer string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	for pause := time.Second; ; pause *= 2 {
		err := w.door.Enter(ctx, access.Mailing(s.place.ID), needSend, func(v *access.Visit) error {
			if state != Queued {
				return s.end(ctx, v, state, answer)
			}
			v.Unchanged()
			return s.note(ctx, v, answer)
		})
		if _, refused := fault.As(err); err == nil || refused {
			return err
		}
		w.Log.ErrorContext(ctx, "the fate of a mail is not noted yet", "mail", s.ID, "state", state, "err", err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

const noteAnswer = `update mail set answer = @answer, changed_at = @now where id = @id`

// note keeps the answer to an attempt that is not the last; the letter may have
// been replaced meanwhile, and stays so.
func (q *queued) note(ctx context.Context, v *access.Visit, answer string) error {
	if _, err := v.Exec(ctx, noteAnswer, pgx.StrictNamedArgs{"id": q.ID, "answer": answer, "now": v.Now}); err != nil {
		return fmt.Errorf("noting an attempt: %w", err)
	}
	return nil
}

// params are all that the template may say.
func (s *sending) params(base string, p *i18n.Printer) map[string]string {
	all := maps.Clone(s.Params)
	if all == nil {
		all = map[string]string{}
	}
	all["place"], all["number"], all["kind"], all["support"] = s.place.Name, s.place.Number, s.place.Kind, s.place.Support
	all["tenant"] = s.place.ID.String()
	if t, err := time.Parse(time.RFC3339, all["until"]); err == nil {
		all["until"] = p.Date(t)
	}
	if s.secret != (secret{}) {
		s.secret.tell(all, p)
	} else if t, err := time.Parse(time.RFC3339, all["expires"]); err == nil {
		all["expires"] = p.DateTime(t)
	}
	all["link"] = letters[s.Template].address(base, all)
	delete(all, "secret") // it is in the link
	return all
}
