package portal

import (
	"cmp"
	"github.com/google/uuid"

	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/roles"
	"habilis/internal/tenants/kinds"
	"habilis/web/page"
	"habilis/web/ui"
)

// requestForm is the window in which support is asked for a role.
func (s *Server) requestForm(v *visit) error {
	return s.showRequest(v, form.With("role", v.query("role")))
}

func (s *Server) showRequest(v *visit, f *form.Form) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	choices, err := s.Roles.Choices(v.ctx(), v.actor(), id, roles.Change{})
	if err != nil {
		return err
	}
	view := v.requestView(choices, f)
	window := page.Request(v.frame(choices.Standing, inPeople, view.Window.Title), f, view, v.inWindow())
	if f.OK() {
		return v.ok(window)
	}
	return v.again(f, window)
}

func (v *visit) requestView(choices *roles.ChoicesPage, f *form.Form) page.RequestView {
	words, person := v.words(choices.Standing), choices.Person
	wanted := wish(choices.Choices, f.Typed("role"))
	view := page.RequestView{
		Action:     v.personPath(person.ID, "/request"),
		Submission: v.submission(f).String(),
		Impossible: v.say.T("page.request.nothing"),
	}
	title := v.say.T("page.request.title")
	if wanted != nil {
		title = kinds.Fill(words.RequestRole, "role", v.text(wanted.Name))
		view.Role, view.Send = wanted.ID.String(), title
		view.Impossible = v.notAsked(wanted)
		view.Carries = []ui.Fact{
			{Term: words.RoleLabel, Text: v.text(wanted.Name)},
			{Term: v.say.T("page.request.person"), Text: person.Name()},
			{Term: v.say.T("page.request.email"), Text: person.Email},
			{Term: words.NumberLabel, Text: choices.Tenant.Number},
		}
	}
	view.Window = v.personWindow(&person.Person, title, person.Name(), v.personPath(person.ID, "/roles"))
	view.Window.Wide = false
	return view
}

// wish is the role that is asked for: the one named, else the first that can be, or
// that has been already.
func wish(choices []roles.Choice, named string) *roles.Choice {
	id, _ := uuid.Parse(named)
	var first, asked *roles.Choice
	for i, c := range choices {
		switch {
		case c.ID == id:
			return &choices[i]
		case c.MayAsk && id == uuid.Nil && first == nil:
			first = &choices[i]
		case c.Requested && id == uuid.Nil && asked == nil:
			asked = &choices[i]
		}
	}
	return cmp.Or(first, asked)
}

// notAsked says why a role can't be asked for, or nothing.
func (v *visit) notAsked(c *roles.Choice) string {
	switch {
	case c.MayAsk:
		return ""
	case c.Held:
		return v.say.T("page.roles.held")
	case c.Requested:
		return v.say.T("page.roles.requested")
	}
	return v.say.T("page.request.nothing")
}

// request asks support for a role.
func (s *Server) request(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	role, err := uuid.Parse(f.Get("role"))
	if err != nil {
		return fault.NotFound("roles.absent")
	}
	wish := roles.Wish{Resource: id, Role: role, Note: f.Text("note"), Submission: v.submission(f)}
	if f.OK() {
		_, err = s.Roles.Request(v.ctx(), v.actor(), wish)
	}
	if f.Fail(err) || !f.OK() {
		return s.showRequest(v, f)
	}
	if err != nil {
		return err
	}
	return v.requested(id, role)
}

// requested says which role was asked for, and for whom.
func (v *visit) requested(person, role uuid.UUID) error {
	choices, err := v.Roles.Choices(v.ctx(), v.actor(), person, roles.Change{})
	if err != nil {
		return err
	}
	var name string
	for _, c := range choices.Choices {
		if c.ID == role {
			name = v.text(c.Name)
		}
	}
	return v.done(v.personPath(person, "/roles"), v.say.T("page.request.sent", "Role", name, "Name", choices.Person.Name()))
}

// withdrawRequest takes back what support was asked for.
func (s *Server) withdrawRequest(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	request, err := v.id("request")
	if err != nil {
		return err
	}
	if err := s.Roles.WithdrawRequest(v.ctx(), v.actor(), id, request); err != nil {
		return err
	}
	return v.done(v.personPath(id, "/roles"), v.say.T("page.request.withdrawn"))
}
