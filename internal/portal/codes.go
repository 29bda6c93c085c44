package portal

import (
	"crypto/sha256"
	"encoding/base64"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/form"
	"habilis/internal/signin"
	"habilis/web/layout"
	"habilis/web/page"
	"habilis/web/ui"
)

// keyCodes is what recovery codes were last shown for: see [visit.mark].
const keyCodes = "codes"

// mark tells what was posted from anything else that was.
func (v *visit) mark() string {
	sum := sha256.Sum256([]byte(v.r.URL.Path + "?" + v.sent.came.Encode()))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// once is a handler that may answer with recovery codes. A browser that loads this
// answer again sends once more what was sent: it is told that the codes were shown.
func (s *Server) once(h handler) handler {
	return func(v *visit) error {
		shown := v.sessions.GetString(v.ctx(), keyCodes)
		if shown == "" {
			return h(v)
		}
		if _, err := v.form(); err != nil {
			return err
		}
		if v.mark() != shown {
			return h(v)
		}
		return v.ok(page.CodesShown(v.bare(v.say.T("signin.codes.title")), v.afterCodes()))
	}
}

// afterCodes is where one goes on to once codes were shown.
func (v *visit) afterCodes() page.CodesShownView {
	if v.session.whole() {
		return page.CodesShownView{RenewURL: "/account/codes", Next: "/account"}
	}
	return page.CodesShownView{Next: v.stagePath()}
}

// whenever is a route of a sign-in whose answer is told from the same one sent again,
// at whatever stage the sign-in is by then.
func (s *Server) whenever(r Route) Route {
	r.serve = s.once(r.serve)
	return r
}

// showCodes shows recovery codes, once, and then goes on to next.
func (v *visit) showCodes(account uuid.UUID, codes []string, next string) error {
	person, err := v.Signin.Person(v.ctx(), account)
	if err != nil {
		return err
	}
	v.sessions.Put(v.ctx(), keyCodes, v.mark())
	return v.ok(page.Codes(v.bare(v.say.T("signin.codes.title")), v.codesOf(person, codes, next)))
}

// showOwnCodes shows them over one's account.
func (v *visit) showOwnCodes(codes []string) error {
	person, err := v.Signin.Person(v.ctx(), v.session.account)
	if err != nil {
		return err
	}
	v.sessions.Put(v.ctx(), keyCodes, v.mark())
	window := ui.WindowFrame{Title: v.say.T("signin.codes.title"), Subtitle: v.say.T("signin.codes.why"), Close: "/account"}
	return v.ok(page.CodesInWindow(v.desk(window.Title, person), window, v.codesOf(person, codes, "/account"), v.inWindow()))
}

func (v *visit) codesOf(p signin.Person, codes []string, next string) page.CodesView {
	return page.CodesView{Codes: codes, Username: p.Username, Date: v.say.Date(v.now), Next: next}
}

func (s *Server) renewCodesForm(v *visit) error { return s.showRenewCodes(v, form.With()) }

func (s *Server) showRenewCodes(v *visit, f *form.Form) error {
	view := page.AskView{
		Window: ui.WindowFrame{Title: v.say.T("account.codes.renew"), Close: "/account"}, Typed: f, URL: "/account/codes",
		Notes: []string{v.say.T("account.codes.note.void"), v.say.T("account.codes.note.once"), v.say.T("account.factor.note.sessions")},
		Yes:   ui.Act{Label: v.say.T("account.codes.renew.yes"), Tone: ui.Primary}, Submission: access.NewID().String(),
	}
	return v.ownWindow(f, view.Window.Title, func(frame layout.Frame, fragment bool) templ.Component { return page.Ask(frame, view, fragment) })
}

func (s *Server) renewCodes(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	outcome, codes, err := s.Signin.RenewCodes(v.ctx(), v.signed)
	if f.Fail(err) {
		return s.showRenewCodes(v, f)
	}
	if err != nil {
		return err
	}
	if err := v.goOn(outcome.Generation); err != nil {
		return err
	}
	return v.showOwnCodes(codes)
}
