package portal

import (
	"habilis/internal/form"
	"habilis/internal/help"
	"habilis/web/page"
)

func (s *Server) newEmailForm(v *visit) error { return s.showNewEmail(v, form.With()) }

func (s *Server) showNewEmail(v *visit, f *form.Form) error {
	p, err := v.helping(help.NeedEmail)
	if err != nil {
		return err
	}
	view := v.helpWindow(p, f, "/email", "page.help.email")
	view.What = []string{v.say.T("page.help.email.what", "Name", p.Name()), v.say.T("page.help.email.what.then")}
	view.Care, view.Told = v.say.T("page.help.factor.care"), v.say.T("page.help.email.told")
	inOrder(f, "email", "reason")
	return v.answerForm(f, page.NewEmail(v.frame(p.Standing, inPeople, view.Window.Title), view, p.Email, v.inWindow()))
}

// changeEmail asks for another address of someone.
func (s *Server) changeEmail(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	id, err := v.id("id")
	if err != nil {
		return err
	}
	wanted := help.NewEmail{Person: id, Email: f.Get("email"), Reason: f.Text("reason"), Submission: v.submission(f)}
	if f.OK() {
		err = s.Help.ChangeEmail(v.ctx(), v.actor(), wanted)
	}
	if f.Fail(err) || err == nil && !f.OK() {
		return s.showNewEmail(v, f)
	}
	if err != nil {
		return err
	}
	return v.done(v.in("/people/%s/access", id), v.say.T("page.help.email.done", "Address", wanted.Email))
}

// withdrawEmail takes back the address that was asked for on behalf of someone.
func (s *Server) withdrawEmail(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	turn, err := v.turn(f)
	if err != nil {
		return err
	}
	if err := s.Help.WithdrawEmail(v.ctx(), v.actor(), turn); err != nil {
		return err
	}
	return v.done(v.in("/people/%s/access", turn.Person), v.say.T("page.help.email.withdrawn"))
}
