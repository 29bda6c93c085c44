package people_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/people"
	"habilis/internal/pgtest/place"
)

func TestAPersonIsAddedWithTheDefaultRoleAndATemporaryPassword(t *testing.T) {
	s, p := newPeople(t)
	n := elise()
	id := create(t, s, p.Pilot.Actor(), n)
	page := sheet(t, s, p.Pilot.Actor(), id)
	if page.Person.State != people.Pending || page.Person.Family != n.Family || page.Person.Email != n.Email {
		t.Errorf("got %+v", page.Person)
	}
	if !strings.HasPrefix(page.Person.Username, "EGagnon") {
		t.Errorf("the user name is %q", page.Person.Username)
	}
	if len(page.Roles) != 1 || page.Roles[0].NameFr != "Consultation #2" {
		t.Errorf("the roles are %+v", page.Roles)
	}
	if len(page.Mails) != 1 || page.Mails[0].State != "queued" || page.Mails[0].Recipient != n.Email {
		t.Errorf("the mails are %+v", page.Mails)
	}
	if got := p.Acts(t); !slices.Contains(got, "people.create") {
		t.Errorf("the journal says %q", got)
	}
	if page.Person.CreatedBy != p.Pilot.Given+" "+p.Pilot.Family {
		t.Errorf("created by %q", page.Person.CreatedBy)
	}
}

func TestAllThatIsWrongIsSaidAtOnce(t *testing.T) {
	s, p := newPeople(t)
	_, err := s.Create(t.Context(), p.Pilot.Actor(), people.Newcomer{
		Given: "<b>", Email: "nulle part", Username: "é è", Phone: "12", Function: strings.Repeat("x", 101), Locale: "tlh",
		Flags: []string{"admin"}, Roles: []uuid.UUID{p.Role(t, "pilot")}, Submission: access.NewID()})
	wantFault(t, err, "family: field.required", "given: field.name.characters", "email: field.email.at", "username: field.username.characters",
		"phone: field.phone.ca", "function: people.function_long", "locale: people.not_a_choice", "flags: people.not_a_choice", "role: roles.support_only")
	if got := letters(t, p); len(got) > 0 {
		t.Errorf("mails left: %q", got)
	}
}

func TestWithoutANameNoUserNameIsAskedFor(t *testing.T) {
	s, p := newPeople(t)
	_, err := s.Create(t.Context(), p.Pilot.Actor(), people.Newcomer{Roles: []uuid.UUID{p.Role(t, "consultation_1")}, Submission: access.NewID()})
	wantFault(t, err, "family: field.required", "given: field.required", "email: field.required")
}

func TestAnUnknownRoleIsRefused(t *testing.T) {
	s, p := newPeople(t)
	n := elise()
	n.Roles = []uuid.UUID{p.Beside(t).Role(t, "consultation_1")} // another place's is as unknown
	_, err := s.Create(t.Context(), p.Pilot.Actor(), n)
	wantFault(t, err, "role: roles.absent")
}

func TestAUserNameThatLooksLikeAnothersIsRefusedWithAFreeOne(t *testing.T) {
	s, p := newPeople(t)
	first, second := elise(), elise()
	first.Username = "Oliver" + lettersOf(access.NewID())
	create(t, s, p.Pilot.Actor(), first)
	second.Username = "0" + strings.ToUpper(first.Username[1:])
	_, err := s.Create(t.Context(), p.Pilot.Actor(), second)
	wantFault(t, err, "username: people.username_taken_try")
	faults, _ := fault.As(err)
	second.Username = faults[0].Args["Proposal"].(string)
	create(t, s, p.Pilot.Actor(), second)
}

func TestAnAddressInUseElsewhereIsSaidAndNothingMore(t *testing.T) {
	s, p := newPeople(t)
	elsewhere := p.Beside(t)
	n := elise()
	create(t, s, elsewhere.Pilot.Actor(), n)
	n.Submission, n.Email = access.NewID(), strings.ToUpper(n.Email)
	_, err := s.Create(t.Context(), p.Pilot.Actor(), n)
	wantFault(t, err, "email: people.email_in_use")
	if faults, _ := fault.As(err); faults[0].Args != nil {
		t.Errorf("it also says %v", faults[0].Args)
	}
	if got := p.Acts(t); len(got) < 2 || got[len(got)-1] != "people.email_in_use" {
		t.Errorf("the journal says %q", got)
	}
	n.Email = "autre." + n.Email
	create(t, s, p.Pilot.Actor(), n) // the form can still be saved once it is right
}

func TestLearningWhichAddressesAreInUseSlowsDown(t *testing.T) {
	s, p := newPeople(t)
	n := elise()
	create(t, s, p.Beside(t).Pilot.Actor(), n)
	for range 31 {
		n.Submission, n.Username = access.NewID(), "X"+lettersOf(access.NewID())
		_, err := s.Create(t.Context(), p.Pilot.Actor(), n)
		wantFault(t, err, "email: people.email_in_use")
	}
	n.Submission, n.Username = access.NewID(), "X"+lettersOf(access.NewID())
	_, err := s.Create(t.Context(), p.Pilot.Actor(), n)
	wantFault(t, err, "email: people.email_busy")
}

func TestAnAddressOfSomeoneHereSaysWho(t *testing.T) {
	s, p := newPeople(t)
	n := elise()
	id := create(t, s, p.Pilot.Actor(), n)
	n.Submission, n.Username = access.NewID(), "X"+lettersOf(access.NewID())
	_, err := s.Create(t.Context(), p.Pilot.Actor(), n)
	wantFault(t, err, "email: people.already_here")
	if faults, _ := fault.As(err); faults[0].Args["Resource"] != id {
		t.Errorf("it says %v", faults[0].Args)
	}
	if err := s.Archive(t.Context(), p.Pilot.Actor(), id, "", versionOf(t, s, p, id)); err != nil {
		t.Fatal(err)
	}
	_, err = s.Create(t.Context(), p.Pilot.Actor(), n)
	wantFault(t, err, "email: people.archived_here")
}

func versionOf(t *testing.T, s *people.Service, p *place.Place, id uuid.UUID) int {
	t.Helper()
	return sheet(t, s, p.Pilot.Actor(), id).Person.Version
}

func TestANameOfADeskIsQuestioned(t *testing.T) {
	s, p := newPeople(t)
	n := elise()
	n.Username = "accueil." + lettersOf(access.NewID())
	_, err := s.Create(t.Context(), p.Pilot.Actor(), n)
	wantFault(t, err, "named_person: people.generic_name")
	n.NamedPerson = true
	create(t, s, p.Pilot.Actor(), n)
}

func TestADoubleClickMakesOneAccountAndOneMail(t *testing.T) {
	s, p := newPeople(t)
	n := elise()
	var ids [8]uuid.UUID
	var wait sync.WaitGroup
	for i := range ids {
		wait.Go(func() {
			var err error
			if ids[i], err = s.Create(t.Context(), p.Pilot.Actor(), n); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, id := range ids {
		if id != ids[0] || id == uuid.Nil {
			t.Fatalf("several people: %v", ids)
		}
	}
	if got := letters(t, p); len(got) != 1 {
		t.Errorf("mails: %q", got)
	}
}

func TestTwoPlacesThatAddTheSamePersonAtOnceMakeOneAccount(t *testing.T) {
	s, p := newPeople(t)
	q := p.Beside(t)
	n := elise()
	var errs [8]error
	var wait sync.WaitGroup
	for i := range errs {
		a, mine := p.Pilot.Actor(), n
		if i%2 > 0 {
			a = q.Pilot.Actor()
		}
		mine.Submission = access.NewID()
		wait.Go(func() { _, errs[i] = s.Create(t.Context(), a, mine) })
	}
	wait.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
		} else if _, ok := fault.As(err); !ok {
			t.Error(err)
		}
	}
	if accounts := column[int](t, `select count(*) from identity.account where email = $1`, n.Email); made != 1 || accounts[0] != 1 {
		t.Errorf("%d made, %d accounts", made, accounts[0])
	}
}

func TestAProposedUserNameIsFree(t *testing.T) {
	s, p := newPeople(t)
	n := elise()
	create(t, s, p.Pilot.Actor(), n)
	got, err := s.Propose(t.Context(), p.Pilot.Actor(), n.Given, n.Family)
	if err != nil || !strings.HasSuffix(got, "2") {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestTheBlankFormOffersTheRolesWithTheDefaultOne(t *testing.T) {
	s, p := newPeople(t)
	page, err := s.Blank(t.Context(), p.Pilot.Actor())
	if err != nil {
		t.Fatal(err)
	}
	if page.Default != p.Role(t, "consultation_2") || len(page.Choices) < 3 || len(page.Areas) == 0 || page.Submission == uuid.Nil {
		t.Errorf("got %+v", page)
	}
	for _, c := range page.Choices {
		if c.ID == p.Role(t, "pilot") && c.Refused == nil {
			t.Error("a pilot may make another")
		}
	}
}

func TestALocaleOfFranceReadsItsTelephones(t *testing.T) {
	p := place.Of(t, "directory")
	s := peopleOf(t, p)
	n := elise()
	n.Phone, n.Locale = "01 23 45 67 89", ""
	page := sheet(t, s, p.Pilot.Actor(), create(t, s, p.Pilot.Actor(), n))
	if page.Person.Phone != "+33123456789" || page.Person.PhoneIn("fr-FR") != "01 23 45 67 89" || page.Person.Locale != "fr-FR" {
		t.Errorf("got %+v", page.Person)
	}
}
