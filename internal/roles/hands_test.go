package roles_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/roles"
)

// hand is a cell set by hand in both directions.
func hand(view, edit grid.Scope) grid.Override { return grid.Override{View: &view, Edit: &edit} }

// ids are the people, and the versions that a fresh form has of them.
func (o office) ids(t testing.TB, people ...place.Person) ([]uuid.UUID, roles.SentHands) {
	t.Helper()
	var all []uuid.UUID
	sent := roles.SentHands{Versions: map[uuid.UUID]int{}, Submission: access.NewID()}
	for _, p := range people {
		all = append(all, p.Resource)
		sent.Versions[p.Resource] = read[int](t, `select version from resource where id = $1`, p.Resource)[0]
	}
	return all, sent
}

// set sets cells by hand with a fresh form.
func (o office) set(t testing.TB, by access.Actor, hands roles.Hands, people ...place.Person) error {
	t.Helper()
	all, sent := o.ids(t, people...)
	return o.SetHands(t.Context(), by, all, hands, sent)
}

func read[T any](t testing.TB, sql string, args ...any) []T {
	t.Helper()
	rows, err := pgtest.Super(t).Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (o office) permissions(t testing.TB, who place.Person) *roles.PermissionsPage {
	t.Helper()
	page, err := o.Permissions(t.Context(), o.Pilot.Actor(), who.Resource)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func TestCellsSetByHandHoldFromTheNextRequest(t *testing.T) {
	o := open(t, "clinic")
	renee := o.Person(t, "clinician")
	see := func() error { _, err := o.List(t.Context(), renee.Actor(), o.Pilot.Resource); return err }
	refused(t, see(), fault.KindForbidden, "access.no_view")
	o.Clock.Advance(time.Second)
	if err := o.set(t, o.Pilot.Actor(), roles.Hands{"roles": hand(grid.All, grid.None)}, renee); err != nil {
		t.Fatal(err)
	}
	if err := see(); err != nil {
		t.Error(err)
	}
	o.Clock.Advance(time.Second)
	if err := o.set(t, o.Pilot.Actor(), roles.Hands{"roles": {}}, renee); err != nil { // as the roles say
		t.Fatal(err)
	}
	refused(t, see(), fault.KindForbidden, "access.no_view")
	if got := o.Acts(t); !slices.Equal(got[len(got)-3:], []string{"permissions.change", "permissions.change", "page.roles refused"}) {
		t.Errorf("the journal says %v", got)
	}
}

func TestAPersonsGridSaysWhereEachCellComesFrom(t *testing.T) {
	o := open(t, "clinic")
	renee := o.Person(t, "clinician")
	view := grid.None
	if err := o.set(t, o.Pilot.Actor(), roles.Hands{"billing": hand(grid.Assigned, grid.None), "client_documents": {View: &view}}, renee); err != nil {
		t.Fatal(err)
	}
	page := o.permissions(t, renee)
	for _, c := range []struct {
		area       grid.Area
		view, edit grid.Cause
	}{
		{"client_profiles", grid.FromRoles, grid.FromRoles},
		{"client_documents", grid.FromHand, grid.Corrected},
		{"billing", grid.FromHand, grid.FromHand},
		{"journal", grid.Unsaid, grid.Unsaid},
	} {
		if why := page.Why[c.area]; why[0].Cause != c.view || why[1].Cause != c.edit {
			t.Errorf("%s: %+v", c.area, why)
		}
	}
	if by := page.Holding.Hands["billing"].By; by.Kind != "person" || by.Name != "Ève "+o.Pilot.Family || !page.Holding.Hands["billing"].Since.Equal(o.Clock.Now()) {
		t.Errorf("set by %+v", by)
	}
	if page.Grid["billing"] != (grid.Cell{View: grid.Assigned}) || page.Grid["client_documents"] != (grid.Cell{}) || page.Refused != nil {
		t.Errorf("got %+v, %v", page.Grid, page.Refused)
	}
	seen, err := o.Permissions(t.Context(), o.Person(t, "coordinator").Actor(), renee.Resource)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, seen.Refused, fault.KindForbidden, "roles.hands_settings")
	o.Archive(t, renee)
	refused(t, o.permissions(t, renee).Refused, fault.KindConflict, "roles.archived")
}

func TestNobodySetsByHandWhatTheyMayNot(t *testing.T) {
	o := open(t, "clinic")
	other := over(t, o.Beside(t))
	coordinator, renee, gone, stranger := o.Person(t, "coordinator"), o.Person(t, "clinician"), o.Person(t, "clinician"), other.Person(t)
	narrowed := o.Person(t, "administrator")
	if err := o.set(t, o.Pilot.Actor(), roles.Hands{"journal": hand(grid.None, grid.None)}, narrowed); err != nil {
		t.Fatal(err)
	}
	o.Archive(t, gone)
	pilot, some := o.Pilot.Actor(), roles.Hands{"billing": hand(grid.Assigned, grid.None)}
	for _, c := range []struct {
		name  string
		by    access.Actor
		hands roles.Hands
		of    []place.Person
		kind  fault.Kind
		keys  string // with their fields
	}{
		{"without the settings", coordinator.Actor(), some, []place.Person{renee}, fault.KindForbidden, "access.no_edit"},
		{"in another hat", pilotIn(t, o, coordinator), some, []place.Person{renee}, fault.KindForbidden, "access.no_edit"},
		{"their own, wider", narrowed.Actor(), roles.Hands{"journal": hand(grid.All, grid.None)}, []place.Person{narrowed}, fault.KindForbidden, "roles.own_rights"},
		{"their own, as the roles say", narrowed.Actor(), roles.Hands{"journal": {}}, []place.Person{renee, narrowed}, fault.KindForbidden, "roles.own_rights"},
		{"of someone archived", pilot, some, []place.Person{renee, gone}, fault.KindConflict, "roles.archived"},
		{"of another place", pilot, some, []place.Person{renee, stranger}, fault.KindNotFound, "people.absent"},
		{"of nobody known", pilot, some, []place.Person{{Resource: access.NewID()}}, fault.KindNotFound, "people.absent"},
		{"of nobody", pilot, some, nil, fault.KindInvalid, "people: roles.hands_nobody"},
		{"unknown areas", pilot, roles.Hands{"slots": hand(grid.All, grid.All), "x": {}}, []place.Person{renee}, fault.KindInvalid, "roles.cell_unknown"},
		{"scopes that are not admitted", pilot, roles.Hands{"calendar": hand(grid.Assigned, grid.None), "billing": hand(grid.Own, grid.Own), "roles": hand(7, -1)}, []place.Person{renee},
			fault.KindInvalid, "cell.calendar.view: roles.cell_scope; cell.calendar.edit: roles.cell_scope; cell.billing.view: roles.cell_scope; " +
				"cell.billing.edit: roles.cell_scope; cell.roles.view: roles.cell_scope; cell.roles.edit: roles.cell_scope"},
		{"edit wider than view", pilot, roles.Hands{"billing": hand(grid.Assigned, grid.All)}, []place.Person{renee}, fault.KindInvalid, "cell.billing.edit: roles.cell_wider"},
	} {
		t.Run(c.name, func(t *testing.T) {
			all, sent := []uuid.UUID{}, roles.SentHands{Versions: map[uuid.UUID]int{}, Submission: access.NewID()}
			for _, p := range c.of {
				all, sent.Versions[p.Resource] = append(all, p.Resource), version(t, p)
			}
			err := o.SetHands(t.Context(), c.by, all, c.hands, sent)
			faults, _ := fault.As(err)
			if err == nil || faults.Kind() != c.kind || faults.Error() != c.keys {
				t.Errorf("got %v, want %s", err, c.keys)
			}
		})
	}
	if n := read[int](t, `select count(*)::int from override where tenant_id = $1 and resource_id <> $2`, o.ID, narrowed.Resource)[0]; n != 0 {
		t.Errorf("%d cells were set", n)
	}
}

// pilotIn is a pilot who acts as what a coordinator is.
func pilotIn(t *testing.T, o office, like place.Person) access.Actor {
	t.Helper()
	if err := o.give(t, access.AtConsole(o.ID), like, o.Role(t, "administrator")); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := o.do(t, o.Pilot.Actor(), like, "", "administrator"); err != nil {
			t.Fatal(err)
		}
	}()
	both := o.Person(t, "administrator", "coordinator")
	return both.Wearing(o.Role(t, "coordinator"))
}

func version(t *testing.T, p place.Person) int {
	t.Helper()
	return append(read[int](t, `select version from resource where id = $1`, p.Resource), 0)[0]
}

func TestWhatSupportAloneGivesIsNotSetByHand(t *testing.T) {
	o := open(t, "planner")
	maude := o.Person(t, "coordination")
	refused(t, o.set(t, o.Pilot.Actor(), roles.Hands{"settings": hand(grid.All, grid.All)}, maude), fault.KindForbidden, "roles.reserved")
	edit := grid.All
	refused(t, o.set(t, o.Pilot.Actor(), roles.Hands{"settings": {Edit: &edit}}, o.Person(t, "pilot")), fault.KindForbidden, "roles.reserved")
	if err := o.set(t, o.Pilot.Actor(), roles.Hands{"people": hand(grid.All, grid.None), "clients": {}}, maude); err != nil {
		t.Error(err)
	}
}

func TestAHandDoesNotOutlastOnesOwnPlannedEnd(t *testing.T) {
	o := open(t, "clinic")
	temp := o.Person(t, "administrator")
	o.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `update role_grant set until = $2 where resource_id = $1`, temp.Resource, v.Now.Add(time.Hour))
		return err
	})
	refused(t, o.set(t, temp.Actor(), roles.Hands{"settings": hand(grid.All, grid.All)}, temp), fault.KindForbidden, "roles.own_rights")
	if err := o.set(t, temp.Actor(), roles.Hands{"billing": hand(grid.None, grid.None)}, temp); err != nil { // for good, and narrower
		t.Error(err)
	}
}

// handFacts are the cells ever set by hand for someone, oldest first, with how each ended.
type handFact struct {
	Area         string
	View, Edit   *int16
	Since, Until time.Time
	Open         bool
	ByKind       string
	EndedKind    *string
	EndedBy      *uuid.UUID
}

func (o office) handFacts(t testing.TB, who place.Person) []handFact {
	t.Helper()
	rows, err := pgtest.Super(t).Query(t.Context(), `
select area, view, edit, since, case when until = 'infinity' then '9999-01-01' else until end until, open, by_kind, ended_kind, ended_resource ended_by
  from override where resource_id = $1 order by area, since`, who.Resource)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[handFact])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestACellThatIsSetAnewIsKeptAsItWas(t *testing.T) {
	o := open(t, "clinic")
	renee, second := o.Person(t, "clinician"), o.Person(t, "administrator")
	first := o.Clock.Now()
	set := func(by place.Person, hands roles.Hands) {
		t.Helper()
		if err := o.set(t, by.Actor(), hands, renee); err != nil {
			t.Fatal(err)
		}
	}
	set(o.Pilot, roles.Hands{"billing": hand(grid.Assigned, grid.None)})
	o.Clock.Advance(time.Hour)
	set(second, roles.Hands{"billing": hand(grid.All, grid.None)})
	set(second, roles.Hands{"billing": hand(grid.All, grid.All)}) // in the same instant
	set(second, roles.Hands{"billing": hand(grid.All, grid.All)}) // is so already
	now := o.Clock.Now()
	facts := o.handFacts(t, renee)
	if len(facts) != 2 {
		t.Fatalf("%d facts: %+v", len(facts), facts)
	}
	was, is := facts[0], facts[1]
	if *was.View != 2 || !was.Since.Equal(first) || !was.Until.Equal(now) || was.Open || *was.EndedKind != "person" || *was.EndedBy != second.Resource {
		t.Errorf("was %+v", was)
	}
	if *is.Edit != 3 || !is.Since.Equal(now) || !is.Open || is.EndedKind != nil || is.Until.Year() != 9999 {
		t.Errorf("is %+v", is)
	}
	if v := version(t, renee); v != 4 {
		t.Errorf("version %d: one turn says nothing new", v)
	}
	set(o.Pilot, roles.Hands{"billing": {}}) // and in the same instant nothing
	set(o.Pilot, roles.Hands{"billing": {}})
	if last := o.handFacts(t, renee)[1]; last.Open || !last.Until.Equal(last.Since) || *last.EndedBy != o.Pilot.Resource {
		t.Errorf("is %+v", last)
	}
	if len(o.permissions(t, renee).Holding.Hands) != 0 {
		t.Error("a cell is left set")
	}
}

func TestSeveralPeopleAreChangedAsOneOrNotAtAll(t *testing.T) {
	o := open(t, "clinic")
	a, b, c := o.Person(t, "clinician"), o.Person(t, "reception"), o.Person(t)
	hands := roles.Hands{"billing": hand(grid.Assigned, grid.None)}
	all, sent := o.ids(t, a, b, c)
	page, err := o.PreviewHands(t.Context(), o.Pilot.Actor(), append(all, all[0]), hands)
	if err != nil || len(page.People) != 3 {
		t.Fatalf("%+v, %v", page, err)
	}
	for i, want := range []struct{ widened, narrowed int }{{1, 0}, {0, 1}, {1, 0}} {
		p := page.People[i]
		if p.Person.ID != all[i] || len(p.Widened) != want.widened || len(p.Narrowed) != want.narrowed || p.Refused != nil || !p.Sets {
			t.Errorf("%d: %+v", i, p)
		}
	}
	stale := roles.SentHands{Versions: maps.Clone(sent.Versions), Submission: access.NewID()}
	stale.Versions[b.Resource]--
	refused(t, o.SetHands(t.Context(), o.Pilot.Actor(), all, hands, stale), fault.KindConflict, "roles.stale")
	delete(stale.Versions, b.Resource)
	refused(t, o.SetHands(t.Context(), o.Pilot.Actor(), all, hands, stale), fault.KindConflict, "roles.stale")
	if n := len(o.handFacts(t, a)) + len(o.handFacts(t, c)); n != 0 {
		t.Errorf("%d cells were set", n)
	}
	if err := o.SetHands(t.Context(), o.Pilot.Actor(), append(all, all[0]), hands, sent); err != nil {
		t.Fatal(err)
	}
	for i, p := range []place.Person{a, b, c} {
		got := o.permissions(t, p).Grid
		for _, row := range page.People[i].Rows {
			if got[row.Key] != row.After {
				t.Errorf("%s was shown as %v and is %v", row.Key, row.After, got[row.Key])
			}
		}
	}
	if acts := o.Acts(t); !slices.Equal(acts[len(acts)-3:], []string{"permissions.change", "permissions.change", "permissions.change"}) {
		t.Errorf("the journal says %v", acts)
	}
}

func TestAPreviewShowsWhatIsWrongAndWhomItConcerns(t *testing.T) {
	o := open(t, "clinic")
	renee, gone := o.Person(t, "clinician"), o.Person(t, "clinician")
	o.Archive(t, gone)
	all, _ := o.ids(t, renee, gone)
	page, err := o.PreviewHands(t.Context(), o.Pilot.Actor(), all, roles.Hands{"billing": hand(grid.Own, grid.None)})
	if err != nil || page.People[0].Faults.Error() != "cell.billing.view: roles.cell_scope" || page.People[0].Refused != nil || page.People[0].Sets {
		t.Errorf("%+v, %v", page.People[0], err)
	}
	refused(t, page.People[1].Refused, fault.KindConflict, "roles.archived")
	_, err = o.PreviewHands(t.Context(), o.Pilot.Actor(), make([]uuid.UUID, 0), roles.Hands{})
	refused(t, err, fault.KindInvalid, "roles.hands_nobody")
	stranger, _ := o.ids(t, over(t, o.Beside(t)).Pilot)
	_, err = o.PreviewHands(t.Context(), o.Pilot.Actor(), append(all, stranger...), roles.Hands{})
	refused(t, err, fault.KindNotFound, "people.absent")
	page, err = o.PreviewHands(t.Context(), o.Pilot.Actor(), all, nil)
	if err != nil || page.People[0].Sets || len(page.People[0].Widened) > 0 {
		t.Errorf("nothing asked for: %+v, %v", page, err)
	}
}

func TestAFormOfPermissionsThatIsSentTwiceIsHeardOnce(t *testing.T) {
	o := open(t, "clinic")
	renee := o.Person(t, "clinician")
	all, sent := o.ids(t, renee)
	var failed []error
	for range 2 {
		failed = append(failed, o.SetHands(t.Context(), o.Pilot.Actor(), all, roles.Hands{"billing": hand(grid.Assigned, grid.None), "client_documents": hand(grid.Assigned, grid.None)}, sent))
	}
	letters := read[string](t, `select template || params::text from mail where tenant_id = $1`, o.ID)
	if failed[0] != nil || failed[1] != nil || len(letters) != 1 || !strings.HasPrefix(letters[0], "permissions_changed") {
		t.Errorf("%v, %q", failed, letters)
	}
	for _, words := range []string{"Factures et paiements\u00A0: consultation, Aucun → Affectés uniquement", "modification, Affectés uniquement → Aucun", "Ève " + o.Pilot.Family} {
		if !strings.Contains(letters[0], words) {
			t.Errorf("%q is not said in %s", words, letters[0])
		}
	}
	line := read[json.RawMessage](t, `select facts::json from journal where tenant_id = $1 and act = 'permissions.change'`, o.ID)
	want := map[string]map[string]string{
		"before": {"Factures et paiements, en consultation": "Aucun, selon les rôles", "Factures et paiements, en modification": "Aucun, selon les rôles",
			"Documentation des clients et des contacts, en consultation": "Affectés uniquement, selon les rôles",
			"Documentation des clients et des contacts, en modification": "Affectés uniquement, selon les rôles"},
		"after": {"Factures et paiements, en consultation": "Affectés uniquement, à la main", "Factures et paiements, en modification": "Aucun, à la main",
			"Documentation des clients et des contacts, en consultation": "Affectés uniquement, à la main",
			"Documentation des clients et des contacts, en modification": "Aucun, à la main"},
	}
	var got struct{ Before, After map[string]string }
	if len(line) != 1 || json.Unmarshal(line[0], &got) != nil || !maps.Equal(got.Before, want["before"]) || !maps.Equal(got.After, want["after"]) {
		t.Errorf("the journal says %s", line)
	}
}

func TestLettersAreInTheLanguageOfWhoReceivesThem(t *testing.T) {
	o := open(t, "clinic")
	renee := o.Person(t, "clinician")
	if _, err := pgtest.Super(t).Exec(t.Context(), `update identity.account set locale = 'en-CA' where id = $1`, renee.Account); err != nil {
		t.Fatal(err)
	}
	if err := o.set(t, o.Pilot.Actor(), roles.Hands{"calendar": hand(grid.All, grid.Own)}, renee); err != nil {
		t.Fatal(err)
	}
	letter := read[string](t, `select params->>'widened' from mail where tenant_id = $1`, o.ID)
	if !slices.Equal(letter, []string{"Scheduling and calendars: view, Own calendar → All"}) {
		t.Errorf("told %q", letter)
	}
	if err := o.set(t, o.Pilot.Actor(), roles.Hands{"people": hand(grid.None, grid.None)}, renee); err != nil { // says what was so
		t.Fatal(err)
	}
	if n := len(read[string](t, `select template from mail where tenant_id = $1`, o.ID)); n != 1 {
		t.Errorf("%d letters", n)
	}
}

func TestSomeoneKeepsTheSettings(t *testing.T) {
	o := open(t, "clinic")
	second, byHand := o.Person(t, "administrator"), o.Person(t, "clinician")
	none, all := roles.Hands{"settings": hand(grid.None, grid.None)}, roles.Hands{"settings": hand(grid.All, grid.All)}
	refused(t, o.set(t, second.Actor(), none, o.Pilot, second), fault.KindConflict, "roles.last_editor")
	ids, _ := o.ids(t, o.Pilot, second, byHand)
	page, err := o.PreviewHands(t.Context(), second.Actor(), ids, none)
	if err != nil || page.People[0].Refused == nil || page.People[1].Refused == nil || page.People[2].Refused != nil {
		t.Errorf("%+v, %v", page, err)
	}
	nothing := grid.None
	for _, less := range []roles.Hands{{"settings": {View: &nothing}}, {"settings": {Edit: &nothing}}, none} {
		refused(t, o.set(t, second.Actor(), less, o.Pilot, second), fault.KindConflict, "roles.last_editor")
		if err := o.set(t, second.Actor(), less, o.Pilot); err != nil {
			t.Fatal(err)
		}
		refused(t, o.set(t, second.Actor(), less, second), fault.KindConflict, "roles.last_editor")
	}
	refused(t, o.do(t, second.Actor(), second, "", "administrator"), fault.KindConflict, "roles.last_editor") // there is another administrator, who edits nothing
	leave := func(who place.Person) error {
		return o.within(t, o.Pilot.Actor(), func(ctx context.Context, v *access.Visit) error { return o.MayLeave(ctx, v, who.Resource) })
	}
	refused(t, leave(second), fault.KindConflict, "roles.last_editor")
	if err := leave(o.Pilot); err != nil {
		t.Error(err)
	}
	if err := o.set(t, second.Actor(), all, byHand); err != nil {
		t.Fatal(err)
	}
	if err := leave(second); err != nil {
		t.Error(err)
	}
	if err := o.do(t, second.Actor(), second, "", "administrator"); err != nil { // byHand may edit them
		t.Fatal(err)
	}
	refused(t, leave(o.Pilot), fault.KindConflict, "roles.last_holder")
	refused(t, o.set(t, byHand.Actor(), roles.Hands{"settings": {}}, byHand), fault.KindConflict, "roles.last_editor")
	o.Archive(t, second)
	if err := o.set(t, byHand.Actor(), roles.Hands{"settings": {}}, o.Pilot); err != nil {
		t.Fatal(err)
	}
	if err := o.set(t, byHand.Actor(), roles.Hands{"settings": {}}, byHand); err != nil {
		t.Error(err)
	}
}

// Who edits the settings for a time, or has never signed in, is not who keeps them
// for the place, unless there is nobody better.
func TestWhoKeepsTheSettingsKeepsThemForGood(t *testing.T) {
	o := open(t, "clinic")
	none := roles.Hands{"settings": hand(grid.All, grid.None)}
	leave := func(who place.Person) error {
		return o.within(t, access.AtConsole(o.ID), func(ctx context.Context, v *access.Visit) error { return o.MayLeave(ctx, v, who.Resource) })
	}
	briefly := o.copied(t, "administrator", "De passage", givenBy(o.Role(t, "administrator")), func(d *roles.Definition) { d.ExpiresAfter = 1 })
	id, err := o.define(t, o.Pilot.Actor(), uuid.Nil, briefly)
	if err != nil {
		t.Fatal(err)
	}
	passing, tomorrow := o.Person(t), o.Clock.Now().Add(24*time.Hour)
	o.grant(t, passing, o.Role(t, "administrator"), &tomorrow)
	if err := o.give(t, o.Pilot.Actor(), passing, id); err != nil {
		t.Fatal(err)
	}
	waiting := o.Person(t, "administrator")
	o.awaited(t, waiting)
	refused(t, o.set(t, passing.Actor(), none, o.Pilot), fault.KindConflict, "roles.last_editor")
	refused(t, leave(o.Pilot), fault.KindConflict, "roles.last_editor")
	_, err = o.Apply(t.Context(), passing.Actor(), o.Pilot.Resource, roles.Change{Give: []uuid.UUID{id}, End: []uuid.UUID{o.grantOf(t, o.Pilot)}},
		roles.Sent{Version: version(t, o.Pilot), Submission: access.NewID()})
	refused(t, err, fault.KindConflict, "roles.last_editor")
	refused(t, o.edit(t, passing.Actor(), "administrator", cell("settings", grid.All, grid.None)), fault.KindConflict, "roles.last_editor")
	if err := leave(passing); err != nil {
		t.Error(err)
	}
	sure := o.Person(t, "administrator")
	if err := o.set(t, passing.Actor(), none, o.Pilot); err != nil {
		t.Error(err)
	}
	o.awaited(t, sure) // nobody who has signed in is left: who will is all there is
	refused(t, o.set(t, passing.Actor(), none, sure, waiting), fault.KindConflict, "roles.last_editor")
	o.Clock.Advance(48 * time.Hour)
	if _, err := o.Defining(t.Context(), sure.Actor(), uuid.Nil); err != nil {
		t.Error(err)
	}
}

// awaited makes someone a person who has never signed in.
func (o office) awaited(t testing.TB, who place.Person) {
	t.Helper()
	if _, err := pgtest.Super(t).Exec(t.Context(), `update resource set state = 'pending' where id = $1`, who.Resource); err != nil {
		t.Fatal(err)
	}
}

func TestCellsSetInTurnDoNotFloodAPerson(t *testing.T) {
	o := open(t, "clinic")
	renee, other := o.Person(t, "clinician"), o.Person(t, "clinician")
	turn := func(n int) roles.Hands { return roles.Hands{"roles": hand(grid.Scope(n%2)*grid.All, grid.None)} }
	var err error
	for n := 0; n < 70 && err == nil; n++ {
		err = o.set(t, o.Pilot.Actor(), turn(n), renee)
	}
	refused(t, err, fault.KindBusy, "roles.hands_busy_person")
	for n := range 2 {
		if err = o.set(t, o.Pilot.Actor(), turn(n), renee, other); err != nil {
			break
		}
	}
	refused(t, err, fault.KindBusy, "roles.hands_busy_person")
	if faults, _ := fault.As(err); faults[0].Args["Name"] != renee.Given+" "+renee.Family {
		t.Errorf("it is said of %v", faults[0].Args)
	}
	if err := o.set(t, o.Pilot.Actor(), turn(1), other); err != nil {
		t.Error(err)
	}
}

func TestMoreThanTwoHundredPeopleAreRefused(t *testing.T) {
	o := open(t, "clinic")
	many := make([]uuid.UUID, 201)
	for i := range many {
		many[i] = access.NewID()
	}
	sent := roles.SentHands{Submission: access.NewID()}
	refused(t, o.SetHands(t.Context(), o.Pilot.Actor(), many, roles.Hands{"billing": {}}, sent), fault.KindInvalid, "roles.hands_too_many")
	_, err := o.PreviewHands(t.Context(), o.Pilot.Actor(), many, roles.Hands{"billing": {}})
	refused(t, err, fault.KindInvalid, "roles.hands_too_many")
}

// trips counts what goes to the database and back.
type trips struct{ n int }

func (c *trips) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	c.n++
	return ctx
}
func (c *trips) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (c *trips) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

func (c *trips) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.n++
	return ctx
}
func (c *trips) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func TestTwoHundredPeopleTakeAsManyTripsAsTwo(t *testing.T) {
	o := open(t, "clinic")
	var crowd []place.Person
	for range 200 {
		crowd = append(crowd, o.Person(t, "clinician"))
	}
	counted := &trips{}
	config := pgtest.Pages(t).Config()
	config.ConnConfig.Tracer = counted
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	slow := *o.Place
	slow.Door = access.NewDoor(pgtest.Pool(t), pool, o.Clock.Now)
	p := over(t, &slow)
	var took [][2]int
	for i, people := range [][]place.Person{crowd[:2], crowd[:2], crowd} { // the first prepares the statements
		hands := roles.Hands{"billing": hand(grid.Scope(2+i%2), grid.None), "journal": hand(grid.Scope(3*(i%2)), grid.None)}
		ids, sent := o.ids(t, people...)
		counted.n = 0
		if _, err := p.PreviewHands(t.Context(), o.Pilot.Actor(), ids, hands); err != nil {
			t.Fatal(err)
		}
		shown := counted.n
		if err := p.SetHands(t.Context(), o.Pilot.Actor(), ids, hands, sent); err != nil {
			t.Fatal(err)
		}
		took = append(took, [2]int{shown, counted.n - shown})
	}
	// The queue of mail tells its workers at most so often: one trip more or less.
	if took[2][0] != 1 || took[2][1] > took[1][1]+1 {
		t.Errorf("preview and change took %v trips", took)
	}
	if n := len(read[string](t, `select template from mail where tenant_id = $1`, o.ID)); n != 2+2+200 {
		t.Errorf("%d letters", n)
	}
}
