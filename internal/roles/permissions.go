package roles

import (
	"cmp"
	"context"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/rights"
)

// PermissionsPage is the tab Permissions of a person: what they may do, area by
// area, and where each cell comes from.
type PermissionsPage struct {
	*access.Standing
	Person  *Person
	Areas   []rights.Area
	Holding *rights.Holding // names who gave each role and set each cell
	Grid    grid.Grid
	Why     map[grid.Area][2]grid.Reason // view, edit
	Dormant map[grid.Area][2]grid.Reason // of someone archived: what Why would be if they came back
	// Refused says why this actor may set nothing by hand here, or is nil.
	Refused *fault.Fault
}

// Permissions reads what a person may do, and why.
func (s *Service) Permissions(ctx context.Context, a access.Actor, resource uuid.UUID) (*PermissionsPage, error) {
	return s.permissions(ctx, a, NeedPermissions, resource)
}

// EditPermissions is Permissions for who may set cells by hand.
func (s *Service) EditPermissions(ctx context.Context, a access.Actor, resource uuid.UUID) (*PermissionsPage, error) {
	return s.permissions(ctx, a, NeedHands, resource)
}

func (s *Service) permissions(ctx context.Context, a access.Actor, need access.Need, resource uuid.UUID) (*PermissionsPage, error) {
	d, standing, err := s.look(ctx, a, need, resource)
	if err != nil {
		return &PermissionsPage{Standing: standing}, err
	}
	page := &PermissionsPage{Standing: standing, Person: d.person, Areas: d.Areas, Holding: d.Holding, Grid: d.present().Grid(d.Rows),
		Why: d.explain(d.present()), Refused: d.fixed(giverOf(a.Office(), standing))}
	if d.person.Archived() {
		page.Dormant = d.explain(d.Facts())
	}
	return page, nil
}

// present is what the calculus is to know of the person now: of someone
// archived, nothing.
func (d *desk) present() grid.Facts {
	if d.person.Archived() {
		return grid.Facts{}
	}
	return d.Facts()
}

// explain says where each cell comes from, view and edit.
func (d *desk) explain(facts grid.Facts) map[grid.Area][2]grid.Reason {
	why := make(map[grid.Area][2]grid.Reason, len(d.Rows))
	for _, row := range d.Rows {
		why[row.Area] = [2]grid.Reason{d.Rows.Explain(facts, row.Area, grid.View), d.Rows.Explain(facts, row.Area, grid.Edit)}
	}
	return why
}

// fixed says why an actor may set none of the person's cells by hand.
func (d *desk) fixed(by giver) *fault.Fault {
	if by.bound() && !editsSettings(by.grid) {
		return fault.Forbidden("roles.hands_settings")
	}
	return notArchived(d, by, nil)
}

// HandsPage is the preview of the same cells for several people.
type HandsPage struct {
	*access.Standing
	Areas  []rights.Area
	People []*HandsPreview // in the order in which they were asked for
}

// HandsPreview is what cells set by hand would do to one person.
type HandsPreview struct {
	Person   *Person
	Rows     []Row // all areas
	Widened  grid.Changes
	Narrowed grid.Changes
	Sets     bool         // some cell would not be said as it is now, even if no scope changes
	Refused  *fault.Fault // nil: this actor may do it
	Faults   fault.Faults // of cells that can't be set so, each beside its field; nothing is foreseen then
	Excess   grid.Changes // for roles.excess: what the actor lacks
}

// maxHands is how many people cells are set for at once.
const maxHands = 200

// crowded refuses too many people at once, and nobody.
func crowded(resources []uuid.UUID) error {
	switch {
	case len(resources) == 0:
		return fault.Invalid("people", "roles.hands_nobody")
	case len(resources) > maxHands:
		return fault.Invalid("people", "roles.hands_too_many", "Most", maxHands)
	}
	return nil
}

// PreviewHands reads, in one round trip, what setting the same cells by hand
// would do to each of some people. What may not be done is shown all the same,
// with the reason.
func (s *Service) PreviewHands(ctx context.Context, a access.Actor, resources []uuid.UUID, hands Hands) (*HandsPage, error) {
	resources = once(resources)
	if err := crowded(resources); err != nil {
		standing, refused := s.door.Read(ctx, a, NeedHands, func(*access.Reading) {})
		return &HandsPage{Standing: standing}, cmp.Or(refused, err)
	}
	var desks []*desk
	standing, err := s.door.Read(ctx, a, NeedHands, func(r *access.Reading) { desks = newDesks(r, r.Now(), resources) })
	page := &HandsPage{Standing: standing}
	if err != nil {
		return page, err
	}
	page.Areas = desks[0].Areas
	wrong := hands.said().check(desks[0].Rows)
	if len(wrong) > 0 {
		hands = nil
	}
	rulings, err := judgeAll(desks, giverOf(a.Office(), standing), Change{Hands: hands.orNone()})
	if err != nil {
		return page, err
	}
	for i, d := range desks {
		page.People = append(page.People, d.previewHands(rulings[i], wrong))
	}
	return page, nil
}

func (d *desk) previewHands(r *ruling, wrong fault.Faults) *HandsPreview {
	p := &HandsPreview{Person: d.person, Sets: len(r.hands) > 0, Refused: r.refused, Faults: wrong, Excess: r.excess,
		Widened: r.forecast.Changes.Widened(), Narrowed: r.forecast.Changes.Narrowed()}
	for _, a := range d.Areas {
		p.Rows = append(p.Rows, Row{a, r.forecast.Before[a.Key], r.forecast.After[a.Key]})
	}
	return p
}
