package portal

import (
	"strconv"

	"habilis/internal/form"
	"habilis/internal/roles"
	"habilis/web/page"
)

// prolongForm asks until when a role that ends by itself is to be given instead.
func (s *Server) prolongForm(v *visit) error { return s.showProlong(v, form.With()) }

func (s *Server) showProlong(v *visit, f *form.Form) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	grant, err := v.id("grant")
	if err != nil {
		return err
	}
	read, err := s.Roles.Prolonging(v.ctx(), v.actor(), id, grant)
	if err != nil {
		return err
	}
	frame := v.frame(read.Standing, inPeople, v.say.T("page.prolong.title"))
	role := v.text(read.Grant.Role.Name)
	view := page.ProlongView{
		Window: v.personWindow(&read.Person.Person, frame.Title, v.say.T("page.prolong.whose", "Person", read.Person.Name(), "Role", role),
			v.personPath(id, "/roles")),
		Action: v.rolePath(id, grant) + "/prolong", Version: strconv.Itoa(read.Person.Version),
		Now: v.say.T("page.prolong.now", "Day", *read.Grant.Until), Refused: v.whyBefore(read.Refused),
		End: v.endField(read.Standing, &read.Latest), Note: v.toldByMail(read.Person),
	}
	view.Window.Wide = false
	window := page.Prolong(frame, f, view, v.inWindow())
	if f.OK() {
		return v.ok(window)
	}
	return v.again(f, window)
}

// prolong gives a role for longer.
func (s *Server) prolong(v *visit) error {
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
	until, err := v.chosenEnd(f)
	if err != nil {
		return err
	}
	if !f.OK() {
		return s.showProlong(v, f)
	}
	done, err := s.Roles.Prolong(v.ctx(), v.actor(), id, grant, until, roles.Sent{Version: version(f)})
	if f.Fail(err) {
		return s.showProlong(v, f)
	}
	if err != nil {
		return err
	}
	return v.done(v.underneath(v.personPath(id, "/roles")), v.say.T("page.prolong.done", "Name", done.Person.Name(), "Day", *done.Until))
}
