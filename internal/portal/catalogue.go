package portal

import (
	"strings"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/people"
	"habilis/internal/rights"
	"habilis/internal/roles"
	"habilis/internal/tenants/kinds"
	"habilis/web/page"
)

// catalogue is the page of the place's roles.
func (s *Server) catalogue(v *visit) error {
	found, err := s.Roles.Catalogue(v.ctx(), v.actor())
	if err != nil {
		return err
	}
	words := v.words(found.Standing)
	frame := v.frame(found.Standing, inRoles, words.RolesTitle)
	names := map[uuid.UUID]string{}
	for _, r := range found.Roles {
		names[r.ID] = v.text(r.Name)
	}
	var view page.CatalogueView
	module := ""
	for _, r := range found.Roles {
		if len(view.Modules) == 0 || r.Module != module {
			module = r.Module
			view.Modules = append(view.Modules, page.CatalogueModule{Name: v.text(r.ModuleName)})
		}
		last := &view.Modules[len(view.Modules)-1]
		last.Roles = append(last.Roles, v.catalogueRole(found, words, names, r))
	}
	return v.ok(page.Catalogue(frame, view))
}

func (v *visit) catalogueRole(found *roles.CataloguePage, words kinds.Words, names map[uuid.UUID]string, r roles.Listed) page.CatalogueRole {
	role := page.CatalogueRole{
		Name: names[r.ID], Description: v.text(r.Description),
		Holders: words.Count.Say(r.Holders, v.say.Number(r.Holders), string(v.say.Locale())),
		Rules:   v.rulesOf(r.Role, names),
		Grid:    v.gridView(found.Standing, names[r.ID], found.Catalogue.Areas, r.Grid, nil),
	}
	if opens(found.Standing, access.People) {
		role.HoldersURL = v.peopleURL(people.Filter{Role: r.ID})
	}
	if r.Default {
		role.Chips = append(role.Chips, v.say.T("page.catalogue.default"))
	}
	if r.Exclusive {
		role.Chips = append(role.Chips, v.say.T("page.catalogue.exclusive"))
	}
	return role
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

// nameAll names roles; one that is no longer in use has no name here.
func nameAll(ids []uuid.UUID, names map[uuid.UUID]string) string {
	var all []string
	for _, id := range ids {
		if name := names[id]; name != "" {
			all = append(all, name)
		}
	}
	return strings.Join(all, ", ")
}
