package portal

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/internal/i18n"
	"habilis/internal/people"
	"habilis/internal/rights"
	"habilis/internal/secret/password"
	"habilis/internal/tenants/kinds"
	"habilis/web/layout"
	"habilis/web/page"
	"habilis/web/ui"
)

// newPerson is the window in which a person is added.
func (s *Server) newPerson(v *visit) error {
	blank, err := s.People.Blank(v.ctx(), v.actor())
	if err != nil {
		return err
	}
	f := form.With("submission", blank.Submission.String(), "locale", string(blank.Locale), fieldRole, blank.Default.String(), fieldTicks, blank.Default.String())
	fr := v.frame(blank.Standing, inPeople, v.words(blank.Standing).AddTitle)
	return v.ok(page.NewPerson(fr, v.newPersonView(fr, blank, f), v.inWindow()))
}

// createPerson adds a person. Without script, the button beside the list of
// roles sends the same form, only to see what the chosen role means.
func (s *Server) createPerson(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	switch {
	case f.Bool("propose"):
		f.Values.Set("password", password.Spoken())
		return s.showNewPerson(v, f)
	case f.Bool("look"):
		return s.showNewPerson(v, f)
	}
	if len(readCells(f).hands(nil)) > 0 {
		if blank, err := s.People.Blank(v.ctx(), v.actor()); err == nil && v.unseenCells(blank.Standing, blank.RoleOffer, f) {
			return s.showNewPerson(v, f)
		}
	}
	typed, err := v.typedPerson(f)
	if err != nil {
		return err
	}
	secret := f.Secret("password")
	var id uuid.UUID
	if f.OK() {
		id, err = s.Help.Create(v.ctx(), v.actor(), typed, secret)
	}
	if f.Fail(err) || err == nil && !f.OK() {
		return s.showNewPerson(v, f)
	}
	if err != nil {
		return err
	}
	return v.added(id, typed, secret != "")
}

// typedPerson reads the form of a new person.
func (v *visit) typedPerson(f *form.Form) (people.Newcomer, error) {
	until, err := v.chosenEnd(f)
	return people.Newcomer{
		Family: f.Get("family"), Given: f.Get("given"), Email: f.Get("email"), Username: f.Get("username"), Phone: f.Get("phone"),
		Function: f.Get("function"), Locale: f.Get("locale"), Flags: f.All("flags"), Roles: chosenRoles(f), Until: until, Hands: readCells(f).hands(nil),
		Factor: f.Get("factor"), Mobile: f.Get("mobile"), NamedPerson: f.Bool("named_person"), Submission: v.submission(f),
	}, err
}

// added leads to the list of people, at the one who was just added; where they are
// yet to be sent what lets them in, to the tab on which that is done.
func (v *visit) added(id uuid.UUID, n people.Newcomer, byHand bool) error {
	sheet, err := v.People.Sheet(v.ctx(), v.actor(), id)
	if err != nil {
		return err
	}
	if activates(sheet.Standing) && sheet.Person.State == people.Pending && n.Email != "" {
		return v.done(v.in("/people/%s/access", id), v.say.T("page.new_person.added_inactive", "Name", sheet.Person.Name()))
	}
	sentence := v.say.T("page.new_person.added", "Name", n.Given+" "+n.Family, "Address", n.Email)
	switch {
	case byHand:
		sentence = v.say.T("page.new_person.added_by_hand", "Name", n.Given+" "+n.Family)
	case n.Email == "":
		sentence = v.say.T("page.new_person.added_silently", "Name", n.Given+" "+n.Family)
	}
	return v.done(v.peopleURL(people.Filter{Words: n.Given + " " + n.Family}), sentence)
}

// showNewPerson shows the window again with all that was typed, even to someone
// who may not read it any more: the place was closed, or a role was taken away.
func (s *Server) showNewPerson(v *visit, f *form.Form) error {
	blank, err := s.People.Blank(v.ctx(), v.actor())
	if err != nil && (!f.Fail(err) || blank.Standing == nil || blank.Resource == nil) {
		return err
	}
	besideTicks(f)
	inOrder(f, "family", "given", "email", "username", "password", "phone", "function", "locale", "named_person", "factor", "mobile", "flags", fieldRole, fieldTicks, fieldUntil)
	fr := v.frame(blank.Standing, inPeople, v.words(blank.Standing).AddTitle)
	view := page.NewPerson(fr, v.newPersonView(fr, blank, f), v.inWindow())
	if f.OK() {
		return v.ok(view)
	}
	return v.again(f, view)
}

// inOrder puts what is wrong with a form in the order of its fields, as they
// stand on the page; what belongs to no field comes first.
func inOrder(f *form.Form, fields ...string) {
	slices.SortStableFunc(f.Faults, func(a, b *fault.Fault) int {
		return slices.Index(fields, a.Field) - slices.Index(fields, b.Field)
	})
}

func (v *visit) newPersonView(fr layout.Frame, b *people.BlankPage, f *form.Form) page.NewPersonView {
	words := v.words(b.Standing)
	view := page.NewPersonView{
		Window: ui.WindowFrame{Title: words.AddTitle, Subtitle: v.first(b.Standing, fr.Printer.T("page.new_person.password"), fr.Printer.T("page.new_person.activation")), Close: v.in("/people"), Wide: true},
		Action: v.in("/people"), Typed: f, NoEmail: !b.EmailRequired, UsernameURL: v.in("/people/new/username"),
		Kept:      []ui.Hidden{{Name: "submission", Value: f.Typed("submission")}},
		Languages: languages(b.Locales),
		Double:    v.doubleField(people.FactorOff),
		Flags:     v.flagBoxes(b.Flags),
		Role:      v.roleField(b.Standing, b.RoleOffer, f, words, false),
		Save:      words.Save,
	}
	if b.Ticks {
		view.Kept = append(view.Kept, ui.Hidden{Name: fieldSeveral, Value: "1"})
	}
	if b.FirstPassword {
		view.Window.Subtitle = fr.Printer.T("page.new_person.by_hand")
		view.Password = &page.PasswordByHand{Proposed: f.Bool("propose"), Meter: v.in("/people/new/strength"), Strength: v.strength(password.Check("", password.Context{}))}
	}
	if len(b.Choices) == 0 { // what can't be read any more is kept unseen
		view.Kept = append(view.Kept, ui.Hidden{Name: "role", Value: f.Typed("role")}, ui.Hidden{Name: "locale", Value: f.Typed("locale")})
		for _, several := range []string{"flags", fieldTicks} {
			for _, value := range f.All(several) {
				view.Kept = append(view.Kept, ui.Hidden{Name: several, Value: value})
			}
		}
	}
	view.DeskName = f.Error("named_person") != nil || f.Bool("named_person")
	v.explainEmail(&view, f)
	return view
}

// explainEmail offers what can be done where the e-mail has an account.
func (v *visit) explainEmail(view *page.NewPersonView, f *form.Form) {
	wrong := f.Error("email")
	if wrong == nil {
		return
	}
	switch wrong.Key {
	case "people.email_in_use":
		view.InUse = &page.InUse{Action: v.in("/invitations"), Label: v.say.T("page.new_person.invite.act", "Address", f.Typed("email"))}
	case "people.already_here", "people.archived_here":
		if id, ok := wrong.Args["Resource"].(uuid.UUID); ok {
			view.HereURL = v.in("/people/%s", id)
		}
	}
}

func languages(locales []i18n.Locale) []ui.Option {
	options := make([]ui.Option, len(locales))
	for i, l := range locales {
		options[i] = ui.Option{Value: string(l), Label: l.Name()}
	}
	return options
}

// doubleField offers the second factors that can be set for a person, and the one
// that is.
func (v *visit) doubleField(present string) page.DoubleField {
	var field page.DoubleField
	offered := v.People.Factors()
	if !slices.Contains(offered, present) {
		offered = append(offered, present)
	}
	for _, set := range offered {
		field.Options = append(field.Options, ui.Option{Value: set, Label: v.say.T("page.person.double." + set)})
		field.Mobile = field.Mobile || set == people.FactorSMS
	}
	return field
}

func (v *visit) flagBoxes(flags []kinds.Flag) []page.Flag {
	boxes := make([]page.Flag, len(flags))
	for i, flag := range flags {
		boxes[i] = page.Flag{Key: flag.Key, Label: v.either(flag.Name.Fr, flag.Name.En), Hint: v.either(flag.Description.Fr, flag.Description.En)}
	}
	return boxes
}

// roleField offers the roles that the reader may give: one, or several. What is
// promised is given later, to who accepts it.
func (v *visit) roleField(s *access.Standing, offer people.RoleOffer, f *form.Form, words kinds.Words, promised bool) page.RoleField {
	field := page.RoleField{Label: words.GrantedRole, URL: v.in("/people/new/role")}
	if offer.Ticks && len(offer.Choices) > 0 {
		gaveWay := v.settleOffer(offer, f)
		field.Section, field.Ticks = words.RolesSection, v.offerTicks(offer, f, gaveWay, words)
		field.Meaning = v.ticksMeaning(s, offer, f, words, promised)
		return field
	}
	chosen := f.Typed("role")
	for i := range offer.Choices {
		c := &offer.Choices[i]
		if c.Refused != nil {
			continue
		}
		field.Options = append(field.Options, ui.Option{Value: c.ID.String(), Label: v.either(c.Name.Fr, c.Name.En)})
		if c.ID.String() == chosen {
			field.Meaning = v.roleMeaning(s, offer, f, c.Role, words, promised)
		}
	}
	return field
}

// roleMeaning is what a role is and opens, in the words of the place.
func (v *visit) roleMeaning(s *access.Standing, offer people.RoleOffer, f *form.Form, r *rights.Role, words kinds.Words, promised bool) page.RoleMeaning {
	meaning := v.meaningOf(s, offer, f, r, r.Grid, words)
	v.term(&meaning, s, []*rights.Role{r}, promised)
	return meaning
}

// meaningOf is what a role is, and what a grid, its own or that of all that are
// ticked beside it, opens.
func (v *visit) meaningOf(s *access.Standing, offer people.RoleOffer, f *form.Form, r *rights.Role, g grid.Grid, words kinds.Words) page.RoleMeaning {
	name := v.either(r.Name.Fr, r.Name.En)
	meaning := page.RoleMeaning{
		Description: v.either(r.Description.Fr, r.Description.En), Impersonal: v.impersonal(g),
	}
	var closed ui.GridView
	meaning.Grid, closed = opened(v.gridView(s, name, offer.Areas, g, nil))
	meaning.Closed = v.closedWords(closed)
	if r.Default {
		meaning.Note = kinds.Fill(words.DefaultRole, "role", name)
	}
	if offer.Fixed == nil {
		meaning.Customise = v.customise(s, offer, f, g, words.Customise)
	}
	return meaning
}

// opened parts the modules in which something is open from those in which nothing is.
func opened(whole ui.GridView) (open, closed ui.GridView) {
	open, closed = whole, whole
	open.Groups, closed.Groups = nil, nil
	for _, group := range whole.Groups {
		if slices.ContainsFunc(group.Rows, func(r ui.GridRow) bool { return r.View.Scope > grid.None || r.Edit.Scope > grid.None }) {
			open.Groups = append(open.Groups, group)
		} else {
			closed.Groups = append(closed.Groups, group)
		}
	}
	return open, closed
}

// closedWords names the modules in which nothing is open; empty for none.
func (v *visit) closedWords(closed ui.GridView) string {
	if len(closed.Groups) == 0 {
		return ""
	}
	var names []string
	for _, group := range closed.Groups {
		names = append(names, group.Name)
	}
	return v.say.T("page.role.closed", "Modules", strings.Join(names, ", "))
}

// newPersonRole answers with what another role means.
func (s *Server) newPersonRole(v *visit) error {
	blank, err := s.People.Blank(v.ctx(), v.actor())
	if err != nil {
		return err
	}
	if v.query("against") != "" {
		return v.ok(page.AgainstRoles(v.say, v.against(blank.Standing, blank.RoleOffer, &form.Form{Values: v.r.URL.Query()})))
	}
	fr := v.frame(blank.Standing, inPeople, "")
	words := v.words(blank.Standing)
	if f := (&form.Form{Values: v.r.URL.Query()}); blank.Ticks {
		v.settleOffer(blank.RoleOffer, f)
		return v.ok(page.RoleMeans(fr.Printer, f, v.ticksMeaning(blank.Standing, blank.RoleOffer, f, words, v.query("promised") != "")))
	}
	for _, c := range blank.Choices {
		if c.ID.String() == v.query("role") {
			f := &form.Form{Values: v.r.URL.Query()}
			return v.ok(page.RoleMeans(fr.Printer, f, v.roleMeaning(blank.Standing, blank.RoleOffer, f, c.Role, words, false)))
		}
	}
	return fault.NotFound("portal.absent")
}

// newPersonStrength judges a password as it is typed for someone to come.
func (s *Server) newPersonStrength(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	who := people.Newcomer{Family: f.Get("family"), Given: f.Get("given"), Email: f.Get("email"), Username: f.Get("username")}
	report, err := s.Help.RulesForNewcomer(v.ctx(), v.actor(), who, f.Secret("password"))
	if err != nil {
		return err
	}
	return v.ok(ui.Strength(v.say, v.strength(report)))
}

// proposeUsername answers with a user name for the names typed so far, unless
// one was typed by hand.
func (s *Server) proposeUsername(v *visit) error {
	typed, proposed := v.query("username"), v.query("proposed")
	if typed != "" && typed != proposed {
		return v.ok(page.UsernameField(v.say, form.With("username", typed, "proposed", proposed)))
	}
	given, family := v.query("given"), v.query("family")
	name := ""
	if given != "" && family != "" {
		var err error
		if name, err = s.People.Propose(v.ctx(), v.actor(), given, family); err != nil {
			return err
		}
	}
	return v.ok(page.UsernameField(v.say, form.With("username", name, "proposed", name)))
}
