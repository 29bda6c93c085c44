package portal

import (
	"slices"

	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/postgres"
	"habilis/internal/signin"
	"habilis/web/page"
	"habilis/web/ui"
)

// account shows one's own account: who one is to Habilis, where one may go, and
// where one is signed in.
func (s *Server) account(v *visit) error {
	person, err := s.Signin.Person(v.ctx(), v.session.account)
	if err != nil {
		return err
	}
	held, err := s.Signin.HeldBy(v.ctx(), v.session.account, v.through())
	if err != nil {
		return err
	}
	view := page.AccountView{Tabs: v.ownTabs(), Facts: v.accountFacts(person)}
	if view.Factors, err = v.ownFactors(held); err != nil {
		return err
	}
	if view.Sessions, err = v.sessionRows(); err != nil {
		return err
	}
	if view.Pending, err = v.pendingEmail(); err != nil {
		return err
	}
	if view.Backup, err = v.backupEmail(); err != nil {
		return err
	}
	if view.Passkeys, err = v.passkeyRows(); err != nil {
		return err
	}
	if view.Devices, err = v.deviceRows(); err != nil {
		return err
	}
	return v.ok(page.Account(v.desk(v.say.T("account.title"), person), view))
}

func (v *visit) accountFacts(p signin.Person) []ui.Fact {
	email := p.Email
	if email != "" && !p.EmailVerified {
		email = v.say.T("account.email.unverified", "Email", email)
	}
	return []ui.Fact{
		{Term: v.say.T("account.name"), Text: p.Given + " " + p.Family},
		{Term: v.say.T("account.username"), Text: p.Username},
		{Term: v.say.T("account.email"), Text: email},
	}
}

// sessionRows are one's open sessions, each with the places that it came to.
func (v *visit) sessionRows() ([]page.SessionRow, error) {
	sessions, err := v.kept.Of(v.ctx(), v.session.account)
	if err != nil {
		return nil, err
	}
	entered, err := v.kept.Entered(v.ctx(), v.session.account, keyCame)
	if err != nil {
		return nil, err
	}
	places, err := v.Signin.Places(v.ctx(), v.signed)
	if err != nil {
		return nil, err
	}
	var rows []page.SessionRow
	for _, one := range sessions {
		row := v.sessionRow(one)
		for _, p := range places {
			if slices.Contains(entered[one.ID], p.TenantID.String()) {
				row.Places = append(row.Places, p.Name)
			}
		}
		if row.This {
			rows = slices.Insert(rows, 0, row)
		} else {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func (v *visit) sessionRow(s postgres.Session) page.SessionRow {
	row := page.SessionRow{Browser: v.browser(s.Agent), Address: s.Address, Began: s.Began, Seen: s.Seen}
	if s.ID.String() == v.sessions.GetString(v.ctx(), postgres.SessionID) {
		row.This = true
	} else {
		row.EndURL = "/account/sessions/" + s.ID.String() + "/end"
	}
	return row
}

// endSession closes another session of one's own.
func (s *Server) endSession(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	ended, err := s.kept.End(v.ctx(), v.session.account, id, s.Signin.NotingOwn(v.signed, "account.session_ended"))
	if err != nil {
		return err
	}
	if !ended {
		return fault.NotFound("account.session.gone")
	}
	return v.done("/account", v.say.T("account.session.ended"))
}

// endOtherSessions closes all sessions of one's own but this one.
func (s *Server) endOtherSessions(v *visit) error {
	generation, err := s.kept.EndAll(v.ctx(), v.session.account, s.Signin.NotingOwn(v.signed, "account.sessions_ended"))
	if err != nil {
		return err
	}
	if err := v.goOn(generation); err != nil {
		return err
	}
	return v.done("/account", v.say.T("account.sessions.ended"))
}

func (s *Server) changePasswordForm(v *visit) error {
	return s.showChangePassword(v, form.With(), "")
}

func (s *Server) showChangePassword(v *visit, f *form.Form, typed string) error {
	report, err := s.Signin.Rules(v.ctx(), v.session.account, typed)
	if err != nil {
		return err
	}
	person, err := s.Signin.Person(v.ctx(), v.session.account)
	if err != nil {
		return err
	}
	window := ui.WindowFrame{Title: v.say.T("account.password.title"), Subtitle: v.say.T("account.password.why"), Close: "/account"}
	view := page.ChangePassword(v.desk(window.Title, person),
		page.ChangePasswordView{Window: window, Typed: f, Username: person.Username, Strength: v.strength(report)}, v.inWindow())
	if f.OK() {
		return v.ok(view)
	}
	return v.again(f, view)
}

func (s *Server) changePassword(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	typed := f.Secret("password")
	outcome, err := s.Signin.ChangePassword(v.ctx(), v.signed, f.Secret("current"), typed, f.Secret("again"))
	if f.Fail(err) {
		return s.showChangePassword(v, f, typed)
	}
	if err != nil {
		return err
	}
	if err := v.goOn(outcome.Generation); err != nil {
		return err
	}
	return v.done("/account", v.say.T("signin.chosen"))
}
