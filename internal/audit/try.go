package audit

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/rights"
)

// Trial is what is tried, all at once: roles given, roles that are held ended,
// cells set by hand or, where one says nothing, left to the roles again. Zero
// tries nothing.
type Trial struct {
	Give, End []uuid.UUID // roles
	Hands     map[grid.Area]grid.Override
}

// Empty reports whether nothing is tried.
func (t Trial) Empty() bool { return len(t.Give)+len(t.End)+len(t.Hands) == 0 }

// TryPage is what a trial would do to one person: as long as nothing is tried,
// nothing. Nothing of it is saved.
type TryPage struct {
	*access.Standing
	*File
	Trial
	Forecast grid.Forecast
	Findings []Finding // that there would be, and aren't today
	Settled  []Finding // that there are today, and wouldn't be
	holders  map[uuid.UUID]int
	editors  *crowd // of the settings
}

// Try is all that it takes to tell what would be so if: see [TryPage.If].
func (s *Service) Try(ctx context.Context, a access.Actor, person uuid.UUID) (*TryPage, error) {
	page := &TryPage{}
	var err error
	page.Standing, err = s.door.Read(ctx, a, NeedTry, func(r *access.Reading) {
		page.File = askFile(r, time.Time{}, person)
		page.holders = rights.AskHolders(r, r.Now(), 0)
		page.editors = askCrowd(r, page.Catalogue, Question{Area: access.Settings, Direction: grid.Edit, Least: grid.All}, r.Now(), 0)
	})
	if err != nil {
		return nil, err
	}
	return page, page.If(Trial{})
}

// If tells what would be so if. What can't be done is a fault of the field that
// says it, "give", "end", or the one of a cell; then nothing is tried.
func (p *TryPage) If(t Trial) error {
	p.Trial, p.Findings, p.Settled = t, nil, nil
	acts, err := p.acts()
	if err == nil {
		p.Forecast, err = p.Rows.Preview(p.Facts(), acts...)
	}
	if err != nil {
		p.Forecast, _ = p.Rows.Preview(p.Facts())
		return clash(err)
	}
	p.find()
	return nil
}

// acts is the trial as the calculus knows it: what ends goes first.
func (p *TryPage) acts() ([]grid.Act, error) {
	var acts []grid.Act
	if err := p.checkRoles(); err != nil {
		return nil, err
	}
	for _, id := range p.End {
		acts = append(acts, grid.End{Role: grid.ID(id)})
	}
	for _, role := range p.given() {
		acts = append(acts, grid.Give{Held: grid.Held{Role: role.Calculus(), Since: p.At}})
	}
	if err := p.checkHands(); err != nil {
		return nil, err
	}
	for _, row := range p.Rows {
		switch hand, tried := p.Hands[row.Area]; {
		case !tried:
		case hand == grid.Override{}:
			acts = append(acts, grid.Clear{Area: row.Area})
		default:
			acts = append(acts, grid.Set{Area: row.Area, ByHand: grid.ByHand{Override: hand, Since: p.At}})
		}
	}
	return acts, nil
}

// given are the roles that are tried, in the place's order.
func (p *TryPage) given() []*rights.Role {
	return slices.DeleteFunc(slices.Clone(p.Catalogue.Roles), func(r *rights.Role) bool { return !slices.Contains(p.Give, r.ID) })
}

// checkRoles makes the roles of the trial say each thing once, and finds those
// that can't be given or ended so.
func (p *TryPage) checkRoles() error {
	var wrong fault.Faults
	p.Give, p.End = once(p.Give), once(p.End)
	for _, id := range p.End {
		if p.GrantOf(id) == nil {
			wrong = append(wrong, fault.Invalid("end", "audit.not_held"))
		}
	}
	for _, id := range p.Give {
		switch role := p.Role(id); {
		case role == nil || role.Retired:
			wrong = append(wrong, fault.Invalid("give", "audit.no_role"))
		case p.GrantOf(id) != nil:
			wrong = append(wrong, fault.Invalid("give", "audit.held"))
		case role.Exclusive && len(p.Give) > 1:
			wrong = append(wrong, fault.Invalid("give", "audit.alone"))
		}
	}
	return wrong.Err()
}

func once(ids []uuid.UUID) []uuid.UUID {
	ids = slices.SortedFunc(slices.Values(ids), func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(ids)
}

// checkHands finds the cells that can't be set so. An area that the place does
// not have is the only thing said, if there is one.
func (p *TryPage) checkHands() error {
	var wrong fault.Faults
	for area := range p.Hands {
		if p.Area(area) == nil {
			return fault.Invalid("", "audit.area")
		}
	}
	for _, row := range p.Rows {
		hand := p.Hands[row.Area]
		var faults fault.Faults
		for _, one := range []grid.Override{{View: hand.View}, {Edit: hand.Edit}} {
			faults.Add(clash(p.Rows.CheckOverride(row.Area, one)))
		}
		if len(faults) == 0 {
			faults.Add(clash(p.Rows.CheckOverride(row.Area, hand)))
		}
		wrong = append(wrong, faults...)
	}
	return wrong.Err()
}

// clash puts what the calculus says against a trial beside its field.
func clash(err error) error {
	var (
		held     grid.AlreadyHeld
		free     grid.NotHeld // of someone who isn't of the place now
		alone    grid.HeldAlone
		admitted grid.ScopeNotAdmitted
		wider    grid.EditWiderThanView
	)
	switch {
	case errors.As(err, &held):
		return fault.Invalid("give", "audit.held")
	case errors.As(err, &free):
		return fault.Invalid("end", "audit.not_held")
	case errors.As(err, &alone):
		return fault.Invalid("give", "audit.held_alone")
	case errors.As(err, &admitted):
		return notAdmitted(CellField(admitted.Area, admitted.Direction), admitted.Area, admitted.Scope)
	case errors.As(err, &wider):
		return fault.Invalid(CellField(wider.Area, grid.Edit), "audit.edit_wider")
	}
	return err
}

// CellField is the name of one direction of a cell in a form.
func CellField(area grid.Area, d grid.Direction) string {
	return "cell." + string(area) + "." + d.String()
}

// notAdmitted is the fault of a field that says a scope which an area doesn't
// admit. Its arguments are keys, which the page has the words for.
func notAdmitted(field string, area grid.Area, scope grid.Scope) *fault.Fault {
	return fault.Invalid(field, NotAdmitted, "Area", string(area), "Scope", scope.String())
}

// NotAdmitted is the key of the fault of a scope that an area doesn't admit.
const NotAdmitted = "audit.not_admitted"
