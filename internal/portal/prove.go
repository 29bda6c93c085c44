package portal

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/web/layout"
	"habilis/web/page"
	"habilis/web/ui"
)

// Acts that would hand someone's authority, or their account, to whoever holds
// their session ask who is there, if that was not shown within ten minutes: NIST SP
// 800-63B-4, 5.2, and OWASP ASVS 5.0, 7.5. In places the need of the act says so,
// and the operation asks (see [access.Proof]); what is not of a place is a
// [Server.sensitive] route.
//
// Whatever asked, the answer is one window: with the proof it sends on what was
// sent, so that nothing is typed twice but what is secret.

// keyProved is when who is signed in was last sure to be there, in Unix seconds: the
// password was shown, or something that is worth as much.
const keyProved = "proved"

// provenFor is how long a proof holds.
const provenFor = 10 * time.Minute

// What comes with what it is a proof for: the password, or the browser's answer to
// the question for a passkey.
const (
	fieldProof        = "proof"
	fieldPasskeyProof = "passkey_proof"
)

// prove notes that a proof was shown just now.
func (v *visit) prove() {
	v.sessions.Put(v.ctx(), keyProved, int(v.now.Unix()))
	v.signed.Proven = true
}

// proven reports whether a proof holds; that of a temporary password does until a
// password is chosen, since there is none to ask for.
func (v *visit) proven() bool { return v.provenAt(v.ctx(), v.now) }

func (s *Server) provenAt(ctx context.Context, now time.Time) bool {
	age := now.Sub(time.Unix(int64(s.sessions.GetInt(ctx, keyProved)), 0))
	return s.sessions.GetBool(ctx, keyChoose) || age > -time.Minute && age < provenFor // clocks of replicas differ
}

// sensitive is a handler, outside places, of an act that asks who is there.
func (s *Server) sensitive(h handler) handler {
	return func(v *visit) error {
		if v.r.Method == http.MethodPost {
			if _, err := v.form(); err != nil {
				return err
			}
		}
		if !v.proven() {
			return access.ErrProof
		}
		return h(v)
	}
}

// sentForm is what was posted: as handlers read it, and as it came.
type sentForm struct {
	*form.Form
	came url.Values
}

// form reads what was posted, and the proof that came with it.
func (v *visit) form() (*form.Form, error) {
	if v.sent != nil {
		return v.sent.Form, nil
	}
	f, err := form.Parse(v.w, v.r)
	if err != nil {
		return nil, err
	}
	proof, came := f.Values[fieldProof]
	answer, answered := f.Values[fieldPasskeyProof]
	delete(f.Values, fieldProof)
	delete(f.Values, fieldPasskeyProof)
	v.sent = &sentForm{f, maps.Clone(f.Values)}
	switch {
	case !v.session.whole():
		return f, nil
	case answered && !(v.proven() && v.shownLately(access.StrongFactor)):
		return f, v.takePasskeyProof([]byte(strings.Join(answer, "")))
	case came && !v.proven():
		return f, v.takeProof(strings.Join(proof, ""))
	}
	return f, nil
}

// wrongProof is the error that a proof was none.
type wrongProof struct{ faults fault.Faults }

// Error says so.
func (wrongProof) Error() string { return "the proof is wrong" }

// takeProof judges a password. The session goes on under another identifier, as
// after each time that someone shows who they are (ASVS 7.2.4).
func (v *visit) takeProof(password string) error {
	err := v.Signin.Prove(v.ctx(), v.session.account, password)
	if faults, isFault := fault.As(err); isFault {
		return wrongProof{faults}
	}
	if err != nil {
		return err
	}
	return v.proved()
}

// takePasskeyProof judges the answer to the question for a passkey, which shows a
// second factor with it.
func (v *visit) takePasskeyProof(answer []byte) error {
	c, err := v.challengeLeft()
	if err != nil {
		return err
	}
	err = v.Signin.ShowPasskey(v.ctx(), v.signed, c, answer)
	if faults, isFault := fault.As(err); isFault {
		return wrongProof{faults}
	}
	if err != nil {
		return err
	}
	v.noteShown(access.StrongFactor)
	return v.proved()
}

// proved goes on after a proof, whichever it was.
func (v *visit) proved() error {
	if err := v.rename(); err != nil {
		return err
	}
	v.prove()
	return nil
}

// askProof answers with the window that asks who is there.
func (v *visit) askProof(wrong fault.Faults) {
	if err := v.showProof(wrong); err != nil {
		v.fail(v.w, v.r, err)
	}
}

func (v *visit) showProof(wrong fault.Faults) error {
	person, err := v.Signin.Person(v.ctx(), v.session.account)
	if err != nil {
		return err
	}
	typed := form.With()
	for _, one := range wrong {
		if one.Field == "current" {
			one = one.On(fieldProof)
		}
		typed.Fail(one)
	}
	view := page.ProofView{
		Window: ui.WindowFrame{Title: v.say.T("prove.title"), Close: v.beneath()},
		Typed:  typed, Username: person.Username, Why: v.say.T("prove.why"),
	}
	view.Action, view.Kept = v.provenBy()
	frame := v.frameHere(view.Window.Title, person.Given, person.Family)
	held, err := v.Signin.HeldBy(v.ctx(), v.session.account, v.through())
	if err != nil {
		return err
	}
	if v.Signin.OffersPasskey(held) {
		view.Passkey = page.ProofByPasskey(frame, view, "")
	}
	shown := page.Proof(frame, view, v.inWindow())
	if typed.OK() {
		return v.ok(shown)
	}
	return v.again(typed, shown)
}

// provenBy is where a proof is sent to, and with what: what was sent goes once more
// to where it was, without its secrets; a page is gone to.
func (v *visit) provenBy() (action string, kept []ui.Hidden) {
	if v.r.Method != http.MethodPost {
		return "/account/confirm", []ui.Hidden{{Name: "next", Value: v.r.URL.RequestURI()}}
	}
	if v.sent != nil {
		kept = v.sent.kept()
	}
	return v.r.URL.RequestURI(), kept
}

// kept are the fields of a form that are sent on. Its secrets are typed again.
func (s *sentForm) kept() []ui.Hidden {
	var kept []ui.Hidden
	for name, values := range s.came {
		if s.Secrets(name) {
			continue
		}
		for _, value := range values {
			kept = append(kept, ui.Hidden{Name: name, Value: value})
		}
	}
	slices.SortStableFunc(kept, func(a, b ui.Hidden) int { return cmp.Compare(a.Name, b.Name) })
	return kept
}

// frameHere is the frame of a page wherever the visit is: with the menus of the
// place, where someone of the place asks.
func (v *visit) frameHere(title, given, family string) layout.Frame {
	if v.tenant != uuid.Nil {
		if standing, err := v.Tenants.Standing(v.ctx(), v.actor()); err == nil {
			return v.frame(standing, v.section(), title)
		}
	}
	return v.own(title, given, family)
}

// beneath is the page that a window which asks for a proof lies over, for who
// gives it up: the list, or the sheet, of what it was about.
func (v *visit) beneath() string {
	path := v.r.URL.Path
	if v.tenant == uuid.Nil {
		room, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		return "/" + room
	}
	if path == v.in("/leave") {
		return "/account/places"
	}
	parts := strings.Split(strings.TrimPrefix(path, v.base()+"/"), "/")
	if len(parts) > 1 && uuid.Validate(parts[1]) == nil {
		return v.in("/%s/%s", parts[0], parts[1])
	}
	return v.in("/%s", parts[0])
}

// confirmForm asks who is there before a page is gone to.
func (s *Server) confirmForm(v *visit) error {
	if !v.proven() {
		return access.ErrProof
	}
	return v.goTo(local(v.query("next"), "/account"))
}

// confirm takes a proof, and goes on to the page that asked for it.
func (s *Server) confirm(v *visit) error {
	if err := v.takeOwnerProof(); err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	if !v.proven() {
		return access.ErrProof
	}
	return v.goTo(local(f.Get("next"), "/account"))
}
