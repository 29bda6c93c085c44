package audit

import (
	"context"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/grid"
	"habilis/internal/rights"
)

// RefusalPage says what someone lacks for a page or an act of the portal.
type RefusalPage struct {
	*access.Standing
	Area      *rights.Area
	Direction grid.Direction
	Missing   *Missing
	UnderHat  bool // all their roles together would do: only the hat is too narrow
}

// Refusal says what the actor lacks to meet a need that the door refused them,
// and who could give it. It is about themselves, so anyone of the place may ask.
func (s *Service) Refusal(ctx context.Context, a access.Actor, need access.Need) (*RefusalPage, error) {
	page := &RefusalPage{}
	self, err := s.self(ctx, a)
	if err != nil {
		return page, err
	}
	var f *File
	var holders names
	page.Standing, err = s.door.Read(ctx, a, NeedMissing, func(r *access.Reading) {
		f = askFile(r, r.Now(), self)
		holders = askNames(r, self)
	})
	if err != nil {
		return page, err
	}
	if need = need.Lacking(page.Grid); need.Edit > grid.None {
		page.Direction = grid.Edit
	}
	if page.Area, err = f.area(need.Area); err != nil {
		return page, err
	}
	needed := max(need.View, need.Edit)
	if page.UnderHat = f.Effective()[need.Area].At(page.Direction) >= needed; !page.UnderHat {
		page.Missing = f.missing(need.Area, page.Direction, needed, holders)
	}
	return page, nil
}

// self is who asks.
func (s *Service) self(ctx context.Context, a access.Actor) (uuid.UUID, error) {
	standing, err := s.door.Read(ctx, a, NeedMissing, func(*access.Reading) {})
	if err != nil {
		return uuid.Nil, err
	}
	return standing.Resource.ID, nil
}
