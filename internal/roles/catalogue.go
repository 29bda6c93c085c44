package roles

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/rights"
)

// CataloguePage is the page of the place's roles.
type CataloguePage struct {
	*access.Standing
	Catalogue *rights.Catalogue
	Roles     []Listed // in use, in the place's order
	Retired   []Listed // given no more; some may still be held
}

// Listed is a role and how many people hold it now.
type Listed struct {
	*rights.Role
	Holders int
}

// Catalogue reads the page of the place's roles.
func (s *Service) Catalogue(ctx context.Context, a access.Actor) (*CataloguePage, error) {
	page := &CataloguePage{}
	var holders map[uuid.UUID]int
	standing, err := s.door.Read(ctx, a, NeedCatalogue, func(r *access.Reading) {
		page.Catalogue = rights.AskCatalogue(r, r.Now())
		holders = rights.AskHolders(r, r.Now(), 0)
	})
	page.Standing = standing
	for _, r := range page.Catalogue.Roles {
		if r.Retired {
			page.Retired = append(page.Retired, Listed{r, holders[r.ID]})
		} else {
			page.Roles = append(page.Roles, Listed{r, holders[r.ID]})
		}
	}
	return page, err
}

// RolePage is the page of one role.
type RolePage struct {
	*access.Standing
	Catalogue *rights.Catalogue
	Listed
	Gives   []*rights.Role // in use, that its holders may give
	Refused *fault.Fault   // why this actor may not define it; nil if they may
}

// CatalogueRole reads the page of one role.
func (s *Service) CatalogueRole(ctx context.Context, a access.Actor, role uuid.UUID) (*RolePage, error) {
	all, err := s.Catalogue(ctx, a)
	page := &RolePage{Standing: all.Standing, Catalogue: all.Catalogue}
	if err != nil {
		return page, err
	}
	for _, r := range slices.Concat(all.Roles, all.Retired) {
		if r.ID == role {
			page.Listed = r
		}
	}
	if page.Listed.Role == nil {
		return page, fault.NotFound("roles.absent")
	}
	for _, r := range all.Roles {
		for _, giver := range r.GivenBy {
			if giver == role {
				page.Gives = append(page.Gives, r.Role)
			}
		}
	}
	page.Refused = page.mayDefine(a, page.Standing)
	return page, nil
}

// mayDefine says why the role may not be defined by this actor.
func (p *RolePage) mayDefine(a access.Actor, s *access.Standing) *fault.Fault {
	if a.Office() == access.Person && !NeedDefine.Met(s.Grid) {
		return fault.Forbidden("access.no_edit")
	}
	d := &drafting{Catalogue: p.Catalogue, role: p.Listed.Role}
	return d.closed(giverOf(a.Office(), s))
}
