package portal

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/secret/passkey"
	"habilis/internal/signin"
	"habilis/web/page"
)

// keyPasskey is what the browser was asked last, and has not answered yet: a
// passkey.Challenge, as JSON.
const keyPasskey = "passkey"

// pose keeps a challenge for its answer, in the place of the one before, and
// tells the browser what it is asked. What can't be asked is said in the script's
// words: {"refused": "…"}.
func (v *visit) pose(options []byte, c passkey.Challenge, err error) error {
	if errors.Is(err, passkey.ErrNone) {
		err = fault.NotFound("passkey.elsewhere")
	}
	if faults, isFault := fault.As(err); isFault {
		said, err := json.Marshal(map[string]string{"refused": strings.Join(v.sayAll(faults), " ")})
		if err != nil {
			return fmt.Errorf("refusing a passkey: %w", err)
		}
		return v.json(status(faults.Kind()), said)
	}
	if err != nil {
		return err
	}
	kept, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("keeping a challenge: %w", err)
	}
	v.sessions.Put(v.ctx(), keyPasskey, string(kept))
	return v.json(http.StatusOK, options)
}

func (v *visit) json(status int, said []byte) error {
	v.w.Header().Set("Content-Type", "application/json")
	v.w.WriteHeader(status)
	if _, err := v.w.Write(said); err != nil {
		v.log.Debug("answer cut", "request", originOf(v.r).id, "error", err)
	}
	return nil
}

// answered is the form that holds the browser's answer, with the challenge that it
// is to.
func (v *visit) answered() (*form.Form, passkey.Challenge, []byte, error) {
	var c passkey.Challenge
	f, err := v.form()
	if err != nil {
		return nil, c, nil, err
	}
	c, err = v.challengeLeft()
	return f, c, []byte(f.Secret("answer")), err
}

// challengeLeft takes the challenge out of the session: the zero challenge, which
// nothing answers, when there is none left.
func (v *visit) challengeLeft() (c passkey.Challenge, err error) {
	if kept := v.sessions.PopString(v.ctx(), keyPasskey); kept != "" {
		if err := json.Unmarshal([]byte(kept), &c); err != nil {
			return c, fmt.Errorf("reading a challenge: %w", err)
		}
	}
	return c, nil
}

// askPasskey asks for any passkey, of nobody in particular.
func (s *Server) askPasskey(v *visit) error {
	return v.pose(s.Signin.AskAnyPasskey(v.ctx(), v.from()))
}

// askOwnPasskey asks for one of the account's.
func (s *Server) askOwnPasskey(v *visit) error {
	return v.pose(s.Signin.AskPasskey(v.ctx(), v.session.account))
}

// signInByPasskey takes a passkey in the place of a name and a password.
func (s *Server) signInByPasskey(v *visit) error {
	f, c, answer, err := v.answered()
	if err != nil {
		return err
	}
	next := f.Get("next")
	outcome, err := s.Signin.SignInPasskey(v.ctx(), c, answer, v.from(), v.device)
	if f.Fail(err) {
		return v.again(f, page.SignIn(v.bare(v.say.T("signin.title")), f, page.SignInView{Next: next}))
	}
	if err != nil {
		return err
	}
	return v.enter(outcome, access.StrongFactor, next)
}

// factorByPasskey takes a passkey as the second factor.
func (s *Server) factorByPasskey(v *visit) error {
	f, c, answer, err := v.answered()
	if err != nil {
		return err
	}
	err = s.Signin.ShowPasskey(v.ctx(), v.signed, c, answer)
	if f.Fail(err) {
		return s.showFactor(v, f, signin.Passkey)
	}
	if err != nil {
		return err
	}
	if f.Bool("remember") {
		if err := v.remember(signin.Passkey.Reaches()); err != nil {
			return err
		}
	}
	return v.shown(signin.Passkey)
}

// offerFirstPasskey asks for a passkey to be made in the place of an app.
func (s *Server) offerFirstPasskey(v *visit) error {
	if ready, err := v.mayEnrol(); !ready {
		return err
	}
	return v.pose(s.Signin.OfferPasskey(v.ctx(), v.session.account))
}

// enrolPasskey keeps the passkey that was made in the place of an app.
func (s *Server) enrolPasskey(v *visit) error {
	if ready, err := v.mayEnrol(); !ready {
		return err
	}
	f, c, answer, err := v.answered()
	if err != nil {
		return err
	}
	outcome, codes, err := s.Signin.AddPasskey(v.ctx(), v.signed, v.browser(agentOf(v.r)), c, answer)
	if f.Fail(err) {
		return s.showEnrol(v, f)
	}
	if err != nil {
		return err
	}
	stage := v.stageAfterFactor()
	if err := v.begin(outcome.Account, outcome.Generation, stage, access.StrongFactor); err != nil {
		return err
	}
	v.noteShown(access.StrongFactor)
	if len(codes) == 0 {
		return v.goTo(stage.Path())
	}
	return v.showCodes(outcome.Account, codes, stage.Path())
}
