package portal

import (
	"github.com/google/uuid"

	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/signin"
	"habilis/web/page"
	"habilis/web/ui"
)

// pendingEmail is the address that was asked for, nil for none.
func (v *visit) pendingEmail() (*page.PendingEmail, error) {
	pending, err := v.Account.PendingEmail(v.ctx(), v.session.account)
	if pending == nil || err != nil {
		return nil, err
	}
	return &page.PendingEmail{
		Sentence: v.say.T("account.email.pending", "Email", pending.Email, "Ago", v.say.Ago(pending.AskedAt, v.now)),
		KeepURL:  "/account/email/keep",
	}, nil
}

// emailForm is the window in which one asks for another address.
func (s *Server) emailForm(v *visit) error { return s.showEmail(v, form.With()) }

func (s *Server) showEmail(v *visit, f *form.Form) error {
	person, err := s.Signin.Person(v.ctx(), v.session.account)
	if err != nil {
		return err
	}
	present := v.say.T("account.email.none")
	if person.Email != "" {
		present = v.say.T("account.email.present", "Email", person.Email)
	}
	view := page.ChangeEmailView{
		Window: ui.WindowFrame{Title: v.say.T("account.email.title"), Subtitle: present, Close: "/account"},
		Typed:  f,
		Notes:  []string{v.say.T("account.email.note.link"), v.say.T("account.email.note.told"), v.say.T("account.email.note.places")},
	}
	window := page.ChangeEmail(v.desk(view.Window.Title, person), view, v.inWindow())
	if f.OK() {
		return v.ok(window)
	}
	return v.again(f, window)
}

// askEmail asks for another address.
func (s *Server) askEmail(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	typed := f.Get("email")
	if f.OK() {
		err = s.Account.AskEmail(v.ctx(), v.signed, typed)
	}
	if f.Fail(err) || !f.OK() {
		return s.showEmail(v, f)
	}
	if err != nil {
		return err
	}
	return v.done("/account", v.say.T("account.email.sent"))
}

// keepEmail takes it back.
func (s *Server) keepEmail(v *visit) error {
	if err := s.Account.KeepEmail(v.ctx(), v.signed); err != nil {
		return err
	}
	return v.done("/account", v.say.T("account.email.kept"))
}

// showConfirmEmail asks for a yes, of who can read what the new address receives.
func (s *Server) showConfirmEmail(v *visit, l *signin.Link, _ *form.Form) error {
	pending, err := s.Account.PendingEmail(v.ctx(), l.AccountID)
	if err != nil {
		return err
	}
	if pending == nil {
		return fault.Conflict("link.dead")
	}
	return v.ok(page.LinkConfirm(v.bare(v.say.T("account.email.confirm.title")), page.LinkConfirmView{
		Why: v.say.T("account.email.confirm.why", "Name", l.Name()), Yes: v.say.T("account.email.confirm.yes"),
		Facts: []ui.Fact{
			{Term: v.say.T("account.email.confirm.new"), Text: pending.Email},
			{Term: v.say.T("link.username"), Text: l.Username},
			{Term: v.say.T("link.until"), Text: v.say.DateTime(l.ExpiresAt)},
		},
	}))
}

// confirmEmail makes the address the account's. Who is signed in here goes on.
func (s *Server) confirmEmail(v *visit, l *signin.Link, _ *form.Form) error {
	pending, err := s.Account.PendingEmail(v.ctx(), l.AccountID)
	if err != nil {
		return err
	}
	if pending == nil {
		return fault.Conflict("link.dead")
	}
	generation, err := s.Account.ConfirmEmail(v.ctx(), l, pending.Email, v.from())
	if err != nil {
		return err
	}
	v.sessions.Remove(v.ctx(), keyLink)
	if v.session.account == uuid.Nil {
		return v.done("/signin", v.say.T("account.email.confirm.signin"))
	}
	if err := v.goOn(generation); err != nil {
		return err
	}
	return v.done("/account", v.say.T("account.email.confirm.done"))
}
