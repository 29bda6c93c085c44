package roles_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/mail"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/rights"
	"habilis/internal/roles"
)

// office is the service of roles over a place.
type office struct {
	*roles.Service
	*place.Place
}

func open(t testing.TB, kind string) office {
	t.Helper()
	return over(t, place.Of(t, kind))
}

func over(t testing.TB, p *place.Place) office {
	t.Helper()
	post, err := mail.NewPost()
	if err != nil {
		t.Fatal(err)
	}
	return office{roles.New(p.Door, post, p.Tenants.Kinds()), p}
}

// sees is the list of what someone holds, as the pilot sees it.
func (o office) sees(t testing.TB, who place.Person) *roles.ListPage {
	t.Helper()
	page, err := o.List(t.Context(), o.Pilot.Actor(), who.Resource)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// held is the roles that someone holds, by their key in the kind.
func (o office) held(t testing.TB, who place.Person) map[string]roles.Held {
	t.Helper()
	keys := map[string]roles.Held{}
	for _, m := range o.sees(t, who).Modules {
		for _, g := range m.Grants {
			for _, r := range o.Kind.Roles {
				if o.Role(t, r.Key) == g.Role.ID {
					keys[r.Key] = g
				}
			}
		}
	}
	return keys
}

// change is give and end by the keys of roles, "" for none.
func (o office) change(t testing.TB, who place.Person, give, end string) roles.Change {
	t.Helper()
	var c roles.Change
	if give != "" {
		c.Give = []uuid.UUID{o.Role(t, give)}
	}
	if end != "" {
		c.End = []uuid.UUID{o.held(t, who)[end].ID}
	}
	return c
}

// sent is what a fresh form carries for a change, ends confirmed.
func (o office) sent(t testing.TB, by access.Actor, who place.Person, c roles.Change) roles.Sent {
	t.Helper()
	page, err := o.Preview(t.Context(), by, who.Resource, c)
	if err != nil {
		return roles.Sent{Version: o.sees(t, who).Person.Version, Submission: access.NewID()}
	}
	return roles.Sent{Version: page.Person.Version, Submission: access.NewID(), Ends: grantIDs(page.Ends)}
}

func grantIDs(grants []rights.Grant) []uuid.UUID {
	var ids []uuid.UUID
	for _, g := range grants {
		ids = append(ids, g.ID)
	}
	return ids
}

// do changes roles with a fresh form.
func (o office) do(t testing.TB, by access.Actor, who place.Person, give, end string) error {
	t.Helper()
	c := o.change(t, who, give, end)
	_, err := o.Apply(t.Context(), by, who.Resource, c, o.sent(t, by, who, c))
	return err
}

// refused fails the test unless err is a fault with the key.
func refused(t testing.TB, err error, kind fault.Kind, key string) {
	t.Helper()
	faults, ok := fault.As(err)
	if !ok || faults[0].Key != key || faults.Kind() != kind {
		t.Errorf("got %v, want %s", err, key)
	}
}

func holds(t testing.TB, o office, who place.Person, keys ...string) {
	t.Helper()
	held := o.held(t, who)
	for _, key := range keys {
		if _, ok := held[key]; !ok {
			t.Errorf("%s is not held", key)
		}
	}
	if len(held) != len(keys) {
		t.Errorf("%d roles are held, want %v", len(held), keys)
	}
}

func TestARoleGivenHoldsFromTheNextRequest(t *testing.T) {
	o := open(t, "planner")
	maude := o.Person(t, "consultation_2")
	read := func() error {
		_, err := o.Catalogue(t.Context(), maude.Actor())
		return err
	}
	refused(t, read(), fault.KindForbidden, "access.no_view")
	o.Clock.Advance(time.Second)
	if err := o.do(t, o.Pilot.Actor(), maude, "coordination", ""); err != nil {
		t.Fatal(err)
	}
	if err := read(); err != nil {
		t.Error(err)
	}
	holds(t, o, maude, "consultation_2", "coordination")
	if by := o.held(t, maude)["coordination"].By; by.Kind != "person" || by.Name != "Ève "+o.Pilot.Family {
		t.Errorf("given by %+v", by)
	}
}

func TestARoleTakesThePlaceOfAnother(t *testing.T) {
	o := open(t, "planner")
	maude := o.Person(t, "consultation_2")
	o.Clock.Advance(time.Second)
	if err := o.do(t, o.Pilot.Actor(), maude, "booking", "consultation_2"); err != nil {
		t.Fatal(err)
	}
	holds(t, o, maude, "booking")
	if err := o.do(t, o.Pilot.Actor(), maude, "", "booking"); err != nil {
		t.Fatal(err)
	}
	holds(t, o, maude)
	acts := o.Acts(t)
	if got := acts[len(acts)-2:]; got[0] != "roles.replace" || got[1] != "roles.end" {
		t.Errorf("the journal says %v", acts)
	}
}

func TestNobodyGivesWhatTheyMayNot(t *testing.T) {
	o := open(t, "planner")
	coordinator := o.Person(t, "coordination", "consultation_2")
	maude := o.Person(t, "consultation_2")
	for _, c := range []struct {
		name      string
		by        access.Actor
		to        place.Person
		give, end string
		kind      fault.Kind
		key       string
	}{
		{"support's role", o.Pilot.Actor(), maude, "pilot", "", fault.KindForbidden, "roles.support_only"},
		{"support's role in place of another", o.Pilot.Actor(), maude, "pilot", "consultation_2", fault.KindForbidden, "roles.support_only"},
		{"a role of those above", coordinator.Actor(), maude, "coordination", "", fault.KindForbidden, "roles.not_giver"},
		{"to oneself", coordinator.Actor(), coordinator, "booking", "", 0, ""}, // widens nothing
		{"in another hat", coordinator.Wearing(o.Role(t, "consultation_2")), maude, "booking", "", fault.KindForbidden, "access.no_edit"},
		{"to someone above", coordinator.Actor(), o.Pilot, "booking", "", fault.KindForbidden, "roles.above"},
		{"ending a role of someone above", coordinator.Actor(), o.Pilot, "", "pilot", fault.KindForbidden, "roles.above"},
		{"twice", o.Pilot.Actor(), maude, "consultation_2", "", fault.KindConflict, "roles.already_held"},
		{"the same again", o.Pilot.Actor(), maude, "consultation_2", "consultation_2", fault.KindConflict, "roles.already_held"},
		{"the last pilot's role", o.Pilot.Actor(), o.Pilot, "", "pilot", fault.KindConflict, "roles.last_holder"},
		{"nothing", o.Pilot.Actor(), maude, "", "", fault.KindInvalid, "roles.nothing_chosen"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := o.do(t, c.by, c.to, c.give, c.end)
			if c.key == "" && err == nil {
				return
			}
			refused(t, err, c.kind, c.key)
		})
	}
	holds(t, o, maude, "consultation_2")
	holds(t, o, o.Pilot, "pilot")
}

func TestNobodyGivesACellWiderThanTheirOwn(t *testing.T) {
	o := open(t, "planner")
	coordinator, maude := o.Person(t, "coordination"), o.Person(t)
	o.narrow(t, coordinator, "clients")
	refused(t, o.do(t, coordinator.Actor(), maude, "booking", ""), fault.KindForbidden, "roles.excess")
	if err := o.do(t, coordinator.Actor(), maude, "slot_management", ""); err != nil {
		t.Error(err)
	}
}

// narrow sets an area of someone's grid by hand to nothing.
func (o office) narrow(t testing.TB, who place.Person, area string) {
	t.Helper()
	o.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `insert into override (tenant_id, resource_id, area, view, edit, view_ok, edit_ok, since, by_kind)
select tenant_id, $1, area, 0, 0, view_ok, edit_ok, $3, 'console' from area where area = $2`, who.Resource, area, v.Now)
		return err
	})
}

func TestNobodyWidensTheirOwnRights(t *testing.T) {
	o := open(t, "planner")
	pilot := o.Pilot
	o.narrow(t, pilot, "clients") // what is set by hand holds whatever the roles: a role widens nothing there
	if err := o.do(t, pilot.Actor(), pilot, "booking", ""); err != nil {
		t.Error(err)
	}
	manager := o.Person(t, "coordination")
	o.Write(t, func(ctx context.Context, v *access.Visit) error { // as if coordinators gave a role that they lack in part
		_, err := v.Exec(ctx, `update role_cell set open = false, until = $1 where role_id = $2 and area = 'slots'`, v.Now, o.Role(t, "coordination"))
		if err != nil {
			return err
		}
		_, err = v.Exec(ctx, `insert into override (tenant_id, resource_id, area, view, edit, view_ok, edit_ok, since, by_kind)
select tenant_id, $1, area, 3, 3, view_ok, edit_ok, $2, 'console' from area where area = 'settings'`, manager.Resource, v.Now)
		return err
	})
	refused(t, o.do(t, manager.Actor(), manager, "slot_management", ""), fault.KindForbidden, "roles.own_rights")
}

func TestNobodyOutlastsTheirOwnPlannedEnd(t *testing.T) {
	o := open(t, "planner")
	temp := o.Person(t, "coordination")
	o.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `update role_grant set until = $2 where resource_id = $1`, temp.Resource, v.Now.Add(time.Hour))
		return err
	})
	refused(t, o.do(t, temp.Actor(), temp, "booking", ""), fault.KindForbidden, "roles.own_rights")
}

func TestAnExclusiveRoleEndsTheOthersOnceConfirmed(t *testing.T) {
	o := open(t, "childcare")
	tech := o.Person(t, "educator", "employee")
	o.Clock.Advance(time.Second)
	c := o.change(t, tech, "technician", "")
	by := o.Pilot.Actor()
	sent := o.sent(t, by, tech, c)
	if len(sent.Ends) != 2 {
		t.Fatalf("%d roles would end, want 2", len(sent.Ends))
	}
	for _, ends := range [][]uuid.UUID{nil, sent.Ends[:1], {sent.Ends[0], sent.Ends[0]}, append(sent.Ends, access.NewID())} {
		_, err := o.Apply(t.Context(), by, tech.Resource, c, roles.Sent{Version: sent.Version, Submission: access.NewID(), Ends: ends})
		refused(t, err, fault.KindConflict, "roles.confirm_ends")
	}
	done, err := o.Apply(t.Context(), by, tech.Resource, c, sent)
	if err != nil {
		t.Fatal(err)
	}
	if done.Given[0].ID != c.Give[0] || len(done.Ended) != 2 {
		t.Errorf("said to give %v and to end %d roles", done.Given[0].Name, len(done.Ended))
	}
	holds(t, o, tech, "technician")
	refused(t, o.do(t, by, tech, "educator", ""), fault.KindConflict, "roles.exclusive")
	if err := o.do(t, by, tech, "educator", "technician"); err != nil {
		t.Error(err)
	}
	holds(t, o, tech, "educator")
}

func TestARoleWithAPlannedEndEndsByItselfAndCanBeGivenAgain(t *testing.T) {
	o := open(t, "childcare")
	tech := o.Person(t)
	if err := o.do(t, o.Pilot.Actor(), tech, "technician", ""); err != nil {
		t.Fatal(err)
	}
	grant := o.held(t, tech)["technician"]
	if grant.Until == nil || !grant.Until.Equal(o.Clock.Now().AddDate(0, 0, 90)) {
		t.Errorf("ends %v", grant.Until)
	}
	stale := o.change(t, tech, "", "technician")
	o.Clock.Advance(90 * 24 * time.Hour)
	holds(t, o, tech)
	_, err := o.Apply(t.Context(), o.Pilot.Actor(), tech.Resource, stale, o.sent(t, o.Pilot.Actor(), tech, stale))
	refused(t, err, fault.KindConflict, "roles.ended")
	for _, key := range []string{"educator", "employee"} { // the room of the expired one is free
		if err := o.do(t, o.Pilot.Actor(), tech, key, ""); err != nil {
			t.Error(err)
		}
	}
	if err := o.do(t, o.Pilot.Actor(), tech, "technician", ""); err != nil {
		t.Error(err)
	}
	holds(t, o, tech, "technician")
}

func TestAStaleFormChangesNothing(t *testing.T) {
	o := open(t, "planner")
	maude := o.Person(t, "consultation_2")
	c := o.change(t, maude, "booking", "consultation_2")
	first := o.sent(t, o.Pilot.Actor(), maude, c)
	second := first
	second.Submission = access.NewID()
	if _, err := o.Apply(t.Context(), o.Pilot.Actor(), maude.Resource, c, first); err != nil {
		t.Fatal(err)
	}
	_, err := o.Apply(t.Context(), o.Pilot.Actor(), maude.Resource, c, second)
	refused(t, err, fault.KindConflict, "roles.stale")
	holds(t, o, maude, "booking")
}

func TestAFormSentTwiceCountsOnce(t *testing.T) {
	o := open(t, "planner")
	maude := o.Person(t, "consultation_2")
	c := o.change(t, maude, "booking", "consultation_2")
	sent := o.sent(t, o.Pilot.Actor(), maude, c)
	before := len(o.Acts(t))
	for range 2 {
		done, err := o.Apply(t.Context(), o.Pilot.Actor(), maude.Resource, c, sent)
		if err != nil {
			t.Fatal(err)
		}
		if done.Person.ID != maude.Resource || done.Given[0].ID != c.Give[0] || len(done.Ended) != 1 || done.Ended[0].ID != o.Role(t, "consultation_2") {
			t.Errorf("answered %+v", done)
		}
	}
	if n := len(o.Acts(t)) - before; n != 1 {
		t.Errorf("%d acts", n)
	}
	if n := letters(t, o, "role_changed"); n != 1 {
		t.Errorf("%d letters", n)
	}
}

func letters(t testing.TB, o office, template string) (n int) {
	t.Helper()
	err := pgtest.Super(t).QueryRow(t.Context(), `select count(*) from mail where tenant_id = $1 and template = $2`, o.ID, template).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSomeoneArchivedIsLeftAsTheyAre(t *testing.T) {
	o := open(t, "planner")
	maude := o.Person(t, "consultation_2")
	o.Archive(t, maude)
	refused(t, o.do(t, o.Pilot.Actor(), maude, "booking", ""), fault.KindConflict, "roles.archived")
	refused(t, o.do(t, o.Pilot.Actor(), maude, "", "consultation_2"), fault.KindConflict, "roles.archived")
}

func TestARetiredRoleIsKeptAndEndedButGivenNoMore(t *testing.T) {
	o := open(t, "planner")
	maude := o.Person(t, "booking", "consultation_2")
	o.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `update role set retired_at = $1 where preset in ('booking', 'consultation_1')`, v.Now)
		return err
	})
	refused(t, o.do(t, o.Pilot.Actor(), maude, "consultation_1", ""), fault.KindConflict, "roles.retired")
	holds(t, o, maude, "booking", "consultation_2")
	if err := o.do(t, o.Pilot.Actor(), maude, "", "booking"); err != nil {
		t.Error(err)
	}
}

func TestAnotherPlacesPeopleRolesAndGrantsAreNotThere(t *testing.T) {
	o := open(t, "planner")
	other := over(t, o.Beside(t))
	theirs, ours := other.Person(t, "consultation_2"), o.Person(t, "consultation_2")
	by := o.Pilot.Actor()
	_, err := o.List(t.Context(), by, theirs.Resource)
	refused(t, err, fault.KindNotFound, "people.absent")
	_, err = o.Preview(t.Context(), by, ours.Resource, roles.Giving(other.Role(t, "booking")))
	refused(t, err, fault.KindNotFound, "roles.absent")
	end := roles.Ending(other.held(t, theirs)["consultation_2"].ID)
	_, err = o.Apply(t.Context(), by, ours.Resource, end, o.sent(t, by, ours, end))
	refused(t, err, fault.KindConflict, "roles.ended")
	_, err = o.List(t.Context(), other.Pilot.Signed().In(o.ID), ours.Resource)
	refused(t, err, fault.KindNotFound, "access.no_place")
}

func TestAChoiceSaysWhyNotAndWhoCould(t *testing.T) {
	o := open(t, "planner")
	coordinator, maude := o.Person(t, "coordination"), o.Person(t, "consultation_2")
	page, err := o.Choices(t.Context(), coordinator.Actor(), maude.Resource, roles.Giving(o.Role(t, "booking")))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"consultation_2": "roles.already_held", "consultation_1": "", "booking": "",
		"slot_management": "", "coordination": "roles.not_giver", "pilot": "roles.support_only"}
	for key, why := range want {
		for _, c := range page.Choices {
			if c.ID != o.Role(t, key) {
				continue
			}
			if (c.Refused == nil) != (why == "") || c.Refused != nil && c.Refused.Key != why {
				t.Errorf("%s: %v, want %q", key, c.Refused, why)
			}
			if key == "coordination" && (len(c.Givers) != 1 || len(c.Givers[0].People) != 1) {
				t.Errorf("could be given by %+v", c.Givers)
			}
			if c.MayAsk != (key == "pilot") {
				t.Errorf("%s: may be asked for: %v", key, c.MayAsk)
			}
		}
	}
	if len(page.Choices) != len(want) || page.Preview == nil || len(page.Preview.Widened) == 0 {
		t.Errorf("%d choices, preview %+v", len(page.Choices), page.Preview)
	}
}

func TestTheCatalogueCountsHolders(t *testing.T) {
	o := open(t, "planner")
	for range 3 {
		o.Person(t, "consultation_2")
	}
	o.Archive(t, o.Person(t, "consultation_2"))
	page, err := o.Catalogue(t.Context(), o.Pilot.Actor())
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Roles) != 6 || page.Roles[0].Holders != 3 || page.Roles[5].Holders != 1 || len(page.Catalogue.Areas) != 11 {
		t.Errorf("%+v, %d areas", page.Roles, len(page.Catalogue.Areas))
	}
}
