package kinds

import (
	"os"
	"slices"
	"strings"
	"testing"

	"habilis/internal/grid"
)

// table reads the table under a heading of testdata/procedures.md: its rows
// without the heading row, each as its trimmed cells.
func table(t *testing.T, heading string) [][]string {
	t.Helper()
	text, err := os.ReadFile("testdata/procedures.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "## "+heading)
	if !found {
		t.Fatalf("no heading %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var rows [][]string
	for line := range strings.Lines(section) {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	if len(rows) < 3 {
		t.Fatalf("the table under %q has %d rows", heading, len(rows))
	}
	return slices.Concat(rows[:1], rows[2:])
}

func scopeNames(k Kind, area grid.Area, scopes grid.Scopes) string {
	var names []string
	for _, s := range scopes.List() {
		names = append(names, k.ScopeName(area, s, "fr-CA"))
	}
	return strings.Join(names, " · ")
}

// ours are a kind's areas without the portal's own pages: what its procedure
// tables.
func ours(k Kind) []Area {
	return slices.DeleteFunc(slices.Clone(k.Areas), func(a Area) bool { return a.Module == Admin && a.Key != Settings })
}

func TestTheClinicsAreasAdmitTheScopesOfTheProcedure(t *testing.T) {
	clinic := kindOf(t, "clinic")
	rows := table(t, "C. A person's permissions")
	for i, word := range []string{clinic.Words.Fr.ViewAccess, clinic.Words.Fr.EditAccess} {
		if !strings.Contains(rows[0][i+1], "*"+word+"*") {
			t.Errorf("column %q is headed %q", word, rows[0][i+1])
		}
	}
	var got [][]string
	for _, a := range ours(clinic) {
		got = append(got, []string{a.Name.Fr, scopeNames(clinic, a.Key, a.View), scopeNames(clinic, a.Key, a.Edit)})
	}
	if !slices.EqualFunc(got, rows[1:], slices.Equal) {
		t.Errorf("the areas are\n%q\nwant\n%q", got, rows[1:])
	}
}

func TestTheAlertingGroupsOpenTheTabsOfTheProcedure(t *testing.T) {
	alerting := kindOf(t, "alerting")
	rows := table(t, "E. Users of an alerting portal")
	tabs := alerting.AreasOf("alerts")
	if len(tabs) != len(rows)-1 {
		t.Fatalf("%d tabs, want %d", len(tabs), len(rows)-1)
	}
	for i, tab := range tabs {
		if whole := grid.SetOf(grid.None, grid.All); tab.View != whole || tab.Edit != whole || tab.Name.Fr != rows[i+1][0] {
			t.Errorf("tab %d is %q, viewed %s, edited %s; want %q, whole", i, tab.Name.Fr, tab.View, tab.Edit, rows[i+1][0])
		}
	}
	for column, group := range rows[0][1:] {
		want := grid.Grid{}
		for i, row := range rows[1:] {
			if strings.HasPrefix(row[column+1], "yes") {
				want[tabs[i].Key] = grid.Cell{View: grid.All, Edit: grid.All}
			}
		}
		if got := alerting.Roles[column]; got.Name.Fr != group || !got.Grid.Equal(want) {
			t.Errorf("group %d is %q and opens %v, want %q and %v", column, got.Name.Fr, got.Grid, group, want)
		}
	}
}

func TestTheProceduresCanBeFollowedByTheirWords(t *testing.T) {
	words := func(key string) Words { return kindOf(t, key).Words.Fr }
	for _, control := range []struct{ procedure, got, want string }{
		{"A.2", words("planner").Configuration, "Configuration"},
		{"A.2", words("planner").PeopleTitle, "Ressources"},
		{"A.3", words("planner").Add, "Ajouter une ressource"},
		{"A.3", words("planner").AddTitle, "Ajout d'une ressource"},
		{"A.4", words("planner").ChangeRole, "Modifier un rôle"},
		{"A.4", words("planner").AddRole, "Ajouter un nouveau rôle"},
		{"A.4", words("planner").Save, "Enregistrer"},
		{"A.7", Fill(words("planner").RequestRole, "role", "Pilote"), "Demander le rôle Pilote"},
		{"B", words("directory").PeopleTitle, "Professionnels"},
		{"B", words("directory").ModuleLabel, "Versant"},
		{"C", words("clinic").Configuration, "Ton équipe"},
		{"C", words("clinic").PeopleTitle, "Membres de l'équipe"},
		{"C", words("clinic").Permissions, "Permissions"},
		{"C", words("clinic").EditDetails, "Modifier les détails"},
		{"C", words("clinic").Customise, "Personnaliser les permissions"},
		{"C", words("clinic").ViewAccess, "Accès en consultation"},
		{"C", words("clinic").EditAccess, "Accès en modification"},
		{"C", words("clinic").SavePermissions, "Enregistrer les modifications"},
		{"C", words("clinic").AssignRecords, "Assigner des clients"},
		{"C", words("clinic").Scopes.Assigned, "Affectés uniquement"},
		{"D.1", words("childcare").Configuration, "Réglages"},
		{"D.1", words("childcare").PeopleTitle, "Utilisateurs"},
		{"D.1", words("childcare").Add, "Ajouter"},
		{"D.2", words("childcare").RolesSection, "Rôles et permissions"},
		{"E.1", words("alerting").Configuration, "Gestion"},
		{"E.1", words("alerting").PeopleTitle, "Utilisateurs"},
		{"E.3", words("alerting").RolesTitle, "Groupes de permission"},
		{"E.3", words("alerting").AreaLabel, "Onglet"},
		{"E.5", words("alerting").Save, "Sauvegarder"},
	} {
		if control.got != control.want {
			t.Errorf("%s: the control says %q, want %q", control.procedure, control.got, control.want)
		}
	}
}
