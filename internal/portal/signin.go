package portal

import (
	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/i18n"
	"habilis/internal/postgres"
	"habilis/internal/secret/password"
	"habilis/internal/signin"
	"habilis/web/page"
	"habilis/web/ui"
)

// start leads a person on: to sign in, to their place, or to choose one.
func (s *Server) start(v *visit) error {
	if !v.session.whole() {
		return v.goTo(v.stagePath())
	}
	if next := v.sessions.PopString(v.ctx(), keyNext); next != "" {
		return v.goTo(local(next, "/places"))
	}
	person, err := s.Signin.Person(v.ctx(), v.session.account)
	if err != nil {
		return err
	}
	places, err := s.Signin.Places(v.ctx(), v.signed)
	if err != nil {
		return err
	}
	if len(places) == 1 {
		return v.goTo("/p/" + places[0].Number + "/")
	}
	if len(places) == 0 && person.Operator {
		return v.goTo("/support")
	}
	return v.goTo("/places")
}

func (v *visit) stagePath() string {
	if v.session.account == uuid.Nil {
		return "/signin"
	}
	return v.session.stage.Path()
}

func (s *Server) signInForm(v *visit) error {
	if v.session.whole() {
		return v.goTo(local(v.query("next"), "/"))
	}
	return v.ok(page.SignIn(v.bare(v.say.T("signin.title")), form.With(), page.SignInView{
		Next: v.query("next"), Unsaved: v.query("unsaved") != "", Reset: v.query("reset") != "", Left: v.query("left") != "", Ended: v.outlived()}))
}

// outlived reports that the browser shows a session that is no more: it went unused,
// its hours were over, or it was ended from elsewhere. Whose it was isn't known.
func (v *visit) outlived() bool {
	_, err := v.r.Cookie(v.sessions.Cookie.Name)
	return err == nil && v.sessions.Token(v.ctx()) == ""
}

func (s *Server) signIn(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	login, secret, next := f.Get("login"), f.Secret("password"), f.Get("next")
	outcome, err := s.Signin.SignIn(v.ctx(), login, secret, v.from(), v.device)
	if f.Fail(err) {
		return v.again(f, page.SignIn(v.bare(v.say.T("signin.title")), f, page.SignInView{Next: next}))
	}
	if err != nil {
		return err
	}
	return v.enter(outcome, access.NoFactor, next)
}

// enter begins the session of who has signed in, and shown a second factor with it.
func (v *visit) enter(outcome signin.Outcome, factor access.Factor, next string) error {
	if err := v.forget(); err != nil {
		return err
	}
	if err := v.waive(&outcome); err != nil {
		return err
	}
	if err := v.begin(outcome.Account, outcome.Generation, outcome.Stage, factor); err != nil {
		return err
	}
	v.introduce()
	v.prove()
	if factor > access.NoFactor {
		v.noteShown(factor)
	}
	v.sessions.Put(v.ctx(), keyChoose, outcome.Choose)
	v.sessions.Put(v.ctx(), keyAsked, int(outcome.Asked))
	v.sessions.Put(v.ctx(), keyThrough, outcome.Through)
	v.sessions.Put(v.ctx(), keyFirst, outcome.First)
	v.keepWaiver(outcome.Waiver)
	v.sessions.Put(v.ctx(), keyNext, local(next, ""))
	v.speakTo(outcome.Locale)
	return v.goTo(outcome.Stage.Path())
}

func (s *Server) signOut(v *visit) error {
	if v.session.whole() {
		if err := s.Stay.SignOut(v.ctx(), v.signed); err != nil {
			v.log.Error("a visit was not noted as ended", "request", originOf(v.r).id, "error", err) // it is dead with the session
		}
	}
	if err := v.leave(); err != nil {
		return err
	}
	if err := s.sessions.Destroy(v.ctx()); err != nil {
		return err
	}
	return v.goTo("/signin")
}

// chooseForm is all that a password opens which has to be replaced.
func (s *Server) chooseForm(v *visit) error {
	return s.showChoose(v, form.With(), "")
}

func (s *Server) showChoose(v *visit, f *form.Form, typed string) error {
	report, err := s.Signin.Rules(v.ctx(), v.session.account, typed)
	if err != nil {
		return err
	}
	why, err := v.chooseWhy()
	if err != nil {
		return err
	}
	view := page.Choose(v.bare(v.say.T("signin.choose.title")), f, why, v.strength(report))
	if f.OK() {
		return v.ok(view)
	}
	return v.again(f, view)
}

// chooseWhy says why a password is to be chosen.
func (v *visit) chooseWhy() (string, error) {
	outgrown, err := v.Signin.Outgrown(v.ctx(), v.session.account)
	if err != nil {
		return "", err
	}
	if outgrown && (v.through() == "" || v.sessions.GetBool(v.ctx(), keyRemoved)) {
		return v.say.T("signin.choose.why.outgrown"), nil
	}
	return v.say.T("signin.choose.why"), nil
}

func (s *Server) choose(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	typed := f.Secret("password")
	outcome, err := s.Signin.ChoosePassword(v.ctx(), v.signed, typed, f.Secret("again"), v.through())
	if f.Fail(err) {
		return s.showChoose(v, f, typed)
	}
	if err != nil {
		return err
	}
	if err := v.begin(outcome.Account, outcome.Generation, outcome.Stage, v.signed.Factor); err != nil {
		return err
	}
	v.sessions.Remove(v.ctx(), keyChoose)
	v.sessions.Remove(v.ctx(), keyRemoved)
	v.prove()
	return v.done("/", v.say.T("signin.chosen"))
}

// strengthMeter judges a password as it is typed.
func (s *Server) strengthMeter(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	report, err := s.Signin.Rules(v.ctx(), v.session.account, f.Secret("password"))
	if err != nil {
		return err
	}
	return v.ok(ui.Strength(v.say, v.strength(report)))
}

// strength puts a report into words: the rules in plain words, done or not.
func (v *visit) strength(r password.Report) ui.PasswordStrength {
	strength := ui.PasswordStrength{Score: r.Level, Rules: []ui.Rule{
		{Label: v.say.T("signin.rule.length", "Count", r.MinRunes), Done: r.Length >= r.MinRunes},
		{Label: v.say.T("signin.rule.strong"), Done: r.Bits >= r.MinBits},
	}}
	if r.Length == 0 {
		return strength
	}
	strength.Word = v.say.T(r.LevelKey())
	for _, unmet := range r.Unmet {
		if unmet.Key != "password.short" && unmet.Key != "password.weak" {
			strength.Rules = append(strength.Rules, ui.Rule{Label: v.say.Message(unmet.Key, unmet.Args)})
		}
	}
	return strength
}

// language changes the language of the screens, for now and for next time.
func (s *Server) language(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	locale := i18n.Locale(f.Get("locale"))
	if !locale.Valid() {
		return fault.Invalid("locale", "portal.no_language")
	}
	v.choose(locale)
	if v.session.whole() {
		if err := s.Signin.SetLocale(v.ctx(), v.session.account, string(locale)); err != nil {
			return err
		}
	}
	return v.goTo(local(f.Get("next"), "/"))
}

// hat changes the role acted in, under a new session identifier.
func (s *Server) hat(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	role, err := uuid.Parse(f.Get("role"))
	if err != nil {
		return fault.Invalid("role", "portal.no_hat")
	}
	if err := s.Signin.Wear(v.ctx(), v.actor(), role); err != nil {
		return err
	}
	if err := v.rename(); err != nil {
		return err
	}
	v.sessions.Put(v.ctx(), keyHat+v.tenant.String(), role.String())
	return v.goTo(v.base() + "/")
}

// places lists where a person may go, and who invites them.
func (s *Server) places(v *visit) error {
	person, err := s.Signin.Person(v.ctx(), v.session.account)
	if err != nil {
		return err
	}
	places, err := s.Signin.Places(v.ctx(), v.signed)
	if err != nil {
		return err
	}
	invitations, err := s.myInvitations(v)
	if err != nil {
		return err
	}
	view := page.PlacesView{Invitations: invitations, Operator: person.Operator, Unverified: person.Email != "" && !person.EmailVerified}
	for _, p := range places {
		view.Places = append(view.Places, v.placeLink(p))
	}
	return v.ok(page.Places(v.desk(v.say.T("places.title"), person), view))
}

func (v *visit) generation() int { return v.sessions.GetInt(v.ctx(), postgres.SessionGeneration) }
