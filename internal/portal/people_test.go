package portal

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/internal/i18n"
	"habilis/internal/people"
	"habilis/internal/tenants/kinds"
	"habilis/web/page"
	"habilis/web/ui"
)

// visiting is a request for an address of the place 1042, without a server behind it.
func visiting(target string) *visit {
	return &visit{
		Server: &Server{}, r: httptest.NewRequest("GET", target, nil), number: "1042",
		say: i18n.For(i18n.FrCA), now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC),
	}
}

func TestTheListsAddressHoldsItsFiltersAndReadsThemBack(t *testing.T) {
	filters := []people.Filter{
		{},
		{Words: "Œuvrard & Cie +1 é"},
		{State: people.Blocked, Role: uuid.MustParse("01a2007f-2917-7ab6-81c4-5dc970b1702d"), Module: "planner", Sort: people.BySeenDesc},
		{Cursor: "eyJzIjoibmFtZSJ9-_", Words: "a"},
	}
	for _, f := range filters {
		url := visiting("/").peopleURL(f)
		if got := visiting(url).peopleFilter(); got != f {
			t.Errorf("%s reads back as %+v, want %+v", url, got, f)
		}
	}
}

func TestWhatAListIsAnywayStaysOutOfItsAddress(t *testing.T) {
	if got := visiting("/").peopleURL(people.Filter{State: people.Current, Sort: people.ByName}); got != "/p/1042/people" {
		t.Errorf("the plain list is at %s", got)
	}
}

func TestALongCursorSurvivesTheAddress(t *testing.T) {
	long := people.Filter{Cursor: strings.Repeat("a", 900)}
	if got := visiting(visiting("/").peopleURL(long)).peopleFilter().Cursor; got != long.Cursor {
		t.Errorf("a cursor of 900 characters comes back with %d", len(got))
	}
}

func TestAColumnsHeadTurnsTheOrderRound(t *testing.T) {
	cases := []struct {
		now             people.Sort
		next, direction string
	}{
		{people.ByName, "/p/1042/people?sort=-name", "ascending"},
		{people.ByNameDesc, "/p/1042/people", "descending"},
		{people.BySeen, "/p/1042/people", ""},
	}
	for _, c := range cases {
		link := visiting("/").sortLink(people.Filter{Sort: c.now}, people.ByName, people.ByNameDesc)
		if link.URL != c.next || link.Direction != c.direction {
			t.Errorf("sorted by %s the head leads to %s, %q; want %s, %q", c.now, link.URL, link.Direction, c.next, c.direction)
		}
	}
}

func TestTheUsualListSaysThatArchivedPeopleAreLeftOut(t *testing.T) {
	menu := visiting("/").stateMenu(people.Filter{State: people.Current}, kinds.Words{})
	if menu.Chosen != "Comptes en service" || menu.Clear != "/p/1042/people?state=all" {
		t.Errorf("the menu says %q and clears to %s", menu.Chosen, menu.Clear)
	}
	if all := visiting("/").stateMenu(people.Filter{State: people.AnyState}, kinds.Words{}); all.Chosen != "" {
		t.Errorf("the list of all says that it is narrowed: %q", all.Chosen)
	}
}

func TestManyRolesAreCountedNotListed(t *testing.T) {
	end := time.Date(2026, 12, 12, 5, 0, 0, 0, time.UTC)
	held := func(module, name string, until *time.Time) people.Held {
		in := &access.Module{Key: module, NameFr: "Module " + module, NameEn: module}
		return people.Held{Role: &access.Role{Module: in, NameFr: name, NameEn: name}, Until: until}
	}
	row := people.Row{State: people.Active, Given: "Akissi", Family: "Yao",
		Roles: []people.Held{held("ror", "A", nil), held("ror", "B", &end), held("vt", "C", nil), held(kinds.Admin, "D", nil)}}
	shown := rowOf(row, rowActs{}, true)
	if len(shown.Roles) != 2 || shown.More != "+2" || shown.MoreNames != "C, D" {
		t.Errorf("4 roles are shown as %+v, %q, %q", shown.Roles, shown.More, shown.MoreNames)
	}
	if shown.Roles[0].Module != "Module ror" || shown.Roles[1].Module != "" {
		t.Errorf("the module is said %q then %q", shown.Roles[0].Module, shown.Roles[1].Module)
	}
	if shown.Roles[1].More != "fin le 12 déc." {
		t.Errorf("the planned end is said %q", shown.Roles[1].More)
	}
}

// rowOf is a person as the list shows them.
func rowOf(r people.Row, acts rowActs, several bool) (row page.PersonRow) {
	visiting("/").personRow(&row, &r, &acts, several, &kinds.Words{})
	return row
}

// actsOf are the acts of the list's rows for a reader with a grid.
func actsOf(self uuid.UUID, g grid.Grid) rowActs {
	return visiting("/").rowActs(&access.Standing{Resource: &access.Resource{ID: self}, Grid: g}, &kinds.Words{})
}

var whole = grid.Cell{View: grid.All, Edit: grid.All}

func TestNobodyIsOfferedToArchiveThemselves(t *testing.T) {
	self := uuid.MustParse("01a2007f-2917-7ab6-81c4-5dc970b1702d")
	acts := actsOf(self, grid.Grid{access.People: whole})
	own := rowOf(people.Row{ID: self, State: people.Active}, acts, false)
	other := rowOf(people.Row{State: people.Active}, acts, false)
	if len(own.Acts) != 1 || len(other.Acts) != 2 {
		t.Errorf("one's own row has %d acts, another's %d; want 1 and 2", len(own.Acts), len(other.Acts))
	}
}

func TestOnlyArchivedPeopleAreRestored(t *testing.T) {
	acts := actsOf(uuid.Nil, grid.Grid{access.People: whole, access.Roles: {View: grid.All}})
	for _, state := range []people.State{people.Active, people.Pending, people.Blocked, people.Archived} {
		row := rowOf(people.Row{ID: access.NewID(), State: state, Version: 7}, acts, false)
		if row.Restorable != (state == people.Archived) || row.Version != 7 {
			t.Errorf("%s: restoring is offered: %v, from version %d", state, row.Restorable, row.Version)
		}
		if want := map[bool]int{true: 1, false: 3}[row.Restorable]; len(row.Acts) != want {
			t.Errorf("%s: %d acts, want %d", state, len(row.Acts), want)
		}
	}
}

func TestRowsAreTickedByWhoMayChangePermissionsAndForPeopleWhoHaveSome(t *testing.T) {
	may, mayNot := actsOf(uuid.Nil, grid.Grid{access.Settings: whole}), actsOf(uuid.Nil, grid.Grid{access.People: whole})
	id := access.NewID()
	present := people.Row{ID: id, Family: "Bélanger", Given: "Maude", State: people.Active}
	if row := rowOf(present, may, false); !row.Tickable || row.ID != id {
		t.Errorf("a row that can be ticked: %v, which sends %s", row.Tickable, row.ID)
	}
	if row := rowOf(present, mayNot, false); row.Tickable {
		t.Error("who may not change permissions can tick")
	}
	present.State = people.Archived
	if row := rowOf(present, may, false); row.Tickable {
		t.Error("someone archived can be ticked")
	}
}

func TestWhoMayChangeNobodyIsOfferedNothing(t *testing.T) {
	row := rowOf(people.Row{State: people.Archived}, actsOf(uuid.Nil, grid.Grid{access.People: {View: grid.All}}), false)
	if len(row.Acts) > 0 || row.Restorable {
		t.Errorf("offered %v, restoring: %v", row.Acts, row.Restorable)
	}
}

func TestModulesThatARoleDoesNotOpenAreNamedInOneLine(t *testing.T) {
	row := func(s grid.Scope) []ui.GridRow { return []ui.GridRow{{View: ui.GridCell{Scope: s}}} }
	open, closed := opened(ui.GridView{Groups: []ui.GridGroup{{Name: "A", Rows: row(grid.All)}, {Name: "B", Rows: row(grid.None)}}})
	words := visiting("/").closedWords(closed)
	if len(open.Groups) != 1 || len(closed.Groups) != 1 || words != "Rien dans\u00a0: B." {
		t.Errorf("%d modules are shown, and %q", len(open.Groups), words)
	}
}

func TestWhatIsWrongIsSaidInTheOrderOfTheFields(t *testing.T) {
	f := form.With()
	f.Fail(fault.Faults{fault.Invalid("phone", "a"), fault.Conflict("b"), fault.Invalid("family", "c")})
	inOrder(f, "family", "phone")
	if f.Faults[0].Key != "b" || f.Faults[1].Key != "c" || f.Faults[2].Key != "a" {
		t.Errorf("said in the order %v", f.Faults)
	}
}

func TestAWindowLeadsBackToThePageUnderIt(t *testing.T) {
	cases := map[string]string{
		"":                                    "/otherwise",
		"https://h.example/p/1042/people?q=a": "/p/1042/people?q=a",
		"https://h.example/p/2210/people":     "/otherwise",
		"https://h.example/places":            "/otherwise",
		"https://h.example//evil.example/p/1042/": "/otherwise",
		"://": "/otherwise",
	}
	for current, want := range cases {
		v := visiting("/")
		v.r.Header.Set("HX-Current-URL", current)
		if got := v.underneath("/otherwise"); got != want {
			t.Errorf("over %q a window leads to %s, want %s", current, got, want)
		}
	}
}
