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

// Trial is what is tried: a role given, one that is held ended, a cell set by
// hand or left to the roles again. Zero tries nothing.
type Trial struct {
	Give, End uuid.UUID     // roles
	Area      grid.Area     // of the cell
	Hand      grid.Override // what the cell would say; what says nothing leaves it to the roles
}

// Empty reports whether nothing is tried.
func (t Trial) Empty() bool { return t.Give == uuid.Nil && t.End == uuid.Nil && t.Area == "" }

// TryPage is what a trial would do to one person. Nothing of it is saved.
type TryPage struct {
	*access.Standing
	*File
	Trial
	Forecast grid.Forecast
	Findings []Finding // that there would be, and aren't today
	Settled  []Finding // that there are today, and wouldn't be
}

// Rule is what a finding is about.
type Rule string

// The rules that a trial may break.
const (
	ExclusiveEnds Rule = "exclusive" // the role would end Other
	Unpaired      Rule = "unpaired"  // Role would be held without Other
	TooFew        Rule = "too_few"   // Role would have Count holders, and should have Least
	LastHolder    Rule = "last"      // Role must have a holder and would have none: refused
	NoEditor      Rule = "no_editor" // nobody could edit the settings any more: refused
)

// Finding is something that a trial would bring about, or settle.
type Finding struct {
	Rule         Rule
	Role, Other  *rights.Role
	Count, Least int
}

// Refused reports whether the portal would not let it happen.
func (f Finding) Refused() bool { return f.Rule == LastHolder || f.Rule == NoEditor }

// Try tells what would be so if. What can't be done is a fault of the field that
// says it.
func (s *Service) Try(ctx context.Context, a access.Actor, person uuid.UUID, t Trial) (*TryPage, error) {
	page := &TryPage{Trial: t}
	var holders map[uuid.UUID]int
	var editors *crowd
	var err error
	page.Standing, err = s.door.Read(ctx, a, NeedTry, func(r *access.Reading) {
		page.File = askFile(r, time.Time{}, person)
		holders = rights.AskHolders(r, r.Now(), 0)
		editors = askCrowd(r, page.Catalogue, Question{Area: access.Settings, Direction: grid.Edit, Least: grid.All}, r.Now(), 0)
	})
	if err != nil {
		return page, err
	}
	acts, err := page.acts()
	if err != nil {
		return page, err
	}
	page.Forecast, err = page.Rows.Preview(page.Facts(), acts...)
	if err != nil {
		page.Forecast, _ = page.Rows.Preview(page.Facts())
		return page, page.clash(err)
	}
	page.find(holders, editors.Total)
	return page, nil
}

// acts is the trial as the calculus knows it: what ends goes first.
func (p *TryPage) acts() ([]grid.Act, error) {
	var acts []grid.Act
	if p.End != uuid.Nil {
		if p.GrantOf(p.End) == nil {
			return nil, fault.Invalid("end", "audit.not_held")
		}
		acts = append(acts, grid.End{Role: grid.ID(p.End)})
	}
	if p.Give != uuid.Nil {
		role := p.Role(p.Give)
		if role == nil || role.Retired {
			return nil, fault.Invalid("give", "audit.no_role")
		}
		acts = append(acts, grid.Give{Held: grid.Held{Role: role.Calculus(), Since: p.At}})
	}
	switch {
	case p.Trial.Area == "":
	case p.Hand == grid.Override{}:
		if _, err := p.File.area(p.Trial.Area); err != nil {
			return nil, err
		}
		acts = append(acts, grid.Clear{Area: p.Trial.Area})
	default:
		acts = append(acts, grid.Set{Area: p.Trial.Area, ByHand: grid.ByHand{Override: p.Hand, Since: p.At}})
	}
	return acts, nil
}

// clash puts what the calculus says against a trial beside its field.
func (p *TryPage) clash(err error) error {
	var (
		held     grid.AlreadyHeld
		alone    grid.HeldAlone
		admitted grid.ScopeNotAdmitted
		wider    grid.EditWiderThanView
		unknown  grid.UnknownArea
	)
	switch {
	case errors.As(err, &held):
		return fault.Invalid("give", "audit.held")
	case errors.As(err, &alone):
		return fault.Invalid("give", "audit.held_alone")
	case errors.As(err, &admitted):
		return notAdmitted(admitted.Direction.String(), admitted.Area, admitted.Scope)
	case errors.As(err, &wider):
		return fault.Invalid("edit", "audit.edit_wider")
	case errors.As(err, &unknown):
		return errArea()
	}
	return err
}

// notAdmitted is the fault of a field that says a scope which an area doesn't
// admit. Its arguments are keys, which the page has the words for.
func notAdmitted(field string, area grid.Area, scope grid.Scope) *fault.Fault {
	return fault.Invalid(field, NotAdmitted, "Area", string(area), "Scope", scope.String())
}

// NotAdmitted is the key of the fault of a scope that an area doesn't admit.
const NotAdmitted = "audit.not_admitted"

// find compares what there is to say before and after.
func (p *TryPage) find(holders map[uuid.UUID]int, editors int) {
	before, after := p.Facts(), p.Forecast.Facts
	p.Findings, p.Settled = p.unpaired(before, after), p.unpaired(after, before)
	for _, held := range p.Forecast.Ends {
		role := p.Role(uuid.UUID(held.ID))
		if role.ID != p.End {
			p.Findings = append(p.Findings, Finding{Rule: ExclusiveEnds, Role: p.Role(p.Give), Other: role})
		}
		switch left := holders[role.ID] - 1; {
		case !held.Rules.MayLoseOne(left + 1):
			p.Findings = append(p.Findings, Finding{Rule: LastHolder, Role: role})
		case held.Rules.TooFew(left) && !held.Rules.TooFew(left+1):
			p.Findings = append(p.Findings, Finding{Rule: TooFew, Role: role, Count: left, Least: role.MinHolders})
		}
	}
	if role := p.Role(p.Give); role != nil && p.Present() && role.MinHolders > 0 && holders[role.ID] == role.MinHolders-1 {
		p.Settled = append(p.Settled, Finding{Rule: TooFew, Role: role, Count: holders[role.ID], Least: role.MinHolders})
	}
	edits := func(g grid.Grid) bool { return g[access.Settings].Edit == grid.All }
	if edits(p.Forecast.Before) && !edits(p.Forecast.After) && editors == 1 {
		p.Findings = append(p.Findings, Finding{Rule: NoEditor})
	}
}

// unpaired are the pairs that are only half held after, and weren't before.
func (p *TryPage) unpaired(before, after grid.Facts) []Finding {
	var found []Finding
	were := before.Unpaired()
	for _, pair := range after.Unpaired() {
		if !slices.Contains(were, pair) {
			found = append(found, Finding{Rule: Unpaired, Role: p.Role(uuid.UUID(pair.Has)), Other: p.Role(uuid.UUID(pair.Lacks))})
		}
	}
	return found
}
