package audit

import (
	"slices"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/grid"
	"habilis/internal/rights"
)

// Rule is what a finding is about.
type Rule string

// The rules that a trial may break.
const (
	ExclusiveEnds Rule = "exclusive" // Role would end Other
	Unpaired      Rule = "unpaired"  // Role would be held without Other
	TooFew        Rule = "too_few"   // Role would have Count holders, and should have Least
	SupportGives  Rule = "support"   // support alone gives Role
	LastHolder    Rule = "last"      // Role must have a holder and would have none: refused
	NoEditor      Rule = "no_editor" // nobody could edit the settings any more: refused
	Reserved      Rule = "reserved"  // only roles that support gives reach so far in Area: refused
	OwnRights     Rule = "own"       // one's own rights would be widened: refused
)

// Finding is something that a trial would bring about, or settle.
type Finding struct {
	Rule         Rule
	Role, Other  *rights.Role
	Area         grid.Area
	Count, Least int
}

// Refused reports whether the portal would not let it happen.
func (f Finding) Refused() bool {
	return slices.Contains([]Rule{LastHolder, NoEditor, Reserved, OwnRights}, f.Rule)
}

// find compares what there is to say before and after: what would be refused
// comes first.
func (p *TryPage) find() {
	before, after := p.Facts(), p.Forecast.Facts
	p.Findings, p.Settled = p.unpaired(before, after), p.unpaired(after, before)
	p.findEnds()
	for _, role := range p.given() {
		if role.SupportAlone() {
			p.Findings = append(p.Findings, Finding{Rule: SupportGives, Role: role})
		}
		if p.Present() && role.MinHolders > 0 && p.holders[role.ID] == role.MinHolders-1 {
			p.Settled = append(p.Settled, Finding{Rule: TooFew, Role: role, Count: p.holders[role.ID], Least: role.MinHolders})
		}
	}
	for _, ch := range p.Catalogue.Reserved(p.Rows.Effective(nil, p.Hands)) {
		p.Findings = append(p.Findings, Finding{Rule: Reserved, Area: ch.Area})
	}
	edits := func(g grid.Grid) bool { return g[access.Settings].Edit == grid.All }
	if edits(p.Forecast.Before) && !edits(p.Forecast.After) && p.editors.Total == 1 {
		p.Findings = append(p.Findings, Finding{Rule: NoEditor})
	}
	if p.Resource != nil && p.Resource.ID == p.Person.ID && p.Forecast.Widens() {
		p.Findings = append(p.Findings, Finding{Rule: OwnRights})
	}
	slices.SortStableFunc(p.Findings, func(a, b Finding) int { return rank(a) - rank(b) })
	p.Findings = slices.Compact(p.Findings)
}

func rank(f Finding) int {
	if f.Refused() {
		return 0
	}
	return 1
}

// findEnds says of the roles that would end what ends them, and whom they would
// then lack.
func (p *TryPage) findEnds() {
	for _, held := range p.Forecast.Ends {
		role := p.Role(uuid.UUID(held.ID))
		if !slices.Contains(p.End, role.ID) { // one role is given, and excludes all others
			p.Findings = append(p.Findings, Finding{Rule: ExclusiveEnds, Role: p.given()[0], Other: role})
		}
		switch left := p.holders[role.ID] - 1; {
		case !held.Rules.MayLoseOne(left + 1):
			p.Findings = append(p.Findings, Finding{Rule: LastHolder, Role: role})
		case held.Rules.TooFew(left) && !held.Rules.TooFew(left+1):
			p.Findings = append(p.Findings, Finding{Rule: TooFew, Role: role, Count: left, Least: role.MinHolders})
		}
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
