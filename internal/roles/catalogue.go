package roles

import (
	"context"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/rights"
)

// CataloguePage is the page of the place's roles.
type CataloguePage struct {
	*access.Standing
	Areas []rights.Area
	Roles []Listed
}

// Listed is a role and how many people hold it now.
type Listed struct {
	*rights.Role
	Holders int
}

// Catalogue reads the page of the place's roles: those in use, in its order.
func (s *Service) Catalogue(ctx context.Context, a access.Actor) (*CataloguePage, error) {
	var c *rights.Catalogue
	var holders map[uuid.UUID]int
	standing, err := s.door.Read(ctx, a, NeedCatalogue, func(r *access.Reading) {
		c = rights.AskCatalogue(r, r.Now())
		holders = rights.AskHolders(r, r.Now(), 0)
	})
	page := &CataloguePage{Standing: standing, Areas: c.Areas}
	for _, r := range c.InUse() {
		page.Roles = append(page.Roles, Listed{r, holders[r.ID]})
	}
	return page, err
}
