package portal

import (
	"habilis/internal/form"
	"habilis/internal/help"
	"habilis/internal/secret/password"
	"habilis/web/page"
	"habilis/web/ui"
)

func (s *Server) byHandForm(v *visit) error { return s.showByHand(v, form.With(), false) }

func (s *Server) showByHand(v *visit, f *form.Form, proposed bool) error {
	p, err := v.helping(help.NeedPassword)
	if err != nil {
		return err
	}
	if err := p.MaySetPassword(); err != nil {
		return err
	}
	report := password.Check("", password.Context{SecondFactor: p.Beside})
	view := page.ByHandView{HelpWindow: v.helpWindow(p, f, "/password", "page.help.password"), Password: page.PasswordByHand{
		Proposed: proposed, Meter: v.in("/people/%s/access/password/strength", p.ID), Strength: v.strength(report)}}
	view.What = []string{v.say.T("page.help.password.what", "Name", p.Name())}
	return v.answerForm(f, page.ByHand(v.frame(p.Standing, inPeople, view.Window.Title), view, v.inWindow()))
}

// setByHand sets someone's password, or proposes one.
func (s *Server) setByHand(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	if f.Bool("propose") {
		f.Values.Set("password", password.Spoken())
		return s.showByHand(v, f, true)
	}
	id, err := v.id("id")
	if err != nil {
		return err
	}
	err = s.Help.SetPassword(v.ctx(), v.actor(), help.ByHand{Person: id, Password: f.Secret("password"), Submission: v.submission(f)})
	if f.Fail(err) {
		return s.showByHand(v, f, false)
	}
	if err != nil {
		return err
	}
	p, err := v.helping(help.NeedPassword)
	if err != nil {
		return err
	}
	if p.PasswordUntil == nil { // replaced already, where the form was sent twice
		return v.helped(p, v.say.T("page.help.password.replaced", "Name", p.Name()))
	}
	return v.helped(p, v.say.T("page.help.password.done", "Name", p.Name(), "When", v.say.DateTime(*p.PasswordUntil)))
}

// byHandStrength judges a password as it is typed for someone.
func (s *Server) byHandStrength(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	report, err := s.Help.Rules(v.ctx(), v.actor(), id, f.Secret("password"))
	if err != nil {
		return err
	}
	return v.ok(ui.Strength(v.say, v.strength(report)))
}
