// Package stay is support's visit of a place: an operator sees its own pages as its
// people do, so as to guide them, for an hour at most. In the code it is a stay,
// since a visit is one act behind the door.
//
// A stay lets an operator read, and only what [access.Stay] says: what support may
// change stays on its own pages, where each act has its own reason, its own proof
// and its own letters. So nothing that a caller talks an operator into, and nothing
// that takes over their browser, changes a place from within.
//
// It is begun with a reason and a proof, and told by mail to who answers for the
// place, who see it on their pages and end it at will. Beginning and end are in the
// place's journal, with the operator's name.
package stay

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
	"habilis/internal/roles"
	"habilis/internal/search"
)

// Service begins, shows and ends stays.
type Service struct {
	door  *access.Door
	post  post
	clock func() time.Time
}

// post queues letters in the transaction of an act.
type post interface {
	SendAll(ctx context.Context, v *access.Visit, all []mail.Letter) error
}

// New returns the stays in the places behind door.
func New(door *access.Door, post post, clock func() time.Time) *Service {
	return &Service{door, post, clock}
}

// Who may do what.
var (
	NeedBegin = access.Need{Act: "support.begin", Also: access.Support, Proof: access.ProofAlways}
	NeedLeave = access.Need{Act: "support.leave", Also: access.Support}
	NeedSee   = access.ViewOf(access.Settings)
	NeedEnd   = access.EditOf(access.Settings, "support.end")
	needTick  = access.Need{Act: "support.expire", Also: access.Clock}
)

// Length is how long a stay lasts. The table admits no longer one.
const Length = 60 * time.Minute

// The longest texts, in characters.
const (
	MaxReason = 500
	MaxTicket = 60
)

// Wish is a stay as it is asked for. Faults stand beside the fields reason and ticket.
type Wish struct {
	Reason string
	Ticket string // the reference of what support was asked, or empty
}

func (w *Wish) settle() error {
	var wrong fault.Faults
	w.Reason, w.Ticket = strings.TrimSpace(w.Reason), strings.Join(strings.Fields(w.Ticket), " ")
	switch {
	case w.Reason == "":
		wrong = append(wrong, fault.Invalid("reason", "stay.reason_missing"))
	case utf8.RuneCountInString(w.Reason) > MaxReason:
		wrong = append(wrong, fault.Invalid("reason", "people.reason_long", "Max", MaxReason))
	}
	if utf8.RuneCountInString(w.Ticket) > MaxTicket {
		wrong = append(wrong, fault.Invalid("ticket", "stay.ticket_long", "Max", MaxTicket))
	}
	return wrong.Err()
}

// often bounds how many stays an operator begins: each writes to who answers for a place.
func often(account uuid.UUID) access.Limit {
	return access.Limit{Key: "stay:" + account.String(), Free: 20, Base: 300, Most: 3600}
}

const begin = `select identity.stay_begin(@id, @operator, @session, @reason, @ticket, @now, @until)`

// Begin begins a stay in a place for an operator, in the session that they ask in,
// and writes to who may change the place's settings.
func (s *Service) Begin(ctx context.Context, signed access.Signed, tenant uuid.UUID, w Wish) error {
	return s.door.Enter(ctx, signed.Helping(tenant), NeedBegin, func(v *access.Visit) error {
		if err := w.settle(); err != nil {
			return err
		}
		if v.Tenant.State != "open" {
			return fault.Conflict("access.place_closed")
		}
		if ok, err := v.Spend(ctx, often(signed.Account)); err != nil || !ok {
			return errors.Join(err, fault.Busy("stay.busy"))
		}
		id, until := access.NewID(), v.Now.Add(Length)
		var bar string
		err := v.QueryRow(ctx, begin, pgx.StrictNamedArgs{"id": id, "operator": signed.Account, "session": signed.Session,
			"reason": w.Reason, "ticket": w.Ticket, "now": v.Now, "until": until}).Scan(&bar)
		if err != nil {
			return fmt.Errorf("beginning a stay: %w", err)
		}
		if refused, ok := bars[bar]; ok {
			return refused()
		}
		v.Record(access.Entry{TargetKind: "stay", Target: id, Label: w.Ticket, Reason: w.Reason, After: map[string]any{"until": until.Format(time.RFC3339)}})
		return s.tell(ctx, v, w, until)
	})
}

// bars are why a stay does not begin, as the database calls them.
var bars = map[string]func() error{
	"not_operator": func() error { return fault.NotFound("access.no_place") },
	"member":       func() error { return fault.Forbidden("stay.member") },
	"elsewhere":    func() error { return fault.Conflict("stay.elsewhere") },
}

// tell writes to who may change the settings that someone of support came in.
func (s *Service) tell(ctx context.Context, v *access.Visit, w Wish, until time.Time) error {
	editors, err := roles.Editors(ctx, v)
	if err != nil {
		return err
	}
	var letters []mail.Letter
	for _, e := range editors {
		letters = append(letters, mail.Letter{Template: mail.SupportVisits, Resource: e.ID, Recipient: e.Email, Locale: e.Locale, Params: map[string]string{
			"by": v.Operator, "reason": w.Reason, "ticket": w.Ticket, "expires": until.Format(time.RFC3339)}})
	}
	return s.post.SendAll(ctx, v, letters)
}

// Under is a stay that is under way, wherever it is.
type Under struct {
	TenantID uuid.UUID
	ID       uuid.UUID
	Number   string // of the place
	Place    string
	Kind     string
	Session  uuid.UUID // in which it began, and is of use
	Reason   string
	Ticket   string
	Since    time.Time
	Until    time.Time
}

// Of is the stay of an operator that nobody has ended, nil for none.
func (s *Service) Of(ctx context.Context, signed access.Signed) (*Under, error) {
	rows, err := s.door.Identity().Query(ctx, `select * from identity.stay_of($1, $2)`, signed.Account, s.clock())
	if err != nil {
		return nil, fmt.Errorf("looking for a stay: %w", err)
	}
	u, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[Under])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return u, err
}

const end = `select identity.stay_end($1, $2, $3, $4)`

// Leave ends the stay of an operator, from whichever session of theirs; none to end
// is no mistake.
func (s *Service) Leave(ctx context.Context, signed access.Signed) error {
	u, err := s.Of(ctx, signed)
	if u == nil || err != nil {
		return err
	}
	return s.door.Enter(ctx, signed.Helping(u.TenantID), NeedLeave, func(v *access.Visit) error {
		return over(ctx, v, u.ID, "support", nil, access.Entry{Label: u.Ticket})
	})
}

// SignOut is [Service.Leave] for a session that ends, if the stay is of that one.
func (s *Service) SignOut(ctx context.Context, signed access.Signed) error {
	u, err := s.Of(ctx, signed)
	if u == nil || err != nil || u.Session != signed.Session {
		return err
	}
	return s.Leave(ctx, signed)
}

// over ends a stay and notes it; one that is over already stays as it is.
func over(ctx context.Context, v *access.Visit, id uuid.UUID, kind string, by *uuid.UUID, e access.Entry) error {
	var ended bool
	if err := v.QueryRow(ctx, end, id, kind, by, v.Now).Scan(&ended); err != nil {
		return fmt.Errorf("ending a stay: %w", err)
	}
	if !ended {
		v.Unchanged()
		return nil
	}
	e.TargetKind, e.Target = "stay", id
	v.Record(e)
	return nil
}

// Place is a place as support finds it.
type Place struct {
	TenantID uuid.UUID
	Number   string
	Name     string
	Kind     string
	State    string // open or closed
}

// mostFound bounds the places that are found at once.
const mostFound = 30

// Find looks for places by their number or a part of their name, for an operator.
func (s *Service) Find(ctx context.Context, signed access.Signed, words string) ([]Place, error) {
	words = strings.ToLower(search.Unaccented(strings.TrimSpace(words)))
	if words == "" || signed.Factor < access.StrongFactor {
		return nil, nil
	}
	rows, err := s.door.Identity().Query(ctx, `select * from identity.places_for_stay($1, $2, $3)`, signed.Account, words, mostFound)
	if err != nil {
		return nil, fmt.Errorf("looking for places: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Place])
}

// Standing is the place as an operator comes to it, before a stay: who they are there.
func (s *Service) Standing(ctx context.Context, signed access.Signed, tenant uuid.UUID) (*access.Standing, error) {
	return s.door.Read(ctx, signed.Helping(tenant), access.Need{Also: access.Support}, func(*access.Reading) {})
}
