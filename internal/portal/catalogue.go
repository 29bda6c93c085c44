package portal

import (
	"strings"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/people"
	"habilis/internal/rights"
	"habilis/internal/roles"
	"habilis/internal/tenants/kinds"
	"habilis/web/page"
	"habilis/web/ui"
)

// catalogue is the page of the place's roles.
func (s *Server) catalogue(v *visit) error {
	found, err := s.Roles.Catalogue(v.ctx(), v.actor())
	if err != nil {
		return err
	}
	words := v.words(found.Standing)
	names := v.namesOf(found.Catalogue)
	view := page.CatalogueView{
		Heads: page.CatalogueHeads{Role: words.RoleLabel, Holders: words.PeopleTitle, GivenBy: v.say.T("page.catalogue.given_by")},
		Acts:  []ui.Act{{Label: v.say.T("page.matrix.open"), URL: v.in("/roles/matrix")}},
	}
	if may(found.Standing, access.Settings) {
		view.Acts = append(view.Acts, ui.Act{Label: v.say.T("page.catalogue.create", "Role", words.ARole), URL: v.in("/roles/new"), Tone: ui.Primary, Icon: ui.IconPlus})
	}
	for _, m := range found.Catalogue.Modules {
		module := page.CatalogueModule{Name: v.text(m.Name)}
		for _, r := range found.Roles {
			if r.Module == m.Key {
				module.Roles = append(module.Roles, v.catalogueRow(found.Standing, words, names, r))
			}
		}
		if len(module.Roles) > 0 {
			view.Modules = append(view.Modules, module)
		}
	}
	for _, r := range found.Retired {
		view.Retired = append(view.Retired, v.catalogueRow(found.Standing, words, names, r))
	}
	return v.ok(page.Catalogue(v.frame(found.Standing, inRoles, words.RolesTitle), view))
}

func (v *visit) namesOf(c *rights.Catalogue) map[uuid.UUID]string {
	names := map[uuid.UUID]string{}
	for _, r := range c.Roles {
		names[r.ID] = v.text(r.Name)
	}
	return names
}

func (v *visit) catalogueRow(s *access.Standing, words kinds.Words, names map[uuid.UUID]string, r roles.Listed) page.CatalogueRow {
	row := page.CatalogueRow{
		Name: names[r.ID], Description: v.text(r.Description), URL: v.rolePage(r.ID), Chips: v.roleChips(r.Role),
		Holders: v.countHolders(words, r.Holders), GivenBy: nameAll(r.GivenBy, names), HoldersURL: v.holdersURL(s, r.ID),
	}
	if r.SupportAlone() {
		row.GivenBy = v.say.T("page.by.support")
	}
	return row
}

// rolePage is the address of a role of the place.
func (v *visit) rolePage(role uuid.UUID) string { return v.in("/roles/%s", role) }

// holdersURL is the list of those who hold a role, for who may open it.
func (v *visit) holdersURL(s *access.Standing, role uuid.UUID) string {
	if !opens(s, access.People) {
		return ""
	}
	return v.peopleURL(people.Filter{Role: role})
}

func (v *visit) countHolders(words kinds.Words, n int) string {
	return words.Count.Say(n, v.say.Number(n), string(v.say.Locale()))
}

// roleChips are what sets a role apart at a glance.
func (v *visit) roleChips(r *rights.Role) []string {
	var chips []string
	if r.Default {
		chips = append(chips, v.say.T("page.catalogue.default"))
	}
	if r.Exclusive {
		chips = append(chips, v.say.T("page.catalogue.exclusive"))
	}
	if r.Retired {
		chips = append(chips, v.say.T("page.catalogue.gone"))
	}
	return chips
}

// role is the page of one role.
func (s *Server) role(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	found, err := s.Roles.CatalogueRole(v.ctx(), v.actor(), id)
	if err != nil {
		return err
	}
	words, names := v.words(found.Standing), v.namesOf(found.Catalogue)
	r := found.Listed.Role
	view := page.RoleView{
		Name: names[id], Description: v.text(r.Description), Chips: v.roleChips(r), Acts: v.defineActs(found),
		Facts: v.roleFacts(found, words, names), Rules: v.rulesOf(r, names),
		Grid: v.gridView(found.Standing, names[id], found.Catalogue.Areas, r.Grid, nil),
	}
	if found.Refused != nil && may(found.Standing, access.Settings) {
		view.Closed = v.whyBefore(found.Refused)
	}
	return v.ok(page.Role(v.frame(found.Standing, inRoles, names[id]), view))
}

func (v *visit) defineActs(found *roles.RolePage) []ui.Act {
	if !may(found.Standing, access.Settings) {
		return nil
	}
	path := v.rolePage(found.Listed.ID)
	acts := []ui.Act{{Label: v.say.T("page.catalogue.copy"), URL: path + "/copy", Icon: ui.IconCopy}}
	switch {
	case found.Listed.Retired && found.Refused.Kind == fault.KindConflict:
		return append(acts, ui.Act{Label: v.say.T("page.catalogue.reinstate"), URL: path + "/reinstate", How: ui.InWindow, Tone: ui.Primary, Icon: ui.IconRestore})
	case found.Refused != nil:
		return acts
	}
	return append(acts,
		ui.Act{Label: v.say.T("page.catalogue.retire"), URL: path + "/retire", How: ui.InWindow, Icon: ui.IconArchive},
		ui.Act{Label: v.say.T("page.catalogue.edit"), URL: path + "/edit", Tone: ui.Primary, Icon: ui.IconPencil})
}

func (v *visit) roleFacts(found *roles.RolePage, words kinds.Words, names map[uuid.UUID]string) []ui.Fact {
	r := found.Listed
	holders := ui.Fact{Term: words.PeopleTitle, Text: v.countHolders(words, r.Holders)}
	if url := v.holdersURL(found.Standing, r.ID); url != "" {
		holders.Shown = page.Linked(holders.Text, url)
	}
	origin := "page.catalogue.origin.own"
	if r.Preset != "" {
		origin = "page.catalogue.origin.kind"
	}
	gives := make([]uuid.UUID, len(found.Gives))
	for i, other := range found.Gives {
		gives[i] = other.ID
	}
	return []ui.Fact{
		holders,
		{Term: words.ModuleLabel, Text: v.text(r.ModuleName)},
		{Term: v.say.T("page.catalogue.gives"), Text: nameAll(gives, names)},
		{Term: v.say.T("page.catalogue.origin"), Text: v.say.T(origin)},
	}
}

// rulesOf says the rules of a role in plain words.
func (v *visit) rulesOf(r *rights.Role, names map[uuid.UUID]string) []string {
	var rules []string
	say := func(when bool, key string, args ...any) {
		if when {
			rules = append(rules, v.say.T(key, args...))
		}
	}
	say(r.SupportAlone(), "page.catalogue.rule.support")
	say(!r.SupportAlone(), "page.catalogue.rule.given_by", "Roles", nameAll(r.GivenBy, names))
	say(r.Default, "page.catalogue.rule.default")
	say(r.Exclusive, "page.catalogue.rule.exclusive")
	say(len(r.PairsWith) > 0, "page.catalogue.rule.pairs", "Roles", nameAll(r.PairsWith, names))
	say(r.MinHolders > 0, "page.catalogue.rule.minimum", "Count", r.MinHolders)
	say(r.ExpiresAfter > 0, "page.catalogue.rule.expires", "Count", int(r.ExpiresAfter.Hours()/24))
	say(r.SecondFactor == "any", "page.catalogue.rule.factor")
	say(r.SecondFactor == "strong", "page.catalogue.rule.strong")
	return rules
}

// nameAll names roles.
func nameAll(ids []uuid.UUID, names map[uuid.UUID]string) string {
	var all []string
	for _, id := range ids {
		if name := names[id]; name != "" {
			all = append(all, name)
		}
	}
	return strings.Join(all, ", ")
}
