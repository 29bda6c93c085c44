package portal

import (
	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/signin"
	"habilis/web/page"
)

// proveForm asks for the password of a session that may have been left to someone
// else: whoever sets up an authenticator keeps its owner out.
func (s *Server) proveForm(v *visit) error { return s.showProve(v, form.With()) }

func (s *Server) showProve(v *visit, f *form.Form) error {
	person, err := s.Signin.Person(v.ctx(), v.session.account)
	if err != nil {
		return err
	}
	view := page.Prove(v.bare(v.say.T("signin.enrol.title")), f, person.Username)
	if f.OK() {
		return v.ok(view)
	}
	return v.again(f, view)
}

func (s *Server) provePassword(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	err = s.Signin.Prove(v.ctx(), v.session.account, f.Secret("current"))
	if f.Fail(err) {
		return s.showProve(v, f)
	}
	if err != nil {
		return err
	}
	if err := v.proved(); err != nil {
		return err
	}
	return v.toStage(signin.StageEnrol)
}

// mayEnrol reports that an authenticator may be set up; else it has answered. What
// the account has already comes before it, and so does the password.
func (v *visit) mayEnrol() (bool, error) {
	c, err := v.challenge("")
	switch {
	case err != nil:
		return false, err
	case !c.Enrol:
		return false, v.toStage(signin.StageFactor)
	case !v.proven():
		return false, v.toStage(signin.StageProve)
	}
	return true, nil
}

func (s *Server) enrolForm(v *visit) error { return s.showEnrol(v, form.With()) }

func (s *Server) showEnrol(v *visit, f *form.Form) error {
	if ready, err := v.mayEnrol(); !ready {
		return err
	}
	enrolment, err := s.Signin.Enrol(v.ctx(), v.session.account)
	if fault.Is(err, fault.KindConflict) {
		return v.toStage(signin.StageFactor)
	}
	if err != nil {
		return err
	}
	view := page.Enrol(v.bare(v.say.T("signin.enrol.title")), f, page.Enrolment{QR: enrolment.QR, Typed: enrolment.Grouped(), URI: enrolment.URI})
	if f.OK() {
		return v.ok(view)
	}
	return v.again(f, view)
}

func (s *Server) enrol(v *visit) error {
	if ready, err := v.mayEnrol(); !ready {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	outcome, codes, err := s.Signin.Confirm(v.ctx(), v.signed, f.Secret("code"))
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
	return v.showCodes(outcome.Account, codes, stage.Path())
}
