package roles

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/rights"
)

// Ticked are the roles that are ticked for a person. Beside one that excludes all
// others none can stay: which gives way depends on which was ticked before.
type Ticked struct {
	Roles  []uuid.UUID // ticked now
	Before []uuid.UUID // when the boxes were last shown
}

// Settle is what is left ticked once the roles that exclude each other have given
// way, and those that did. The one that was ticked last stays; of several ticked
// at once, the exclusive one.
func (t Ticked) Settle(of []*rights.Role) (stay, gaveWay []uuid.UUID) {
	var alone, others, fresh []uuid.UUID
	for _, r := range of {
		switch {
		case !slices.Contains(t.Roles, r.ID):
			continue
		case r.Exclusive:
			alone = append(alone, r.ID)
		default:
			others = append(others, r.ID)
		}
		if !slices.Contains(t.Before, r.ID) {
			fresh = append(fresh, r.ID)
		}
	}
	if len(alone) == 0 || len(alone) == 1 && len(others) == 0 {
		return append(alone, others...), nil
	}
	stays := alone[0]
	for _, id := range alone {
		if slices.Contains(fresh, id) {
			stays = id
		}
	}
	if len(fresh) > 0 && !slices.Contains(fresh, stays) { // another was ticked beside the exclusive one
		return others, alone
	}
	all := append(slices.Clone(others), alone...)
	return []uuid.UUID{stays}, slices.DeleteFunc(all, func(id uuid.UUID) bool { return id == stays })
}

// TicksPage is the window in which all roles of a person are ticked.
type TicksPage struct {
	*access.Standing
	Person  *Person
	Areas   []rights.Area
	Choices []Choice       // of each role in use, and of those held that are not
	Ticked  []uuid.UUID    // what is ticked now
	GaveWay []*rights.Role // what was, and can't be beside it
	Held    []*rights.Role // by the person, now
	Change  Change         // from what is held to what is ticked
	Preview *Preview       // of that change; nil when it is none
}

// Ticks reads the window in which a person's roles are ticked: those that they
// hold, or those that were ticked since; nil is nothing sent.
func (s *Service) Ticks(ctx context.Context, a access.Actor, resource uuid.UUID, t *Ticked, c Change) (*TicksPage, error) {
	d, standing, err := s.look(ctx, a, NeedChange, resource)
	page := &TicksPage{Standing: standing}
	if err != nil {
		return page, err
	}
	by := giverOf(a.Office(), standing)
	page.Person, page.Areas = d.person, d.Areas
	if page.Choices, err = d.ticks(by); err != nil {
		return page, err
	}
	for _, g := range d.Grants {
		page.Held = append(page.Held, g.Role)
	}
	page.Ticked = idsOf(page.Held)
	if t == nil {
		return page, nil
	}
	var gaveWay []uuid.UUID
	page.Ticked, gaveWay = t.Settle(d.Roles)
	for _, id := range gaveWay {
		page.GaveWay = append(page.GaveWay, d.Role(id))
	}
	page.Change = d.towards(page.Ticked, c)
	if len(page.Change.Give)+len(page.Change.End) > 0 {
		page.Preview, err = d.preview(by, page.Change)
	}
	return page, err
}

// ticks are the choices of boxes: what is held can be unticked, whoever gives it,
// and the role that excludes others gives way to them.
func (d *desk) ticks(by giver) ([]Choice, error) {
	var alone []uuid.UUID
	for _, g := range d.Grants {
		if g.Role.Exclusive {
			alone = append(alone, g.ID)
		}
	}
	choices, err := d.choices(by, alone)
	for _, g := range d.Grants {
		if g.Role.Retired {
			choices = append(choices, Choice{Role: g.Role, Held: true})
		}
	}
	for i := range choices {
		if choices[i].Held {
			choices[i].Refused = nil
		}
	}
	return choices, err
}

// towards is the change from what is held to exactly some roles.
func (d *desk) towards(ticked []uuid.UUID, c Change) Change {
	c.Give, c.End = nil, nil
	for _, id := range ticked {
		if d.GrantOf(id) == nil {
			c.Give = append(c.Give, id)
		}
	}
	for _, g := range d.Grants {
		if !slices.Contains(ticked, g.Role.ID) {
			c.End = append(c.End, g.ID)
		}
	}
	return c
}

func idsOf(roles []*rights.Role) []uuid.UUID {
	ids := make([]uuid.UUID, len(roles))
	for i, r := range roles {
		ids[i] = r.ID
	}
	return ids
}
