package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"habilis/internal/fault"
	"habilis/internal/postgres"
)

// Visit is one act in one place: its transaction, who acts, and what is to be
// recorded. It is only ever built by [Door.Enter].
type Visit struct {
	pgx.Tx
	*Standing
	Actor     Actor
	door      *Door
	need      Need
	entries   []Entry
	aim       Entry
	unchanged bool
}

// Entry is what the journal says of an act. Before and After are what changed,
// as small JSON-able values, never secrets; nil when there was nothing.
type Entry struct {
	Act        string // "" is the need's
	TargetKind string // resource, role, invitation, …
	Target     uuid.UUID
	Label      string // the target's name at that time
	Before     any
	After      any
	Reason     string
}

const (
	lockTenant = `select 1 from tenant for no key update`
	readLatest = `select coalesce(max(at), '-infinity'::timestamptz) from journal_head`

	appendJournal = `
select journal_append(@at, @actor_kind, @actor, @act, @target_kind, @target, @result, @request_id, @facts)`

	submit = `
insert into submission (tenant_id, id, result, at) values (@tenant, @id, @result, @now)
on conflict (tenant_id, id) do nothing`
)

// open confirms the session, sets the tenant, locks its row so that acts follow one
// another, and reads the standing of who acts. The clock is read under the lock, and
// no act is before the last one of the place, whichever process did that and whatever
// its clock said: no fact is later than now.
func (v *Visit) open(ctx context.Context) error {
	var latest pgtype.Timestamptz
	batch := &pgx.Batch{}
	postgres.Enter(batch, v.Actor.tenant, v.Actor.claim)
	batch.Queue(lockTenant)
	batch.Queue(readLatest).QueryRow(func(row pgx.Row) error { return row.Scan(&latest) })
	v.door.queue(batch, v.Standing, v.Actor)
	if err := v.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("opening a visit: %w", err)
	}
	if v.Now = v.door.now(v.Actor.tenant); latest.Time.After(v.Now) {
		v.Now = latest.Time
		v.door.ahead.Store(v.Actor.tenant, v.Now)
	}
	return v.settle(ctx, v.Standing, v.Actor)
}

// settle settles a standing that was read in the act's transaction, with the charter
// of the place as it is there.
func (v *Visit) settle(ctx context.Context, s *Standing, a Actor) error {
	if !s.current() {
		batch := &pgx.Batch{}
		v.door.queueCharter(batch, s, v.Actor.tenant)
		if err := v.SendBatch(ctx, batch).Close(); err != nil {
			return fmt.Errorf("reading the roles of a place: %w", err)
		}
	}
	s.settle(a)
	return nil
}

// Record notes what was done. The notes are written to the journal last.
func (v *Visit) Record(e Entry) { v.entries = append(v.entries, e) }

// Aim says whom or what the act is about, as soon as that is known: a refusal is
// recorded with it.
func (v *Visit) Aim(kind string, target uuid.UUID, label string) {
	v.aim = Entry{TargetKind: kind, Target: target, Label: label}
}

// Unchanged says that there was nothing to do, and so nothing to record.
func (v *Visit) Unchanged() { v.unchanged = true }

// By says who creates or ends a fact: the office, and the resource of a person.
func (v *Visit) By() (kind string, resource *uuid.UUID) {
	switch v.Actor.office {
	case Person:
		return "person", &v.Resource.ID
	case Invitee:
		return "person", nil
	case Support:
		return "support", nil
	}
	return "console", nil
}

// Once makes a form that was sent twice count once: the first to submit id
// gets first=true, the others the result of the first.
func (v *Visit) Once(ctx context.Context, id uuid.UUID, result string) (earlier string, first bool, err error) {
	tag, err := v.Exec(ctx, submit, pgx.StrictNamedArgs{"tenant": v.Actor.tenant, "id": id, "result": result, "now": v.Now})
	if err != nil {
		return "", false, fmt.Errorf("noting a submission: %w", err)
	}
	if tag.RowsAffected() == 1 {
		return result, true, nil
	}
	err = v.QueryRow(ctx, `select result from submission where id = $1`, id).Scan(&earlier)
	return earlier, false, err
}

// StandingOf reads what another person of the place may do now, all roles together.
func (v *Visit) StandingOf(ctx context.Context, resource uuid.UUID) (*Standing, error) {
	var account uuid.UUID
	err := v.QueryRow(ctx, `select account_id from resource where id = $1`, resource).Scan(&account)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.NotFound("people.absent")
	}
	if err != nil {
		return nil, fmt.Errorf("reading a person: %w", err)
	}
	s := &Standing{Now: v.Now}
	batch := &pgx.Batch{}
	v.door.queue(batch, s, Actor{office: Person, account: account, tenant: v.Actor.tenant})
	if err := v.SendBatch(ctx, batch).Close(); err != nil {
		return nil, fmt.Errorf("reading a person's standing: %w", err)
	}
	return s, v.settle(ctx, s, Actor{factor: StrongFactor})
}

// close checks what the database holds back until the end, then writes the journal.
func (v *Visit) close(ctx context.Context) error {
	if len(v.entries) == 0 {
		if v.unchanged {
			return nil
		}
		return fmt.Errorf("%s: %w", v.need.Act, errNotRecorded)
	}
	batch := &pgx.Batch{}
	batch.Queue(`set constraints all immediate`)
	for _, e := range v.entries {
		if err := v.append(batch, e, "done"); err != nil {
			return fmt.Errorf("recording an act: %w", err)
		}
	}
	return v.SendBatch(ctx, batch).Close()
}

// facts is what a journal row says that may name people; erasure can empty it.
type facts struct {
	Actor   string `json:"actor,omitempty"` // name at that time
	Hat     string `json:"hat,omitempty"`
	Label   string `json:"label,omitempty"`
	Before  any    `json:"before,omitempty"`
	After   any    `json:"after,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Address string `json:"address,omitempty"`
}

// append adds a line of the journal to what is to be written.
func (v *Visit) append(batch *pgx.Batch, e Entry, result string) error {
	if e.Act == "" {
		e.Act = v.need.Act
	}
	f := facts{Actor: v.Operator, Label: e.Label, Before: e.Before, After: e.After, Reason: e.Reason, Address: v.Actor.origin.Address}
	if v.Resource != nil {
		f.Actor = v.Resource.Given + " " + v.Resource.Family
	}
	for _, r := range v.Roles {
		if r.ID == v.Hat {
			f.Hat = r.NameFr
		}
	}
	encoded, err := json.Marshal(f)
	if err != nil {
		return err
	}
	batch.Queue(appendJournal, pgx.StrictNamedArgs{
		"at": v.Now, "actor_kind": v.Actor.office.String(), "actor": orNull(v.Actor.account), "act": e.Act,
		"target_kind": e.TargetKind, "target": orNull(e.Target), "result": result,
		"request_id": v.Actor.origin.RequestID, "facts": string(encoded),
	})
	return nil
}

func orNull(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}
