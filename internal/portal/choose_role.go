package portal

import (
	"strconv"
	"strings"

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

// addRole is the window that gives a role, and the preview of one.
func (s *Server) addRole(v *visit) error {
	if v.kind.RolesChoice == kinds.RolesTicks {
		return s.tickRoles(v)
	}
	return s.chooseRole(v, uuid.Nil, form.With())
}

// changeRole is the window that puts another role in one's place.
func (s *Server) changeRole(v *visit) error {
	if v.kind.RolesChoice == kinds.RolesTicks {
		return s.tickRoles(v)
	}
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
	change := roles.Change{End: some(replacing), Give: some(give)}
	choices, err := s.Roles.Choices(v.ctx(), v.actor(), id, change)
	if err != nil {
		return err
	}
	frame := v.frame(choices.Standing, inPeople, "")
	view := v.chooseRoleView(choices, f)
	if v.live() && f.OK() {
		return v.ok(page.Meaning(v.say, f, view.Meaning))
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
	view.Meaning.DetailID = page.DetailID
	view.Window = v.personWindow(&person.Person, title, subtitle, v.personPath(person.ID, "/roles"))
	view.Window.Wide = true
	view.Cards = ui.Cards{Name: "role", Legend: words.ChooseRole, Choices: v.roleChoices(choices, words), Preview: preview, PreviewTarget: page.MeaningID}
	return view
}

func (v *visit) roleChoices(choices *roles.ChoicesPage, words kinds.Words) []ui.Choice {
	cards := make([]ui.Choice, len(choices.Choices))
	for i, c := range choices.Choices {
		cards[i] = ui.Choice{Value: c.ID.String(), Title: v.text(c.Name), Text: v.text(c.Description), Off: v.whyNot(choices.Areas, choices.Replaced, words, c)}
		if c.MayAsk && c.Refused != nil && c.Refused.Key == "roles.support_only" {
			cards[i].OffURL = v.requestPath(choices.Person.ID, c.ID)
			cards[i].OffLabel = kinds.Fill(words.RequestRole, "role", cards[i].Title)
		}
	}
	return cards
}

// whyNot says in one line why a role can't be chosen, and who could give it.
func (v *visit) whyNot(areas []rights.Area, replaced *rights.Grant, words kinds.Words, c roles.Choice) string {
	switch {
	case c.Refused == nil:
		return ""
	case replaced != nil && replaced.Role.ID == c.ID:
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
		return v.say.T("page.roles.beyond_you", "Areas", v.areaNames(areas, c.Excess))
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
func (v *visit) areaNames(areas []rights.Area, changes grid.Changes) string {
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
func (v *visit) present(s *access.Standing, areas []rights.Area, g *rights.Grant) page.ChangeMeaning {
	name := v.text(g.Role.Name)
	return page.ChangeMeaning{
		Label: v.say.T("page.roles.present"), Title: name, Description: v.text(g.Role.Description),
		Grid: v.gridView(s, name, areas, g.Role.Grid, nil),
	}
}

// changeMeaning puts a preview into words; nil asks to choose.
func (v *visit) changeMeaning(s *access.Standing, areas []rights.Area, p *roles.Preview, f *form.Form) page.ChangeMeaning {
	if p == nil {
		return page.ChangeMeaning{Title: v.say.T("page.roles.choose"), Description: v.say.T("page.roles.choose.next")}
	}
	m := page.ChangeMeaning{Grid: v.previewGrid(s, areas, p), Confirmed: f.Chose("confirm", "1")}
	m.Title, m.Description = v.what(p)
	m.End = v.endField(s, p.Latest)
	m.Impersonal = v.impersonal(after(p))
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
func (v *visit) previewGrid(s *access.Standing, areas []rights.Area, p *roles.Preview) ui.GridView {
	before := grid.Grid{}
	for _, row := range p.Rows {
		before[row.Key] = row.Before
	}
	return v.gridView(s, v.say.T("page.roles.after"), areas, after(p), before)
}

// after is what the person could do.
func after(p *roles.Preview) grid.Grid {
	after := grid.Grid{}
	for _, row := range p.Rows {
		after[row.Key] = row.After
	}
	return after
}

// what names the roles that a change is about: those given, else those that end.
func (v *visit) what(p *roles.Preview) (title, description string) {
	about := p.Gives
	if len(about) == 0 {
		for _, g := range p.Named {
			about = append(about, g.Role)
		}
	}
	names := make([]string, len(about))
	for i, r := range about {
		names[i] = v.text(r.Name)
	}
	if len(about) == 1 {
		description = v.text(about[0].Description)
	}
	return strings.Join(names, ", "), description
}

// giveRole gives a role.
func (s *Server) giveRole(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	if f.Bool(fieldSeveral) {
		return s.saveTicks(v, f)
	}
	return s.applyChoice(v, uuid.Nil, f)
}

// replaceRole puts another role in one's place.
func (s *Server) replaceRole(v *visit) error {
	grant, err := v.id("grant")
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	return s.applyChoice(v, grant, f)
}

func (s *Server) applyChoice(v *visit, replacing uuid.UUID, f *form.Form) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	// Without a choice the change would be the end of the role alone.
	give, _ := uuid.Parse(f.Get("role"))
	if give == uuid.Nil {
		f.Fail(fault.Invalid("role", "roles.nothing_chosen"))
	}
	until, err := v.chosenEnd(f)
	if err != nil {
		return err
	}
	sent := v.sentChange(f)
	var done *roles.Done
	if f.OK() {
		done, err = s.Roles.Apply(v.ctx(), v.actor(), id, roles.Change{Give: some(give), End: some(replacing), Until: until}, sent)
	}
	if v.failChange(f, err) || !f.OK() {
		return s.chooseRole(v, replacing, f)
	}
	if err != nil {
		return err
	}
	return v.done(v.personPath(id, "/roles"), v.changed(done))
}

// changed says a change that was made: the role, the person, and what it took
// the place of.
func (v *visit) changed(done *roles.Done) string {
	ended := make([]string, len(done.Ended))
	for i, r := range done.Ended {
		ended[i] = v.text(r.Name)
	}
	given := make([]string, len(done.Given))
	for i, r := range done.Given {
		given[i] = v.text(r.Name)
	}
	name, givenNames, endedNames := done.Person.Name(), strings.Join(given, ", "), strings.Join(ended, ", ")
	said := ""
	switch {
	case len(given) == 0 && len(ended) == 1:
		return v.say.T("page.roles.ended", "Role", endedNames, "Name", name)
	case len(given) == 0:
		return v.say.T("page.roles.ended.several", "Roles", endedNames, "Name", name)
	case len(given) > 1 && len(ended) == 0:
		said = v.say.T("page.roles.given.several", "Roles", givenNames, "Name", name)
	case len(given) > 1:
		said = v.say.T("page.roles.given_instead.several", "Roles", givenNames, "Name", name, "Ended", endedNames)
	case len(ended) == 0:
		said = v.say.T("page.roles.given", "Role", givenNames, "Name", name)
	default:
		said = v.say.T("page.roles.given_instead", "Role", givenNames, "Name", name, "Ended", endedNames)
	}
	if done.Until != nil {
		said += " " + v.say.T("page.roles.given.until", "Day", *done.Until)
	}
	return said
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
