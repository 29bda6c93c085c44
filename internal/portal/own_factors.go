package portal

import (
	"github.com/a-h/templ"
	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/form"
	"habilis/internal/people"
	"habilis/internal/signin"
	"habilis/web/layout"
	"habilis/web/page"
	"habilis/web/ui"
)

const pathFactors = "/account/factors"

// ownFactors is the section of one's second factors, but for passkeys.
func (v *visit) ownFactors(held *signin.Held) (page.OwnFactorsView, error) {
	var view page.OwnFactorsView
	factors, err := v.Signin.OwnFactors(v.ctx(), v.session.account)
	if err != nil {
		return view, err
	}
	for _, f := range factors {
		view.Rows = append(view.Rows, v.ownFactorRow(f))
	}
	view.Add = []ui.Link{{Label: v.say.T("account.factor.add.totp"), URL: pathFactors + "/app"}}
	for _, m := range v.Signin.Addable(held) {
		view.Add = append(view.Add, ui.Link{Label: v.say.T("account.factor.add." + string(m)), URL: pathFactors + "/" + string(m)})
	}
	if held.Email != "" && !held.EmailCounts {
		view.Why = v.say.T("account.factor.one_mailbox")
	}
	if held.Has(signin.App) || held.Has(signin.Passkey) {
		view.Codes = &page.RecoveryView{
			Left: v.say.T("account.codes.left", "Count", int(held.Recovery)), Few: held.Recovery < 3, RenewURL: "/account/codes"}
	}
	return view, nil
}

func (v *visit) ownFactorRow(f signin.OwnFactor) page.OwnFactorRow {
	at := pathFactors + "/" + f.ID.String()
	row := page.OwnFactorRow{Name: v.say.T("signin.method." + string(f.Kind)), Detail: v.targetOf(f), Since: f.Since, RemoveURL: at + "/remove"}
	if f.Kind == signin.App {
		row.ReplaceURL = at + "/replace"
		row.Detail = f.Name
	}
	if f.LastUsed != nil {
		row.Used = *f.LastUsed
	}
	return row
}

// targetOf is where codes go, as people write it.
func (v *visit) targetOf(f signin.OwnFactor) string {
	if f.Kind == signin.SMS {
		return v.numberShown(f.Target)
	}
	return f.Target
}

// numberShown is a telephone as people of the reader's country write it.
func (v *visit) numberShown(number string) string {
	known := people.Person{Phone: number}
	return known.PhoneIn(string(v.say.Locale()))
}

// ownWindow shows a window over one's account.
func (v *visit) ownWindow(f *form.Form, title string, view func(layout.Frame, bool) templ.Component) error {
	person, err := v.Signin.Person(v.ctx(), v.session.account)
	if err != nil {
		return err
	}
	shown := view(v.desk(title, person), v.inWindow())
	if f.OK() {
		return v.ok(shown)
	}
	return v.again(f, shown)
}

func (s *Server) addAppForm(v *visit) error { return s.showAddApp(v, form.With(), nil) }

// showAddApp shows the secret of an app, to be added to the others or, where there
// is one, in the place of replaces.
func (s *Server) showAddApp(v *visit, f *form.Form, replaces *signin.OwnFactor) error {
	offered, err := s.Signin.OfferApp(v.ctx(), v.session.account)
	if err != nil {
		return err
	}
	view := page.AddAppView{
		Window: ui.WindowFrame{Title: v.say.T("account.factor.add.totp"), Subtitle: v.say.T("account.factor.scan"), Close: "/account"},
		Typed:  f, URL: pathFactors + "/app", Enrolment: page.Enrolment{QR: offered.QR, Typed: offered.Grouped(), URI: offered.URI},
		Notes: []string{v.say.T("account.factor.note.sessions")},
	}
	if replaces != nil {
		view.Window.Title = v.say.T("account.factor.replace")
		view.URL = pathFactors + "/" + replaces.ID.String() + "/replace"
		view.Notes = append([]string{v.say.T("account.factor.note.replaced"), v.say.T("account.factor.note.codes")}, view.Notes...)
	}
	return v.ownWindow(f, view.Window.Title, func(frame layout.Frame, fragment bool) templ.Component { return page.AddApp(frame, view, fragment) })
}

func (s *Server) addApp(v *visit) error { return s.saveApp(v, nil) }

func (s *Server) saveApp(v *visit, replaces *signin.OwnFactor) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	var old uuid.UUID
	said := "account.factor.added"
	if replaces != nil {
		old, said = replaces.ID, "account.factor.replaced"
	}
	outcome, codes, err := s.Signin.AddApp(v.ctx(), v.signed, old, f.Get("name"), f.Secret("code"))
	if f.Fail(err) {
		return s.showAddApp(v, f, replaces)
	}
	if err != nil {
		return err
	}
	if err := v.factorChanged(outcome, signin.App); err != nil {
		return err
	}
	if len(codes) > 0 {
		return v.showOwnCodes(codes)
	}
	return v.done("/account", v.say.T(said))
}

// factorChanged goes on, alone of the account's sessions, after a second factor was
// shown to be added.
func (v *visit) factorChanged(o signin.Outcome, shown signin.Method) error {
	if err := v.goOn(o.Generation); err != nil {
		return err
	}
	v.noteShown(shown.Reaches())
	return nil
}

// ownFactor is the second factor of the address.
func (v *visit) ownFactor() (*signin.OwnFactor, error) {
	id, err := v.id("id")
	if err != nil {
		return nil, err
	}
	f, err := v.Signin.OwnFactor(v.ctx(), v.session.account, id)
	return &f, err
}

func (s *Server) replaceAppForm(v *visit) error {
	f, err := v.ownFactor()
	if err != nil {
		return err
	}
	return s.showAddApp(v, form.With("name", f.Name), f)
}

func (s *Server) replaceApp(v *visit) error {
	f, err := v.ownFactor()
	if err != nil {
		return err
	}
	return s.saveApp(v, f)
}

func (s *Server) removeFactorForm(v *visit) error { return s.showRemoveFactor(v, form.With()) }

func (s *Server) showRemoveFactor(v *visit, f *form.Form) error {
	found, err := v.ownFactor()
	if err != nil {
		return err
	}
	left, err := v.without(found.Kind)
	if err != nil {
		return err
	}
	left = append([]string{v.say.T("account.factor.note.removed." + string(found.Kind))}, left...)
	name := v.say.T("signin.method." + string(found.Kind))
	view := page.AskView{
		Window: ui.WindowFrame{Title: v.say.T("account.factor.remove.of", "Name", name), Subtitle: found.Name + v.targetOf(*found), Close: "/account"},
		Typed:  f, URL: pathFactors + "/" + found.ID.String() + "/remove",
		Notes: append(left, v.say.T("account.factor.note.sessions")),
		Yes:   ui.Act{Label: v.say.T("account.factor.remove"), Tone: ui.Danger},
	}
	return v.ownWindow(f, view.Window.Title, func(frame layout.Frame, fragment bool) templ.Component { return page.Ask(frame, view, fragment) })
}

// without says what the account is left with once one of its second factors is gone:
// recovery codes stand for an app or a passkey, and go with the last of them; so does
// a password that did beside it.
func (v *visit) without(kind signin.Method) (said []string, err error) {
	factors, err := v.Signin.OwnFactors(v.ctx(), v.session.account)
	if err != nil {
		return nil, err
	}
	passkeys, err := v.Signin.Passkeys(v.ctx(), v.session.account)
	if err != nil {
		return nil, err
	}
	strong, beside, rest := len(passkeys), len(passkeys), len(factors)+len(passkeys)-1
	for _, f := range factors {
		if f.Kind == signin.App {
			strong++
		}
		if f.Kind.LowersFloor() {
			beside++
		}
	}
	if kind.Reaches() == access.StrongFactor && strong == 1 {
		said = append(said, v.say.T("account.factor.note.codes_go"))
	}
	if rest == 0 {
		said = append(said, v.say.T("account.factor.note.password_alone"))
	}
	if beside == 0 || kind.LowersFloor() && beside == 1 {
		alone, err := v.Signin.StandsAlone(v.ctx(), v.session.account)
		if err != nil {
			return nil, err
		}
		if !alone {
			said = append(said, v.say.T("account.factor.note.choose"))
		}
	}
	return said, nil
}

func (s *Server) removeFactor(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	found, err := v.ownFactor()
	if err != nil {
		return err
	}
	outcome, err := s.Signin.RemoveFactor(v.ctx(), v.signed, found.ID)
	if f.Fail(err) {
		return s.showRemoveFactor(v, f)
	}
	if err != nil {
		return err
	}
	return v.factorRemoved(outcome, v.say.T("account.factor.removed"))
}

// factorRemoved goes on, alone of the account's sessions, after a second factor was
// taken away: where the password can't do with what is left, another is chosen first.
func (v *visit) factorRemoved(o signin.Outcome, said string) error {
	if err := v.goOn(o.Generation); err != nil {
		return err
	}
	if o.Stage == signin.StageDone {
		return v.done("/account", said)
	}
	v.sessions.Put(v.ctx(), keyChoose, o.Choose)
	v.sessions.Put(v.ctx(), keyRemoved, true)
	return v.toStage(o.Stage)
}

func (s *Server) addEmailForm(v *visit) error { return s.showAddSent(v, form.With(), signin.Email) }
func (s *Server) sendEmail(v *visit) error    { return s.sendToAdd(v, signin.Email) }
func (s *Server) addEmail(v *visit) error     { return s.addSent(v, signin.Email) }
func (s *Server) addSMSForm(v *visit) error   { return s.showAddSent(v, form.With(), signin.SMS) }
func (s *Server) sendSMS(v *visit) error      { return s.sendToAdd(v, signin.SMS) }
func (s *Server) addSMS(v *visit) error       { return s.addSent(v, signin.SMS) }

func (s *Server) showAddSent(v *visit, f *form.Form, m signin.Method) error {
	held, err := s.Signin.HeldBy(v.ctx(), v.session.account, v.through())
	if err != nil {
		return err
	}
	waiting, err := s.Signin.WaitingToAdd(v.ctx(), v.session.account, v.flow(), m)
	if err != nil {
		return err
	}
	view := page.AddSentView{
		Window: ui.WindowFrame{Title: v.say.T("account.factor.add." + string(m)), Subtitle: v.say.T("account.factor.note.sessions"), Close: "/account"},
		Typed:  f, URL: pathFactors + "/" + string(m), Why: v.say.T("account.factor.why."+string(m), "Email", held.Email), Mobile: m == signin.SMS,
	}
	if waiting != nil {
		to := held.Email
		if m == signin.SMS {
			to = waiting.Target
			if !f.Values.Has("mobile") { // nor where the code is what was typed
				f.Values.Set("mobile", to)
			}
			to = v.numberShown(to)
		}
		view.Waiting, view.Refused = true, waiting.Refused
		view.Said, view.Hint = v.say.T("signin.code_gone", "To", to), v.say.T("signin.factor.hint.sent", "To", to)
	}
	return v.ownWindow(f, view.Window.Title, func(frame layout.Frame, fragment bool) templ.Component { return page.AddSent(frame, view, fragment) })
}

// sendToAdd shows the window once more, with the place to type the code.
func (s *Server) sendToAdd(v *visit, m signin.Method) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	mobile := ""
	if m == signin.SMS {
		mobile = f.Get("mobile")
	}
	if f.OK() {
		err = s.Signin.SendToAdd(v.ctx(), v.signed, v.flow(), v.through(), m, mobile)
	}
	if f.Fail(err) || !f.OK() {
		return s.showAddSent(v, f, m)
	}
	if err != nil {
		return err
	}
	if v.inWindow() {
		return s.showAddSent(v, form.With(), m)
	}
	return v.goTo(pathFactors + "/" + string(m))
}

func (s *Server) addSent(v *visit, m signin.Method) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	outcome, err := s.Signin.AddSent(v.ctx(), v.signed, v.flow(), v.through(), m, f.Secret("code"))
	if f.Fail(err) {
		return s.showAddSent(v, f, m)
	}
	if err != nil {
		return err
	}
	if err := v.factorChanged(outcome, m); err != nil {
		return err
	}
	return v.done("/account", v.say.T("account.factor.added"))
}
