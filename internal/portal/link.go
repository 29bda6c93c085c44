package portal

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/signin"
	"habilis/web/page"
	"habilis/web/ui"
)

// linkKind is what the page /link does with a live link of a purpose.
type linkKind struct {
	show  func(v *visit, l *signin.Link, f *form.Form) error // says what it is for, with one form
	use   func(v *visit, l *signin.Link, f *form.Form) error // the form was sent
	again func(v *visit, l *signin.Link) error               // sends another in place of one that is dead; nil: not offered
}

// linkKinds are the links that come by mail. A new purpose needs its line here, a
// letter that carries it in internal/mail, and a life there.
func (s *Server) linkKinds() map[signin.Purpose]linkKind {
	return map[signin.Purpose]linkKind{
		signin.ToActivate:      {s.showActivate, s.activate, s.sendAnother},
		signin.ToReset:         {s.showReset, s.reset, s.sendAnother},
		signin.ToConfirmEmail:  {s.showConfirmEmail, s.confirmEmail, nil},
		signin.ToConfirmBackup: {s.showConfirmBackup, s.confirmBackup, nil}, // another is sent from the sheet
	}
}

// openLink takes the secret out of the address at once, and changes nothing else:
// whoever follows links before their owner does no harm.
func (s *Server) openLink(v *visit) error {
	l, handle, err := s.Signin.Open(v.ctx(), chi.URLParam(v.r, "secret"))
	if err != nil {
		return err
	}
	if handle == "" { // a stranger gets no session for it
		v.sessions.Remove(v.ctx(), keyLink)
		return v.goTo("/link")
	}
	v.sessions.Put(v.ctx(), keyLink, handle)
	v.speakTo(l.Locale)
	return v.goTo("/link")
}

// link reads the link that was opened in this browser, and speaks of it as its
// place does.
func (v *visit) link() (*signin.Link, error) {
	l, err := v.Signin.Peek(v.ctx(), v.sessions.GetString(v.ctx(), keyLink))
	if err != nil {
		return nil, err
	}
	if l.Kind != "" {
		v.speakAs(l.Kind)
	}
	if zone := zoneOf(l.TimeZone); zone != nil && l.TimeZone != "" {
		v.say = v.say.In(zone)
	}
	return l, nil
}

// linkForm says what a link is for, and asks for what it needs.
func (s *Server) linkForm(v *visit) error {
	if v.query("sent") != "" {
		return v.ok(page.Sent(v.bare(v.say.T("link.sent.title")), v.say.T("link.sent")))
	}
	return s.withLink(v, func(l *signin.Link) error { return s.linkKinds()[l.Purpose].show(v, l, form.With()) })
}

// useLink does what the link is for.
func (s *Server) useLink(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	return s.withLink(v, func(l *signin.Link) error {
		err := s.linkKinds()[l.Purpose].use(v, l, f)
		if fault.Is(err, fault.KindConflict) { // someone else was faster
			return s.withLink(v, func(*signin.Link) error { return err })
		}
		return err
	})
}

// withLink goes on with a link that can be used here: live, and nobody else's is
// the session.
func (s *Server) withLink(v *visit, do func(*signin.Link) error) error {
	l, err := v.link()
	if err != nil {
		return err
	}
	if _, known := s.linkKinds()[l.Purpose]; l.State != signin.LinkLive || !known {
		return v.showDead(l)
	}
	if v.session.account != uuid.Nil && v.session.account != l.AccountID {
		return v.showOther(l)
	}
	return do(l)
}

// showOther is for a link that was opened where someone else is signed in: the two
// are never mixed.
func (v *visit) showOther(l *signin.Link) error {
	person, err := v.Signin.Person(v.ctx(), v.session.account)
	if err != nil {
		return err
	}
	why := v.say.T("link.other.why", "Name", person.Given+" "+person.Family, "Owner", l.Name())
	return v.show(http.StatusConflict, page.LinkOther(v.bare(v.say.T("link.other.title")), why))
}

// leaveForLink signs out whoever is signed in, and goes on with the link.
func (s *Server) leaveForLink(v *visit) error {
	if v.session.account == uuid.Nil {
		return v.goTo("/link")
	}
	handle := v.sessions.GetString(v.ctx(), keyLink)
	if err := v.forget(); err != nil {
		return err
	}
	if err := v.sessions.RenewToken(v.ctx()); err != nil {
		return err
	}
	v.sessions.Put(v.ctx(), keyLink, handle)
	return v.goTo("/link")
}

// showDead says why a link can't be used, and what to do.
func (v *visit) showDead(l *signin.Link) error {
	title, view := v.say.T("link.dead.title"), page.LinkDeadView{}
	switch {
	case l.State == signin.LinkUnknown:
		title = v.say.T("link.unknown.title")
		view.Acts = []ui.Act{{Label: v.say.T("forgot.title"), URL: "/signin/forgot"}}
	case l.State == signin.LinkLeft:
		view.Acts = []ui.Act{{Label: v.say.T("signin.title"), URL: "/signin"}}
	case l.State == signin.LinkUsed && l.Purpose.Confirms():
		title = v.say.T("link.dead.confirmed.title")
		view.Acts = []ui.Act{{Label: v.say.T("link.on"), URL: "/", Tone: ui.Primary}}
	case v.linkKinds()[l.Purpose].again != nil && !(l.Purpose == signin.ToActivate && l.Activated):
		view.Again = v.say.T("link.again")
		view.Acts = []ui.Act{{Label: v.say.T("signin.title"), URL: "/signin"}}
	default:
		view.Acts = []ui.Act{{Label: v.say.T("signin.title"), URL: "/signin", Tone: ui.Primary}, {Label: v.say.T("forgot.title"), URL: "/signin/forgot"}}
	}
	view.Why = v.whyDead(l)
	return v.show(http.StatusGone, page.LinkDead(v.bare(title), view))
}

func (v *visit) whyDead(l *signin.Link) string {
	switch l.State {
	case signin.LinkUsed:
		if l.Purpose.Confirms() {
			return v.say.T("link.dead.confirmed")
		}
		return v.say.T("link.dead.used")
	case signin.LinkExpired:
		return v.say.T("link.dead.expired", "Date", v.say.DateTime(l.ExpiresAt))
	case signin.LinkReplaced:
		return v.say.T("link.dead.replaced")
	case signin.LinkOvertaken:
		return v.say.T("link.dead.overtaken")
	case signin.LinkLeft:
		if l.Place == "" {
			return v.say.T("link.dead.left_all")
		}
		return v.say.T("link.dead.left", "Place", l.Place)
	case signin.LinkVoid:
		return v.say.T("link.dead.void")
	}
	return v.say.T("link.unknown")
}

// anotherLink has another link sent in place of one that is dead. Whether one
// leaves, and what it is, is not told to whoever holds the old one.
func (s *Server) anotherLink(v *visit) error {
	l, err := v.link()
	if err != nil {
		return err
	}
	again := s.linkKinds()[l.Purpose].again
	if again == nil || l.State == signin.LinkLive || l.State == signin.LinkLeft {
		return v.goTo("/link")
	}
	if err := again(v, l); err != nil {
		return err
	}
	return v.goTo("/link?sent=1")
}

func (s *Server) sendAnother(v *visit, l *signin.Link) error {
	return s.Signin.SendAnother(v.ctx(), l, v.from())
}

// from is where the visit comes from, for what is counted or recorded.
func (v *visit) from() access.Origin {
	o := originOf(v.r)
	return access.Origin{Address: o.address, RequestID: o.id}
}

// linkStrength judges a password as it is typed, for the link's owner.
func (s *Server) linkStrength(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	return s.withLink(v, func(l *signin.Link) error {
		report, err := s.Signin.Rules(v.ctx(), l.AccountID, f.Secret("password"))
		if err != nil {
			return err
		}
		return v.ok(ui.Strength(v.say, v.strength(report)))
	})
}

func (s *Server) showActivate(v *visit, l *signin.Link, f *form.Form) error {
	return v.showFirstPassword(l, f, "")
}

func (v *visit) showFirstPassword(l *signin.Link, f *form.Form, typed string) error {
	view := page.LinkPasswordView{Why: v.say.T("link.activation.why"), Save: v.say.T("link.activation.save")}
	if l.Place != "" {
		view.Why = v.say.T("link.activation.why_place", "By", l.AskedBy, "Place", l.Place, "Number", l.Number)
	}
	return v.showLinkPassword(v.say.T("link.activation.title"), view, l, f, typed)
}

// activate is a first sign-in: it goes on to the place, which asks for a second
// factor if it wants one.
func (s *Server) activate(v *visit, l *signin.Link, f *form.Form) error {
	typed := f.Secret("password")
	outcome, err := s.Signin.Activate(v.ctx(), l, typed, f.Secret("again"), v.from())
	if v.wrong(f, err) {
		return v.showFirstPassword(l, f, typed)
	}
	if err != nil {
		return err
	}
	if err := v.forget(); err != nil {
		return err
	}
	if err := v.begin(outcome.Account, outcome.Generation, outcome.Stage, access.NoFactor); err != nil {
		return err
	}
	v.introduce()
	v.prove()
	v.sessions.Put(v.ctx(), keyAsked, int(outcome.Asked))
	v.sessions.Put(v.ctx(), keyThrough, outcome.Through)
	v.sessions.Put(v.ctx(), keyFirst, outcome.First)
	v.speakTo(outcome.Locale)
	if l.Number != "" {
		v.sessions.Put(v.ctx(), keyNext, "/p/"+l.Number+"/")
	}
	return v.done(outcome.Stage.Path(), v.say.T("link.activated"))
}

// wrong takes up what is wrong with what was typed; a link that died meanwhile is
// not.
func (v *visit) wrong(f *form.Form, err error) bool {
	return !fault.Is(err, fault.KindConflict) && f.Fail(err)
}

func (s *Server) showReset(v *visit, l *signin.Link, f *form.Form) error {
	return v.showOtherPassword(l, f, "")
}

func (v *visit) showOtherPassword(l *signin.Link, f *form.Form, typed string) error {
	view := page.LinkPasswordView{Why: v.say.T("link.reset.why"), Save: v.say.T("link.reset.save")}
	if l.Place != "" {
		view.Why = v.say.T("link.reset.why_place", "By", l.AskedBy, "Place", l.Place)
	}
	return v.showLinkPassword(v.say.T("link.reset.title"), view, l, f, typed)
}

// reset leads to the sign-in, which asks for the new password, and for the second
// factor as ever.
func (s *Server) reset(v *visit, l *signin.Link, f *form.Form) error {
	typed := f.Secret("password")
	err := s.Signin.Reset(v.ctx(), l, typed, f.Secret("again"), v.from())
	if v.wrong(f, err) {
		return v.showOtherPassword(l, f, typed)
	}
	if err != nil {
		return err
	}
	if err := v.forget(); err != nil {
		return err
	}
	if err := v.sessions.RenewToken(v.ctx()); err != nil {
		return err
	}
	return v.goTo("/signin?reset=1")
}

// showLinkPassword asks the link's owner for a new password.
func (v *visit) showLinkPassword(title string, view page.LinkPasswordView, l *signin.Link, f *form.Form, typed string) error {
	report, err := v.Signin.Rules(v.ctx(), l.AccountID, typed)
	if err != nil {
		return err
	}
	view.Typed, view.Username, view.Strength = f, l.Username, v.strength(report)
	view.Facts = []ui.Fact{
		{Term: v.say.T("link.username"), Text: l.Username},
		{Term: v.say.T("link.until"), Text: v.say.DateTime(l.ExpiresAt)},
	}
	shown := page.LinkPassword(v.bare(title), view)
	if f.OK() {
		return v.ok(shown)
	}
	return v.again(f, shown)
}
