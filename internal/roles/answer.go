package roles

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/mail"
	"habilis/internal/rights"
	"habilis/internal/tenants/kinds"
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
	RoleFr     string
	RoleEn     string
	Note       string
	AskedBy    string
	CreatedAt  time.Time
	State      string // open, granted or refused
	AnsweredAt *time.Time
	Reason     string
}

// Role is the name of what is asked for.
func (q Queued) Role() kinds.Text { return kinds.Text{Fr: q.RoleFr, En: q.RoleEn} }

// QueuePage is support's queue, over all places.
type QueuePage struct {
	Open     []Queued // oldest first
	Answered []Queued // the last ones, newest first
}

// How many requests the queue shows.
const (
	queueOpen     = 200
	queueAnswered = 50
)

// Queue reads what was asked of support. For who is not an operator, or has not
// shown a strong second factor, there is no such thing.
func (s *Service) Queue(ctx context.Context, signed access.Signed) (*QueuePage, error) {
	if signed.Factor < access.StrongFactor {
		return nil, fault.NotFound("roles.no_queue")
	}
	var operator bool
	page := &QueuePage{}
	var b rights.Batch
	b.Query(`select operator from identity.account_get(@account)`, pgx.StrictNamedArgs{"account": signed.Account}, func(rows pgx.Rows) (err error) {
		found, err := pgx.CollectRows(rows, pgx.RowTo[bool])
		operator = len(found) == 1 && found[0]
		return err
	})
	askQueue(&b, signed.Account, "open", queueOpen, &page.Open)
	askQueue(&b, signed.Account, "answered", queueAnswered, &page.Answered)
	err := pgx.BeginFunc(ctx, s.door.Identity(), func(tx pgx.Tx) error { return b.Send(ctx, tx) })
	if err != nil {
		return nil, fmt.Errorf("reading support's queue: %w", err)
	}
	if !operator {
		return nil, fault.NotFound("roles.no_queue")
	}
	return page, nil
}

func askQueue(q rights.Asker, account uuid.UUID, state string, limit int, into *[]Queued) {
	args := pgx.StrictNamedArgs{"account": account, "state": state, "limit": limit}
	q.Query(`select * from identity.support_queue(@account, @state, @limit)`, args, func(rows pgx.Rows) (err error) {
		*into, err = pgx.CollectRows(rows, pgx.RowToStructByName[Queued])
		return err
	})
}

// asked is a request as its place keeps it.
type asked struct {
	ID         uuid.UUID
	ResourceID uuid.UUID
	RoleID     uuid.UUID
	Note       string
	State      string
	Reason     string
	CreatedAt  time.Time
	AnsweredAt *time.Time
	AskedBy    uuid.UUID // resource
	AskerName  string
	AskerEmail string
	AskerState string
	Asker      uuid.UUID // account
}

const readAsked = `
select q.id, q.resource_id, q.role_id, q.note, q.state, q.reason, q.created_at, q.answered_at, q.requested_by asked_by,
       b.name asker_name, b.email asker_email, b.state asker_state, b.account_id asker
  from request q
 cross join lateral (select given || ' ' || family as name, email, state, account_id from resource
                      where tenant_id = q.tenant_id and id = q.requested_by offset 0) b
 where q.id = @id`

// AskedPage is one request, for the operator who answers it.
type AskedPage struct {
	*access.Standing
	ID         uuid.UUID
	Person     *Person
	Role       *rights.Role
	Areas      []rights.Area
	Note       string
	AskedBy    string
	CreatedAt  time.Time
	State      string // open, granted or refused
	AnsweredAt *time.Time
	Reason     string
	Preview    *Preview // of granting it; nil once it is answered
}

// Asked reads one request of a place, with what granting it would do.
func (s *Service) Asked(ctx context.Context, a access.Actor, request uuid.UUID) (*AskedPage, error) {
	var q asked
	standing, err := s.door.Read(ctx, a, NeedAsked, func(r *access.Reading) {
		access.One(r, &q, "roles.no_request", readAsked, pgx.StrictNamedArgs{"id": request})
	})
	page := &AskedPage{Standing: standing}
	if err != nil {
		return page, err
	}
	d, _, err := s.look(ctx, a, NeedAsked, q.ResourceID)
	if err != nil {
		return page, err
	}
	*page = AskedPage{Standing: standing, ID: q.ID, Person: d.person, Role: d.Role(q.RoleID), Areas: d.Areas, Note: q.Note,
		AskedBy: q.AskerName, CreatedAt: q.CreatedAt, State: q.State, AnsweredAt: q.AnsweredAt, Reason: q.Reason}
	if q.State == "open" {
		page.Preview, err = d.preview(giverOf(a.Office(), standing), Giving(q.RoleID))
	}
	return page, err
}

// Verdict is what support answers.
type Verdict struct {
	Grant  bool
	Reason string      // must be given for a refusal
	Ends   []uuid.UUID // grants that an exclusive role would end, as they were shown
}

const updateRequest = `
update request set state = @state, answered_at = @now, answered_by = @by, reason = @reason where id = @id`

// Answer grants or refuses a request, as an operator of support in its place, who
// neither asked nor is asked for: what support alone gives takes two people. Both sides
// are told by mail.
func (s *Service) Answer(ctx context.Context, a access.Actor, request uuid.UUID, w Verdict) error {
	return s.door.Enter(ctx, a, NeedAnswer, func(v *access.Visit) error {
		if err := w.settle(); err != nil {
			return err
		}
		q, err := findAsked(ctx, v, request)
		if err != nil {
			return err
		}
		d, err := openDesk(ctx, v, q.ResourceID)
		if err != nil {
			return err
		}
		if self := a.Account(); self == q.Asker || self == d.person.Account {
			return fault.Forbidden("roles.answer_own")
		}
		_, err = v.Exec(ctx, updateRequest, pgx.StrictNamedArgs{
			"id": request, "state": w.state(), "now": v.Now, "by": a.Account(), "reason": w.Reason})
		if err != nil {
			return fmt.Errorf("answering a request: %w", err)
		}
		if err := s.carryVerdict(ctx, v, d, q, w); err != nil {
			return err
		}
		return s.tellAsker(ctx, v, d, q, w)
	})
}

func (w *Verdict) settle() error {
	w.Reason = strings.TrimSpace(w.Reason)
	switch {
	case !w.Grant && w.Reason == "":
		return fault.Invalid("reason", "roles.reason_missing")
	case utf8.RuneCountInString(w.Reason) > maxNote:
		return fault.Invalid("reason", "roles.note_too_long", "Most", maxNote)
	}
	return nil
}

func (w *Verdict) state() string {
	if w.Grant {
		return "granted"
	}
	return "refused"
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

// carryVerdict gives the role if it was granted, and records the answer.
func (s *Service) carryVerdict(ctx context.Context, v *access.Visit, d *desk, q *asked, w Verdict) error {
	if !w.Grant {
		v.Record(access.Entry{Act: "requests.refuse", TargetKind: "resource", Target: q.ResourceID, Label: d.person.Name(),
			After: map[string]any{"role": d.Role(q.RoleID).Name.In(v.Tenant.Locale)}, Reason: w.Reason})
		return nil
	}
	r, err := d.judge(giverOf(access.Support, v.Standing), Giving(q.RoleID))
	switch {
	case err != nil:
		return err
	case r.refused != nil:
		return r.refused
	case !r.confirmed(w.Ends):
		return fault.Conflict("roles.confirm_ends")
	}
	if err := d.carryOut(ctx, v, r, rights.By{Kind: "support"}); err != nil {
		return err
	}
	d.record(v, "requests.grant", r, w.Reason)
	return s.tell(ctx, v, d, r)
}

// tellAsker writes the answer to who asked, if they are still of the place.
func (s *Service) tellAsker(ctx context.Context, v *access.Visit, d *desk, q *asked, w Verdict) error {
	if q.AskerEmail == "" || q.AskerState == "archived" {
		return nil
	}
	locale, err := localeOf(ctx, v, q.Asker)
	if err != nil {
		return err
	}
	_, err = s.post.Send(ctx, v, mail.Letter{
		Template: mail.RequestAnswered, Resource: q.AskedBy, Recipient: q.AskerEmail, Locale: locale,
		Params: map[string]string{"person": d.person.Name(), "role": d.Role(q.RoleID).Name.In(string(locale)),
			"answer": w.state(), "reason": w.Reason, "resource": d.person.ID.String()}})
	return err
}
