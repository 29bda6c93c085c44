package access_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/postgres"
)

// knock tries a need both ways and returns the answers.
func knock(t *testing.T, door *access.Door, a access.Actor, n access.Need) (entering, reading error) {
	t.Helper()
	entering = door.Enter(t.Context(), a, n, func(v *access.Visit) error { v.Unchanged(); return nil })
	_, reading = door.Read(t.Context(), a, n, func(*access.Reading) {})
	return entering, reading
}

func TestTheDoorLetsInByRightsAlone(t *testing.T) {
	p := place.New(t)
	foreign := p.Beside(t)
	limited := p.Person(t, p.Kind.DefaultRole().Key)
	archived := p.Person(t, "coordination")
	p.Archive(t, archived)
	noRole := p.Person(t)
	operator := p.Operator(t)
	edit, view, member := access.EditOf(access.People, "test.knock"), access.ViewOf(access.People), access.Need{Act: "test.knock", Member: true}
	support := access.Need{Act: "test.knock", Also: access.Support}
	const letIn = fault.Kind(-1)
	for what, test := range map[string]struct {
		actor access.Actor
		need  access.Need
		want  fault.Kind
	}{
		"who may":                             {p.Pilot.Actor(), edit, letIn},
		"who may, acting in that role":        {p.Pilot.Wearing(p.Role(t, "pilot")), edit, letIn},
		"acting in a role that is not held":   {limited.Wearing(p.Role(t, "pilot")), edit, fault.KindForbidden},
		"who may not":                         {limited.Actor(), view, fault.KindForbidden},
		"who has no role":                     {noRole.Actor(), view, fault.KindForbidden},
		"who has no role, where none matters": {noRole.Actor(), member, letIn},
		"someone archived":                    {archived.Actor(), member, fault.KindNotFound},
		"the pilot of another place":          {foreign.Pilot.Signed().In(p.ID), member, fault.KindNotFound},
		"a place that does not exist":         {p.Pilot.Signed().In(access.NewID()), member, fault.KindNotFound},
		"nobody":                              {access.Signed{Factor: access.StrongFactor}.In(p.ID), member, fault.KindNotFound},
		"the zero need":                       {p.Pilot.Actor(), access.Need{}, fault.KindForbidden},
		"an area without a scope":             {p.Pilot.Actor(), access.Need{Area: access.People}, fault.KindForbidden},
		"an area that does not exist":         {p.Pilot.Actor(), access.ViewOf("everything"), fault.KindForbidden},
		"more than there is":                  {p.Pilot.Actor(), access.Need{Area: "statistics", View: grid.All, Edit: grid.All}, fault.KindForbidden},
		"an operator where one may":           {operator.Helping(p.ID), support, letIn},
		"an operator where one may not":       {operator.Helping(p.ID), view, fault.KindForbidden},
		"an operator as one of the place":     {operator.In(p.ID), view, fault.KindNotFound},
		"an operator without second factor":   {access.Signed{Account: operator.Account}.Helping(p.ID), support, fault.KindNotFound},
		"who says to be an operator":          {p.Pilot.Signed().Helping(p.ID), support, fault.KindNotFound},
		"the console where a person is meant": {access.AtConsole(p.ID), edit, fault.KindForbidden},
		"the mailer where a person is meant":  {access.Mailing(p.ID), edit, fault.KindForbidden},
		"an invitee where a person is meant":  {limited.Signed().Invited(p.ID), edit, fault.KindForbidden},
	} {
		entering, reading := knock(t, p.Door, test.actor, test.need)
		for how, err := range map[string]error{"entering": entering, "reading": reading} {
			switch {
			case test.want == letIn && err != nil:
				t.Errorf("%s, %s: %v", what, how, err)
			case test.want != letIn && !fault.Is(err, test.want):
				t.Errorf("%s, %s: got %v", what, how, err)
			}
		}
	}
}

func TestAHatNarrowsAndNeverWidens(t *testing.T) {
	p := place.New(t)
	who := p.Person(t, "coordination", "consultation_1")
	if entering, _ := knock(t, p.Door, who.Actor(), access.EditOf(access.People, "test.knock")); entering != nil {
		t.Errorf("with all roles: %v", entering)
	}
	entering, reading := knock(t, p.Door, who.Wearing(p.Role(t, "consultation_1")), access.EditOf(access.People, "test.knock"))
	if !fault.Is(entering, fault.KindForbidden) || !fault.Is(reading, fault.KindForbidden) {
		t.Errorf("in the narrower role: %v, %v", entering, reading)
	}
}

func TestAPlaceThatAsksForASecondFactorOpensToNobodyWithout(t *testing.T) {
	p := place.New(t) // asks the holders of strong roles
	limited := p.Person(t, p.Kind.DefaultRole().Key)
	member := access.Need{Act: "test.knock", Member: true}
	without := func(who place.Person) access.Actor { return access.Signed{Account: who.Account}.In(p.ID) }
	entering, reading := knock(t, p.Door, without(p.Pilot), member)
	if !errors.Is(entering, access.ErrFactor) || !errors.Is(reading, access.ErrFactor) {
		t.Errorf("the pilot without one: %v, %v", entering, reading)
	}
	weak := access.Signed{Account: p.Pilot.Account, Factor: access.AnyFactor}
	if entering, reading := knock(t, p.Door, weak.In(p.ID), member); !errors.Is(entering, access.ErrFactor) || !errors.Is(reading, access.ErrFactor) {
		t.Errorf("the pilot with a code by SMS: %v, %v", entering, reading)
	}
	if entering, reading := knock(t, p.Door, without(limited), member); entering != nil || reading != nil {
		t.Errorf("who needs none: %v, %v", entering, reading)
	}
	p.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `update tenant set policies = policies || '{"second_factor": "everyone"}'`)
		return err
	})
	if entering, _ := knock(t, p.Door, without(limited), member); !errors.Is(entering, access.ErrFactor) {
		t.Errorf("once everyone needs one: %v", entering)
	}
}

func TestTheRightToChangeThePortalAsksForASecondFactorHoweverItCame(t *testing.T) {
	p := place.New(t) // asks by roles
	limited := p.Person(t, p.Kind.DefaultRole().Key)
	session, member := access.Signed{Account: limited.Account}, access.Need{Act: "test.knock", Member: true}
	wearing := session
	wearing.Hat = p.Role(t, p.Kind.DefaultRole().Key)
	asked := func() bool {
		t.Helper()
		entering, reading := knock(t, p.Door, session.In(p.ID), member)
		under, _ := knock(t, p.Door, wearing.In(p.ID), member)
		asks := errors.Is(entering, access.ErrFactor)
		if errors.Is(reading, access.ErrFactor) != asks || errors.Is(under, access.ErrFactor) != asks {
			t.Errorf("got %v, %v, and under the hat %v", entering, reading, under)
		}
		return asks
	}
	weak := access.Signed{Account: limited.Account, Factor: access.AnyFactor}
	for _, area := range []grid.Area{access.People, access.Roles, access.Records, access.Reviews, access.Settings} {
		masked(t, p, limited, area, grid.All, grid.None)
		if asked() {
			t.Errorf("%s: who may only look is asked for one", area)
		}
		p.Clock.Advance(time.Second)
		masked(t, p, limited, area, grid.All, grid.All)
		if !asked() {
			t.Errorf("%s: who may change it is not asked", area)
		}
		if entering, _ := knock(t, p.Door, weak.In(p.ID), member); errors.Is(entering, access.ErrFactor) != (area == access.Settings) {
			t.Errorf("%s, with a code by SMS: %v", area, entering)
		}
		p.Clock.Advance(time.Second)
		masked(t, p, limited, area, grid.All, grid.None)
		p.Clock.Advance(time.Second)
	}
	masked(t, p, limited, access.Roles, grid.All, grid.All)
	p.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `update tenant set policies = policies || '{"second_factor": "none"}'`)
		return err
	})
	if asked() {
		t.Error("a place that asks nobody does")
	}
}

func TestAClosedPlaceLetsNobodyIn(t *testing.T) {
	p := place.New(t)
	if _, err := pgtest.Super(t).Exec(t.Context(), `update tenant set state = 'closed' where tenant_id = $1`, p.ID); err != nil {
		t.Fatal(err)
	}
	entering, reading := knock(t, p.Door, p.Pilot.Actor(), access.Need{Act: "test.knock", Member: true})
	if !fault.Is(entering, fault.KindConflict) || !fault.Is(reading, fault.KindConflict) {
		t.Errorf("got %v, %v", entering, reading)
	}
}

func TestRowsNeverLeaveADoorThatRefuses(t *testing.T) {
	p := place.New(t)
	limited := p.Person(t, p.Kind.DefaultRole().Key)
	seen, err := read(t.Context(), p.Door, limited.Actor())
	if !fault.Is(err, fault.KindForbidden) || len(seen) > 0 {
		t.Errorf("%d rows and %v", len(seen), err)
	}
}

func TestASessionThatIsOnlyRememberedIsConfirmedFirst(t *testing.T) {
	p := place.New(t)
	store := postgres.NewSessions(pgtest.Pool(t), time.Now, time.Hour)
	data, err := postgres.SessionCodec{}.Encode(time.Now().Add(time.Hour), map[string]any{postgres.SessionAccount: p.Pilot.Account.String(), postgres.SessionGeneration: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.CommitCtx(t.Context(), "remembered", data, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, found, err := store.FindCtx(t.Context(), "remembered"); !found || err != nil {
		t.Fatal(found, err)
	}
	actor := func() access.Actor {
		ctx, claim := postgres.Claiming(t.Context())
		if _, found, err := store.FindCtx(ctx, "remembered"); !found || claim.Holds() || err != nil {
			t.Fatal(found, claim.Holds(), err)
		}
		signed := p.Pilot.Signed()
		signed.Claim = claim
		return signed.In(p.ID)
	}
	member := access.Need{Act: "test.knock", Member: true}
	if entering, _ := knock(t, p.Door, actor(), member); entering != nil {
		t.Errorf("entering: %v", entering)
	}
	if seen, err := read(t.Context(), p.Door, actor()); err != nil || len(seen) == 0 {
		t.Errorf("reading: %d rows, %v", len(seen), err)
	}
	if _, err := pgtest.Super(t).Exec(t.Context(), `update identity.account set generation = generation + 1 where id = $1`, p.Pilot.Account); err != nil {
		t.Fatal(err)
	}
	entered := false
	err = p.Door.Enter(t.Context(), actor(), member, func(*access.Visit) error { entered = true; return nil })
	if entered || !errors.Is(err, postgres.ErrClaim) {
		t.Errorf("once ended, entering: %v, %v", entered, err)
	}
	if seen, err := read(t.Context(), p.Door, actor()); len(seen) > 0 || !errors.Is(err, postgres.ErrClaim) {
		t.Errorf("once ended, reading: %d rows, %v", len(seen), err)
	}
}

func TestARefusalIsNotedWithItsOwnReason(t *testing.T) {
	p := place.New(t)
	err := p.TryWrite(t, func(context.Context, *access.Visit) error {
		return fault.Faults{fault.Invalid("name", "test.typed"), fault.Forbidden("test.forbidden")}
	})
	var reason string
	row := pgtest.Super(t).QueryRow(t.Context(), `select facts->>'reason' from journal where tenant_id = $1 and result = 'refused'`, p.ID)
	if scanned := row.Scan(&reason); !fault.Is(err, fault.KindForbidden) || scanned != nil || reason != "test.forbidden" {
		t.Errorf("noted %q (%v) of %v", reason, scanned, err)
	}
}
