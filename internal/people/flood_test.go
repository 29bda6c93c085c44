package people_test

import (
	"testing"
	"time"

	"habilis/internal/access"
	"habilis/internal/people"
	"habilis/internal/pgtest"
)

func TestAManagerAddsSoManyPeopleAnHour(t *testing.T) {
	s, p := newPeople(t)
	_, err := pgtest.Super(t).Exec(t.Context(), `insert into identity.throttle values ('create_by:' || $1::uuid, 300, $2, '-infinity')`,
		p.Pilot.Account, p.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	add := func(email string) error {
		_, err := s.Create(t.Context(), p.Pilot.Actor(), people.Newcomer{
			Family: "Gagnon", Given: "Élise", Email: email, Submission: access.NewID()})
		return err
	}
	local := "flood" + p.Number
	if err := add(local + ".one@erables.example"); err != nil {
		t.Fatal(err)
	}
	wantFault(t, add(local+".two@erables.example"), "people.create_busy")
	p.Clock.Advance(2 * time.Hour)
	if err := add(local + ".two@erables.example"); err != nil {
		t.Errorf("two hours later: %v", err)
	}
}
