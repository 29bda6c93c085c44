package portal

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/internal/roles"
	"habilis/internal/tenants/kinds"
	"habilis/web/page"
	"habilis/web/ui"
)

// confirmRole is what a definition would do, and the form that says yes to it.
func (v *visit) confirmRole(p *roles.DefinitionPage, f *form.Form, moved grid.Changes) templ.Component {
	words, i := v.words(p.Standing), p.Impact
	view := page.ConfirmRoleView{
		Action: v.in("/roles"), Cancel: v.in("/roles"), Summary: v.impactSummary(words, i), Broken: v.brokenRules(words, i),
		Kept:        append(keptAll(f), ui.Hidden{Name: "affected", Value: strconv.Itoa(i.Affected)}),
		Rules:       v.ruleChanges(p),
		Cells:       v.cellCounts(p, words),
		PeopleTitle: v.say.T("page.catalogue.people", "People", v.countHolders(words, i.Affected)),
		Heads: page.AffectedHeads{
			Rule: v.say.T("page.catalogue.head.rule"), Area: words.AreaLabel, Before: v.say.T("page.catalogue.head.before"), After: v.say.T("page.catalogue.head.after"),
			Gaining: v.say.T("page.catalogue.head.gaining"), Losing: v.say.T("page.catalogue.head.losing"),
			Person: words.PeopleTitle, Changes: v.say.T("page.catalogue.head.changes"),
		},
		Back: v.say.T("page.permissions.back"), Save: words.Save, Note: v.say.T("page.catalogue.when"),
	}
	title := v.say.T("page.catalogue.confirm", "Role", p.Wanted.Name.Fr)
	if p.Role != nil {
		view.Cancel = v.rolePage(p.Role.ID)
		view.Action = view.Cancel + "/edit"
	}
	view.Moved = v.sayMoved(p.Standing, p.Catalogue.Areas, moved)
	for _, who := range i.First {
		one := page.AffectedPerson{Name: who.Name(), Changes: v.changeCount(who)}
		if opens(p.Standing, access.People) {
			one.URL = v.personPath(who.ID, "")
		}
		view.People = append(view.People, one)
	}
	if more := i.Affected - len(i.First); more > 0 {
		view.More = v.say.T("page.catalogue.more", "People", v.countHolders(words, more))
	}
	return page.ConfirmRole(v.frame(p.Standing, inRoles, title), view)
}

func (v *visit) impactSummary(words kinds.Words, i roles.Impact) string {
	holders, gaining, losing := v.countHolders(words, i.Holders), v.countHolders(words, i.Gaining), v.countHolders(words, i.Losing)
	switch {
	case i.Holders == 0:
		return v.say.T("page.catalogue.impact.unheld")
	case i.Affected == 0:
		return v.say.T("page.catalogue.impact.none", "Holders", holders)
	case i.Losing == 0:
		return v.say.T("page.catalogue.impact.gains", "Holders", holders, "Gaining", gaining)
	case i.Gaining == 0:
		return v.say.T("page.catalogue.impact.loses", "Holders", holders, "Losing", losing)
	}
	return v.say.T("page.catalogue.impact.both", "Holders", holders, "Gaining", gaining, "Losing", losing)
}

func (v *visit) changeCount(who roles.Affected) string {
	switch {
	case who.Narrowed == 0:
		return v.say.T("page.catalogue.gains", "Count", who.Widened)
	case who.Widened == 0:
		return v.say.T("page.catalogue.loses", "Count", who.Narrowed)
	}
	return v.say.T("page.catalogue.gains", "Count", who.Widened) + ", " + v.say.T("page.catalogue.loses", "Count", who.Narrowed)
}

// brokenRules says the rules that would no longer hold, and which role would take
// the place of the default one.
func (v *visit) brokenRules(words kinds.Words, i roles.Impact) []string {
	var said []string
	for _, b := range i.Broken {
		said = append(said, v.say.T("page.catalogue.broken."+string(b.Rule),
			"People", v.countHolders(words, b.Count), "Role", v.text(b.Role), "Other", v.text(b.Other)))
	}
	if i.Replaced != nil {
		said = append(said, v.say.T("page.catalogue.broken.default", "Role", v.text(i.Replaced.Name)))
	}
	return said
}

// ruleChanges are the rules of a role that would be others; those of a new one are
// none yet.
func (v *visit) ruleChanges(p *roles.DefinitionPage) []page.RuleChange {
	if p.Role == nil {
		return nil
	}
	names := v.namesOf(p.Catalogue)
	was, is := v.rulesSaid(roles.DefinitionOf(p.Role), names), v.rulesSaid(p.Wanted, names)
	var changes []page.RuleChange
	for i, rule := range was {
		if rule.Is != is[i].Is {
			changes = append(changes, page.RuleChange{Rule: v.say.T("page.catalogue." + rule.Rule), Was: rule.Is, Is: is[i].Is})
		}
	}
	return changes
}

// rulesSaid are the rules of a definition, each by the key of its name.
func (v *visit) rulesSaid(d roles.Definition, names map[uuid.UUID]string) []page.RuleChange {
	named := func(ids []uuid.UUID, none string) string {
		ids = slices.Clone(ids)
		slices.SortFunc(ids, func(a, b uuid.UUID) int { return v.say.Compare(names[a], names[b]) })
		return cmp.Or(nameAll(ids, names), v.say.T(none))
	}
	return []page.RuleChange{
		{Rule: "givers", Is: named(d.GivenBy, "page.by.support")},
		{Rule: "pairs", Is: named(d.PairsWith, "page.audit.try.none")},
		{Rule: "default.label", Is: v.say.T(yesNo(d.Default))},
		{Rule: "exclusive.label", Is: v.say.T(yesNo(d.Exclusive))},
		{Rule: "second_factor", Is: v.factorName(d.SecondFactor)},
		{Rule: "min_holders", Is: v.say.Number(d.MinHolders)},
		{Rule: "expires_after", Is: v.say.Number(d.ExpiresAfter)},
	}
}

// cellCounts are the role's own cells that change, with for how many people.
func (v *visit) cellCounts(p *roles.DefinitionPage, words kinds.Words) []page.CellCount {
	was := grid.Grid{}
	if p.Role != nil {
		was = p.Role.Grid
	}
	var counts []page.CellCount
	for _, ch := range p.Catalogue.Rows.Diff(was, p.Wanted.Grid) {
		cell := func(scope grid.Scope) ui.GridCell {
			return ui.GridCell{Scope: scope, Word: v.scopeName(p.Standing, ch.Area, scope)}
		}
		count := page.CellCount{Area: v.text(p.Catalogue.Area(ch.Area).Name), Access: v.accessName(p.Standing, ch.Direction), From: cell(ch.From), To: cell(ch.To)}
		for _, i := range p.Impact.Cells {
			if i.Area == ch.Area && i.Direction == ch.Direction {
				count.Gaining, count.Losing = v.counted(words, i.Gaining), v.counted(words, i.Losing)
			}
		}
		counts = append(counts, count)
	}
	return counts
}

func (v *visit) counted(words kinds.Words, n int) string {
	if n == 0 {
		return ""
	}
	return v.countHolders(words, n)
}
