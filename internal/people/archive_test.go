package people_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/mail"
	"habilis/internal/people"
	"habilis/internal/pgtest/place"
)

func TestArchivingEndsAccessAndSessionsAndIsTold(t *testing.T) {
	s, p := newPeople(t)
	id := create(t, s, p.Pilot.Actor(), elise())
	who := signIn(t, id)
	generation := column[int](t, `select generation from identity.account where id = $1`, who.Account)[0]
	if err := s.Archive(t.Context(), p.Pilot.Actor(), id, "Partie", versionOf(t, s, p, id)); err != nil {
		t.Fatal(err)
	}
	page := sheet(t, s, p.Pilot.Actor(), id)
	if page.Person.State != people.Archived || page.Person.ArchivedWhy != "Partie" || page.Person.ArchivedBy == "" || page.Person.ArchivedAt == nil {
		t.Errorf("got %+v", page.Person)
	}
	if after := column[int](t, `select generation from identity.account where id = $1`, who.Account)[0]; after == generation {
		t.Error("sessions go on")
	}
	if got := letters(t, p); !slices.Contains(got, "account_archived") {
		t.Errorf("the mails are %q", got)
	}
	if _, err := s.List(t.Context(), who.In(p.ID), people.Filter{}); err == nil {
		t.Error("someone archived still reads")
	}
}

func TestArchivingLeavesOtherPlacesAlone(t *testing.T) {
	s, p := newPeople(t)
	q := p.Beside(t)
	both := q.Join(t, p.Person(t, "booking"), "pilot")
	here := column[string](t, `select id::text from resource where tenant_id = $1 and account_id = $2`, p.ID, both.Account)
	generation := column[int](t, `select generation from identity.account where id = $1`, both.Account)[0]
	id := column[[16]byte](t, `select id from resource where id = $1::uuid`, here[0])[0]
	if err := s.Archive(t.Context(), p.Pilot.Actor(), id, "", versionOf(t, s, p, id)); err != nil {
		t.Fatal(err)
	}
	if after := column[int](t, `select generation from identity.account where id = $1`, both.Account)[0]; after != generation {
		t.Error("the other place's sessions ended")
	}
	list(t, s, both.Actor(), people.Filter{})
}

func TestATemporaryPasswordDiesWithTheArchiving(t *testing.T) {
	s, p := newPeople(t)
	id := create(t, s, p.Pilot.Actor(), elise())
	account := sheet(t, s, p.Pilot.Actor(), id)
	column[any](t, `select identity.token_mint(sha256($1::uuid::text::bytea), 'temporary_password', (select account_id from resource where id = $1::uuid), $2, now(), now() + interval '1 day')::text`, id, p.ID)
	if err := s.Archive(t.Context(), p.Pilot.Actor(), id, "", account.Person.Version); err != nil {
		t.Fatal(err)
	}
	if live := column[int](t, `select count(*) from identity.token where tenant_id = $1 and voided_at is null`, p.ID)[0]; live != 0 {
		t.Errorf("%d live", live)
	}
}

func TestWhoMayNotBeArchivedIsNot(t *testing.T) {
	s, p := newPeople(t)
	coordinator := p.Person(t, "coordination")
	pilot := p.Pilot
	wantFault(t, s.Archive(t.Context(), pilot.Actor(), pilot.Resource, "", 1), "people.not_oneself")
	wantFault(t, s.Archive(t.Context(), coordinator.Actor(), pilot.Resource, "", 1), "roles.above")
	wantFault(t, s.Archive(t.Context(), pilot.Actor(), coordinator.Resource, "", 7), "people.stale")
	wantFault(t, s.Archive(t.Context(), pilot.Actor(), p.Beside(t).Pilot.Resource, "", 1), "people.absent")
	wantFault(t, s.Archive(t.Context(), pilot.Actor(), access.NewID(), "", 1), "people.absent")
}

func TestTheLastHolderOfARoleThatMustBeHeldStays(t *testing.T) {
	s, p := newPeople(t)
	second := p.Person(t, "pilot")
	var failed error
	for _, pair := range [][2]place.Person{{second, p.Pilot}, {p.Pilot, second}} {
		failed = errors.Join(failed, s.Archive(t.Context(), pair[0].Actor(), pair[1].Resource, "", 1))
	}
	wantFault(t, failed, "access.no_place") // who was archived first archives nobody
	manager := p.Person(t, "coordination")
	p.Write(t, func(ctx context.Context, v *access.Visit) error { // by a hand that has nobody above
		_, err := v.Exec(ctx, `
insert into role_cell (tenant_id, role_id, area, view, edit, view_ok, edit_ok, since, by_kind)
select tenant_id, $1, area, 3, 3, view_ok, edit_ok, $2, 'console' from area where area = 'settings'`, p.Role(t, "coordination"), v.Now)
		return err
	})
	err := s.Archive(t.Context(), manager.Actor(), second.Resource, "", 1)
	wantFault(t, err, "roles.last_holder")
}

func TestRestoringAsksForTheRightToGiveWhatWasHeld(t *testing.T) {
	s, p := newPeople(t)
	coordinator, helper := p.Person(t, "coordination"), p.Person(t, "booking")
	if err := s.Archive(t.Context(), p.Pilot.Actor(), helper.Resource, "", 1); err != nil {
		t.Fatal(err)
	}
	wantFault(t, s.Restore(t.Context(), coordinator.Actor(), helper.Resource, 1), "people.stale")
	if err := s.Restore(t.Context(), coordinator.Actor(), helper.Resource, 2); err != nil {
		t.Fatal(err)
	}
	wantFault(t, s.Restore(t.Context(), coordinator.Actor(), helper.Resource, 3), "people.not_archived")
	second := p.Person(t, "pilot")
	if err := s.Archive(t.Context(), p.Pilot.Actor(), second.Resource, "", 1); err != nil {
		t.Fatal(err)
	}
	wantFault(t, s.Restore(t.Context(), p.Pilot.Actor(), second.Resource, 2), "roles.support_only")
}

func TestSomeoneWhoNeverCameInReturnsWithAFreshPassword(t *testing.T) {
	s, p := newPeople(t)
	id := create(t, s, p.Pilot.Actor(), elise())
	if err := s.Archive(t.Context(), p.Pilot.Actor(), id, "", versionOf(t, s, p, id)); err != nil {
		t.Fatal(err)
	}
	if err := s.Restore(t.Context(), p.Pilot.Actor(), id, versionOf(t, s, p, id)); err != nil {
		t.Fatal(err)
	}
	page := sheet(t, s, p.Pilot.Actor(), id)
	if got := letters(t, p); page.Person.State != people.Pending || !slices.Equal(got, []string{"temporary_password", "account_archived", "temporary_password"}) {
		t.Errorf("%s, mails %q", page.Person.State, got)
	}
}

func TestATemporaryPasswordIsSentAgainAFewTimes(t *testing.T) {
	s, p := newPeople(t)
	id := create(t, s, p.Pilot.Actor(), elise())
	for range 6 {
		if err := resend(t, s, p.Pilot.Actor(), id); err != nil {
			t.Fatal(err)
		}
	}
	wantFault(t, resend(t, s, p.Pilot.Actor(), id), "people.resend_busy")
	p.Clock.Advance(2 * time.Hour)
	if err := resend(t, s, p.Pilot.Actor(), id); err != nil {
		t.Fatal(err)
	}
	if queued := column[int](t, `select count(*) from mail where resource_id = $1 and state = 'queued'`, id)[0]; queued != 1 {
		t.Errorf("%d letters will leave", queued)
	}
	signIn(t, id)
	wantFault(t, resend(t, s, p.Pilot.Actor(), id), "people.has_password")
	wantFault(t, resend(t, s, p.Pilot.Actor(), p.Beside(t).Pilot.Resource), "people.absent")
}

func resend(t *testing.T, s *people.Service, a access.Actor, id uuid.UUID) error {
	t.Helper()
	_, err := s.Resend(t.Context(), a, id, mail.ToMain)
	return err
}

func correction(page *people.SheetPage) people.Correction {
	return people.Correction{Family: page.Person.Family, Given: page.Person.Given, Email: page.Person.Email,
		Phone: page.Person.Phone, Function: page.Person.Function, Version: page.Person.Version}
}

func edit(t *testing.T, s *people.Service, a access.Actor, id uuid.UUID, c people.Correction) error {
	t.Helper()
	_, err := s.Edit(t.Context(), a, id, c)
	return err
}

func TestACorrectionIsFoundByTheSearchAndTheJournal(t *testing.T) {
	s, p := newPeople(t)
	id := create(t, s, p.Pilot.Actor(), elise())
	c := correction(sheet(t, s, p.Pilot.Actor(), id))
	c.Family, c.Phone, c.Locale = "Bélanger", "418 555-0123", "en-CA"
	if err := edit(t, s, p.Pilot.Actor(), id, c); err != nil {
		t.Fatal(err)
	}
	if got := list(t, s, p.Pilot.Actor(), people.Filter{Words: "belanger"}); len(got.Rows) != 1 {
		t.Errorf("%d found", len(got.Rows))
	}
	page := sheet(t, s, p.Pilot.Actor(), id)
	if page.Person.Phone != "+14185550123" || page.Person.Locale != "en-CA" {
		t.Errorf("got %+v", page.Person)
	}
	if got := p.Acts(t); got[len(got)-1] != "people.edit" {
		t.Errorf("the journal says %q", got)
	}
	if own := column[string](t, `select family from identity.account where id = (select account_id from resource where id = $1)`, id); own[0] != "Bélanger" {
		t.Errorf("the account is still of %q", own)
	}
	wantFault(t, edit(t, s, p.Pilot.Actor(), id, c), "people.stale")
	acts := len(p.Acts(t))
	if err := edit(t, s, p.Pilot.Actor(), id, correction(page)); err != nil || len(p.Acts(t)) != acts {
		t.Errorf("a correction of nothing: %v, %q", err, p.Acts(t))
	}
}

func TestAnAccountIsItsOwnersOnceTheyCameIn(t *testing.T) {
	s, p := newPeople(t)
	id := create(t, s, p.Pilot.Actor(), elise())
	who := signIn(t, id)
	c := correction(sheet(t, s, p.Pilot.Actor(), id))
	c.Family, c.Locale = "Bélanger", "en-CA"
	if err := edit(t, s, p.Pilot.Actor(), id, c); err != nil {
		t.Fatal(err)
	}
	own := column[string](t, `select family || ' ' || locale from identity.account where id = $1`, who.Account)[0]
	if page := sheet(t, s, p.Pilot.Actor(), id); page.Person.Family != "Bélanger" || own == "Bélanger en-CA" {
		t.Errorf("the place says %q, the account %q", page.Person.Family, own)
	}
	form, err := s.EditForm(t.Context(), p.Pilot.Actor(), id)
	if err != nil || form.Locales != nil {
		t.Errorf("got %v, %v", form.Locales, err)
	}
}

func TestBadCorrectionsAreRefused(t *testing.T) {
	s, p := newPeople(t)
	helper := p.Person(t, "booking")
	wantFault(t, edit(t, s, p.Pilot.Actor(), helper.Resource, people.Correction{Given: "1", Phone: "x", Flags: []string{"y"}, Version: 1}),
		"family: field.required", "given: field.name.letters", "email: field.required", "phone: field.phone.ca", "flags: people.not_a_choice")
	wantFault(t, edit(t, s, p.Person(t, "coordination").Actor(), p.Pilot.Resource, people.Correction{Family: "A", Given: "B", Version: 1}), "roles.above")
	wantFault(t, edit(t, s, p.Pilot.Actor(), p.Beside(t).Pilot.Resource, people.Correction{Family: "A", Given: "B", Version: 1}), "people.absent")
	p.Archive(t, helper)
	wantFault(t, edit(t, s, p.Pilot.Actor(), helper.Resource, people.Correction{Family: "A", Given: "B", Version: 1}), "people.archived")
}
