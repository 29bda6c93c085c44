package people_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/people"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

func invite(t *testing.T, s *people.Service, p *place.Place, email string) uuid.UUID {
	t.Helper()
	id, err := s.Invite(t.Context(), p.Pilot.Actor(), people.Guest{Email: email, Submission: access.NewID()})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// guest is someone with an account and a confirmed address, of no place yet.
func guest(t *testing.T, p *place.Place) place.Person {
	t.Helper()
	who := p.NewPerson(t)
	if _, err := pgtest.Super(t).Exec(t.Context(), `update identity.account set email_verified_at = now(), email_key = lower(email) where id = $1`, who.Account); err != nil {
		t.Fatal(err)
	}
	return who
}

func invitations(t *testing.T, s *people.Service, p *place.Place, state people.InvitationState) []people.Invitation {
	t.Helper()
	page, err := s.Invitations(t.Context(), p.Pilot.Actor(), people.InvitationFilter{State: state})
	if err != nil {
		t.Fatal(err)
	}
	return page.Rows
}

func TestAnInvitedPersonAcceptsAndIsOfThePlace(t *testing.T) {
	s, p := newPeople(t)
	who := guest(t, p)
	id := invite(t, s, p, who.Email)
	mine, err := s.MyInvitations(t.Context(), who.Signed(), p.Clock.Now())
	if err != nil || len(mine) != 1 || mine[0].ID != id || mine[0].Number != p.Number || mine[0].State != people.Awaited {
		t.Fatalf("got %+v, %v", mine, err)
	}
	if err := s.Accept(t.Context(), who.Signed(), mine[0].TenantID, id); err != nil {
		t.Fatal(err)
	}
	got := list(t, s, p.Pilot.Actor(), people.Filter{Words: who.Email})
	if len(got.Rows) != 1 || got.Rows[0].State != people.Active || len(got.Rows[0].Roles) != 1 {
		t.Errorf("got %+v", got.Rows)
	}
	if mails := letters(t, p); !slices.Equal(mails, []string{"invitation", "invitation_answered"}) {
		t.Errorf("the mails are %q", mails)
	}
	if acts := p.Acts(t); acts[len(acts)-1] != "invitations.accept" {
		t.Errorf("the journal says %q", acts)
	}
	wantFault(t, s.Accept(t.Context(), who.Signed(), p.ID, id), "invitations.accepted")
	again, err := s.MyInvitation(t.Context(), who.Signed(), id, p.Clock.Now())
	if err != nil || again.State != people.Accepted {
		t.Errorf("got %+v, %v", again, err)
	}
}

func TestInvitingSaysNothingOfAccounts(t *testing.T) {
	s, p := newPeople(t)
	known, unknown := guest(t, p).Email, lettersOf(access.NewID())+"@exemple.test"
	invite(t, s, p, known)
	invite(t, s, p, unknown)
	rows := invitations(t, s, p, "")
	if len(rows) != 2 || rows[0].State != rows[1].State || rows[0].Mail == nil || rows[1].Mail == nil || rows[0].Mail.State != rows[1].Mail.State {
		t.Errorf("got %+v", rows)
	}
}

func TestNobodyElseAnswersAnInvitation(t *testing.T) {
	s, p := newPeople(t)
	who, other, unproven := guest(t, p), guest(t, p), p.NewPerson(t)
	id := invite(t, s, p, who.Email)
	wantFault(t, s.Accept(t.Context(), other.Signed(), p.ID, id), "invitations.absent")
	wantFault(t, s.Decline(t.Context(), other.Signed(), p.ID, id), "invitations.absent")
	wantFault(t, s.Accept(t.Context(), who.Signed(), p.Beside(t).ID, id), "invitations.absent")
	wantFault(t, s.Accept(t.Context(), who.Signed(), p.ID, access.NewID()), "invitations.absent")
	theirs := invite(t, s, p, unproven.Email)
	wantFault(t, s.Accept(t.Context(), unproven.Signed(), p.ID, theirs), "invitations.absent")
	if _, err := s.MyInvitation(t.Context(), other.Signed(), id, p.Clock.Now()); !fault.Is(err, fault.KindNotFound) {
		t.Errorf("another person reads it: %v", err)
	}
}

func TestAnInvitationThatIsOverSaysHow(t *testing.T) {
	s, p := newPeople(t)
	declined, withdrawn, expired := guest(t, p), guest(t, p), guest(t, p)
	ids := []uuid.UUID{invite(t, s, p, declined.Email), invite(t, s, p, withdrawn.Email), invite(t, s, p, expired.Email)}
	if err := s.Decline(t.Context(), declined.Signed(), p.ID, ids[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Withdraw(t.Context(), p.Pilot.Actor(), ids[1], 1); err != nil {
		t.Fatal(err)
	}
	p.Clock.Advance(61 * 24 * time.Hour)
	wantFault(t, s.Accept(t.Context(), declined.Signed(), p.ID, ids[0]), "invitations.declined")
	wantFault(t, s.Accept(t.Context(), withdrawn.Signed(), p.ID, ids[1]), "invitations.withdrawn")
	wantFault(t, s.Decline(t.Context(), expired.Signed(), p.ID, ids[2]), "invitations.expired")
	wantFault(t, errorOf(s.Withdraw(t.Context(), p.Pilot.Actor(), ids[0], 2)), "invitations.declined")
	for _, state := range []people.InvitationState{people.Declined, people.Withdrawn, people.Expired} {
		if got := invitations(t, s, p, state); len(got) != 1 || got[0].State != state {
			t.Errorf("%s: %+v", state, got)
		}
	}
}

func TestAnExpiredInvitationIsSentAgainOrReplaced(t *testing.T) {
	s, p := newPeople(t)
	who := guest(t, p)
	id := invite(t, s, p, who.Email)
	_, err := s.Invite(t.Context(), p.Pilot.Actor(), people.Guest{Email: who.Email, Submission: access.NewID()})
	wantFault(t, err, "email: invitations.already_pending")
	if faults, _ := fault.As(err); faults[0].Args["Invitation"] != id {
		t.Errorf("it says %v", faults[0].Args)
	}
	p.Clock.Advance(61 * 24 * time.Hour)
	if _, err := s.ResendInvitation(t.Context(), p.Pilot.Actor(), id, 1); err != nil {
		t.Fatal(err)
	}
	wantFault(t, errorOf(s.ResendInvitation(t.Context(), p.Pilot.Actor(), id, 1)), "invitations.stale")
	p.Clock.Advance(61 * 24 * time.Hour)
	fresh := invite(t, s, p, who.Email)
	wantFault(t, errorOf(s.ResendInvitation(t.Context(), p.Pilot.Actor(), id, 3)), "invitations.expired")
	wantFault(t, s.Accept(t.Context(), who.Signed(), p.ID, id), "invitations.expired")
	if err := s.Accept(t.Context(), who.Signed(), p.ID, fresh); err != nil {
		t.Fatal(err)
	}
}

func TestWhoBelongsToThePlaceIsNotInvited(t *testing.T) {
	s, p := newPeople(t)
	n := elise()
	id := create(t, s, p.Pilot.Actor(), n)
	_, err := s.Invite(t.Context(), p.Pilot.Actor(), people.Guest{Email: n.Email, Submission: access.NewID()})
	wantFault(t, err, "email: people.already_here")
	if faults, _ := fault.As(err); faults[0].Args["Resource"] != id {
		t.Errorf("it says %v", faults[0].Args)
	}
	who := guest(t, p)
	invited := invite(t, s, p, who.Email)
	joined := p.Join(t, who, "booking")
	wantFault(t, s.Accept(t.Context(), who.Signed(), p.ID, invited), "invitations.member")
	p.Archive(t, joined)
	wantFault(t, s.Accept(t.Context(), who.Signed(), p.ID, invited), "invitations.archived")
}

func TestBadInvitationsAreRefused(t *testing.T) {
	s, p := newPeople(t)
	_, err := s.Invite(t.Context(), p.Pilot.Actor(), people.Guest{Email: "x", Roles: []uuid.UUID{p.Role(t, "pilot")}, Submission: access.NewID()})
	wantFault(t, err, "email: field.email.at", "role: roles.support_only")
	_, err = s.Invite(t.Context(), p.Pilot.Actor(), people.Guest{Roles: []uuid.UUID{access.NewID()}, Submission: access.NewID()})
	wantFault(t, err, "email: field.required", "role: roles.absent")
}

func TestAnInviterWhoLostTheRightGivesNothing(t *testing.T) {
	s, p := newPeople(t)
	second, who := p.Person(t, "pilot"), guest(t, p)
	id, err := s.Invite(t.Context(), second.Actor(), people.Guest{Email: who.Email, Roles: []uuid.UUID{p.Role(t, "coordination")}, Submission: access.NewID()})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Archive(t.Context(), p.Pilot.Actor(), second.Resource, "", 1); err != nil {
		t.Fatal(err)
	}
	wantFault(t, s.Accept(t.Context(), who.Signed(), p.ID, id), "roles.inviter_may_not")
	if got := list(t, s, p.Pilot.Actor(), people.Filter{Words: who.Email}); len(got.Rows) > 0 {
		t.Error("they are of the place all the same")
	}
}

func TestADoubleClickInvitesOnceAndAcceptsOnce(t *testing.T) {
	s, p := newPeople(t)
	who := guest(t, p)
	g := people.Guest{Email: who.Email, Submission: access.NewID()}
	var ids [6]uuid.UUID
	var wait sync.WaitGroup
	for i := range ids {
		wait.Go(func() { ids[i], _ = s.Invite(t.Context(), p.Pilot.Actor(), g) })
	}
	wait.Wait()
	if got := letters(t, p); len(got) != 1 || ids[0] == uuid.Nil || ids[0] != ids[5] {
		t.Fatalf("mails %q, %v", got, ids)
	}
	accepted := make(chan error, 6)
	for range 6 {
		wait.Go(func() { accepted <- s.Accept(t.Context(), who.Signed(), p.ID, ids[0]) })
	}
	wait.Wait()
	close(accepted)
	made := 0
	for err := range accepted {
		if err == nil {
			made++
		} else {
			wantFault(t, err, "invitations.accepted")
		}
	}
	if made != 1 {
		t.Errorf("accepted %d times", made)
	}
}

// errorOf is the error of an act, without the address that it is about.
func errorOf(_ string, err error) error { return err }
