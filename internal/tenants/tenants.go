// Package tenants holds the places: how one is made from its kind, how it is
// found by its number, in which words it speaks, and what its people may set.
package tenants

import (
	"context"
	"sync"

	"habilis/internal/access"
	"habilis/internal/tenants/kinds"
)

// Service makes places and reads their settings.
type Service struct {
	door    *access.Door
	kinds   kinds.Catalogue
	numbers sync.Map // number -> Place
	words   sync.Map // spoken -> kinds.Words
}

// New returns the service of the places behind door, each of one of the kinds.
func New(door *access.Door, catalogue kinds.Catalogue) *Service {
	return &Service{door: door, kinds: catalogue}
}

// Standing reads who someone is in a place, for the frame of a page that shows
// nothing else of it. To who does not belong there, the place is absent.
func (s *Service) Standing(ctx context.Context, a access.Actor) (*access.Standing, error) {
	return s.door.Read(ctx, a, access.Need{Member: true}.ToGuests(), func(*access.Reading) {})
}

// Kinds are all kinds of establishment.
func (s *Service) Kinds() kinds.Catalogue { return s.kinds }
