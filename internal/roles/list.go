package roles

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/rights"
	"habilis/internal/tenants/kinds"
)

// ListPage is the page « Liste des permissions » of a person.
type ListPage struct {
	*access.Standing
	Person  *Person
	Modules []HeldModule
	Pending []Pending
	Denied  []Refused // what support refused of late
	Areas   []rights.Area
	Grid    grid.Grid // what all of it comes to now, what is set by hand included
	Choices []Choice  // what they could be given
	// Refused says why this actor may change nothing here, or is nil.
	Refused *fault.Fault
}

// HeldModule is the roles held in one module.
type HeldModule struct {
	Module string
	Name   kinds.Text
	Grants []Held
}

// Held is a role held, and why this actor may not end it; nil if they may.
type Held struct {
	rights.Grant
	KeptBy *fault.Fault
}

// List reads what a person holds, since when, until when and by whom.
func (s *Service) List(ctx context.Context, a access.Actor, resource uuid.UUID) (*ListPage, error) {
	var d *desk
	var denied []refusedRow
	standing, err := s.door.Read(ctx, a, NeedList, func(r *access.Reading) {
		d = newDesk(r, r.Now(), resource)
		access.All(r, &denied, readRefused, pgx.StrictNamedArgs{"resource": resource, "now": r.Now()})
	})
	if err != nil {
		return &ListPage{Standing: standing}, err
	}
	by := giverOf(a.Office(), standing)
	page := &ListPage{Standing: standing, Person: d.person, Pending: d.pending, Denied: d.refusals(denied), Areas: d.Areas,
		Grid: d.present().Grid(d.Rows), Modules: d.held(by), Refused: d.closedTo(by, standing)}
	page.Choices, err = d.choices(by, nil)
	return page, err
}

// look reads a desk for a page.
func (s *Service) look(ctx context.Context, a access.Actor, need access.Need, resource uuid.UUID) (*desk, *access.Standing, error) {
	var d *desk
	standing, err := s.door.Read(ctx, a, need, func(r *access.Reading) {
		d = newDesk(r, r.Now(), resource)
	})
	return d, standing, err
}

// closedTo says why an actor may change none of the person's roles.
func (d *desk) closedTo(by giver, standing *access.Standing) *fault.Fault {
	if !NeedChange.Met(standing.Grid) {
		return fault.Forbidden("access.no_edit")
	}
	if refused := notArchived(d, by, nil); refused != nil {
		return refused
	}
	return notAbove(d, by, nil)
}

// held groups the grants by the module of their role, in the place's order.
func (d *desk) held(by giver) []HeldModule {
	var modules []HeldModule
	for _, g := range d.Grants {
		r, _ := d.judge(by, Ending(g.ID))
		at := -1
		for i := range modules {
			if modules[i].Module == g.Role.Module {
				at = i
			}
		}
		if at < 0 {
			modules = append(modules, HeldModule{Module: g.Role.Module, Name: g.Role.ModuleName})
			at = len(modules) - 1
		}
		modules[at].Grants = append(modules[at].Grants, Held{g, r.refused})
	}
	return modules
}
