package roles

import (
	"context"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/rights"
)

// Preview is what a change would do to a person.
type Preview struct {
	Change   Change
	Gives    []*rights.Role  // none when roles only end
	Named    []*rights.Grant // the grants that the change ends
	Until    *time.Time      // the planned end of the roles given, if one has any
	Latest   *time.Time      // as late as that may be
	Rows     []Row           // all areas
	Widened  grid.Changes
	Narrowed grid.Changes
	Ends     []rights.Grant // what an exclusive role would end besides: to be confirmed
	Refused  *fault.Fault   // nil: this actor may do it
	Excess   grid.Changes   // for roles.excess: what the actor lacks
}

// Row is an area, with what the person may do there before and after.
type Row struct {
	rights.Area
	Before, After grid.Cell
}

// Preview reads what a change would do. What may not be done is shown all the
// same, with the reason.
func (s *Service) Preview(ctx context.Context, a access.Actor, resource uuid.UUID, c Change) (*PreviewPage, error) {
	d, standing, err := s.look(ctx, a, NeedChange, resource)
	page := &PreviewPage{Standing: standing}
	if err != nil {
		return page, err
	}
	page.Person, page.Areas = d.person, d.Areas
	page.Preview, err = d.preview(giverOf(a.Office(), standing), c)
	return page, err
}

// PreviewPage is a preview, and whose it is.
type PreviewPage struct {
	*access.Standing
	Person *Person
	Areas  []rights.Area
	*Preview
}

func (d *desk) preview(by giver, c Change) (*Preview, error) {
	r, err := d.judge(by, c)
	if err != nil {
		return nil, err
	}
	p := &Preview{Change: c, Gives: r.gives, Named: r.ended, Until: r.ending(d.now), Latest: Latest(r.gives, d.now), Ends: r.ends, Refused: r.refused, Excess: r.excess,
		Widened: r.forecast.Changes.Widened(), Narrowed: r.forecast.Changes.Narrowed()}
	for _, a := range d.Areas {
		p.Rows = append(p.Rows, Row{a, r.forecast.Before[a.Key], r.forecast.After[a.Key]})
	}
	return p, nil
}
