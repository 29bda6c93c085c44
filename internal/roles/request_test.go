package roles_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/pgtest/place"
	"habilis/internal/roles"
)

// wish asks support for the role of pilot.
func (o office) wish(t testing.TB, by access.Actor, who place.Person, role string) (uuid.UUID, error) {
	t.Helper()
	return o.Request(t.Context(), by, roles.Wish{
		Resource: who.Resource, Role: o.Role(t, role), Note: "Remplace Jean", Submission: access.NewID()})
}

func (o office) wished(t testing.TB, who place.Person) uuid.UUID {
	t.Helper()
	id, err := o.wish(t, o.Pilot.Actor(), who, "pilot")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// inQueue is the request as the operator's queue shows it.
func inQueue(t testing.TB, o office, operator access.Signed, id uuid.UUID) (open, answered bool) {
	t.Helper()
	page, err := o.Queue(t.Context(), operator)
	if err != nil {
		t.Fatal(err)
	}
	is := func(q roles.Queued) bool { return q.ID == id && q.TenantID == o.ID && q.Number == o.Number }
	return slices.ContainsFunc(page.Open, is), slices.ContainsFunc(page.Answered, is)
}

func TestSupportGrantsWhatWasAskedFor(t *testing.T) {
	o := open(t, "planner")
	operator, maude := o.Operator(t), o.Person(t, "consultation_2")
	id := o.wished(t, maude)
	if open, _ := inQueue(t, o, operator, id); !open {
		t.Error("support doesn't see it")
	}
	page, err := o.Asked(t.Context(), operator.Helping(o.ID), id)
	if err != nil || page.Preview.Refused != nil || page.Person.Email != maude.Email || page.Note != "Remplace Jean" {
		t.Fatalf("%+v, %v", page, err)
	}
	if err := o.Answer(t.Context(), operator.Helping(o.ID), id, roles.Verdict{Grant: true}); err != nil {
		t.Fatal(err)
	}
	holds(t, o, maude, "consultation_2", "pilot")
	if by := o.held(t, maude)["pilot"].By; by.Kind != "support" {
		t.Errorf("given by %+v", by)
	}
	if _, answered := inQueue(t, o, operator, id); !answered {
		t.Error("it is not among those answered")
	}
	if letters(t, o, "role_changed") != 1 || letters(t, o, "request_answered") != 1 || letters(t, o, "request_asked") == 0 {
		t.Error("a letter is missing")
	}
	if acts := strings.Join(o.Acts(t), " "); acts != "tenants.create requests.ask requests.grant" {
		t.Errorf("the journal says %s", acts)
	}
}

func TestSupportRefusesWithAReason(t *testing.T) {
	o := open(t, "planner")
	operator, maude := o.Operator(t).Helping(o.ID), o.Person(t, "consultation_2")
	id := o.wished(t, maude)
	refused(t, o.Answer(t.Context(), operator, id, roles.Verdict{Reason: "  "}), fault.KindInvalid, "roles.reason_missing")
	if err := o.Answer(t.Context(), operator, id, roles.Verdict{Reason: "Aucune preuve"}); err != nil {
		t.Fatal(err)
	}
	holds(t, o, maude, "consultation_2")
	refused(t, o.Answer(t.Context(), operator, id, roles.Verdict{Grant: true}), fault.KindConflict, "roles.answered")
	if letters(t, o, "role_changed") != 0 || letters(t, o, "request_answered") != 1 {
		t.Error("the letters are wrong")
	}
	o.wished(t, maude) // it can be asked for again
}

func TestWhatIsAskedForOnceIsNotAskedForTwice(t *testing.T) {
	o := open(t, "planner")
	maude := o.Person(t, "consultation_2")
	wish := roles.Wish{Resource: maude.Resource, Role: o.Role(t, "pilot"), Submission: access.NewID()}
	first, err := o.Request(t.Context(), o.Pilot.Actor(), wish)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := o.Request(t.Context(), o.Pilot.Actor(), wish); err != nil || again != first {
		t.Errorf("the same form again: %v, %v", again, err)
	}
	_, err = o.wish(t, o.Pilot.Actor(), maude, "pilot")
	refused(t, err, fault.KindConflict, "roles.requested")
	_, err = o.wish(t, o.Pilot.Actor(), maude, "booking")
	refused(t, err, fault.KindConflict, "roles.not_support_only")
	_, err = o.wish(t, o.Pilot.Actor(), o.Pilot, "pilot")
	refused(t, err, fault.KindConflict, "roles.already_held")
	if n := len(o.sees(t, maude).Pending); n != 1 {
		t.Errorf("%d requests are shown", n)
	}
}

func TestARequestForSomeoneArchivedMeanwhileCanOnlyBeRefused(t *testing.T) {
	o := open(t, "planner")
	operator, maude := o.Operator(t).Helping(o.ID), o.Person(t, "consultation_2")
	id := o.wished(t, maude)
	o.Archive(t, maude)
	refused(t, o.Answer(t.Context(), operator, id, roles.Verdict{Grant: true}), fault.KindConflict, "roles.archived")
	if err := o.Answer(t.Context(), operator, id, roles.Verdict{Reason: "Archivée"}); err != nil {
		t.Error(err)
	}
	_, err := o.wish(t, o.Pilot.Actor(), maude, "pilot")
	refused(t, err, fault.KindConflict, "roles.archived")
}

func TestARequestOfAnotherPlaceIsNotThere(t *testing.T) {
	o := open(t, "planner")
	other := over(t, o.Beside(t))
	operator := o.Operator(t)
	id := o.wished(t, o.Person(t))
	_, err := o.Asked(t.Context(), operator.Helping(other.ID), id)
	refused(t, err, fault.KindNotFound, "roles.no_request")
	refused(t, o.Answer(t.Context(), operator.Helping(other.ID), id, roles.Verdict{Grant: true}), fault.KindNotFound, "roles.no_request")
}

func TestRequestsDoNotFloodSupport(t *testing.T) {
	o := open(t, "planner")
	o.Operator(t)
	var err error
	for n := 0; n < 40 && err == nil; n++ {
		_, err = o.wish(t, o.Pilot.Actor(), o.Person(t, "consultation_2"), "pilot")
	}
	refused(t, err, fault.KindBusy, "roles.request_busy")
	o.Clock.Advance(2 * time.Hour)
	if _, err := o.wish(t, o.Pilot.Actor(), o.Person(t, "consultation_2"), "pilot"); err != nil {
		t.Errorf("two hours later: %v", err)
	}
}

func TestRolesGivenAndEndedInTurnDoNotFloodAPerson(t *testing.T) {
	o := open(t, "planner")
	maude := o.Person(t, "consultation_2")
	var err error
	for n := 0; n < 70 && err == nil; n++ {
		if err = o.do(t, o.Pilot.Actor(), maude, "booking", ""); err == nil {
			if ended := o.do(t, o.Pilot.Actor(), maude, "", "booking"); ended != nil {
				t.Fatalf("a role could not be ended: %v", ended)
			}
		}
	}
	refused(t, err, fault.KindBusy, "roles.give_busy")
}

// What only support gives takes someone of the place who asks and someone of support
// who answers, and they are not the same.
func TestAnOperatorAnswersNothingOfTheirOwn(t *testing.T) {
	o := open(t, "planner")
	second := o.Operator(t).Helping(o.ID)
	for name, c := range map[string]struct {
		role string // of the operator, in the place
		ask  func(operator place.Person) (uuid.UUID, error)
	}{
		"asked by them": {"pilot", func(operator place.Person) (uuid.UUID, error) {
			return o.wish(t, operator.Actor(), o.Person(t), "pilot")
		}},
		"asked for them": {"consultation_2", func(operator place.Person) (uuid.UUID, error) { return o.wish(t, o.Pilot.Actor(), operator, "pilot") }},
	} {
		t.Run(name, func(t *testing.T) {
			operator := o.Operator(t)
			username := operator.Account.String()
			id, err := c.ask(o.Join(t, place.Person{Account: operator.Account, Family: "Cloutier", Given: "Ève", Username: username, Email: username + "@exemple.test"}, c.role))
			if err != nil {
				t.Fatal(err)
			}
			for _, grant := range []bool{true, false} {
				refused(t, o.Answer(t.Context(), operator.Helping(o.ID), id, roles.Verdict{Grant: grant, Reason: "Vu"}), fault.KindForbidden, "roles.answer_own")
			}
			if err := o.Answer(t.Context(), second, id, roles.Verdict{Reason: "Vu par une autre"}); err != nil {
				t.Error(err)
			}
		})
	}
}
