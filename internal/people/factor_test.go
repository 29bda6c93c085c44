package people_test

import (
	"strings"
	"testing"

	"habilis/internal/access"
	"habilis/internal/people"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

func write(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := pgtest.Super(t).Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// doubleOf is what the window in which someone is corrected says of their second factor.
func doubleOf(t *testing.T, s *people.Service, by access.Actor, who place.Person) people.Double {
	t.Helper()
	page, err := s.EditForm(t.Context(), by, who.Resource)
	if err != nil {
		t.Fatal(err)
	}
	return page.Double
}

func TestTheMobileOfASharedAccountIsItsOwners(t *testing.T) {
	s, p := newPeople(t)
	s.WithTexts(nil)
	q := p.Beside(t)
	who := p.Person(t, "booking")
	write(t, `update resource set factor_asked = 'any' where id = $1`, who.Resource)
	write(t, `update identity.account set mobile = '+15145550123' where id = $1`, who.Account)
	write(t, `insert into identity.factor (account_id, kind, created_at, confirmed_at) values ($1, 'sms', now(), now())`, who.Account)
	if d := doubleOf(t, s, p.Pilot.Actor(), who); d.Mobile != "+15145550123" || d.Set() != people.FactorSMS {
		t.Fatalf("where the account is ours: %+v", d)
	}
	there := q.Join(t, who, "booking")
	for _, one := range []struct {
		in  *place.Place
		who place.Person
	}{{p, who}, {q, there}} {
		if d := doubleOf(t, s, one.in.Pilot.Actor(), one.who); d.Mobile != "" {
			t.Errorf("a place that shares the account reads %q", d.Mobile)
		}
	}
	c := correction(sheet(t, s, p.Pilot.Actor(), who.Resource))
	c.Function, c.Factor = "Répartiteur", people.FactorSMS // as the window has it, without a number
	if err := edit(t, s, p.Pilot.Actor(), who.Resource, c); err != nil {
		t.Errorf("the rest can't be corrected: %v", err)
	}
	c.Version++
	c.Factor, c.Mobile = people.FactorSMS, "514 555-0199"
	wantFault(t, edit(t, s, p.Pilot.Actor(), who.Resource, c), "factor: people.factor_shared")
	if got := column[string](t, `select mobile from identity.account where id = $1`, who.Account)[0]; got != "+15145550123" {
		t.Errorf("a place that shares the account has set %q", got)
	}
	c.Factor = people.FactorOff
	wantFault(t, edit(t, s, p.Pilot.Actor(), who.Resource, c), "factor: people.factor_shared")
}

func TestAMobileThatNoTextReachesIsRefusedBesideItsField(t *testing.T) {
	s, p := newPeople(t)
	s.WithTexts(func(number string) bool { return strings.HasPrefix(number, "+33") })
	n := elise()
	n.Factor, n.Mobile = people.FactorSMS, "514 555-0123"
	_, err := s.Create(t.Context(), p.Pilot.Actor(), n)
	wantFault(t, err, "mobile: people.text_unreached")
	n.Mobile = "+33 6 12 34 56 78"
	id := create(t, s, p.Pilot.Actor(), n)
	c := correction(sheet(t, s, p.Pilot.Actor(), id))
	c.Factor, c.Mobile = people.FactorSMS, "514 555-0123"
	wantFault(t, edit(t, s, p.Pilot.Actor(), id, c), "mobile: people.text_unreached")

	// One that was set before texts stopped going there stays, so that the rest can be corrected.
	write(t, `update identity.account set mobile = '+15145550123' where id = (select account_id from resource where id = $1)`, id)
	c.Function = "Répartiteur"
	if err := edit(t, s, p.Pilot.Actor(), id, c); err != nil {
		t.Error(err)
	}
}
