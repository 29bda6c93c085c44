package people_test

import (
	"context"
	"testing"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/mail"
	"habilis/internal/people"
)

// Each exported operation, for who may see people but not change them, for who
// may see nothing of them, and for a stranger.
func TestWhoHasNotTheRightIsRefused(t *testing.T) {
	s, p := newPeople(t)
	helper, stranger := p.Person(t, "consultation_2"), p.Beside(t).Pilot
	target, none := p.Person(t, "consultation_2").Resource, access.NewID()
	operations := map[string]func(context.Context, access.Actor) error{
		"List":     func(c context.Context, a access.Actor) error { _, err := s.List(c, a, people.Filter{}); return err },
		"Blank":    func(c context.Context, a access.Actor) error { _, err := s.Blank(c, a); return err },
		"Propose":  func(c context.Context, a access.Actor) error { _, err := s.Propose(c, a, "A", "B"); return err },
		"Create":   func(c context.Context, a access.Actor) error { _, err := s.Create(c, a, elise()); return err },
		"Sheet":    func(c context.Context, a access.Actor) error { _, err := s.Sheet(c, a, target); return err },
		"EditForm": func(c context.Context, a access.Actor) error { _, err := s.EditForm(c, a, target); return err },
		"Edit": func(c context.Context, a access.Actor) error {
			_, err := s.Edit(c, a, target, people.Correction{Version: 1})
			return err
		},
		"Archive": func(c context.Context, a access.Actor) error { return s.Archive(c, a, target, "", 1) },
		"Restore": func(c context.Context, a access.Actor) error { return s.Restore(c, a, target, 1) },
		"Resend": func(c context.Context, a access.Actor) error {
			_, err := s.Resend(c, a, target, mail.ToMain)
			return err
		},
		"InviteForm": func(c context.Context, a access.Actor) error { _, err := s.InviteForm(c, a); return err },
		"Invite":     func(c context.Context, a access.Actor) error { _, err := s.Invite(c, a, people.Guest{}); return err },
		"Invitations": func(c context.Context, a access.Actor) error {
			_, err := s.Invitations(c, a, people.InvitationFilter{})
			return err
		},
		"ResendInvitation": func(c context.Context, a access.Actor) error { return errorOf(s.ResendInvitation(c, a, none, 1)) },
		"Withdraw":         func(c context.Context, a access.Actor) error { return errorOf(s.Withdraw(c, a, none, 1)) },
	}
	for name, operation := range operations {
		if err := operation(t.Context(), helper.Actor()); !fault.Is(err, fault.KindForbidden) {
			t.Errorf("%s lets in who may not: %v", name, err)
		}
		if err := operation(t.Context(), stranger.Signed().In(p.ID)); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("%s lets in a stranger: %v", name, err)
		}
		if err := operation(t.Context(), helper.Signed().Invited(p.ID)); !fault.Is(err, fault.KindForbidden) {
			t.Errorf("%s lets in someone invited: %v", name, err)
		}
	}
}

func TestSheetsOfOthersPlacesAreAbsent(t *testing.T) {
	s, p := newPeople(t)
	foreign := p.Beside(t).Pilot.Resource
	_, err := s.Sheet(t.Context(), p.Pilot.Actor(), foreign)
	wantFault(t, err, "people.absent")
	_, absent := s.Sheet(t.Context(), p.Pilot.Actor(), access.NewID())
	wantFault(t, absent, "people.absent")
	_, err = s.EditForm(t.Context(), p.Pilot.Actor(), foreign)
	wantFault(t, err, "people.absent")
	wantFault(t, s.Restore(t.Context(), p.Pilot.Actor(), foreign, 1), "people.absent")
}
