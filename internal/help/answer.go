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
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/people"
)

// Queued is a request as support's queue shows it.
type Queued struct {
	TenantID   uuid.UUID
	ID         uuid.UUID
	Number     string // of the place
	Place      string
	Kind       string
	Person     string
	Email      string
	Username   string
	What       What
	Note       string
	AskedBy    string
	CreatedAt  time.Time
	State      string // open, done, refused or withdrawn
	AnsweredAt *time.Time
	Reason     string
}

// QueuePage is what was asked of support, over all places.
type QueuePage struct {
	Open     []Queued // oldest first
	Answered []Queued // the last ones, newest first
}

// How many requests the queue shows.
const (
	queueOpen     = 200
	queueAnswered = 50
)

// Queue reads what was asked of support. It is empty for who is not an operator,
// or has not shown a strong second factor.
func (s *Service) Queue(ctx context.Context, signed access.Signed) (*QueuePage, error) {
	page := &QueuePage{}
	if signed.Factor < access.StrongFactor {
		return page, nil
	}
	for _, part := range []struct {
		state string
		limit int
		into  *[]Queued
	}{{"open", queueOpen, &page.Open}, {"answered", queueAnswered, &page.Answered}} {
		rows, err := s.door.Identity().Query(ctx, `select * from identity.help_queue($1, $2, $3)`, signed.Account, part.state, part.limit)
		if err != nil {
			return nil, fmt.Errorf("reading support's queue: %w", err)
		}
		if *part.into, err = pgx.CollectRows(rows, pgx.RowToStructByName[Queued]); err != nil {
			return nil, fmt.Errorf("reading support's queue: %w", err)
		}
	}
	return page, nil
}

// asked is a request as its place keeps it.
type asked struct {
	ID         uuid.UUID
	ResourceID uuid.UUID
	What       What
	Address    string
	Note       string
	State      string
	Reason     string
	CreatedAt  time.Time
	AnsweredAt *time.Time
	Asker      uuid.UUID // resource
	AskerName  string
	AskerEmail string
	AskerState string
	AskerID    uuid.UUID // account
}

const readAsked = `
select q.id, q.resource_id, q.what, q.address, q.note, q.state, q.reason, q.created_at, q.answered_at, q.requested_by asker,
       b.name asker_name, b.email asker_email, b.state asker_state, b.account_id asker_id
  from help_request q
 cross join lateral (select given || ' ' || family as name, email, state, account_id from resource
                      where tenant_id = q.tenant_id and id = q.requested_by offset 0) b
 where q.id = @id`

// AskedPage is one request, with what an operator needs to judge it.
type AskedPage struct {
	*access.Standing
	ID            uuid.UUID
	What          What
	Address       string
	Note          string
	AskedBy       string
	CreatedAt     time.Time
	State         string // open, done, refused or withdrawn
	AnsweredAt    *time.Time
	Reason        string
	Family, Given string
	Username      string
	Email         string
	PersonState   string
	Facts
	Places []Place // all of the account's
}

// Place is one of the places of an account.
type Place struct {
	Number string
	Name   string
	State  string // of the person there
}

// Asked reads one request of a place.
func (s *Service) Asked(ctx context.Context, a access.Actor, request uuid.UUID) (*AskedPage, error) {
	var (
		q      asked
		p      []subject
		places []Place
	)
	standing, err := s.door.Read(ctx, a, NeedAsked, func(r *access.Reading) {
		access.One(r, &q, "roles.no_request", readAsked, pgx.StrictNamedArgs{"id": request})
		access.All(r, &p, `
select s.* from help_request q cross join lateral (`+readSubjectOf+`) s where q.id = @id`, pgx.StrictNamedArgs{"id": request, "now": r.Now()})
		access.All(r, &places, `
select s.number, s.name, s.state from help_request q
 cross join lateral (select account_id from resource where id = q.resource_id offset 0) r
 cross join lateral identity.places_for_support(@operator, r.account_id) s where q.id = @id`,
			pgx.StrictNamedArgs{"id": request, "operator": a.Account()})
	})
	page := &AskedPage{Standing: standing}
	if err != nil {
		return page, err
	}
	if len(p) == 0 {
		return page, fault.NotFound("people.absent")
	}
	*page = AskedPage{Standing: standing, ID: q.ID, What: q.What, Address: q.Address, Note: q.Note, AskedBy: q.AskerName, CreatedAt: q.CreatedAt,
		State: q.State, AnsweredAt: q.AnsweredAt, Reason: q.Reason, Family: p[0].Family, Given: p[0].Given, Username: p[0].Username, Email: p[0].Email,
		PersonState: string(p[0].State), Facts: p[0].Facts, Places: places}
	return page, nil
}

const readSubjectOf = `
select r.id, r.account_id, r.family, r.given, r.username, r.email, r.state, ` + factColumns + `
  from resource r
 cross join lateral identity.help_here(r.account_id, @now) h
 where r.id = q.resource_id`

// Verdict is what support answers. The reason is told to both sides.
type Verdict struct {
	Do     bool
	Reason string
}

func (w Verdict) state() string {
	if w.Do {
		return "done"
	}
	return "refused"
}

const updateRequest = `
update help_request set state = @state, answered_at = @now, answered_by = @by, reason = @reason where id = @id`

// Answer does what was asked, or refuses it, which is all that can be done about
// someone archived meanwhile, as an operator of support in the
// place that asked, who is not the one who did.
func (s *Service) Answer(ctx context.Context, a access.Actor, request uuid.UUID, w Verdict) error {
	return s.door.Enter(ctx, a, NeedAnswer, func(v *access.Visit) error {
		why, err := reason(w.Reason)
		if err != nil {
			return err
		}
		q, err := findAsked(ctx, v, request)
		if err != nil {
			return err
		}
		p, err := s.reach(ctx, v, q.ResourceID)
		if err != nil {
			return err
		}
		switch {
		case q.AskerID == a.Account():
			return fault.Forbidden("roles.answer_own")
		case w.Do && p.State == people.Archived: // meanwhile
			return fault.Conflict("help.archived_since")
		}
		_, err = v.Exec(ctx, updateRequest, pgx.StrictNamedArgs{"id": request, "state": w.state(), "now": v.Now, "by": a.Account(), "reason": why})
		if err != nil {
			return fmt.Errorf("answering a request: %w", err)
		}
		if err := s.carryOut(ctx, v, p, q, w, why); err != nil {
			return err
		}
		return s.tellAsker(ctx, v, p, q, w, why)
	})
}

func findAsked(ctx context.Context, v *access.Visit, request uuid.UUID) (*asked, error) {
	rows, err := v.Query(ctx, readAsked, pgx.StrictNamedArgs{"id": request})
	if err != nil {
		return nil, fmt.Errorf("reading a request: %w", err)
	}
	q, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[asked])
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, fault.NotFound("roles.no_request")
	case err != nil:
		return nil, fmt.Errorf("reading a request: %w", err)
	case q.State != "open":
		return nil, fault.Conflict("roles.answered")
	}
	return q, nil
}

// carryOut does what was asked by the same operations as a place's managers do.
func (s *Service) carryOut(ctx context.Context, v *access.Visit, p *subject, q *asked, w Verdict, why string) error {
	switch {
	case !w.Do:
		v.Record(access.Entry{Act: "help.refuse", TargetKind: "resource", Target: p.ID, Label: p.name(), Reason: why, After: map[string]any{"what": string(q.What)}})
		return nil
	case q.What == WantFactor:
		return s.resetFactor(ctx, v, p, why)
	case q.What == WantEmail:
		email, err := p.parseEmail(q.Address)
		if err != nil {
			return err
		}
		return s.changeEmail(ctx, v, p, email, why)
	}
	return s.nameBackup(ctx, v, p, Backup{Email: q.Address, Anyway: true}, why)
}

// tellAsker writes the answer to who asked, if they are still of the place.
func (s *Service) tellAsker(ctx context.Context, v *access.Visit, p *subject, q *asked, w Verdict, why string) error {
	if q.AskerEmail == "" || q.AskerState == "archived" {
		return nil
	}
	var locale i18n.Locale
	if err := v.QueryRow(ctx, `select locale from identity.account_here($1)`, q.AskerID).Scan(&locale); err != nil {
		return fmt.Errorf("reading a locale: %w", err)
	}
	return s.post.SendAll(ctx, v, []mail.Letter{{Template: mail.HelpAnswered, Resource: q.Asker, Recipient: people.AddressOf(q.AskerEmail), Locale: locale,
		Params: map[string]string{"person": p.name(), "what": string(q.What), "answer": w.state(), "reason": why, "resource": p.ID.String()}}})
}
