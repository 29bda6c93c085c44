package roles_test

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/pgtest/place"
	"habilis/internal/roles"
)

// within runs part of another act, such as the making of an account.
func (o office) within(t testing.TB, by access.Actor, do func(context.Context, *access.Visit) error) error {
	t.Helper()
	need := roles.Gives(access.EditOf(access.People, "test.write"))
	need.Also = access.Console | access.Invitee
	return o.Door.Enter(t.Context(), by, need, func(v *access.Visit) error {
		v.Record(access.Entry{})
		return do(t.Context(), v)
	})
}

func (o office) give(t testing.TB, by access.Actor, to place.Person, role uuid.UUID) error {
	t.Helper()
	return o.within(t, by, func(ctx context.Context, v *access.Visit) error {
		_, err := o.Give(ctx, v, to.Resource, giving(role))
		return err
	})
}

// giving is the change that gives a role; the place's default one without any.
func giving(role uuid.UUID) roles.Change {
	if role == uuid.Nil {
		return roles.Change{}
	}
	return roles.Giving(role)
}

func TestAnAccountIsMadeWithTheRulesOfRoles(t *testing.T) {
	o := open(t, "planner")
	coordinator := o.Person(t, "coordination")
	fresh := o.Person(t)
	if err := o.give(t, coordinator.Actor(), fresh, uuid.Nil); err != nil {
		t.Fatal(err)
	}
	holds(t, o, fresh, "consultation_2") // the default one
	fresh = o.Person(t)
	refused(t, o.give(t, coordinator.Actor(), fresh, o.Role(t, "coordination")), fault.KindForbidden, "roles.not_giver")
	refused(t, o.give(t, o.Pilot.Actor(), fresh, o.Role(t, "pilot")), fault.KindForbidden, "roles.support_only")
	if err := o.give(t, access.AtConsole(o.ID), fresh, o.Role(t, "pilot")); err != nil {
		t.Errorf("the console makes the first pilot: %v", err)
	}
}

func TestAnInvitedPersonGivesNothingToThemselves(t *testing.T) {
	o := open(t, "planner")
	guest := o.Person(t)
	for _, key := range []string{"consultation_2", "pilot"} {
		if err := o.give(t, guest.Signed().Invited(o.ID), guest, o.Role(t, key)); !fault.Is(err, fault.KindForbidden) {
			t.Errorf("%s: %v", key, err)
		}
	}
	holds(t, o, guest)
}

func TestAnAccountCanNotEndRolesUnseen(t *testing.T) {
	o := open(t, "childcare")
	tech := o.Person(t, "educator")
	refused(t, o.give(t, o.Pilot.Actor(), tech, o.Role(t, "technician")), fault.KindConflict, "roles.confirm_ends")
}

func TestAnInvitationIsWorthWhatItsInviterMayGiveNow(t *testing.T) {
	o := open(t, "planner")
	coordinator, guest := o.Person(t, "coordination"), o.Person(t)
	accept := func(role string) error {
		return o.within(t, guest.Signed().Invited(o.ID), func(ctx context.Context, v *access.Visit) error {
			_, err := o.GiveFor(ctx, v, coordinator.Resource, guest.Resource, roles.Giving(o.Role(t, role)))
			return err
		})
	}
	refused(t, accept("coordination"), fault.KindConflict, "roles.inviter_may_not")
	if err := accept("consultation_2"); err != nil {
		t.Fatal(err)
	}
	if by := o.held(t, guest)["consultation_2"].By; by.Kind != "person" || by.Resource == nil || *by.Resource != coordinator.Resource {
		t.Errorf("given by %+v", by)
	}
	if err := o.do(t, o.Pilot.Actor(), coordinator, "", "coordination"); err != nil {
		t.Fatal(err)
	}
	refused(t, accept("consultation_1"), fault.KindConflict, "roles.inviter_may_not")
	o.Archive(t, coordinator)
	refused(t, accept("consultation_1"), fault.KindConflict, "roles.inviter_may_not")
}

func TestOneInvitesToWhatOneMayGive(t *testing.T) {
	o := open(t, "planner")
	coordinator := o.Person(t, "coordination")
	may := func(role uuid.UUID) error {
		return o.within(t, coordinator.Actor(), func(ctx context.Context, v *access.Visit) error {
			_, err := o.MayGive(ctx, v, giving(role))
			return err
		})
	}
	if err := may(uuid.Nil); err != nil {
		t.Error(err)
	}
	refused(t, may(o.Role(t, "coordination")), fault.KindForbidden, "roles.not_giver")
	refused(t, may(access.NewID()), fault.KindNotFound, "roles.absent")
}

func TestNobodyActsOnSomeoneAboveNorBringsThemBack(t *testing.T) {
	o := open(t, "planner")
	coordinator, peer, pilot := o.Person(t, "coordination"), o.Person(t, "coordination"), o.Person(t, "pilot")
	act := func(by, on place.Person) error {
		return o.within(t, by.Actor(), func(ctx context.Context, v *access.Visit) error { return o.MayActOn(ctx, v, on.Resource) })
	}
	back := func(by, who place.Person) error {
		return o.within(t, by.Actor(), func(ctx context.Context, v *access.Visit) error { return o.MayReturn(ctx, v, who.Resource) })
	}
	refused(t, act(coordinator, pilot), fault.KindForbidden, "roles.above")
	for _, err := range []error{act(coordinator, peer), act(coordinator, coordinator), act(o.Pilot, coordinator), act(o.Pilot, pilot)} {
		if err != nil {
			t.Error(err)
		}
	}
	for _, who := range []place.Person{peer, pilot} {
		o.Archive(t, who)
	}
	refused(t, back(coordinator, peer), fault.KindForbidden, "roles.not_giver")
	refused(t, back(o.Pilot, pilot), fault.KindForbidden, "roles.support_only")
	if err := back(o.Pilot, peer); err != nil {
		t.Error(err)
	}
}

func TestTheRolesOfferedToSomeoneNewAreThoseThatCanBeGiven(t *testing.T) {
	o := open(t, "planner")
	coordinator := o.Person(t, "coordination")
	var offer *roles.Offer
	standing, err := o.Door.Read(t.Context(), coordinator.Actor(), access.EditOf(access.People, "people.create"), func(r *access.Reading) {
		offer = o.Offer(r)
	})
	if err != nil {
		t.Fatal(err)
	}
	var may []string
	for _, c := range offer.Choices(coordinator.Actor(), standing) {
		if c.Refused == nil {
			may = append(may, c.Name.Fr)
		}
	}
	if len(may) != 4 || len(offer.Areas()) != 11 {
		t.Errorf("may give %v", may)
	}
}
