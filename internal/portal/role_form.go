package portal

import (
	"slices"
	"strconv"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/internal/rights"
	"habilis/internal/roles"
	"habilis/internal/tenants/kinds"
	"habilis/web/page"
	"habilis/web/ui"
)

// formOfRole is the form of a definition, of a role that is there or of a new one.
// English that is only the French again is left blank.
func formOfRole(d roles.Definition, role *rights.Role) *form.Form {
	f := form.With("name_fr", d.Name.Fr, "description_fr", d.Description.Fr, "module", d.Module, "second_factor", d.SecondFactor,
		"min_holders", strconv.Itoa(d.MinHolders), "expires_after", strconv.Itoa(d.ExpiresAfter), "version", "0")
	if role != nil {
		f.Values.Set("version", strconv.Itoa(role.Version))
	}
	f.Values.Set("name_en", english(d.Name))
	f.Values.Set("description_en", english(d.Description))
	tick := func(name string, ticked bool) {
		if ticked {
			f.Values.Set(name, "1")
		}
	}
	tick("default", d.Default)
	tick("exclusive", d.Exclusive)
	for _, id := range d.GivenBy {
		f.Values.Add("given_by", id.String())
	}
	for _, id := range d.PairsWith {
		f.Values.Add("pairs_with", id.String())
	}
	return f
}

// typedRole reads the form of a definition, and the areas in which one direction
// gave way to the other. What is not a number is out of every range, and what is
// no identifier names no role.
func typedRole(f *form.Form, areas []rights.Area, present roles.Definition) (roles.Definition, grid.Changes) {
	number := func(name string) int {
		n, err := strconv.Atoi(f.Get(name))
		if err != nil {
			return -1
		}
		return n
	}
	ids := func(name string) []uuid.UUID {
		var all []uuid.UUID
		for _, typed := range f.All(name) {
			id, _ := uuid.Parse(typed)
			all = append(all, id)
		}
		return all
	}
	said := readCells(f)
	moved := said.settle(f, areas, cellsOf(present.Grid))
	return roles.Definition{
		Module: f.Get("module"), Name: kinds.Text{Fr: f.Get("name_fr"), En: f.Get("name_en")},
		Description: kinds.Text{Fr: f.Text("description_fr"), En: f.Text("description_en")},
		Grid:        said.grid(), Default: f.Bool("default"), Exclusive: f.Bool("exclusive"),
		MinHolders: number("min_holders"), SecondFactor: f.Get("second_factor"), ExpiresAfter: number("expires_after"),
		GivenBy: ids("given_by"), PairsWith: ids("pairs_with"),
	}, moved
}

func (v *visit) roleForm(found *roles.DefiningPage, present roles.Definition, f *form.Form, stale *page.Stale) templ.Component {
	words := v.words(found.Standing)
	title := v.say.T("page.catalogue.create", "Role", words.ARole)
	view := page.DefineRoleView{
		Action: v.in("/roles"), Cancel: v.in("/roles"), Stale: stale, ModuleLabel: words.ModuleLabel, Save: words.Save,
		Kept: []ui.Hidden{{Name: "version", Value: f.Typed("version")}, {Name: "submission", Value: v.submission(f).String()}},
		Factors: []ui.Option{
			{Value: "", Label: v.say.T("page.catalogue.factor.none")},
			{Value: "any", Label: v.say.T("page.catalogue.factor.any")},
			{Value: "strong", Label: v.say.T("page.catalogue.factor.strong")},
		},
		Givers: page.Ticks{Name: "given_by", Legend: v.say.T("page.catalogue.givers"), Hint: v.say.T("page.catalogue.givers.hint")},
		Pairs:  page.Ticks{Name: "pairs_with", Legend: v.say.T("page.catalogue.pairs"), Hint: v.say.T("page.catalogue.pairs.hint")},
		Grid:   v.gridFormOf(found.Standing, f, v.say.T("page.catalogue.grid"), found.Catalogue.Areas, cellsOf(present.Grid), nil),
	}
	view.Kept = append(view.Kept, roleWas(f, found.Role)...)
	if from := f.Typed("copied"); from != "" {
		view.How = v.say.T("page.catalogue.copied", "Role", from)
	}
	if found.Role != nil {
		title = v.say.T("page.catalogue.edit.title", "Role", v.text(found.Role.Name))
		view.Cancel = v.rolePage(found.Role.ID)
		view.Action = view.Cancel + "/edit"
	}
	for _, m := range found.Catalogue.Modules {
		view.Modules = append(view.Modules, ui.Option{Value: m.Key, Label: v.text(m.Name)})
	}
	for _, r := range found.Catalogue.Roles {
		option := ui.Option{Value: r.ID.String(), Label: v.text(r.Name)}
		if !r.Retired || slices.Contains(present.GivenBy, r.ID) {
			view.Givers.Options = append(view.Givers.Options, option)
		}
		if paired := slices.Contains(present.PairsWith, r.ID); paired || r != found.Role && !r.Retired && !r.Exclusive && !r.SupportAlone() {
			view.Pairs.Options = append(view.Pairs.Options, option)
		}
	}
	return page.DefineRole(v.frame(found.Standing, inRoles, title), f, view)
}

func yesNo(yes bool) string {
	if yes {
		return "page.yes"
	}
	return "page.no"
}

func (v *visit) factorName(factor string) string {
	if factor == "" {
		factor = "none"
	}
	return v.say.T("page.catalogue.factor." + factor)
}

// accessName is the head of the column of a direction.
func (v *visit) accessName(s *access.Standing, d grid.Direction) string {
	words := v.words(s)
	if d == grid.Edit {
		return words.EditAccess
	}
	return words.ViewAccess
}
