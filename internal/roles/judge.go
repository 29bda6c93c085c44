package roles

import (
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/rights"
	"habilis/internal/tenants/kinds"
)

// Change is what would be done to a person's rights: roles given, grants ended
// or, with both, the ones put in the others' place; and cells set by hand. What
// ends goes before what is given.
type Change struct {
	Give  []uuid.UUID // roles
	End   []uuid.UUID // grants
	Until time.Time   // when those of the roles that end by themselves do; zero is as late as each may
	Hands Hands
}

// Giving is the change that gives roles.
func Giving(roles ...uuid.UUID) Change { return Change{Give: roles} }

// Ending is the change that ends grants.
func Ending(grants ...uuid.UUID) Change { return Change{End: grants} }

// giver is who would do it. For support and the console only the office counts;
// any other one is judged as a person, and without a grid may do nothing.
type giver struct {
	office access.Office
	self   uuid.UUID // resource
	acting []grid.ID // roles
	grid   grid.Grid
}

func giverOf(office access.Office, s *access.Standing) giver {
	by := giver{office: office, acting: rights.IDs(s.ActingRoles()), grid: s.Grid}
	if s.Resource != nil {
		by.self = s.Resource.ID
	}
	return by
}

// bound reports whether the rules about what one may give hold for the giver.
func (g giver) bound() bool { return g.office&(access.Support|access.Console) == 0 }

// ruling is what a change would do, and why it may not be.
type ruling struct {
	gives    []*rights.Role  // in the place's order
	ended    []*rights.Grant // those that the change names
	wanted   time.Time       // the planned end that was asked for, or zero
	hands    []grid.Act      // Set and Clear: the cells that would not stay as they are
	forecast grid.Forecast
	ends     []rights.Grant // the others, which an exclusive role would end
	was      tenure         // of an editor of the settings, before
	becomes  tenure         // and after
	excess   grid.Changes   // what the giver would hand out without having it
	clash    error          // what the calculus says against it
	refused  *fault.Fault   // nil: it may be done
}

// rules are looked at in this order; the first that says something is heard.
var rules = []func(*desk, giver, *ruling) *fault.Fault{
	notArchived, notAbove, notRetired, givenBy, noClash, soundEnd, bySettings, notSupports, noExcess, notOwn, notLast, notLastEditor,
}

// judge says what a change would do and whether it may be done, by whom it would
// be. It fails if the role or the grant is not there, or a cell can't be set so.
// It is the one place where the rules of roles are asked.
func (d *desk) judge(by giver, c Change) (*ruling, error) {
	r, err := d.foresee(by, c)
	if err == nil {
		d.rule(by, r)
	}
	return r, err
}

// judgeAll judges one change for several people who would undergo it together.
func judgeAll(desks []*desk, by giver, c Change) ([]*ruling, error) {
	rulings := make([]*ruling, len(desks))
	surest := noEditor
	for i, d := range desks {
		theirs, err := c, error(nil)
		if c.Hands != nil {
			theirs.Hands = c.Hands.over(d.Hands, d.Rows)
		}
		if rulings[i], err = d.foresee(by, theirs); err != nil {
			return nil, err
		}
		surest = max(surest, rulings[i].becomes)
	}
	for i, d := range desks {
		d.beside = surest
		d.rule(by, rulings[i])
	}
	return rulings, nil
}

// foresee says what a change would do.
func (d *desk) foresee(by giver, c Change) (*ruling, error) {
	r, err := d.resolve(by, c)
	if err != nil {
		return nil, err
	}
	r.forecast, r.clash = d.Rows.Preview(d.Facts(), append(r.acts(), r.hands...)...)
	if r.clash != nil {
		r.forecast, _ = d.Rows.Preview(d.Facts())
	}
	r.was, r.becomes = d.tenure(d.Facts()), d.tenure(r.forecast.Facts)
	for _, held := range r.forecast.Ends {
		if g := d.GrantOf(uuid.UUID(held.ID)); !slices.Contains(r.ended, g) {
			r.ends = append(r.ends, *g)
		}
	}
	return r, nil
}

// rule says why what was foreseen may not be, if so.
func (d *desk) rule(by giver, r *ruling) {
	for _, rule := range rules {
		if r.refused = rule(d, by, r); r.refused != nil {
			return
		}
	}
}

// resolve finds what the change names.
func (d *desk) resolve(by giver, c Change) (*ruling, error) {
	r := &ruling{wanted: c.Until}
	if err := d.resolveRoles(r, c); err != nil {
		return nil, err
	}
	if len(r.gives) == 0 && len(r.ended) == 0 && c.Hands == nil {
		return nil, fault.Invalid("role", "roles.nothing_chosen")
	}
	if err := c.Hands.check(d.Rows).Err(); err != nil {
		return nil, err
	}
	r.hands = d.handActs(by, c.Hands)
	return r, nil
}

// resolveRoles finds the roles to give and the grants to end.
func (d *desk) resolveRoles(r *ruling, c Change) error {
	for _, id := range c.Give {
		if d.Role(id) == nil {
			return fault.NotFound("roles.absent")
		}
	}
	for _, role := range d.Roles {
		if slices.Contains(c.Give, role.ID) {
			r.gives = append(r.gives, role)
		}
	}
	for _, id := range c.End {
		at := slices.IndexFunc(d.Grants, func(g rights.Grant) bool { return g.ID == id })
		if at < 0 {
			return fault.Conflict("roles.ended")
		}
		r.ended = append(r.ended, &d.Grants[at])
	}
	return nil
}

// acts is the change of roles as the calculus knows it. A role that is held and
// given the same again is held already, whatever else ends.
func (r *ruling) acts() []grid.Act {
	var acts []grid.Act
	for _, g := range r.ended {
		if !slices.Contains(r.gives, g.Role) {
			acts = append(acts, grid.End{Role: grid.ID(g.Role.ID)})
		}
	}
	for _, role := range r.gives {
		acts = append(acts, grid.Give{Held: grid.Held{Role: role.Calculus()}})
	}
	return acts
}

// exclusive is the role given that excludes all others, nil if there is none.
func (r *ruling) exclusive() *rights.Role {
	for _, role := range r.gives {
		if role.Exclusive {
			return role
		}
	}
	return nil
}

func notArchived(d *desk, _ giver, _ *ruling) *fault.Fault {
	if d.person != nil && d.person.Archived() {
		return fault.Conflict("roles.archived")
	}
	return nil
}

func notAbove(d *desk, by giver, _ *ruling) *fault.Fault {
	if !by.bound() || d.person == nil || d.person.ID == by.self || by.grid[access.Settings].Edit == grid.All {
		return nil
	}
	theirs := d.Facts().Grid(d.Rows)
	for _, a := range d.Areas {
		if a.Module == kinds.Admin && !by.grid[a.Key].Covers(theirs[a.Key]) {
			return fault.Forbidden("roles.above")
		}
	}
	return nil
}

func notRetired(_ *desk, _ giver, r *ruling) *fault.Fault {
	if slices.ContainsFunc(r.gives, func(role *rights.Role) bool { return role.Retired }) {
		return fault.Conflict("roles.retired")
	}
	return nil
}

func givenBy(_ *desk, by giver, r *ruling) *fault.Fault {
	if !by.bound() {
		return nil
	}
	for _, role := range r.gives {
		switch {
		case role.SupportAlone():
			return fault.Forbidden("roles.support_only")
		case !role.Calculus().Rules.GivenByAny(by.acting):
			return fault.Forbidden("roles.not_giver")
		}
	}
	return nil
}

func noClash(_ *desk, _ giver, r *ruling) *fault.Fault {
	var held grid.AlreadyHeld
	switch {
	case r.exclusive() != nil && len(r.gives) > 1:
		return fault.Conflict("roles.exclusive_alone")
	case r.clash == nil:
		return nil
	case errors.As(r.clash, &held):
		return fault.Conflict("roles.already_held")
	}
	return fault.Conflict("roles.exclusive")
}

func noExcess(d *desk, by giver, r *ruling) *fault.Fault {
	if !by.bound() {
		return nil
	}
	if r.excess = d.Rows.MayDo(by.grid, r.forecast); len(r.excess) > 0 {
		return fault.Forbidden("roles.excess")
	}
	return nil
}

func notOwn(d *desk, by giver, r *ruling) *fault.Fault {
	if !by.bound() || d.person == nil || d.person.ID != by.self {
		return nil
	}
	if r.forecast.Widens() || d.outlasts(r) {
		return fault.Forbidden("roles.own_rights")
	}
	return nil
}

// outlasts reports whether what widens nothing today would widen the person's
// rights later, once roles of theirs that have a planned end are over: a role
// given, or a cell set by hand, which stays for good.
func (d *desk) outlasts(r *ruling) bool {
	if len(r.hands) > 0 && d.widens(d.lasting(nil).Facts(), r.hands) {
		return true
	}
	for _, role := range r.gives {
		lasting, then := d.lasting(r.until(role, d.now)), *r
		then.gives = []*rights.Role{role}
		then.ended = slices.DeleteFunc(slices.Clone(r.ended), func(g *rights.Grant) bool { return lasting.GrantOf(g.Role.ID) == nil })
		if d.widens(lasting.Facts(), then.acts()) {
			return true
		}
	}
	return false
}

// lasting is what the person holds that has no end before an instant, nil being
// the end of time.
func (d *desk) lasting(end *time.Time) *rights.Holding {
	return &rights.Holding{Hands: d.Hands, Grants: slices.DeleteFunc(slices.Clone(d.Grants), func(g rights.Grant) bool {
		return g.Until != nil && (end == nil || g.Until.Before(*end))
	})}
}

func (d *desk) widens(f grid.Facts, acts []grid.Act) bool {
	forecast, err := d.Rows.Preview(f, acts...)
	return err == nil && forecast.Widens()
}

func notLast(d *desk, _ giver, r *ruling) *fault.Fault {
	for _, held := range r.forecast.Ends {
		id := uuid.UUID(held.ID)
		if !d.Role(id).Retired && !held.Rules.MayLoseOne(d.holders[id]) {
			return fault.Conflict("roles.last_holder")
		}
	}
	return nil
}
