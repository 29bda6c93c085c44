package portal

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"time"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/signin"
	"habilis/web/page"
	"habilis/web/ui"
)

// What keeps everybody else out of an account is changed by who shows the password
// and, where there is one, a second factor, as strong as any that the account has:
// otherwise a code by text, with which nobody gets into a place's settings, would be
// enough to set up an app that does. OWASP ASVS 5.0, 7.5; NIST SP 800-63B-4, 4.1.2. A
// [Server.guarded] route asks for what was not shown within ten minutes, in one window,
// and then goes on with what was sent.

// When a second factor was last shown, and a strong one, in Unix seconds.
const (
	keyShown       = "shown"
	keyShownStrong = "shown.strong"
)

// What comes with what it is a proof for, beside [fieldProof].
const (
	fieldCode   = "proof_code"   // of the method…
	fieldMethod = "proof_method" // …that the window asks for
	fieldOther  = "proof_other"  // the method that is wanted in its stead
	fieldSend   = "proof_send"   // asks for a code to be sent
)

// errOwner is the answer to who has to show all that they have.
var errOwner = errors.New("the act asks its doer for a second factor")

// wrongOwner is the error that what was shown was not right.
type wrongOwner struct{ faults fault.Faults }

// Error says so.
func (wrongOwner) Error() string { return "the second factor is wrong" }

// noteShown notes that a second factor was shown just now.
func (v *visit) noteShown(level access.Factor) {
	v.sessions.Put(v.ctx(), keyShown, int(v.now.Unix()))
	if level >= access.StrongFactor {
		v.sessions.Put(v.ctx(), keyShownStrong, int(v.now.Unix()))
	}
	v.signed.Factor = max(level, v.signed.Factor)
	v.sessions.Put(v.ctx(), keyFactor, int(v.signed.Factor))
}

// shownLately reports whether a second factor was, that is worth at least that much.
func (v *visit) shownLately(level access.Factor) bool {
	key := keyShown
	if level >= access.StrongFactor {
		key = keyShownStrong
	}
	age := v.now.Sub(time.Unix(int64(v.sessions.GetInt(v.ctx(), key)), 0))
	return age > -time.Minute && age < provenFor // clocks of replicas differ
}

// guarded is a handler of an act that asks for all that the account has.
func (s *Server) guarded(h handler) handler {
	return func(v *visit) error {
		if err := v.takeOwnerProof(); err != nil {
			return err
		}
		if owes, err := v.owes(); err != nil {
			return err
		} else if owes || !v.proven() {
			return errOwner
		}
		return h(v)
	}
}

// owes reports that the account has a second factor, and the session has not lately
// shown one that is worth as much.
func (v *visit) owes() (bool, error) {
	if v.shownLately(access.StrongFactor) {
		return false, nil
	}
	held, err := v.Signin.HeldBy(v.ctx(), v.session.account, v.through())
	return held != nil && len(held.Methods) > 0 && !v.shownLately(held.Reach()), err
}

// takeOwnerProof judges the proofs that came with a form: the password first, as
// [visit.form] does, then the code.
func (v *visit) takeOwnerProof() error {
	if v.r.Method != http.MethodPost {
		return nil
	}
	f, wrong := v.form()
	if f == nil {
		return wrong
	}
	f.Blank("code") // what is typed for the act is not sent through another page
	method, code := signin.Method(f.Get(fieldMethod)), f.Secret(fieldCode)
	send := f.Get(fieldSend) != ""
	v.wanted = signin.Method(f.Get(fieldOther))
	for _, name := range []string{fieldMethod, fieldCode, fieldOther, fieldSend} {
		delete(v.sent.came, name)
	}
	var password wrongProof
	if errors.As(wrong, &password) && method != "" {
		v.wanted = cmp.Or(v.wanted, method)
		return wrongOwner(password)
	}
	if wrong != nil {
		return wrong
	}
	if method == "" || !v.session.whole() {
		return nil
	}
	if owes, err := v.owes(); err != nil || !owes {
		return err
	}
	if v.wanted != "" {
		return errOwner
	}
	v.wanted = method
	var err error
	switch {
	case send:
		err = v.Signin.SendCode(v.ctx(), v.signed, v.flow(), v.through(), method)
	default:
		err = v.showCode(method, code)
	}
	if faults, isFault := fault.As(err); isFault {
		return wrongOwner{faults}
	}
	if err == nil && send {
		return errOwner
	}
	return err
}

// showCode judges a code of a method that can be used here; the session goes on
// under another identifier.
func (v *visit) showCode(m signin.Method, code string) error {
	c, err := v.Signin.AskMost(v.ctx(), v.session.account, v.through(), m)
	switch {
	case err != nil:
		return err
	case c.Chosen != m:
		return fault.Invalid("", "signin.code_not_offered")
	case m.Sent():
		err = v.Signin.FactorSent(v.ctx(), v.signed, v.flow(), m, code)
	default:
		err = v.Signin.Factor(v.ctx(), v.signed, code)
	}
	if err != nil {
		return err
	}
	if err := v.rename(); err != nil {
		return err
	}
	v.noteShown(m.Reaches())
	return nil
}

// askOwner answers with the window that asks for what is missing.
func (v *visit) askOwner(wrong fault.Faults) {
	if err := v.showOwner(wrong); err != nil {
		v.fail(v.w, v.r, err)
	}
}

func (v *visit) showOwner(wrong fault.Faults) error {
	person, err := v.Signin.Person(v.ctx(), v.session.account)
	if err != nil {
		return err
	}
	typed := form.With()
	for _, one := range wrong {
		switch one.Field {
		case "current":
			one = one.On(fieldProof)
		case "code":
			one = one.On(fieldCode)
		}
		typed.Fail(one)
	}
	view := page.OwnerView{ProofView: page.ProofView{
		Window: ui.WindowFrame{Title: v.say.T("prove.title"), Close: v.beneath()},
		Typed:  typed, Username: person.Username, Why: v.say.T("prove.owner.why"),
	}, Password: !v.proven()}
	view.Action, view.Kept = v.provenBy()
	frame := v.desk(view.Window.Title, person)
	owes, err := v.owes()
	if err != nil {
		return err
	}
	if owes {
		c, err := v.Signin.AskMost(v.ctx(), v.session.account, v.through(), v.wanted)
		if err != nil {
			return err
		}
		if v.Signin.OffersPasskey(c.Held) {
			view.Passkey = page.ProofByPasskey(frame, view.ProofView, string(signin.Passkey))
			c.Offered = slices.DeleteFunc(c.Offered, func(m signin.Method) bool { return m == signin.Passkey })
			c.Choose(v.wanted)
		}
		view.Password = view.Password && (view.Passkey == nil || c.Chosen != "")
		if c.Chosen != "" || view.Passkey == nil {
			if view.Factor, err = v.factorView(c); err != nil {
				return err
			}
		}
		for _, m := range c.Offered {
			if m != c.Chosen {
				view.Methods = append(view.Methods, page.OwnerMethod{Value: string(m), Label: v.say.T("signin.method." + string(m))})
			}
		}
	}
	shown := page.OwnerProof(frame, view, v.inWindow())
	if typed.OK() {
		return v.ok(shown)
	}
	return v.again(typed, shown)
}
