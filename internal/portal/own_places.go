package portal

import (
	"habilis/internal/account"
	"habilis/internal/form"
	"habilis/internal/people"
	"habilis/web/page"
	"habilis/web/ui"
)

// ownTabs are the pages of one's own account.
func (v *visit) ownTabs() []ui.Link {
	var tabs []ui.Link
	for _, t := range []struct{ key, url string }{
		{"account.tab.account", "/account"}, {"account.tab.places", "/account/places"},
		{"account.tab.journal", pathOwnJournal}, {"account.tab.data", "/account/data"},
	} {
		tabs = append(tabs, ui.Link{Label: v.say.T(t.key), URL: t.url, Current: v.r.URL.Path == t.url})
	}
	return tabs
}

// ownPlaces shows where one belongs, and what one holds there.
func (s *Server) ownPlaces(v *visit) error {
	person, err := s.Signin.Person(v.ctx(), v.session.account)
	if err != nil {
		return err
	}
	all, err := s.Account.Memberships(v.ctx(), v.signed)
	if err != nil {
		return err
	}
	view := page.OwnPlacesView{Tabs: v.ownTabs()}
	for _, m := range all {
		view.Places = append(view.Places, v.ownPlace(m))
	}
	return v.ok(page.OwnPlaces(v.desk(v.say.T("account.places.title"), person), view))
}

func (v *visit) ownPlace(m account.Membership) page.OwnPlace {
	base := "/p/" + m.Number
	place := page.OwnPlace{Name: m.Name, Number: v.numbered(m.Number), URL: base + "/", LeaveURL: base + "/leave", Since: m.Since, Locked: m.Standing == nil}
	if place.Locked {
		for _, h := range v.placeLink(m.Place).Hats {
			place.Roles = append(place.Roles, page.OwnRole{Name: h.Name})
		}
		return place
	}
	known := &people.Person{Phone: m.Written.Phone}
	place.PhoneURL = base + "/phone"
	place.Details = []ui.Fact{
		{Term: v.say.T("account.name"), Text: m.Written.Given + " " + m.Written.Family},
		{Term: v.say.T("page.person.function"), Text: m.Written.Function},
		{Term: v.say.T("page.person.phone"), Text: known.PhoneIn(m.Standing.Tenant.Locale)},
	}
	for _, g := range m.Grants {
		role := page.OwnRole{Name: v.either(g.NameFr, g.NameEn), Since: g.Since, By: v.giver(g)}
		if g.Until != nil {
			role.Until = *g.Until
		}
		place.Roles = append(place.Roles, role)
	}
	return place
}

// giver is who gave a role, as far as the place shows.
func (v *visit) giver(g account.Grant) string {
	switch {
	case g.ByOneself:
		return v.say.T("account.places.by_oneself")
	case g.ByKind != "person":
		return v.say.T("account.places.by." + g.ByKind)
	case g.By == "":
		return v.say.T("account.places.by_someone")
	}
	return g.By
}

// leaveForm says what one loses by leaving the place.
func (s *Server) leaveForm(v *visit) error { return s.showLeave(v, form.With()) }

func (s *Server) showLeave(v *visit, f *form.Form) error {
	leaving, err := s.People.LeaveForm(v.ctx(), v.actor())
	if err != nil {
		return err
	}
	name := leaving.Tenant.Name
	frame := v.frame(leaving.Standing, nowhere, v.say.T("account.leave.title", "Place", name))
	notes := []string{v.say.T("account.leave.access")}
	for _, r := range leaving.Roles {
		notes = append(notes, v.say.T("account.leave.role", "Role", v.either(r.NameFr, r.NameEn)))
	}
	if leaving.Records > 0 {
		notes = append(notes, v.say.T("account.leave.records", "Count", leaving.Records))
	}
	if leaving.Cells > 0 {
		notes = append(notes, v.say.T("account.leave.cells"))
	}
	if leaving.Others == 0 {
		notes = append(notes, v.say.T("account.leave.last"))
		for _, place := range leaving.Invited {
			notes = append(notes, v.say.T("account.leave.invited", "Place", place))
		}
	}
	notes = append(notes, v.say.T("account.leave.back"), v.say.T("account.leave.told"))
	view := page.AskView{
		Window: ui.WindowFrame{Title: frame.Title, Close: "/account/places"}, Typed: f, URL: v.in("/leave"), Notes: notes,
		Yes: ui.Act{Label: v.say.T("account.leave.yes", "Place", name), Tone: ui.Danger},
	}
	shown := page.Ask(frame, view, v.inWindow())
	if f.OK() {
		return v.ok(shown)
	}
	return v.again(f, shown)
}

// leave takes who asks for it out of the place.
func (s *Server) leave(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	leaving, err := s.People.LeaveForm(v.ctx(), v.actor())
	if err != nil {
		return err
	}
	err = s.People.Leave(v.ctx(), v.actor())
	if f.Fail(err) {
		return s.showLeave(v, f)
	}
	if err != nil {
		return err
	}
	left, err := s.Signin.Places(v.ctx(), v.signed)
	if err != nil {
		return err
	}
	if len(left) == 0 {
		return v.goTo("/signin?left=1") // and the session is over
	}
	return v.done("/account/places", v.say.T("account.leave.done", "Place", leaving.Tenant.Name, "Number", v.number))
}
