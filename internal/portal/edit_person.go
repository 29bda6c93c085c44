package portal

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/i18n"
	"habilis/internal/people"
	"habilis/web/page"
	"habilis/web/ui"
)

// editPerson is the window in which a person is corrected.
func (s *Server) editPerson(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	edit, err := s.People.EditForm(v.ctx(), v.actor(), id)
	if err != nil {
		return err
	}
	return v.ok(v.editWindow(edit, savedForm(edit), false))
}

// savedForm is a form filled with what is saved of a person.
func savedForm(edit *people.EditPage) *form.Form {
	p := edit.Person
	f := form.With("family", p.Family, "given", p.Given, "email", p.Email, "phone", p.Phone, "function", p.Function,
		"locale", string(p.Locale), "version", strconv.Itoa(p.Version),
		"factor", edit.Double.Set(), "mobile", edit.Double.Mobile)
	f.Values["flags"] = p.Flags
	return f
}

// savePerson corrects a person. When someone else did so meanwhile, both
// versions are shown, and saving again keeps the one that was typed.
func (s *Server) savePerson(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	typed := people.Correction{
		Family: f.Get("family"), Given: f.Get("given"), Email: f.Get("email"), Phone: f.Get("phone"),
		Function: f.Get("function"), Flags: f.All("flags"), Locale: f.Get("locale"), Version: version(f),
		Factor: f.Get("factor"), Mobile: f.Get("mobile"),
	}
	var to string
	if f.OK() {
		to, err = s.People.Edit(v.ctx(), v.actor(), id, typed)
	}
	if f.Fail(err) || err == nil && !f.OK() {
		return s.editAgain(v, id, f)
	}
	if err != nil {
		return err
	}
	sentence := v.say.T("page.person.saved", "Name", typed.Given+" "+typed.Family)
	if to != "" {
		sentence += " " + v.say.T("page.person.readdressed", "Address", to)
	}
	return v.done(v.underneath(v.in("/people/%s", id)), sentence)
}

func (s *Server) editAgain(v *visit, id uuid.UUID, f *form.Form) error {
	edit, err := s.People.EditForm(v.ctx(), v.actor(), id)
	if err != nil {
		return err
	}
	stale := slices.ContainsFunc(f.Faults, func(one *fault.Fault) bool { return one.Key == "people.stale" })
	if stale {
		f.Values.Set("version", strconv.Itoa(edit.Person.Version))
	}
	if !edit.Person.EmailOurs { // nothing can be typed there any more
		f.Values.Set("email", edit.Person.Email)
	}
	inOrder(f, "family", "given", "email", "phone", "function", "locale", "factor", "mobile", "flags")
	return v.again(f, v.editWindow(edit, f, stale))
}

func (v *visit) editWindow(edit *people.EditPage, f *form.Form, stale bool) templ.Component {
	p, words := edit.Person, v.words(edit.Standing)
	fr := v.frame(edit.Standing, inPeople, words.Edit)
	view := page.EditPersonView{
		Window: ui.WindowFrame{Title: words.Edit, Subtitle: p.Name(), Initials: ui.Initials(p.Given, p.Family), Close: v.in("/people/%s", p.ID)},
		Action: v.in("/people/%s/edit", p.ID), Typed: f, Email: v.emailField(p),
		Fixed:     []ui.Fact{{Term: v.say.T("page.person.username"), Text: p.Username}},
		Languages: languages(edit.Locales), Double: v.doubleField(edit.Double.Set()), Flags: v.flagBoxes(edit.Flags), Save: words.Save,
	}
	view.Double.Mobile = view.Double.Mobile && edit.Double.Ours
	if edit.Double.Ours && slices.Contains(edit.Double.Methods, people.FactorSMS) {
		view.Double.Note = v.say.T("page.person.double.choose")
	}
	if stale {
		view.Stale = &page.Stale{Differences: v.differences(edit, f)}
	}
	return page.EditPerson(fr, view, v.inWindow())
}

// emailField is the address of a person: to correct while it is the place's, else
// to read, with why.
func (v *visit) emailField(p *people.Person) ui.Input {
	field := ui.Input{
		Name: "email", Label: v.say.T("page.person.email"), Hint: v.say.T("page.edit.email.ours"),
		InputMode: "email", MaxLength: 254, Optional: p.Email == "",
	}
	if !p.EmailOurs {
		field.Optional, field.ReadOnly, field.Hint = false, true, v.say.T("page.edit.email.theirs")
	}
	return field
}

// differences are the fields in which what was typed is not what is saved now.
func (v *visit) differences(edit *people.EditPage, f *form.Form) []page.Difference {
	saved := savedForm(edit)
	labels := []struct{ name, label string }{
		{"family", v.say.T("page.person.family")}, {"given", v.say.T("page.person.given")}, {"email", v.say.T("page.person.email")},
		{"phone", v.say.T("page.person.phone")}, {"function", v.say.T("page.person.function")},
	}
	if edit.Double.Ours {
		labels = append(labels, struct{ name, label string }{"mobile", v.say.T("page.person.mobile")})
	}
	var all []page.Difference
	for _, l := range labels {
		if typed, now := strings.TrimSpace(f.Typed(l.name)), saved.Typed(l.name); typed != now {
			all = append(all, page.Difference{Label: l.label, Typed: typed, Saved: now})
		}
	}
	if typed, now := f.Typed("factor"), saved.Typed("factor"); typed != now && slices.Contains(v.People.Factors(), typed) {
		all = append(all, page.Difference{Label: v.say.T("page.person.double"),
			Typed: v.say.T("page.person.double." + typed), Saved: v.say.T("page.person.double." + now)})
	}
	if typed, now := i18n.Locale(f.Typed("locale")), edit.Person.Locale; len(edit.Locales) > 0 && typed.Valid() && typed != now {
		all = append(all, page.Difference{Label: v.say.T("page.person.language"), Typed: typed.Name(), Saved: now.Name()})
	}
	for _, flag := range edit.Flags {
		typed, now := f.Chose("flags", flag.Key), saved.Chose("flags", flag.Key)
		if typed != now {
			all = append(all, page.Difference{Label: v.either(flag.Name.Fr, flag.Name.En), Typed: v.yesNo(typed), Saved: v.yesNo(now)})
		}
	}
	return all
}

// underneath is the page that a window was opened over, else the given one.
func (v *visit) underneath(otherwise string) string {
	at, err := url.Parse(v.r.Header.Get("HX-Current-URL"))
	if err != nil || !strings.HasPrefix(at.Path, v.base()+"/") {
		return otherwise
	}
	return local(at.RequestURI(), otherwise)
}
