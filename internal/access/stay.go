package access

import (
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/fault"
	"habilis/internal/grid"
)

// Stay is the visit of a place by an operator of support, who sees for a while what
// those who call them see. A guest reads, and nothing else: support's own acts in a
// place are those of [Support], each with its reason, and none of them is easier for
// being inside.
//
// It is read at each request like any right: who has none, whose time is over, whom
// the place has sent away, who is no operator any more or has signed out finds
// nothing. It is no role, no grant and no membership, so nothing can widen it.
type Stay struct {
	ID     uuid.UUID
	Name   string // the operator's
	Reason string
	Ticket string // the reference of what support was asked, or empty
	Since  time.Time
	Until  time.Time
}

// shown is what a guest's standing opens: how the place's people, roles and settings
// are, and what was done to them. Nothing of what the place works on, and no reviews.
// A need lets guests in besides, one by one: see [Need.ToGuests].
func shown() grid.Grid {
	view := grid.Cell{View: grid.All}
	return grid.Grid{People: view, Roles: view, Settings: view, Journal: view}
}

// ToGuests is the need of a page that support may see too, when it visits the place.
// What is taken away as a file, or reads what the place works on, is no such page.
func (n Need) ToGuests() Need {
	n.Also |= Guest
	return n
}

const readStay = `select id, name, reason, ticket, since, until from identity.stay_now(@account, @session, @now)`

func (s *Standing) queueStay(b *pgx.Batch, a Actor) {
	queue(b, readStay, pgx.StrictNamedArgs{"account": a.account, "session": a.session, "now": s.Now}).Query(func(rows pgx.Rows) error {
		found, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByName[Stay])
		if err == nil && len(found) == 1 {
			s.Stay, s.Operator = found[0], found[0].Name
		}
		return err
	})
}

// judgeGuest lets a guest read what is shown to guests. A place without a stay
// answers like none at all.
func (n Need) judgeGuest(a Actor, s *Standing) error {
	switch {
	case s.Stay == nil || !s.Now.Before(s.Stay.Until) || a.factor < StrongFactor || s.Tenant.State != "open":
		return NoStay()
	case n.Also&Guest == 0 || n.Edit > grid.None:
		return fault.Forbidden("access.guest")
	case !n.Met(s.Grid):
		return n.refusal()
	}
	return nil
}

// NoStay is the answer to who has no stay in a place, if there is that place.
func NoStay() error { return fault.NotFound("access.no_stay") }
