package portal

import (
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/help"
	"habilis/web/page"
	"habilis/web/ui"
)

func (s *Server) askHelpForm(v *visit) error { return s.showAskHelp(v, form.With()) }

func (s *Server) showAskHelp(v *visit, f *form.Form) error {
	p, err := v.helping(help.NeedAsk)
	if err != nil {
		return err
	}
	if p.Authority == help.Ours {
		return fault.Conflict("help.ours")
	}
	view := page.AskHelpView{HelpWindow: v.helpWindow(p, f, "/support", "page.help.ask")}
	view.HelpWindow.What, view.Told = []string{v.say.T("page.help.shared") + " " + v.say.T("page.help.shared.why")}, v.say.T("page.help.ask.after")
	for _, what := range []help.What{help.WantEmail, help.WantBackup, help.WantFactor} {
		if what != help.WantFactor || p.Factor {
			view.What = append(view.What, ui.Option{Value: string(what), Label: v.say.T("page.help.ask.what." + string(what))})
		}
	}
	inOrder(f, "what", "email", "note")
	return v.answerForm(f, page.AskHelp(v.frame(p.Standing, inPeople, view.Window.Title), view, v.inWindow()))
}

// askHelp asks support to help.
func (s *Server) askHelp(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	id, err := v.id("id")
	if err != nil {
		return err
	}
	wish := help.Wish{Person: id, What: help.What(f.Get("what")), Email: f.Get("email"), Note: f.Text("note"), Submission: v.submission(f)}
	if f.OK() {
		err = s.Help.Ask(v.ctx(), v.actor(), wish)
	}
	if f.Fail(err) || err == nil && !f.OK() {
		return s.showAskHelp(v, f)
	}
	if err != nil {
		return err
	}
	return v.done(v.in("/people/%s/access", id), v.say.T("page.help.ask.done"))
}

// withdrawAsked takes back what support was asked to do for someone.
func (s *Server) withdrawAsked(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	turn, err := v.turn(f)
	if err != nil {
		return err
	}
	request, err := v.id("request")
	if err != nil {
		return err
	}
	if err := s.Help.WithdrawAsked(v.ctx(), v.actor(), turn, request); err != nil {
		return err
	}
	return v.done(v.in("/people/%s/access", turn.Person), v.say.T("page.request.withdrawn"))
}
