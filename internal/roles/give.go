package roles

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/i18n"
	"habilis/internal/rights"
)

// Give gives a role, and sets cells by hand, within another act such as the
// making of an account, by who does that act and under all rules. Without a role
// it is the place's default one. The act records it and tells the person; a role
// that would end others can't be given this way.
func (s *Service) Give(ctx context.Context, v *access.Visit, resource uuid.UUID, c Change) (*Done, error) {
	kind, by := v.By()
	done, err := s.give(ctx, v, giverOf(v.Actor.Office(), v.Standing), rights.By{Kind: kind, Resource: by}, resource, c)
	if err != nil {
		return nil, err
	}
	return done, done.Prove(v)
}

// GiveFor gives what someone was invited to, when they accept. What the inviter
// may do is asked again, now and with all the roles that they hold.
func (s *Service) GiveFor(ctx context.Context, v *access.Visit, inviter, resource uuid.UUID, c Change) (*Done, error) {
	standing, err := v.StandingOf(ctx, inviter)
	if err != nil {
		return nil, err
	}
	if standing.Resource == nil || !access.EditOf(access.People, "").Met(standing.Grid) {
		return nil, fault.Conflict("roles.inviter_may_not")
	}
	done, err := s.give(ctx, v, giverOf(access.Person, standing), rights.By{Kind: "person", Resource: &inviter}, resource, c)
	if fault.Is(err, fault.KindForbidden) { // it is not the invited person who may not
		return nil, fault.Conflict("roles.inviter_may_not")
	}
	return done, err
}

func (s *Service) give(ctx context.Context, v *access.Visit, giver giver, by rights.By, resource uuid.UUID, c Change) (*Done, error) {
	d, err := openDesk(ctx, v, resource)
	if err != nil {
		return nil, err
	}
	r, err := d.judge(giver, d.withDefault(c))
	switch {
	case err != nil:
		return nil, err
	case r.refused != nil:
		return nil, r.refused
	case len(r.ends) > 0:
		return nil, fault.Conflict("roles.confirm_ends")
	}
	return s.toSomeoneNew(v, d, r), d.carryOut(ctx, v, r, by)
}

// toSomeoneNew is what a ruling gives to someone who had nothing.
func (s *Service) toSomeoneNew(v *access.Visit, d *desk, r *ruling) *Done {
	_, cells := s.words(v.Tenant.Kind, i18n.Locale(v.Tenant.Locale)).hands(d, r)
	return &Done{Person: d.person, Given: r.gives, cells: cells, weighs: d.weighs(r)}
}

// withDefault is the change with the place's default role, if it gives none.
func (d *desk) withDefault(c Change) Change {
	if role := d.DefaultRole(); len(c.Give) == 0 && role != nil {
		c.Give = []uuid.UUID{role.ID}
	}
	return c
}

// MayGive refuses a role or cells set by hand that who acts may not give to
// someone to come, and says what they would get. It is asked when they are
// invited; [Service.GiveFor] asks again. What is wrong with what is set by hand
// stands beside cell.<area>.<direction>, or beside hands.
func (s *Service) MayGive(ctx context.Context, v *access.Visit, c Change) (*Done, error) {
	d, err := openDesk(ctx, v, uuid.Nil)
	if err != nil {
		return nil, err
	}
	r, err := d.judge(giverOf(v.Actor.Office(), v.Standing), d.withDefault(c))
	if err == nil && r.refused != nil {
		err = r.refused
	}
	if err == nil {
		return s.toSomeoneNew(v, d, r), nil
	}
	faults, _ := fault.As(err)
	for _, f := range faults {
		if f.Field == "" && slices.Contains(ofHands, f.Key) {
			f.On("hands")
		}
	}
	return nil, err
}

// ofHands are the refusals of what is set by hand, whatever the role.
var ofHands = []string{"roles.hands_settings", "roles.reserved", "roles.cell_unknown"}

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
// what they held when they were archived comes back with them, and so does what
// was set for them by hand to reach further than their roles.
func (s *Service) MayReturn(ctx context.Context, v *access.Visit, resource uuid.UUID) error {
	d, err := openDesk(ctx, v, resource)
	if err != nil {
		return err
	}
	by := giverOf(v.Actor.Office(), v.Standing)
	grids := []grid.Grid{d.Facts().Grid(d.Rows)}
	for _, g := range d.Grants {
		grids = append(grids, g.Role.Grid)
		if refused := givenBy(d, by, &ruling{gives: []*rights.Role{g.Role}}); refused != nil {
			return refused
		}
	}
	whole := &ruling{hands: d.wideHands(), forecast: grid.Forecast{Changes: d.Rows.Diff(grid.Grid{}, grid.Join(grids...))}}
	for _, rule := range []func(*desk, giver, *ruling) *fault.Fault{notAbove, bySettings, notSupports, noExcess} {
		if refused := rule(d, by, whole); refused != nil {
			return refused
		}
	}
	return d.provesReturn(v)
}

// wideHands are the cells set by hand that reach further than the person's roles.
func (d *desk) wideHands() []grid.Act {
	roles := d.Facts()
	roles.ByHand = nil
	var wide []grid.Act
	for _, row := range d.Rows {
		hand, set := d.Facts().ByHand[row.Area]
		alone := grid.Set{Area: row.Area, ByHand: hand}
		if set && d.widens(roles, []grid.Act{alone}) {
			wide = append(wide, alone)
		}
	}
	return wide
}
