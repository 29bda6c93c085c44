package portal

import (
	"slices"
	"strconv"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/internal/rights"
	"habilis/internal/roles"
	"habilis/internal/tenants/kinds"
	"habilis/web/page"
	"habilis/web/ui"
)

// newRole is the form of a new role.
func (s *Server) newRole(v *visit) error {
	found, err := s.Roles.Defining(v.ctx(), v.actor(), uuid.Nil)
	if err != nil {
		return err
	}
	d := roles.Definition{Grid: grid.Grid{}}
	if len(found.Catalogue.Modules) > 0 {
		d.Module = found.Catalogue.Modules[0].Key
	}
	return v.ok(v.roleForm(found, d, formOfRole(d, nil), nil))
}

// copyRole is the form of a new role that starts from another.
func (s *Server) copyRole(v *visit) error {
	found, err := v.defining()
	if err != nil {
		return err
	}
	from := found.Role
	found.Role = nil
	d := roles.CopyOf(from)
	f := formOfRole(d, nil)
	f.Values.Set("copied", v.text(from.Name))
	return v.ok(v.roleForm(found, d, f, nil))
}

// editRole is the form of a role that is there.
func (s *Server) editRole(v *visit) error {
	found, err := v.defining()
	if err != nil {
		return err
	}
	if found.Refused != nil {
		return found.Refused
	}
	d := roles.DefinitionOf(found.Role)
	return v.ok(v.roleForm(found, d, formOfRole(d, found.Role), nil))
}

// defining reads the form of the role of the address.
func (v *visit) defining() (*roles.DefiningPage, error) {
	id, err := v.id("id")
	if err != nil {
		return nil, err
	}
	return v.Roles.Defining(v.ctx(), v.actor(), id)
}

// createRole makes a role.
func (s *Server) createRole(v *visit) error {
	found, err := s.Roles.Defining(v.ctx(), v.actor(), uuid.Nil)
	if err != nil {
		return err
	}
	return s.defineRole(v, found)
}

// saveRole changes a role.
func (s *Server) saveRole(v *visit) error {
	found, err := v.defining()
	if err != nil {
		return err
	}
	return s.defineRole(v, found)
}

// defineRole shows what the definition that was sent would do, and saves it once
// that was seen, or when there is nothing to see.
func (s *Server) defineRole(v *visit, found *roles.DefiningPage) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	present := roles.Definition{Grid: grid.Grid{}}
	role := uuid.Nil
	if found.Role != nil {
		present, role = roles.DefinitionOf(found.Role), found.Role.ID
	}
	wanted, moved := typedRole(f, found.Catalogue.Areas, present)
	sent := roles.SentDefinition{Version: version(f), Submission: v.submission(f)}
	sent.Affected, _ = strconv.Atoi(f.Get("affected"))
	again, confirmed := f.Bool("again"), f.Bool("confirm")
	for _, name := range []string{"again", "confirm", "affected"} {
		f.Values.Del(name)
	}
	switch {
	case !f.OK():
		return v.again(f, v.roleForm(found, present, f, nil))
	case found.Role != nil && found.Refused == nil && sent.Version != found.Role.Version:
		return v.roleStale(found, present, wanted, f)
	case again:
		return v.ok(v.roleForm(found, present, f, nil))
	}
	if !confirmed {
		preview, err := s.Roles.PreviewDefinition(v.ctx(), v.actor(), role, wanted)
		if err != nil {
			return err
		}
		// What is refused is not shown first: it is sent on, for the door to refuse
		// and to record.
		if preview.Refused == nil && !(preview.Impact.Silent() && len(moved) == 0) {
			return v.ok(v.confirmRole(preview, f, moved))
		}
	}
	id, err := s.Roles.Define(v.ctx(), v.actor(), role, wanted, sent)
	switch {
	case unseen(err):
		return v.roleUnseen(role, wanted, f, moved)
	case f.Fail(err):
		return v.again(f, v.roleForm(found, present, f, nil))
	case err != nil:
		return err
	}
	return v.done(v.rolePage(id), v.say.T("page.catalogue.saved", "Role", wanted.Name.Fr))
}

// roleUnseen shows anew what a definition would do, since other people are
// concerned than were shown.
func (v *visit) roleUnseen(role uuid.UUID, wanted roles.Definition, f *form.Form, moved []grid.Area) error {
	preview, err := v.Roles.PreviewDefinition(v.ctx(), v.actor(), role, wanted)
	if err != nil {
		return err
	}
	return v.show(status(fault.KindConflict), v.confirmRole(preview, f, moved))
}

// unseen reports that other people are concerned than were shown.
func unseen(err error) bool {
	faults, ok := fault.As(err)
	return ok && faults[0].Key == "roles.impact_unseen"
}

// formOfRole is the form of a definition, of a role that is there or of a new one.
// English that is only the French again is left blank.
func formOfRole(d roles.Definition, role *rights.Role) *form.Form {
	f := form.With("name_fr", d.Name.Fr, "description_fr", d.Description.Fr, "module", d.Module, "second_factor", d.SecondFactor,
		"min_holders", strconv.Itoa(d.MinHolders), "expires_after", strconv.Itoa(d.ExpiresAfter), "version", "0")
	if role != nil {
		f.Values.Set("version", strconv.Itoa(role.Version))
	}
	if d.Name.En != d.Name.Fr {
		f.Values.Set("name_en", d.Name.En)
	}
	if d.Description.En != d.Description.Fr {
		f.Values.Set("description_en", d.Description.En)
	}
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
func typedRole(f *form.Form, areas []rights.Area, present roles.Definition) (roles.Definition, []grid.Area) {
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

// roleStale shows what was typed beside what someone else saved meanwhile; sending
// the form once more overwrites it knowingly.
func (v *visit) roleStale(found *roles.DefiningPage, present, wanted roles.Definition, f *form.Form) error {
	f.Fail(fault.Conflict("roles.definition_stale"))
	f.Values.Set("version", strconv.Itoa(found.Role.Version))
	return v.again(f, v.roleForm(found, present, f, &page.Stale{Differences: v.roleDifferences(found, present, wanted)}))
}

// roleDifferences are the words, rules and cells in which two definitions differ.
func (v *visit) roleDifferences(found *roles.DefiningPage, saved, typed roles.Definition) []page.Difference {
	names := v.namesOf(found.Catalogue)
	var all []page.Difference
	differ := func(label, is, was string) {
		if is != was {
			all = append(all, page.Difference{Label: label, Typed: is, Saved: was})
		}
	}
	say := func(d roles.Definition) []string {
		return []string{d.Name.Fr, d.Description.Fr, d.Module, v.say.T(yesNo(d.Default)), v.say.T(yesNo(d.Exclusive)), strconv.Itoa(d.MinHolders),
			v.factorName(d.SecondFactor), strconv.Itoa(d.ExpiresAfter), nameAll(d.GivenBy, names), nameAll(d.PairsWith, names)}
	}
	labels := []string{"name_fr", "description_fr", "module", "default.label", "exclusive.label", "min_holders", "second_factor", "expires_after", "givers", "pairs"}
	is, was := say(typed), say(saved)
	for i, label := range labels {
		differ(v.say.T("page.catalogue."+label), is[i], was[i])
	}
	for _, ch := range found.Catalogue.Rows.Diff(saved.Grid, typed.Grid) {
		area := found.Catalogue.Area(ch.Area)
		differ(v.text(area.Name)+" — "+v.accessName(found.Standing, ch.Direction), v.scopeName(found.Standing, ch.Area, ch.To), v.scopeName(found.Standing, ch.Area, ch.From))
	}
	return all
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

// confirmRole is what a definition would do, and the form that says yes to it.
func (v *visit) confirmRole(p *roles.DefinitionPage, f *form.Form, moved []grid.Area) templ.Component {
	words, i := v.words(p.Standing), p.Impact
	view := page.ConfirmRoleView{
		Action: v.in("/roles"), Cancel: v.in("/roles"), Summary: v.impactSummary(words, i), Broken: v.brokenRules(words, i),
		Kept:        append(keptAll(f), ui.Hidden{Name: "affected", Value: strconv.Itoa(i.Affected)}),
		Cells:       v.cellCounts(p, words),
		PeopleTitle: v.say.T("page.catalogue.people", "People", v.countHolders(words, i.Affected)),
		Heads: page.AffectedHeads{
			Area: words.AreaLabel, Before: v.say.T("page.catalogue.head.before"), After: v.say.T("page.catalogue.head.after"),
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
	for _, area := range moved {
		view.Moved = append(view.Moved, v.say.T("page.permissions.moved", "Area", v.text(p.Catalogue.Area(area).Name)))
	}
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
