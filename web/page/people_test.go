package page

import (
	"bytes"
	"context"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"habilis/internal/i18n"
	"habilis/web/layout"
	"habilis/web/ui"
)

func times(n int, row PersonRow) iter.Seq[*PersonRow] {
	return func(yield func(*PersonRow) bool) {
		for range n {
			yield(&row)
		}
	}
}

// fullList is a list of the given person, fifty times.
func fullList() (layout.Frame, PeopleView, PersonRow) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	row := PersonRow{
		Family: "Tremblay", Given: `<b>Félix</b>`, ID: uuid.New(), Email: `"f"@erables.example`, Username: "FTremblay",
		Roles: []RoleTag{{Name: "Pilote", Tint: ui.TintAccent}, {Name: "Consultation #2", More: "fin le 12 déc."}},
		More:  "+1", MoreNames: "Coordination", Shape: ui.Good, State: "Active", Seen: now.Add(-2 * time.Hour), Factor: "Application",
		Acts: []ui.RowAct{ui.NewRowAct("Liste des permissions : "+ui.Hole, "/roles", ui.IconKey), ui.NewRowAct("Modifier l'élève : "+ui.Hole, "/edit", ui.IconPencil)},
	}
	view := PeopleView{Count: "412", CountLine: "412 ressources", RolesHead: "Rôles", Sheets: "people/", Filters: ui.Filters{Target: "people-list"}, Open: ui.NewRowAct("Ouvrir la fiche : "+ui.Hole, "", ui.IconDots)}
	view.Rows = times(50, row)
	return layout.Frame{Printer: i18n.For(i18n.FrCA), Title: "Ressources", Now: now}, view, row
}

func TestWhatPeopleAreCalledIsNeverMarkup(t *testing.T) {
	f, view, _ := fullList()
	var b bytes.Buffer
	if err := People(f, view).Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "<b>Félix") || strings.Contains(b.String(), `"f"@`) {
		t.Error("a name or an address is written as markup")
	}
}

func TestABoxIsCalledByWhomItTicks(t *testing.T) {
	f, view, row := fullList()
	row.Tickable = true
	view.Rows = times(1, row)
	view.Bulk = &Bulk{Tick: ui.NewRowAct("Choisir "+ui.Hole, "", ui.NoIcon)}
	var b strings.Builder
	if err := (peopleRows{f.Printer, f.Now, view}).Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	box := `value="` + row.ID.String() + `" aria-label="Choisir &lt;b&gt;Félix&lt;/b&gt; Tremblay"`
	if !strings.Contains(b.String(), box) {
		t.Errorf("the box isn't %s", box)
	}
}

func TestSearchingReplacesTheCountAndTheMenusToo(t *testing.T) {
	f, view, _ := fullList()
	var b bytes.Buffer
	if err := PeopleFound(f, view).Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`hx-swap-oob="innerHTML:#people-count"`, `hx-swap-oob="innerHTML:#people-menus"`, `<table class="list">`} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("the answer to a search lacks %s", part)
		}
	}
	if strings.Contains(b.String(), "<html") {
		t.Error("the answer to a search is a whole page")
	}
}

// BenchmarkPeople writes a full page of the list.
func BenchmarkPeople(b *testing.B) {
	f, view, _ := fullList()
	var out bytes.Buffer
	for b.Loop() {
		out.Reset()
		if err := People(f, view).Render(context.Background(), &out); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(out.Len()))
}

func TestARowSaysWhatTheControlsSay(t *testing.T) {
	f, view, row := fullList()
	var whole, part bytes.Buffer
	view.Rows = times(1, row)
	rows := peopleRows{f.Printer, f.Now, view}
	name, sheet := row.Family+", "+row.Given, "people/"+row.ID.String()
	if err := rows.Render(context.Background(), &whole); err != nil {
		t.Fatal(err)
	}
	for _, control := range []templ.Component{
		ui.Who(ui.Initials(row.Given, row.Family), name, sheet, row.Email+" · "+row.Username), ui.State(row.Shape, row.State), ui.Time(f.Printer, row.Seen, f.Now),
		ui.IconButton(ui.Act{Label: "Modifier l'élève : " + name, URL: sheet + "/edit", How: ui.InWindow, Icon: ui.IconPencil}), ui.More("Ouvrir la fiche : "+name, sheet),
	} {
		part.Reset()
		if err := control.Render(context.Background(), &part); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(whole.String(), part.String()) {
			t.Errorf("the row doesn't say %s", part.String())
		}
	}
}
