// Package tenants holds the places: how one is made from its kind, how it is
// found by its number, in which words it speaks, and what its people may set.
package tenants

import (
	"sync"

	"habilis/internal/access"
	"habilis/internal/tenants/kinds"
)

// Service makes places and reads their settings.
type Service struct {
	door    *access.Door
	kinds   kinds.Catalogue
	numbers sync.Map // number -> uuid.UUID; a place keeps its number
	words   sync.Map // spoken -> kinds.Words
}

// New returns the service of the places behind door, each of one of the kinds.
func New(door *access.Door, catalogue kinds.Catalogue) *Service {
	return &Service{door: door, kinds: catalogue}
}

// Kinds are all kinds of establishment.
func (s *Service) Kinds() kinds.Catalogue { return s.kinds }
