package stay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
)

// Past is a stay as the place sees it, under way or over.
type Past struct {
	ID        uuid.UUID
	Name      string // the operator's
	Reason    string
	Ticket    string
	Since     time.Time
	Until     time.Time
	EndedAt   *time.Time // when someone, or the clock, ended it
	EndedKind string     // person, support or clock; "" while nobody has
	EndedBy   string     // who of the place ended it
	Stands    bool       // it opens something still
}

const stays = `
select y.id, y.name, y.reason, y.ticket, y.since, y.until, y.ended_at, coalesce(y.ended_kind, '') ended_kind, coalesce(b.name, '') ended_by,
       y.ended_at is null and identity.stay_stands(y.id, @now) stands
  from stay y
  left join lateral (select given || ' ' || family as name from resource where tenant_id = y.tenant_id and id = y.ended_by offset 0) b on true
 where not @open or y.ended_at is null
 order by y.tenant_id, y.since desc, y.id
 limit @limit`

// How many stays are shown: all that are under way, as good as, and the last ones.
const (
	mostOpen = 20
	mostPast = 100
)

// Open asks, with the other queries of a page, for the stays that are under way, for
// who may see the settings.
func Open(into *[]Past) func(*access.Reading) {
	return func(r *access.Reading) {
		r.Query(stays, pgx.StrictNamedArgs{"now": r.Now(), "open": true, "limit": mostOpen}, func(rows pgx.Rows) error {
			all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Past])
			for _, one := range all {
				if one.Stands && NeedSee.Met(r.Standing().Grid) {
					*into = append(*into, one)
				}
			}
			return err
		})
	}
}

// Page is the stays of a place, newest first.
type Page struct {
	*access.Standing
	Stays []Past
}

// List reads the last stays in a place.
func (s *Service) List(ctx context.Context, a access.Actor) (*Page, error) {
	page := &Page{}
	var err error
	page.Standing, err = s.door.Read(ctx, a, NeedSee, func(r *access.Reading) {
		access.All(r, &page.Stays, stays, pgx.StrictNamedArgs{"now": r.Now(), "open": false, "limit": mostPast})
	})
	return page, err
}

// End sends support away, on behalf of the place: nothing is opened from the next
// request on.
func (s *Service) End(ctx context.Context, a access.Actor, id uuid.UUID) error {
	return s.door.Enter(ctx, a, NeedEnd, func(v *access.Visit) error {
		var name string
		err := v.QueryRow(ctx, `select name from stay where id = $1`, id).Scan(&name)
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.NotFound("stay.absent")
		}
		if err != nil {
			return fmt.Errorf("reading a stay: %w", err)
		}
		return over(ctx, v, id, "person", &v.Resource.ID, access.Entry{Label: name})
	})
}

const lastStay = `
select y.id, y.name, y.reason, y.ticket, y.since, y.until, y.ended_at, coalesce(y.ended_kind, '') ended_kind, coalesce(b.name, '') ended_by, false stands
  from stay y
  left join lateral (select given || ' ' || family as name from resource where tenant_id = y.tenant_id and id = y.ended_by offset 0) b on true
 where y.operator = @operator and y.since > @now::timestamptz - interval '1 day'
 order by y.since desc
 limit 1`

// Last is the last stay of an operator in a place, begun within a day, nil for none:
// what became of it is said to who comes back.
func (s *Service) Last(ctx context.Context, signed access.Signed, tenant uuid.UUID) (*Past, error) {
	var found []Past
	_, err := s.door.Read(ctx, signed.Helping(tenant), access.Need{Also: access.Support}, func(r *access.Reading) {
		access.All(r, &found, lastStay, pgx.StrictNamedArgs{"operator": signed.Account, "now": r.Now()})
	})
	if _, refused := fault.As(err); refused || err == nil && len(found) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &found[0], nil
}

// Reading is a kind of page that names people, as the journal has it.
type Reading string

// The kinds of pages whose reading by a guest is noted, once a stay.
const (
	ReadPeople Reading = "support.read_people"
	ReadSheets Reading = "support.read_sheets"
)

// NoteReading records that an operator who has a stay in the place read such pages.
func (s *Service) NoteReading(ctx context.Context, signed access.Signed, tenant uuid.UUID, what Reading) error {
	need := access.Need{Act: string(what), Also: access.Support}
	return s.door.Enter(ctx, signed.Helping(tenant), need, func(v *access.Visit) error {
		v.Record(access.Entry{TargetKind: "place"})
		return nil
	})
}

// Tick notes the ends that the time has brought, in all places. What is opened by a
// stay doesn't wait for it: that ends at the very request.
func (s *Service) Tick(ctx context.Context) error {
	rows, err := s.door.Identity().Query(ctx, `select identity.stays_due($1)`, s.clock())
	if err != nil {
		return fmt.Errorf("looking for stays that are over: %w", err)
	}
	places, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return fmt.Errorf("looking for stays that are over: %w", err)
	}
	var failed error // what fails in one place holds up no other
	for _, place := range places {
		failed = errors.Join(failed, s.door.Enter(ctx, access.Ticking(place), needTick, func(v *access.Visit) error { return s.tick(ctx, v) }))
	}
	return failed
}

func (s *Service) tick(ctx context.Context, v *access.Visit) error {
	v.Unchanged() // unless something is recorded
	rows, err := v.Query(ctx, stays, pgx.StrictNamedArgs{"now": v.Now, "open": true, "limit": mostPast})
	if err != nil {
		return fmt.Errorf("reading stays: %w", err)
	}
	open, err := pgx.CollectRows(rows, pgx.RowToStructByName[Past])
	if err != nil {
		return fmt.Errorf("reading stays: %w", err)
	}
	for _, one := range open {
		if one.Until.After(v.Now) {
			continue // although it may open nothing any more, as when its session has ended
		}
		if err := over(ctx, v, one.ID, "clock", nil, access.Entry{Label: one.Name, After: map[string]any{"until": one.Until.Format(time.RFC3339)}}); err != nil {
			return err
		}
	}
	return nil
}

// Refuse is the answer to a guest who asks for what is not shown to guests. The door
// gives it, and notes it in the journal of a place where they have a stay.
func (s *Service) Refuse(ctx context.Context, a access.Actor, need access.Need) error {
	need.Also &^= access.Guest
	if _, err := s.door.Read(ctx, a, need, func(*access.Reading) {}); err != nil {
		return err
	}
	return fault.Forbidden("access.guest")
}
