// Package mail is what the portal sends. A letter is queued in the transaction
// of the act that causes it: a row of the table mail, whose fate people see, and
// a job that carries two identifiers and nothing else. A worker renders it and
// hands it to the mail server.
//
// A secret that travels by mail is minted by the worker when it sends, and only
// its hash is stored, in a transaction that is committed before the conversation
// with the mail server begins. A retry mints another and voids the one before.
// So each committed letter leaves at least once, whatever dies in between, and
// more than once only if something died after the server took it.
package mail

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"habilis/internal/access"
	"habilis/internal/i18n"
	"habilis/internal/postgres"
)

// Letter is a mail of a place, before it is written.
type Letter struct {
	Template  string            // one of the constants of letters.go
	Resource  uuid.UUID         // the person on whose sheet its fate shows; may be zero
	Account   uuid.UUID         // for whom a secret is minted; zero when the template has none
	Recipient string            // one address
	Locale    i18n.Locale       // the recipient's
	Params    map[string]string // as the template's constant says; never a secret
}

// Post queues letters. It needs no connection of its own.
type Post struct {
	jobs *river.Client[pgx.Tx]
}

// NewPost returns a post that only queues: some process must run a [Worker].
func NewPost() (*Post, error) {
	jobs, err := river.NewClient(riverpgxv5.New(nil), &river.Config{Schema: postgres.JobSchema})
	if err != nil {
		return nil, fmt.Errorf("preparing the queue of mail: %w", err)
	}
	return &Post{jobs}, nil
}

const (
	voidOlder = `
update mail set state = 'void', changed_at = @now
 where account_id = @account and template = any (@templates) and state = 'queued'`

	insertMail = `
insert into mail (tenant_id, id, template, resource_id, account_id, recipient, locale, params, created_at, changed_at)
values (@tenant, @id, @template, @resource, @account, @recipient, @locale, @params, @now, @now)`
)

// Send queues a letter: it leaves if and when the visit commits. A letter with a
// secret takes the place of those to the same account with one that it voids, if
// they have not left. The id is that of its row in the table mail.
func (p *Post) Send(ctx context.Context, v *access.Visit, l Letter) (uuid.UUID, error) {
	ids, err := p.send(ctx, v, []Letter{l})
	if err != nil {
		return uuid.Nil, err
	}
	return ids[0], nil
}

// SendAll queues several letters, in as many round trips as for one.
func (p *Post) SendAll(ctx context.Context, v *access.Visit, all []Letter) error {
	_, err := p.send(ctx, v, all)
	return err
}

func (p *Post) send(ctx context.Context, v *access.Visit, all []Letter) (ids []uuid.UUID, err error) {
	if len(all) == 0 {
		return nil, nil
	}
	batch := &pgx.Batch{}
	var jobs []river.InsertManyParams
	for _, l := range all {
		id, err := l.queue(batch, v)
		if err != nil {
			return nil, err
		}
		ids, jobs = append(ids, id), append(jobs, river.InsertManyParams{Args: placeJob{v.Actor.Tenant(), id}})
	}
	if err := v.SendBatch(ctx, batch).Close(); err != nil {
		return nil, fmt.Errorf("queueing a letter: %w", err)
	}
	if _, err := p.jobs.InsertManyTx(ctx, v.Tx, jobs); err != nil {
		return nil, fmt.Errorf("queueing a letter's job: %w", err)
	}
	return ids, nil
}

// queue adds the letter's row to what is to be written.
func (l Letter) queue(batch *pgx.Batch, v *access.Visit) (uuid.UUID, error) {
	if err := l.check(); err != nil {
		return uuid.Nil, err
	}
	params, err := json.Marshal(l.Params)
	if err != nil {
		return uuid.Nil, fmt.Errorf("encoding a letter: %w", err)
	}
	id := access.NewID()
	if letters[l.Template].secret != "" {
		batch.Queue(voidOlder, pgx.StrictNamedArgs{"account": l.Account, "templates": rivals(l.Template), "now": v.Now})
	}
	batch.Queue(insertMail, pgx.StrictNamedArgs{
		"tenant": v.Actor.Tenant(), "id": id, "template": l.Template, "resource": orNull(l.Resource), "account": orNull(l.Account),
		"recipient": l.Recipient, "locale": string(l.Locale), "params": string(params), "now": v.Now})
	return id, nil
}

// SendAccount queues a letter that belongs to no place, to the address that the
// account has when it is sent. It tells of the act of the transaction; it has no
// row, and no fate to show.
func (p *Post) SendAccount(ctx context.Context, tx pgx.Tx, account uuid.UUID, template string) error {
	return p.SendAccountTo(ctx, tx, account, template, ToMain)
}

// SendAccountTo is SendAccount to another of the account's addresses. A letter
// that carries a secret is not sent where it could fall into wrong hands: see
// [mailboxes.pick].
func (p *Post) SendAccountTo(ctx context.Context, tx pgx.Tx, account uuid.UUID, template string, to Address) error {
	return p.toAccount(ctx, tx, accountJob{Account: account, Template: template, To: to})
}

// SendAccountSaying queues a letter of no place that says more than what its template
// does, to the account's address alone.
func (p *Post) SendAccountSaying(ctx context.Context, tx pgx.Tx, account uuid.UUID, template string, about map[string]string) error {
	return p.toAccount(ctx, tx, accountJob{account, template, ToMain, about})
}

// SendAccountAbout queues a letter of no place that says more than what its
// template does, to the address of the account, confirmed or not, and to its
// confirmed backup address: what it tells of must reach its owner, whoever holds one of them.
func (p *Post) SendAccountAbout(ctx context.Context, tx pgx.Tx, account uuid.UUID, template string, about map[string]string) error {
	for _, to := range []Address{ToMain, ToBackup} {
		if err := p.toAccount(ctx, tx, accountJob{account, template, to, about}); err != nil {
			return err
		}
	}
	return nil
}

func (p *Post) toAccount(ctx context.Context, tx pgx.Tx, job accountJob) error {
	known := letters[job.Template]
	if !known.account {
		return fmt.Errorf("%q is not a letter to an account", job.Template)
	}
	if err := known.checkParams(job.Template, job.About); err != nil {
		return err
	}
	if _, err := p.jobs.InsertTx(ctx, tx, job, nil); err != nil {
		return fmt.Errorf("queueing a letter to an account: %w", err)
	}
	return nil
}

func orNull(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}
