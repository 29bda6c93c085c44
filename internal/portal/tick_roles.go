package portal

import (
	"strconv"
	"strings"

	"github.com/google/uuid"

	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/roles"
	"habilis/web/page"
	"habilis/web/ui"
)

// tickRoles is the window in which all roles of a person are ticked, where the
// place does so: to add one, and to change one. What a change would do is asked
// for at each tick, with the boxes in the address.
func (s *Server) tickRoles(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	f := &form.Form{Values: v.r.URL.Query()}
	var sent *roles.Ticked
	if f.Bool(fieldSeveral) {
		boxes := ticked(f)
		sent = &boxes
	}
	read, err := s.Roles.Ticks(v.ctx(), v.actor(), id, sent, roles.Change{})
	if err != nil {
		return err
	}
	return s.showTicks(v, f, read)
}

// saveTicks gives and ends roles as the boxes say. Of roles that exclude each other
// some give way, which is shown, and saved once it was.
func (s *Server) saveTicks(v *visit, f *form.Form) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	until, err := v.chosenEnd(f)
	if err != nil {
		return err
	}
	boxes := ticked(f)
	read, err := s.Roles.Ticks(v.ctx(), v.actor(), id, &boxes, roles.Change{Until: until})
	if err != nil {
		return err
	}
	switch {
	case len(read.GaveWay) > 0:
		f.Fail(fault.Conflict("roles.exclusive_alone").On(fieldTicks))
	case read.Preview == nil && version(f) == read.Person.Version:
		f.Fail(fault.Invalid(fieldTicks, "roles.same"))
	}
	if !f.OK() {
		return s.showTicks(v, f, read)
	}
	done, err := s.Roles.Apply(v.ctx(), v.actor(), id, read.Change, v.sentChange(f))
	if f.Fail(err) {
		if read, err = s.Roles.Ticks(v.ctx(), v.actor(), id, &boxes, roles.Change{Until: until}); err != nil {
			return err
		}
		return s.showTicks(v, f, read)
	}
	if err != nil {
		return err
	}
	return v.done(v.personPath(id, "/roles"), v.changed(done))
}

func (s *Server) showTicks(v *visit, f *form.Form, read *roles.TicksPage) error {
	besideTicks(f)
	f.Values[fieldTicks] = texts(read.Ticked)
	frame := v.frame(read.Standing, inPeople, v.words(read.Standing).RolesSection)
	view := v.ticksView(read, f)
	if v.live() && f.OK() {
		return v.ok(page.Meaning(v.say, f, view.Meaning))
	}
	window := page.ChooseRole(frame, f, view, v.inWindow())
	if f.OK() {
		return v.ok(window)
	}
	return v.again(f, window)
}

func (v *visit) ticksView(read *roles.TicksPage, f *form.Form) page.ChooseRoleView {
	words, person := v.words(read.Standing), read.Person
	view := page.ChooseRoleView{
		Action: v.personPath(person.ID, "/roles"), Version: strconv.Itoa(person.Version), Submission: v.submission(f).String(),
		Save: words.Save, Note: v.toldByMail(person), Several: true,
		Window:  v.personWindow(&person.Person, words.RolesSection, person.Name(), v.personPath(person.ID, "/roles")),
		Meaning: page.ChangeMeaning{Title: v.say.T("page.roles.tick"), Description: v.say.T("page.roles.tick.next")},
	}
	if read.Preview != nil {
		view.Meaning = v.changeMeaning(read.Standing, read.Areas, read.Preview, f)
		view.Meaning.Label = v.leaving(read.Preview)
	}
	view.Meaning.DetailID = page.DetailID
	var cards []ui.Choice
	for _, c := range read.Choices {
		card := ui.Choice{Value: c.ID.String(), Title: v.text(c.Name), Text: v.text(c.Description), Alone: c.Exclusive}
		if c.Refused != nil {
			card.Off = v.whyNot(read.Areas, nil, words, c)
		}
		if c.MayAsk && card.Off != "" {
			card.OffURL, card.OffLabel = v.requestPath(person.ID, c.ID), v.requestAct(words, person.ID, c.ID, v.text(c.Name)).Label
		}
		cards = append(cards, card)
	}
	view.Ticks = v.tickCards(cards, words.RolesTitle, f, read.GaveWay)
	view.Ticks.Preview, view.Ticks.PreviewTarget = v.personPath(person.ID, "/roles/new"), page.MeaningID
	view.Ticks.Shown = texts(read.Ticked)
	return view
}

// leaving names the roles that a change ends beside what it gives; of one that
// gives nothing, it says that.
func (v *visit) leaving(p *roles.Preview) string {
	if len(p.Named) == 0 {
		return ""
	}
	if len(p.Gives) == 0 {
		return v.say.T("page.roles.leaving.only")
	}
	names := make([]string, len(p.Named))
	for i, g := range p.Named {
		names[i] = v.text(g.Role.Name)
	}
	return v.say.T("page.roles.leaving", "Roles", strings.Join(names, ", "))
}

// some is an identifier, if it is one.
func some(id uuid.UUID) []uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return []uuid.UUID{id}
}
