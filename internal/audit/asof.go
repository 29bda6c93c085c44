package audit

import (
	"context"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
)

// AsOfPage is what one person could do at an instant, and why.
type AsOfPage struct {
	*access.Standing
	*File
	Past bool
}

// AsOf reads a person's grid at an instant; zero is now.
func (s *Service) AsOf(ctx context.Context, a access.Actor, person uuid.UUID, on time.Time) (*AsOfPage, error) {
	page := &AsOfPage{Past: !on.IsZero()}
	var err error
	page.Standing, err = s.door.Read(ctx, a, NeedAsOf, func(r *access.Reading) {
		page.File = askFile(r, on, person)
	})
	return page, err
}
