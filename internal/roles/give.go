package roles

import (
	"context"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/rights"
)

// Give gives a role within another act, such as the making of an account, by who
// does that act and under all rules. The zero role is the place's default one.
// The act records it and tells the person; a role that would end others can't be
// given this way.
func (s *Service) Give(ctx context.Context, v *access.Visit, resource, role uuid.UUID) error {
	kind, by := v.By()
	return give(ctx, v, giverOf(v.Actor.Office(), v.Standing), rights.By{Kind: kind, Resource: by}, resource, role)
}

// GiveFor gives a role that someone was invited to, when they accept. What the
// inviter may do is asked again, now and with all the roles that they hold.
func (s *Service) GiveFor(ctx context.Context, v *access.Visit, inviter, resource, role uuid.UUID) error {
	standing, err := v.StandingOf(ctx, inviter)
	if err != nil {
		return err
	}
	if standing.Resource == nil || !access.EditOf(access.People, "").Met(standing.Grid) {
		return fault.Conflict("roles.inviter_may_not")
	}
	err = give(ctx, v, giverOf(access.Person, standing), rights.By{Kind: "person", Resource: &inviter}, resource, role)
	if fault.Is(err, fault.KindForbidden) { // it is not the invited person who may not
		return fault.Conflict("roles.inviter_may_not")
	}
	return err
}

func give(ctx context.Context, v *access.Visit, giver giver, by rights.By, resource, role uuid.UUID) error {
	d, err := openDesk(ctx, v, resource)
	if err != nil {
		return err
	}
	r, err := d.judge(giver, Change{Give: d.orDefault(role)})
	switch {
	case err != nil:
		return err
	case r.refused != nil:
		return r.refused
	case len(r.ends) > 0:
		return fault.Conflict("roles.confirm_ends")
	}
	return d.carryOut(ctx, v, r, by)
}

// orDefault is the role, or the place's default one for the zero UUID.
func (d *desk) orDefault(role uuid.UUID) uuid.UUID {
	if role != uuid.Nil {
		return role
	}
	for _, r := range d.Roles {
		if r.Default {
			return r.ID
		}
	}
	return role
}

// MayGive refuses a role that who acts may not give to someone to come. It is
// asked when they are invited; [Service.GiveFor] asks again.
func (s *Service) MayGive(ctx context.Context, v *access.Visit, role uuid.UUID) error {
	d, err := openDesk(ctx, v, uuid.Nil)
	if err != nil {
		return err
	}
	r, err := d.judge(giverOf(v.Actor.Office(), v.Standing), Change{Give: d.orDefault(role)})
	if err == nil && r.refused != nil {
		return r.refused
	}
	return err
}

// MayActOn refuses who acts on someone above them: rule 2, for all that one may
// do to another person.
func (s *Service) MayActOn(ctx context.Context, v *access.Visit, resource uuid.UUID) error {
	d, err := openDesk(ctx, v, resource)
	if err != nil {
		return err
	}
	if refused := notAbove(d, giverOf(v.Actor.Office(), v.Standing), nil); refused != nil {
		return refused
	}
	return nil
}

// MayReturn refuses to bring someone back with rights that who acts may not give:
// what they held when they were archived comes back with them.
func (s *Service) MayReturn(ctx context.Context, v *access.Visit, resource uuid.UUID) error {
	d, err := openDesk(ctx, v, resource)
	if err != nil {
		return err
	}
	by := giverOf(v.Actor.Office(), v.Standing)
	grids := []grid.Grid{d.Facts().Grid(d.Rows)}
	for _, g := range d.Grants {
		grids = append(grids, g.Role.Grid)
		if refused := givenBy(d, by, &ruling{give: g.Role}); refused != nil {
			return refused
		}
	}
	whole := &ruling{forecast: grid.Forecast{Changes: d.Rows.Diff(grid.Grid{}, grid.Join(grids...))}}
	for _, rule := range []func(*desk, giver, *ruling) *fault.Fault{notAbove, noExcess} {
		if refused := rule(d, by, whole); refused != nil {
			return refused
		}
	}
	return nil
}
