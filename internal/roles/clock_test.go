package roles_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/pgtest"
	"habilis/internal/roles"
)

// A process whose clock is behind shows whom a definition concerns as they are, and
// not as its clock says: who was given the role meanwhile, and whose mask was
// changed, is judged by the facts that are open.
func TestWhomADefinitionConcernsIsJudgedByTheFactsThatAreOpen(t *testing.T) {
	o := open(t, "planner")
	behind, masked := o.Person(t), o.Person(t, "booking")
	slow := o.Clock.Now()
	p := *o.Place
	p.Door = access.NewDoor(pgtest.Pool(t), func() time.Time { return slow })
	late := over(t, &p)
	shown := func() (holders, losing int) {
		t.Helper()
		page, err := late.PreviewDefinition(t.Context(), o.Pilot.Actor(), o.Role(t, "booking"),
			o.defined(t, "booking", cell("appointments", grid.All, grid.None)))
		if err != nil || page.Refused != nil {
			t.Fatal(err, page.Refused)
		}
		return page.Impact.Holders, page.Impact.Losing
	}
	if holders, losing := shown(); holders != 1 || losing != 1 {
		t.Errorf("before: %d holders, of whom %d lose", holders, losing)
	}
	o.Clock.Advance(time.Minute)
	if err := o.do(t, o.Pilot.Actor(), behind, "booking", "consultation_2"); err != nil {
		t.Fatal(err)
	}
	if err := o.set(t, o.Pilot.Actor(), roles.Hands{"appointments": hand(grid.None, grid.None)}, masked); err != nil {
		t.Fatal(err)
	}
	if holders, losing := shown(); holders != 2 || losing != 1 {
		t.Errorf("since: %d holders, of whom %d lose", holders, losing)
	}
}

// So is whether anyone could still edit the settings.
func TestTheLastEditorIsJudgedByTheFactsThatAreOpen(t *testing.T) {
	o := open(t, "planner")
	other := o.Person(t, "pilot")
	slow := o.Clock.Now()
	p := *o.Place
	p.Door = access.NewDoor(pgtest.Pool(t), func() time.Time { return slow })
	late := over(t, &p)
	o.Clock.Advance(time.Minute)
	if err := o.set(t, other.Actor(), roles.Hands{"settings": hand(grid.None, grid.None)}, o.Pilot); err != nil {
		t.Fatal(err)
	}
	page, err := late.PreviewHands(t.Context(), other.Actor(), []uuid.UUID{other.Resource}, roles.Hands{"settings": hand(grid.None, grid.None)})
	if err != nil {
		t.Fatal(err)
	}
	if got := page.People[0].Refused; got == nil || got.Kind != fault.KindConflict || got.Key != "roles.last_editor" {
		t.Errorf("the last one may go: %v", got)
	}
}
