package portal

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/form"
	"habilis/internal/postgres"
	"habilis/internal/signin"
	"habilis/web/page"
)

// flow is the sign-in that goes on, for codes that are sent: its id stays the
// same under each of the session's identifiers.
func (v *visit) flow() uuid.UUID {
	id, _ := uuid.Parse(v.sessions.GetString(v.ctx(), postgres.SessionID))
	return id
}

// challenge is what the session is asked to show, by the method that is wanted if
// that can be used.
func (v *visit) challenge(wanted signin.Method) (*signin.Challenge, error) {
	asked := access.Factor(v.sessions.GetInt(v.ctx(), keyAsked))
	c, err := v.Signin.Ask(v.ctx(), v.session.account, v.through(), v.signed.Factor, asked, wanted)
	if err == nil && v.sessions.GetBool(v.ctx(), keyFirst) {
		c = c.OfNewcomer()
	}
	return c, err
}

// through is the mailbox of the secret with which the sign-in began.
func (v *visit) through() string { return v.sessions.GetString(v.ctx(), keyThrough) }

// factorForm asks for a second factor.
func (s *Server) factorForm(v *visit) error {
	return s.showFactor(v, form.With(), signin.Method(v.query("method")))
}

func (s *Server) showFactor(v *visit, f *form.Form, wanted signin.Method) error {
	c, err := v.challenge(wanted)
	if err != nil {
		return err
	}
	if c.Enrol {
		return v.toStage(signin.StageEnrol)
	}
	view, err := v.factorView(c)
	if err != nil {
		return err
	}
	frame := v.bare(v.say.T("signin.factor.title"))
	if c.Chosen == signin.Passkey {
		view.Special = page.FactorByPasskey(frame, f, view.RememberDays)
	}
	shown := page.Factor(frame, f, view)
	if f.OK() {
		return v.ok(shown)
	}
	return v.again(f, shown)
}

// factor checks what was typed for the chosen method.
func (s *Server) factor(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	method := signin.Method(f.Get("method"))
	c, err := v.challenge(method)
	if err != nil {
		return err
	}
	switch {
	case c.Enrol || len(c.Offered) == 0:
		return v.goTo(signin.StageFactor.Path())
	case c.Chosen.Sent():
		err = s.Signin.FactorSent(v.ctx(), v.signed, v.flow(), c.Chosen, f.Secret("code"))
	default:
		err = s.Signin.Factor(v.ctx(), v.signed, f.Secret("code"))
	}
	if f.Fail(err) {
		return s.showFactor(v, f, c.Chosen)
	}
	if err != nil {
		return err
	}
	if f.Bool("remember") {
		if err := v.remember(c.Chosen.Reaches()); err != nil {
			return err
		}
	}
	return v.shown(c.Chosen)
}

// shown goes on after a second factor was shown: to what is asked beyond it, to
// the choice of a password, or in.
func (v *visit) shown(m signin.Method) error {
	v.noteShown(m.Reaches())
	level := v.signed.Factor
	if level < access.Factor(v.sessions.GetInt(v.ctx(), keyAsked)) {
		if err := v.begin(v.session.account, v.generation(), signin.StageEnrol, level); err != nil {
			return err
		}
		return v.goTo(signin.StageEnrol.Path())
	}
	return v.pass(v.generation(), level)
}

// pass goes on after a second factor was shown or set up, under a new identifier.
func (v *visit) pass(generation int, level access.Factor) error {
	stage := v.stageAfterFactor()
	if err := v.begin(v.session.account, generation, stage, level); err != nil {
		return err
	}
	return v.goTo(stage.Path())
}

func (v *visit) stageAfterFactor() signin.Stage {
	if v.sessions.GetBool(v.ctx(), keyChoose) {
		return signin.StageChoose
	}
	return signin.StageDone
}

func (v *visit) toStage(stage signin.Stage) error {
	v.sessions.Put(v.ctx(), keyStage, string(stage))
	return v.goTo(stage.Path())
}

// sendCode sends a code by the chosen method.
func (s *Server) sendCode(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	method := signin.Method(f.Get("method"))
	err = s.Signin.SendCode(v.ctx(), v.signed, v.flow(), v.through(), method)
	if f.Fail(err) {
		return s.showFactor(v, f, method)
	}
	if err != nil {
		return err
	}
	return v.goTo(factorPath(method))
}

func factorPath(m signin.Method) string {
	return signin.StageFactor.Path() + "?" + url.Values{"method": {string(m)}}.Encode()
}

// factorView puts a challenge into words.
func (v *visit) factorView(c *signin.Challenge) (page.FactorView, error) {
	view := page.FactorView{Method: string(c.Chosen)}
	days, err := v.Signin.RememberDays(v.ctx(), v.session.account)
	if err != nil {
		return view, err
	}
	if !v.sessions.GetBool(v.ctx(), keyChoose) {
		view.RememberDays = days
	}
	for _, m := range c.Offered {
		if m != c.Chosen {
			view.Others = append(view.Others, page.FactorChoice{Label: v.say.T("signin.method." + string(m)), URL: factorPath(m)})
		}
	}
	if c.Chosen == "" {
		view.Why = v.say.T("signin.factor.stuck")
		if c.Has(signin.Email) && !c.EmailCounts {
			view.Why = v.say.T("signin.factor.one_mailbox")
		}
		return view, nil
	}
	view.Why, view.Hint = v.say.T("signin.factor.why."+string(c.Chosen)), v.say.T("signin.factor.hint."+string(c.Chosen))
	if !c.Chosen.Sent() {
		return view, nil
	}
	sent, err := v.sentView(c)
	view.Sent, view.Hint = sent, v.say.T("signin.factor.hint.sent", "To", masked(c))
	return view, err
}

// sentView is what became of a code that is sent, and where the next one goes.
func (v *visit) sentView(c *signin.Challenge) (*page.SentCode, error) {
	waiting, err := v.Signin.WaitingFor(v.ctx(), v.session.account, v.flow())
	if err != nil {
		return nil, err
	}
	sent := &page.SentCode{To: masked(c)}
	if waiting != nil && waiting.Purpose == "show" && waiting.Kind == c.Chosen {
		sent.Gone, sent.Refused = true, waiting.Refused
	}
	return sent, nil
}

// masked is where a code goes, for who has shown a password and no more: enough
// for its owner to know it again.
func masked(c *signin.Challenge) string {
	if c.Chosen == signin.SMS {
		return maskedMobile(c.Mobile)
	}
	return maskedEmail(c.Email)
}

func maskedEmail(address string) string {
	local, domain, _ := strings.Cut(address, "@")
	_, first := utf8.DecodeRuneInString(local)
	return local[:first] + "•••@" + domain
}

func maskedMobile(number string) string { return "••• " + number[max(0, len(number)-4):] }
