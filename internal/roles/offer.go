package roles

import (
	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/rights"
)

// Offer is the choice of a role for someone to come, read within another page.
type Offer struct {
	desk *desk
}

// Offer queues into a page the roles that a new person could be given.
func (s *Service) Offer(r *access.Reading) *Offer {
	return &Offer{newDesk(r, r.Now(), uuid.Nil)}
}

// Areas are the rows of the grids, once the page was read.
func (o *Offer) Areas() []rights.Area { return o.desk.Areas }

// Choices are the roles, once the page was read, judged for its actor.
func (o *Offer) Choices(a access.Actor, standing *access.Standing) []Choice {
	choices, _ := o.desk.choices(giverOf(a.Office(), standing), nil)
	return choices
}

// Fixed says, once the page was read, why its actor may set nothing by hand for
// someone to come; it is nil if they may.
func (o *Offer) Fixed(a access.Actor, standing *access.Standing) *fault.Fault {
	return o.desk.fixed(giverOf(a.Office(), standing))
}
