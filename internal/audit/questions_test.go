package audit_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/audit"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/pgtest/place"
)

func refused(t *testing.T, err error, kind fault.Kind, key string) {
	t.Helper()
	faults, ok := fault.As(err)
	if !ok || faults[0].Key != key || faults.Kind() != kind {
		t.Errorf("got %v, want %s", err, key)
	}
}

func TestWhoMayNotSeeRolesMayAskNothingOfOthers(t *testing.T) {
	d := open(t, "clinic")
	nobody, ctx := d.Person(t, "clinician"), t.Context()
	asked := d.Pilot.Resource
	_, why := d.Why(ctx, nobody.Actor(), asked, access.Roles, grid.View, time.Time{})
	_, who := d.WhoCan(ctx, nobody.Actor(), audit.Question{Area: access.Roles})
	_, all := d.AllWhoCan(ctx, nobody.Actor(), audit.Question{Area: access.Roles})
	_, asOf := d.AsOf(ctx, nobody.Actor(), asked, time.Time{})
	_, changes := d.Changes(ctx, nobody.Actor(), asked, d.Clock.Now().Add(-time.Hour), time.Time{})
	_, try := d.Try(ctx, nobody.Actor(), asked)
	_, day := d.EndOf(ctx, nobody.Actor(), "on", "2020-01-01")
	for _, err := range []error{why, who, all, asOf, changes, try, day} {
		refused(t, err, fault.KindForbidden, "access.no_view")
	}
	stranger := open(t, "clinic")
	_, err := d.Refusal(ctx, stranger.Pilot.Signed().In(d.ID), audit.NeedWho)
	refused(t, err, fault.KindNotFound, "access.no_place")
}

// sees is someone without a role who views the areas, all set by hand.
func (d desk) sees(t *testing.T, areas ...grid.Area) access.Actor {
	t.Helper()
	who := d.Person(t)
	for _, area := range areas {
		d.hand(t, who, area, grid.All)
	}
	return who.Actor()
}

func TestWhoSeesRolesAloneLearnsOfNoPeopleAndNoRecords(t *testing.T) {
	d, ctx := open(t, "clinic"), t.Context()
	who := d.Person(t, "clinician")
	began := d.Clock.Now()
	d.Clock.Advance(time.Hour)
	record := access.NewID()
	d.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `
with one as (insert into record (tenant_id, id, reference, reference_key, label, search, created_at) values (@tenant, @id, 'R-1', 'r-1', 'Roy', 'roy', @now))
insert into assignment (tenant_id, resource_id, record_id, since, by_kind) values (@tenant, @who, @id, @now, 'console')`,
			pgx.StrictNamedArgs{"tenant": d.ID, "id": record, "who": who.Resource, "now": v.Now})
		return err
	})
	roles, people := d.sees(t, access.Roles), d.sees(t, access.Roles, access.People)
	all := d.sees(t, access.Roles, access.People, access.Records)
	plain, found, of := audit.Question{Area: access.Roles}, audit.Question{Area: access.Roles, Words: "R-1"}, audit.Question{Area: access.Roles, Record: record}
	for what, test := range map[string]struct {
		actor access.Actor
		audit.Question
		open bool
	}{
		"roles alone, of anything":    {roles, plain, false},
		"roles and people":            {people, plain, true},
		"roles and people, by words":  {people, found, false},
		"roles and people, of one":    {people, of, false},
		"all three, by words":         {all, found, true},
		"all three, of one":           {all, of, true},
		"records without the people":  {d.sees(t, access.Roles, access.Records), of, false},
		"people and records, no role": {d.sees(t, access.People, access.Records), plain, false},
	} {
		_, one := d.WhoCan(ctx, test.actor, test.Question)
		_, whole := d.AllWhoCan(ctx, test.actor, test.Question)
		for _, err := range []error{one, whole} {
			switch {
			case test.open && err != nil:
				t.Errorf("%s: %v", what, err)
			case !test.open:
				refused(t, err, fault.KindForbidden, "access.no_view")
			}
		}
	}
	for actor, want := range map[access.Actor]int{people: 0, all: 1} {
		page, err := d.Changes(ctx, actor, who.Resource, began, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		told := 0
		for _, e := range page.Events {
			if e.What == audit.Assigned {
				told++
			}
		}
		if told != want {
			t.Errorf("%d events tell of records, want %d", told, want)
		}
	}
	page, err := d.Refusal(ctx, people, of.Need())
	if err != nil || page.Area.Key != access.Records || page.UnderHat {
		t.Errorf("who lacks records is told %+v, %v", page.Area, err)
	}
}

func TestARefusalSaysWhatIsMissingAndWhoCouldGiveIt(t *testing.T) {
	d := open(t, "clinic")
	clinician := d.Person(t, "clinician")
	page, err := d.Refusal(t.Context(), clinician.Actor(), access.EditOf(access.People, "people.create"))
	if err != nil {
		t.Fatal(err)
	}
	if page.Area.Key != access.People || page.Direction != grid.Edit || page.UnderHat {
		t.Errorf("lacks %s of %v", page.Direction, page.Area)
	}
	if len(page.Missing.Ways) == 0 || len(page.Missing.Ways[0].Givers) == 0 {
		t.Fatalf("no way out: %+v", page.Missing)
	}
	for _, way := range page.Missing.Ways {
		if way.Reach != grid.All {
			t.Errorf("%s would only lead to %s", way.Role.Name.En, way.Reach)
		}
		for _, giver := range way.Givers {
			if len(giver.People) != 1 || giver.People[0] != d.Pilot.Given+" "+d.Pilot.Family {
				t.Errorf("%s is held by %v", giver.Role.Name.En, giver.People)
			}
		}
	}
}

func TestATooNarrowHatIsSaidToBeOne(t *testing.T) {
	d := open(t, "clinic")
	both := d.Person(t, "clinician", "administrator")
	page, err := d.Refusal(t.Context(), both.Wearing(d.Role(t, "clinician")), audit.NeedWho)
	if err != nil {
		t.Fatal(err)
	}
	if !page.UnderHat || page.Missing != nil {
		t.Errorf("got %+v", page)
	}
}

func TestAHandStandsInTheWayOfRoles(t *testing.T) {
	d := open(t, "clinic")
	who := d.Person(t, "clinician")
	d.hand(t, who, "billing", 0)
	page, err := d.Why(t.Context(), d.Pilot.Actor(), who.Resource, "billing", grid.View, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if page.Reason.Cause != grid.FromHand || !page.Missing.Barred || len(page.Missing.Ways) > 0 || len(page.Missing.Hand) == 0 {
		t.Errorf("explained as %+v, with %+v missing", page.Reason, page.Missing)
	}
}

// hand sets what someone may view of an area by hand.
func (d desk) hand(t *testing.T, who place.Person, area grid.Area, view grid.Scope) {
	t.Helper()
	d.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `
insert into override (tenant_id, resource_id, area, view, view_ok, edit_ok, since, by_kind)
select @tenant, @id, area, @view, view_ok, edit_ok, @now, 'console' from area where area = @area`,
			pgx.StrictNamedArgs{"tenant": d.ID, "id": who.Resource, "area": string(area), "view": view, "now": v.Now})
		return err
	})
}

func TestPagesOfAnAnswerHaveEveryoneOnceInTheOrderOfNames(t *testing.T) {
	d := open(t, "clinic")
	want := map[uuid.UUID]bool{d.Pilot.Resource: true}
	for i := range 2*audit.WhoPageSize + 7 {
		who := d.Person(t, "reception")
		want[who.Resource] = true
		switch i % 10 {
		case 3:
			d.hand(t, who, "billing", 0)
			delete(want, who.Resource)
		case 4:
			d.hand(t, who, "billing", grid.Assigned)
		}
	}
	q, last, found := audit.Question{Area: "billing", Direction: grid.View}, "", map[uuid.UUID]bool{}
	for pages := 1; ; pages++ {
		page, err := d.WhoCan(t.Context(), d.Pilot.Actor(), q)
		if err != nil {
			t.Fatal(err)
		}
		if page.Total != len(want) {
			t.Errorf("page %d counts %d, want %d", pages, page.Total, len(want))
		}
		for _, able := range page.People {
			if found[able.ID] || !want[able.ID] {
				t.Errorf("%s stands there twice, or for nothing", able.Name())
			}
			if found[able.ID] = true; len(able.Family) == len(last) && able.Family < last {
				t.Errorf("%s comes after %s", able.Family, last)
			}
			last = able.Family
		}
		if page.Next == uuid.Nil {
			break
		}
		if len(page.People) != audit.WhoPageSize {
			t.Errorf("page %d has %d people", pages, len(page.People))
		}
		q.After = page.Next
	}
	all, err := d.AllWhoCan(t.Context(), d.Pilot.Actor(), q)
	if err != nil || len(all.People) != len(want) || len(found) != len(want) {
		t.Errorf("%d on pages and %d at once (%v), want %d", len(found), len(all.People), err, len(want))
	}
}

func TestADayEndsInThePlacesTimeZone(t *testing.T) {
	montreal, err := time.LoadLocation("America/Montreal")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 21, 23, 30, 0, 0, montreal) // the 22nd in UTC
	for day, want := range map[string]string{
		"2026-11-21": "", // today
		"2026-11-20": "2026-11-21T04:59:59.999999Z",
		"2026-11-01": "2026-11-02T04:59:59.999999Z", // of 25 hours
		"2026-03-08": "2026-03-09T03:59:59.999999Z", // of 23 hours
	} {
		got, err := audit.EndOfDay("on", day, now)
		if err != nil || want == "" && !got.IsZero() || want != "" && got.UTC().Format(time.RFC3339Nano) != want {
			t.Errorf("%s ends at %s (%v), want %s", day, got.UTC().Format(time.RFC3339Nano), err, want)
		}
	}
	for day, key := range map[string]string{
		"2026-11-22": "audit.day_to_come", "2026-02-30": "audit.no_day", "hier": "audit.no_day", "0001-01-01": "audit.no_day", "2026-11-21T00:00": "audit.no_day",
	} {
		_, err := audit.EndOfDay("on", day, now)
		refused(t, err, fault.KindInvalid, key)
	}
}

func TestATrialSaysWhatWouldComeOfItAndSavesNothing(t *testing.T) {
	d := open(t, "childcare")
	lines := len(d.Acts(t))
	var exclusive, answering string
	for _, r := range d.Kind.Roles {
		if r.Exclusive {
			exclusive = r.Key
		}
		if r.MinHolders > 0 && r.Grid[access.Settings].Edit == grid.All {
			answering = r.Key
		}
	}
	page, err := d.tries(t, d.Pilot, audit.Trial{Give: d.roles(t, exclusive)})
	if err != nil {
		t.Fatal(err)
	}
	rules := map[audit.Rule]bool{}
	for _, f := range page.Findings {
		rules[f.Rule] = true
	}
	for _, rule := range []audit.Rule{audit.ExclusiveEnds, audit.LastHolder, audit.NoEditor} {
		if !rules[rule] {
			t.Errorf("nothing is said of %s: %+v", rule, page.Findings)
		}
	}
	again, err := d.tries(t, d.Pilot, audit.Trial{})
	if err != nil || !again.Effective().Equal(page.Forecast.Before) || len(again.Findings) > 0 || len(d.Acts(t)) != lines {
		t.Errorf("something was done: %v", err)
	}
	scope := grid.All
	for field, trial := range map[string]audit.Trial{
		"give": {Give: d.roles(t, answering)},
		"end":  {End: d.roles(t, exclusive)},
		"":     {Hands: map[grid.Area]grid.Override{"elsewhere": {View: &scope}}},
	} {
		_, err := d.tries(t, d.Pilot, trial)
		if faults, ok := fault.As(err); !ok || faults[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// A cell that a role lost has nothing after it: its end is what is told.
func TestWhatARoleLostIsToldToWhoHeldIt(t *testing.T) {
	d := open(t, "clinic")
	who, role := d.Person(t, "clinician"), d.Role(t, "clinician")
	const area grid.Area = "client_profiles" // it admits what is written below
	from := d.Clock.Now()
	regrid := func(sql string) {
		d.Clock.Advance(time.Hour)
		d.Write(t, func(ctx context.Context, v *access.Visit) error {
			_, err := v.Exec(ctx, sql, pgx.StrictNamedArgs{"role": role, "area": string(area), "now": v.Now, "pilot": d.Pilot.Resource})
			return err
		})
	}
	regrid(`update role_cell set until = @now, open = false, ended_kind = 'person', ended_resource = @pilot where role_id = @role and area = @area and open`)
	regrid(`
insert into role_cell (tenant_id, role_id, area, view, edit, view_ok, edit_ok, since, by_kind, by_resource)
select tenant_id, @role, area, 3, 0, view_ok, edit_ok, @now, 'person', @pilot from area where area = @area`)
	page, err := d.Changes(t.Context(), d.Pilot.Actor(), who.Resource, from, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Events) != 2 {
		t.Fatalf("%d events: %+v", len(page.Events), page.Events)
	}
	for i, want := range []grid.Scope{grid.All, grid.None} {
		e := page.Events[i]
		if e.What != audit.RoleChanged || e.Area.Key != area || *e.Is.View != want || e.By.Name != d.Pilot.Given+" "+d.Pilot.Family {
			t.Errorf("told %+v, want %s", e, want)
		}
	}
	if lost := page.Events[1].Was.View; lost == nil || *lost == grid.None {
		t.Errorf("it was %v before", lost)
	}
}

// Whatever role is tried, given or ended, an answer comes, and nobody is counted
// who isn't there: a role that asks for no holders lacks none.
func TestEveryRoleCanBeTriedAndIsCountedRight(t *testing.T) {
	d := open(t, "clinic")
	var keys []string
	for _, r := range d.Kind.Roles {
		keys = append(keys, r.Key)
	}
	for _, key := range keys {
		holder, other := d.Person(t, key), d.Person(t)
		for what, trial := range map[string]struct {
			who place.Person
			audit.Trial
		}{"given": {other, audit.Trial{Give: d.roles(t, key)}}, "ended": {holder, audit.Trial{End: d.roles(t, key)}}} {
			page, err := d.tries(t, trial.who, trial.Trial)
			if err != nil {
				t.Errorf("%s %s: %v", key, what, err)
				continue
			}
			for _, f := range append(page.Findings, page.Settled...) {
				if f.Rule == audit.TooFew && (f.Least == 0 || f.Count < 0 || f.Role.MinHolders != f.Least) {
					t.Errorf("%s %s: %d left of %d", key, what, f.Count, f.Least)
				}
			}
		}
	}
}

func TestARoleWithAMinimumIsCountedWithoutWhoLosesIt(t *testing.T) {
	d := open(t, "clinic")
	one, _ := d.Person(t, "clinician"), d.Person(t, "clinician")
	clinician := d.Role(t, "clinician")
	d.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `update role set min_holders = 2 where id = @role`, pgx.StrictNamedArgs{"role": clinician})
		return err
	})
	page, err := d.tries(t, one, audit.Trial{End: []uuid.UUID{clinician}})
	if err != nil || len(page.Findings) != 1 || page.Findings[0].Rule != audit.TooFew || page.Findings[0].Count != 1 || page.Findings[0].Least != 2 {
		t.Errorf("%v: %+v", err, page.Findings)
	}
}

// What a hand says takes the place of what the roles gave, and leaves it again.
func TestAChangeBySomeonesHandTellsWhatHeldBeforeAndAfter(t *testing.T) {
	d := open(t, "clinic")
	who := d.Person(t, "clinician")
	from := d.Clock.Now()
	d.Clock.Advance(time.Hour)
	d.hand(t, who, "client_profiles", grid.All)
	d.Clock.Advance(time.Hour)
	d.hand(t, who, "billing", grid.All)
	d.Clock.Advance(time.Hour)
	d.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `update override set until = @now, open = false, ended_kind = 'console' where resource_id = @id and area = 'client_profiles' and open`,
			pgx.StrictNamedArgs{"id": who.Resource, "now": v.Now})
		return err
	})
	page, err := d.Changes(t.Context(), d.Pilot.Actor(), who.Resource, from, time.Time{})
	if err != nil || len(page.Events) != 3 {
		t.Fatalf("%v: %+v", err, page.Events)
	}
	for i, want := range []struct {
		before, after grid.Scope
		was, is       grid.Cause
	}{
		{grid.All, grid.Assigned, grid.FromHand, grid.FromRoles},
		{grid.None, grid.All, grid.Unsaid, grid.FromHand},
		{grid.Assigned, grid.All, grid.FromRoles, grid.FromHand},
	} {
		held := page.Events[i].Held[grid.View]
		if held.Before.Scope != want.before || held.After.Scope != want.after || held.Before.Cause != want.was || held.After.Cause != want.is {
			t.Errorf("event %d: %+v, want %+v", i, held, want)
		}
	}
}

func TestTheScopesOfAQuestionAreThoseOfItsArea(t *testing.T) {
	d := open(t, "clinic")
	_, err := d.WhoCan(t.Context(), d.Pilot.Actor(), audit.Question{Area: access.Settings, Least: grid.Assigned})
	refused(t, err, fault.KindInvalid, audit.NotAdmitted)
	if _, err = d.WhoCan(t.Context(), d.Pilot.Actor(), audit.Question{Area: access.Settings, Least: grid.All}); err != nil {
		t.Error(err)
	}
}

func TestARecordMakesNoDifferenceWhereAccessIsNotSetByRecord(t *testing.T) {
	d := open(t, "clinic")
	record := access.NewID()
	d.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `insert into record (tenant_id, id, reference, reference_key, label, search, created_at) values (@tenant, @id, 'R-1', 'r-1', 'Roy', 'roy', @now)`,
			pgx.StrictNamedArgs{"tenant": d.ID, "id": record, "now": v.Now})
		return err
	})
	for area, apart := range map[grid.Area]bool{access.Settings: true, access.Records: false, "client_profiles": false} {
		plain, err := d.WhoCan(t.Context(), d.Pilot.Actor(), audit.Question{Area: area})
		if err != nil {
			t.Fatal(err)
		}
		of, err := d.WhoCan(t.Context(), d.Pilot.Actor(), audit.Question{Area: area, Record: record})
		if err != nil || of.Apart != apart || of.Record == nil || of.Question.Record != record || apart && of.Total != plain.Total {
			t.Errorf("%s: %v, apart %t, %d of %d", area, err, of.Apart, of.Total, plain.Total)
		}
	}
}

// Anyone may ask why of their own cells, as they act; it names no holder of any role.
func TestAnyoneMayAskWhyOfThemselves(t *testing.T) {
	d := open(t, "clinic")
	both := d.Person(t, "clinician", "reception")
	page, err := d.OwnWhy(t.Context(), both.Actor(), "client_profiles", grid.View)
	if err != nil || page.File.Person.ID != both.Resource || page.Reason.Cause != grid.FromRoles || len(page.Grants) != 2 {
		t.Fatalf("%v: %+v", err, page.Reason)
	}
	worn, err := d.OwnWhy(t.Context(), both.Wearing(d.Role(t, "clinician")), "billing", grid.View)
	if err != nil || worn.Reason.Scope != worn.Grid["billing"].View || len(worn.Grants) != 1 || worn.Missing != nil {
		t.Errorf("%v: under a hat %v, and the door says %v", err, worn.Reason.Scope, worn.Grid["billing"].View)
	}
	page, err = d.OwnWhy(t.Context(), d.Person(t, "clinician").Actor(), access.Settings, grid.Edit)
	if err != nil || page.Missing == nil || len(page.Missing.Ways) == 0 {
		t.Fatalf("%v: nothing would do: %+v", err, page.Missing)
	}
	for _, way := range page.Missing.Ways {
		for _, giver := range way.Givers {
			if len(giver.People) > 0 {
				t.Errorf("%v are named", giver.People)
			}
		}
	}
	_, err = d.OwnWhy(t.Context(), both.Actor(), "elsewhere", grid.View)
	refused(t, err, fault.KindInvalid, "audit.area")
}
