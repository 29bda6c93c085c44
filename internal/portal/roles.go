package portal

import (
	"strconv"
	"strings"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/internal/people"
	"habilis/internal/roles"
	"habilis/internal/tenants/kinds"
	"habilis/web/page"
	"habilis/web/ui"
)

// heldRoles is « Liste des permissions »: a window, and the tab of a sheet.
func (s *Server) heldRoles(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	held, err := s.Roles.List(v.ctx(), v.actor(), id)
	if err != nil {
		return err
	}
	title := v.say.T("page.roles.list")
	frame := v.frame(held.Standing, inPeople, title)
	view := v.heldView(held)
	if v.inWindow() {
		return v.ok(page.HeldWindow(frame, v.personWindow(held.Person, title, held.Person.Name(), v.personPath(id, "")), view))
	}
	return v.ok(page.HeldPage(frame, v.rolesHead(held), view))
}

// rolesHead is the head of the sheet that the list is a tab of.
func (v *visit) rolesHead(held *roles.ListPage) page.PersonHead {
	states, p := v.words(held.Standing).States, held.Person
	head := page.PersonHead{
		Name: p.Name(), Initials: ui.Initials(p.Given, p.Family), Line: p.Username,
		Shape: ui.Good, State: states.Active,
		TabsName: v.say.T("page.person.tabs"), Tabs: v.personTabs(held.Standing, p.ID, onRoles),
	}
	switch p.State {
	case "pending":
		head.Shape, head.State = ui.Waiting, states.Pending
	case "archived":
		head.Shape, head.State = ui.Quiet, states.Archived
	}
	return head
}

func (v *visit) heldView(held *roles.ListPage) page.HeldView {
	words := v.words(held.Standing)
	view := page.HeldView{
		RoleLabel: words.RoleLabel,
		NoRole:    words.NoRole,
		Closed:    v.whyBefore(held.Refused),
		Grid:      v.gridView(held.Standing, v.say.T("page.roles.all"), held.Areas, held.Grid, nil),
	}
	for _, m := range held.Modules {
		module := page.HeldModule{Name: v.text(m.Name)}
		for _, g := range m.Grants {
			module.Roles = append(module.Roles, v.heldRole(held, words, g.Grant))
		}
		view.Modules = append(view.Modules, module)
	}
	for _, p := range held.Pending {
		view.Pending = append(view.Pending, page.PendingRole{Role: v.text(p.Role.Name), By: p.By, Note: p.Note, At: p.At})
	}
	if held.Refused == nil {
		view.Acts = v.roleActs(held, words)
	}
	return view
}

func (v *visit) heldRole(held *roles.ListPage, words kinds.Words, g roles.Grant) page.HeldRole {
	role := page.HeldRole{Name: v.text(g.Role.Name), Description: v.text(g.Role.Description), Since: g.Since, Until: g.Until, By: v.by(g.By)}
	if held.Refused != nil {
		return role
	}
	path := v.rolePath(held.Person.ID, g.ID)
	role.Change = ui.Act{Label: v.say.T("page.roles.which", "Act", words.ChangeRole, "Role", role.Name), URL: path, How: ui.InWindow, Icon: ui.IconPencil}
	role.End = ui.Act{Label: v.say.T("page.roles.which", "Act", words.EndRole, "Role", role.Name), URL: path + "/end", How: ui.InWindow, Icon: ui.IconClose}
	return role
}

// roleActs are the ways to one more role: to give one, or to ask support for one.
func (v *visit) roleActs(held *roles.ListPage, words kinds.Words) []ui.Act {
	acts := []ui.Act{{Label: words.AddRole, URL: v.personPath(held.Person.ID, "/roles/new"), How: ui.InWindow, Icon: ui.IconPlus, Tone: ui.Primary}}
	for _, c := range held.Choices {
		if c.MayAsk {
			acts = append(acts, ui.Act{Label: kinds.Fill(words.RequestRole, "role", v.text(c.Name)), URL: v.requestPath(held.Person.ID, c.ID), How: ui.InWindow})
		}
	}
	return acts
}

// addRole is the window that gives a role, and the preview of one.
func (s *Server) addRole(v *visit) error { return s.chooseRole(v, uuid.Nil, form.With()) }

// changeRole is the window that puts another role in one's place.
func (s *Server) changeRole(v *visit) error {
	grant, err := v.id("grant")
	if err != nil {
		return err
	}
	return s.chooseRole(v, grant, form.With())
}

// chooseRole shows the window in which a role is chosen. The choice is the
// form's, if it was sent, else the address's.
func (s *Server) chooseRole(v *visit, replacing uuid.UUID, f *form.Form) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	if f.Typed("role") == "" {
		f.Values.Set("role", v.query("role"))
	}
	give, _ := uuid.Parse(f.Typed("role"))
	choices, err := s.Roles.Choices(v.ctx(), v.actor(), id, roles.Change{Give: give, End: replacing})
	if err != nil {
		return err
	}
	frame := v.frame(choices.Standing, inPeople, "")
	view := v.chooseRoleView(choices, f)
	if v.live() && f.OK() {
		return v.ok(page.Meaning(v.say, view.Meaning))
	}
	frame.Title = view.Window.Title
	window := page.ChooseRole(frame, f, view, v.inWindow())
	if f.OK() {
		return v.ok(window)
	}
	return v.again(f, window)
}

func (v *visit) chooseRoleView(choices *roles.ChoicesPage, f *form.Form) page.ChooseRoleView {
	words, person := v.words(choices.Standing), choices.Person
	view := page.ChooseRoleView{
		Action:     v.personPath(person.ID, "/roles"),
		Version:    strconv.Itoa(person.Version),
		Submission: v.submission(f).String(),
		Save:       words.Save,
		Note:       v.toldByMail(person),
		Meaning:    v.changeMeaning(choices.Standing, choices.Areas, choices.Preview, f),
	}
	title, subtitle, preview := words.AddRole, person.Name(), v.personPath(person.ID, "/roles/new")
	if r := choices.Replaced; r != nil {
		view.Action = v.rolePath(person.ID, r.ID)
		title, preview = words.ChangeRole, view.Action
		subtitle = v.say.T("page.roles.changing", "Person", person.Name(), "Module", v.text(r.Role.ModuleName),
			"Current", kinds.Fill(words.CurrentRole, "role", v.text(r.Role.Name)))
		view.End = ui.Act{Label: words.EndRole, URL: view.Action + "/end", How: ui.InWindow, Tone: ui.Calm, Icon: ui.IconClose}
		if choices.Preview == nil {
			view.Meaning = v.present(choices.Standing, choices.Areas, r)
		}
	}
	view.Window = v.personWindow(person, title, subtitle, v.personPath(person.ID, "/roles"))
	view.Window.Wide = true
	view.Cards = ui.Cards{Name: "role", Legend: words.ChooseRole, Choices: v.roleChoices(choices, words), Preview: preview, PreviewTarget: page.MeaningID}
	return view
}

func (v *visit) roleChoices(choices *roles.ChoicesPage, words kinds.Words) []ui.Choice {
	cards := make([]ui.Choice, len(choices.Choices))
	for i, c := range choices.Choices {
		cards[i] = ui.Choice{Value: c.ID.String(), Title: v.text(c.Name), Text: v.text(c.Description), Off: v.whyNot(choices, words, c)}
		if c.MayAsk && c.Refused != nil && c.Refused.Key == "roles.support_only" {
			cards[i].OffURL = v.requestPath(choices.Person.ID, c.ID)
			cards[i].OffLabel = kinds.Fill(words.RequestRole, "role", cards[i].Title)
		}
	}
	return cards
}

// whyNot says in one line why a role can't be chosen, and who could give it.
func (v *visit) whyNot(choices *roles.ChoicesPage, words kinds.Words, c roles.Choice) string {
	switch {
	case c.Refused == nil:
		return ""
	case choices.Replaced != nil && choices.Replaced.Role.ID == c.ID:
		return v.say.T("page.roles.replaced")
	case c.Held:
		return v.say.T("page.roles.held")
	case c.Requested:
		return v.say.T("page.roles.requested")
	}
	switch c.Refused.Key {
	case "roles.support_only":
		return words.SupportOnly
	case "roles.not_giver":
		return v.say.T("page.roles.given_by", "Roles", v.givers(c.Givers))
	case "roles.excess":
		return v.say.T("page.roles.beyond_you", "Areas", v.areaNames(choices.Areas, c.Excess))
	}
	return v.whyBefore(c.Refused)
}

// givers names who could give a role: "Pilote (Maude Bélanger, Luc Roy)".
func (v *visit) givers(givers []roles.Giver) string {
	named := make([]string, len(givers))
	for i, g := range givers {
		named[i] = v.text(g.Role)
		if len(g.People) > 0 {
			named[i] += " (" + strings.Join(g.People, ", ") + ")"
		}
	}
	return strings.Join(named, ", ")
}

// areaNames names the areas that changes touch, each once.
func (v *visit) areaNames(areas []roles.Area, changes grid.Changes) string {
	touched := map[grid.Area]bool{}
	for _, c := range changes {
		touched[c.Area] = true
	}
	var names []string
	for _, a := range areas {
		if touched[a.Key] {
			names = append(names, v.text(a.Name))
		}
	}
	return strings.Join(names, ", ")
}

// present is what a role that is about to be replaced means now.
func (v *visit) present(s *access.Standing, areas []roles.Area, g *roles.Grant) page.ChangeMeaning {
	name := v.text(g.Role.Name)
	return page.ChangeMeaning{
		Label: v.say.T("page.roles.present"), Title: name, Description: v.text(g.Role.Description),
		Grid: v.gridView(s, name, areas, g.Role.Grid, nil),
	}
}

// changeMeaning puts a preview into words; nil asks to choose.
func (v *visit) changeMeaning(s *access.Standing, areas []roles.Area, p *roles.Preview, f *form.Form) page.ChangeMeaning {
	if p == nil {
		return page.ChangeMeaning{Title: v.say.T("page.roles.choose"), Description: v.say.T("page.roles.choose.next")}
	}
	m := page.ChangeMeaning{Grid: v.previewGrid(s, areas, p), Confirmed: f.Chose("confirm", "1")}
	role := p.Give
	if role == nil {
		role = p.Replaced.Role
	}
	m.Title, m.Description = v.text(role.Name), v.text(role.Description)
	if p.Refused != nil {
		m.Refused = []string{v.whyBefore(p.Refused)}
		if len(p.Excess) > 0 {
			m.Refused = append(m.Refused, v.say.T("page.roles.beyond_you", "Areas", v.areaNames(areas, p.Excess)))
		}
	} else {
		m.Effect = &page.Effect{Widened: len(p.Widened), Narrowed: len(p.Narrowed)}
	}
	for _, g := range p.Ends {
		m.Ends = append(m.Ends, page.EndingRole{Grant: g.ID.String(), Name: v.text(g.Role.Name)})
	}
	if fault := f.Error("confirm"); fault != nil {
		m.ConfirmFault = v.why(fault)
	}
	return m
}

// previewGrid is the person's grid after the change, marked where it differs
// from the present one.
func (v *visit) previewGrid(s *access.Standing, areas []roles.Area, p *roles.Preview) ui.GridView {
	before, after := grid.Grid{}, grid.Grid{}
	for _, row := range p.Rows {
		before[row.Key], after[row.Key] = row.Before, row.After
	}
	return v.gridView(s, v.say.T("page.roles.after"), areas, after, before)
}

// giveRole gives a role.
func (s *Server) giveRole(v *visit) error { return s.applyChoice(v, uuid.Nil) }

// replaceRole puts another role in one's place.
func (s *Server) replaceRole(v *visit) error {
	grant, err := v.id("grant")
	if err != nil {
		return err
	}
	return s.applyChoice(v, grant)
}

func (s *Server) applyChoice(v *visit, replacing uuid.UUID) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	// Without a choice the change would be the end of the role alone.
	give, _ := uuid.Parse(f.Get("role"))
	if give == uuid.Nil {
		f.Fail(fault.Invalid("role", "roles.nothing_chosen"))
	}
	sent := v.sentChange(f)
	if f.OK() {
		err = s.Roles.Apply(v.ctx(), v.actor(), id, roles.Change{Give: give, End: replacing}, sent)
	}
	if v.failChange(f, err) || !f.OK() {
		return s.chooseRole(v, replacing, f)
	}
	if err != nil {
		return err
	}
	return v.done(v.personPath(id, "/roles"), v.say.T("page.roles.saved"))
}

// sentChange reads what the form of a change carries beside the choice. What
// would end besides counts as seen only once its box is ticked.
func (v *visit) sentChange(f *form.Form) roles.Sent {
	sent := roles.Sent{Version: version(f), Submission: v.submission(f)}
	if !f.Bool("confirm") {
		return sent
	}
	for _, typed := range f.All("ends") {
		if id, err := uuid.Parse(typed); err == nil {
			sent.Ends = append(sent.Ends, id)
		}
	}
	return sent
}

// failChange records a fault, beside the box that confirms where it is about that.
func (v *visit) failChange(f *form.Form, err error) bool {
	faults, ok := fault.As(err)
	if ok && len(faults) == 1 && faults[0].Key == "roles.confirm_ends" {
		return f.Fail(faults[0].On("confirm"))
	}
	return f.Fail(err)
}

// endRoleForm asks whether a role is to end.
func (s *Server) endRoleForm(v *visit) error { return s.showEndRole(v, form.With()) }

func (s *Server) showEndRole(v *visit, f *form.Form) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	grant, err := v.id("grant")
	if err != nil {
		return err
	}
	preview, err := s.Roles.Preview(v.ctx(), v.actor(), id, roles.Change{End: grant})
	if err != nil {
		return err
	}
	frame := v.frame(preview.Standing, inPeople, v.words(preview.Standing).EndRole)
	window := page.EndRole(frame, f, v.endRoleView(preview, f), v.inWindow())
	if f.OK() {
		return v.ok(window)
	}
	return v.again(f, window)
}

func (v *visit) endRoleView(preview *roles.PreviewPage, f *form.Form) page.EndRoleView {
	words, person := v.words(preview.Standing), preview.Person
	view := page.EndRoleView{
		Window:     v.personWindow(person, words.EndRole, person.Name(), v.personPath(person.ID, "/roles")),
		Action:     v.rolePath(person.ID, preview.Replaced.ID) + "/end",
		Version:    strconv.Itoa(person.Version),
		Submission: v.submission(f).String(),
		Meaning:    v.changeMeaning(preview.Standing, preview.Areas, preview.Preview, f),
		End:        words.EndRole,
		Keep:       v.say.T("page.roles.keep"),
		Note:       v.toldByMail(person),
	}
	view.Meaning.Grid = onlyChanged(view.Meaning.Grid)
	view.Window.Wide = len(view.Meaning.Grid.Groups) > 0
	return view
}

// onlyChanged leaves out of a preview what would stay as it is.
func onlyChanged(g ui.GridView) ui.GridView {
	changed := ui.GridView{Caption: g.Caption}
	for _, group := range g.Groups {
		kept := ui.GridGroup{Name: group.Name}
		for _, row := range group.Rows {
			if row.View.Was != nil || row.Edit.Was != nil {
				kept.Rows = append(kept.Rows, row)
			}
		}
		if len(kept.Rows) > 0 {
			changed.Groups = append(changed.Groups, kept)
		}
	}
	return changed
}

// endRole ends a role.
func (s *Server) endRole(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	grant, err := v.id("grant")
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	err = s.Roles.Apply(v.ctx(), v.actor(), id, roles.Change{End: grant}, roles.Sent{Version: version(f), Submission: v.submission(f)})
	if f.Fail(err) {
		return s.showEndRole(v, f)
	}
	if err != nil {
		return err
	}
	return v.done(v.personPath(id, "/roles"), v.say.T("page.roles.ended"))
}

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
		Grid:    v.gridView(found.Standing, names[r.ID], found.Areas, r.Grid, nil),
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
func (v *visit) rulesOf(r *roles.Role, names map[uuid.UUID]string) []string {
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

// personWindow is the frame of a window about a person.
func (v *visit) personWindow(p *roles.Person, title, subtitle, under string) ui.WindowFrame {
	return ui.WindowFrame{Title: title, Subtitle: subtitle, Initials: ui.Initials(p.Given, p.Family), Close: under, Wide: true}
}

func (v *visit) personPath(id uuid.UUID, rest string) string { return v.in("/people/%s%s", id, rest) }

func (v *visit) rolePath(person, grant uuid.UUID) string {
	return v.personPath(person, "/roles/"+grant.String())
}

func (v *visit) requestPath(person, role uuid.UUID) string {
	return v.personPath(person, "/request?role="+role.String())
}

// toldByMail says that the person will be told, if they can be.
func (v *visit) toldByMail(p *roles.Person) string {
	if p.Email == "" {
		return v.say.T("page.roles.not_told")
	}
	return v.say.T("page.roles.told")
}

// by is who made something so.
func (v *visit) by(by roles.By) string {
	switch by.Kind {
	case "support":
		return v.say.T("page.by.support")
	case "console":
		return v.say.T("page.by.console")
	}
	return by.Name
}

// text is a text of the place in the reader's language.
func (v *visit) text(t kinds.Text) string { return v.either(t.Fr, t.En) }

// whyBefore says why a change of roles may not be made, before it was tried.
func (v *visit) whyBefore(f *fault.Fault) string {
	if f == nil {
		return ""
	}
	_, reason, _ := strings.Cut(f.Key, ".")
	if key := "page.roles.why." + reason; v.say.Has(key) {
		return v.say.T(key)
	}
	return v.why(f)
}

// why puts a fault into words; none is empty.
func (v *visit) why(f *fault.Fault) string {
	if f == nil {
		return ""
	}
	return v.say.Message(f.Key, f.Args)
}
