package portal

import (
	"habilis/internal/form"
	"habilis/internal/mail"
	"habilis/web/page"
)

// forgotForm asks whose password was forgotten, and says the same to all who did.
func (s *Server) forgotForm(v *visit) error {
	if v.query("sent") != "" {
		return v.ok(page.Sent(v.bare(v.say.T("link.sent.title")), v.say.T("forgot.sent")))
	}
	return v.ok(page.Forgot(v.bare(v.say.T("forgot.title")), form.With()))
}

func (s *Server) forgot(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	to := mail.ToMain
	if f.Get("backup") != "" {
		to = mail.ToBackup
	}
	err = s.Signin.Forgot(v.ctx(), f.Get("login"), to, v.from())
	if f.Fail(err) {
		return v.again(f, page.Forgot(v.bare(v.say.T("forgot.title")), f))
	}
	if err != nil {
		return err
	}
	return v.goTo("/signin/forgot?sent=1")
}
