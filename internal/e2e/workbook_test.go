package e2e_test

import (
	"archive/zip"
	"encoding/xml"
	"net/http"
	"slices"
	"strings"
	"testing"

	"habilis/internal/pgtest/place"
)

// cell is a cell of a workbook: its text, and whether it is marked as such.
type cell struct {
	Text  string `xml:"is>t"`
	Type  string `xml:"t,attr"`
	Style int    `xml:"s,attr"`
}

const markedStyle = 2 // of text that a spreadsheet might otherwise take for a formula

// workbook opens what was taken away: the name of its sheet, and its cells.
func (a *answer) workbook() (name string, rows [][]cell) {
	a.visitor.t.Helper()
	archive, err := zip.NewReader(strings.NewReader(a.body), int64(len(a.body)))
	if err != nil {
		a.visitor.t.Fatalf("%s: %v", a.path, err)
	}
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
		} `xml:"sheets>sheet"`
	}
	var sheet struct {
		Rows []struct {
			Cells []cell `xml:"c"`
		} `xml:"sheetData>row"`
	}
	for file, into := range map[string]any{"xl/workbook.xml": &book, "xl/worksheets/sheet1.xml": &sheet} {
		r, err := archive.Open(file)
		if err != nil {
			a.visitor.t.Fatal(err)
		}
		if err := xml.NewDecoder(r).Decode(into); err != nil {
			a.visitor.t.Fatalf("%s: %v", file, err)
		}
	}
	for _, row := range sheet.Rows {
		rows = append(rows, row.Cells)
	}
	return book.Sheets[0].Name, rows
}

func texts(cells []cell) (all []string) {
	for _, c := range cells {
		all = append(all, c.Text)
	}
	return all
}

// formula is a name that a spreadsheet would run.
const formula = `=cmd|' /C calc'!A0`

func TestEveryWorkbookHoldsTheWordsOfItsPlaceAndNothingThatActs(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	who := someone(t, p, "clinician")
	admin.addRecord(p, "C-1", formula)
	admin.addRecord(p, "-2", "Œuvrard, Zoé")
	admin.get(rolePath(t, p, "clinician")+"/edit").form("/edit").with("name_fr", formula, "name_en", formula).send().want(http.StatusSeeOther)
	for path, want := range map[string]struct {
		sheet string
		head  []string // its beginning
		cells []string // somewhere among its rows
		acts  []string // would act, were they not marked
	}{
		"/records/export": {"Clients", []string{"Référence", "Nom"}, []string{"C-1", "Œuvrard, Zoé"}, []string{formula, "-2"}},
		"/roles/matrix/export": {"Matrice des rôles", []string{"Module", "Volet"},
			[]string{"Profils de clients et de contacts", "Affectés uniquement", "Calendrier personnel"}, nil},
		"/who/export?area=client_profiles&direction=view": {"Qui peut…", []string{"Membres de l’équipe"},
			[]string{who.Username, "Affectés uniquement", "rôle " + formula}, nil},
		"/who/export?area=client_profiles&direction=view&on=2020-01-01":             {"Qui peut…", []string{"Membres de l’équipe"}, nil, nil},
		"/people/" + who.Resource.String() + "/permissions/changes?from=2020-01-01": {"", nil, nil, nil},
		"/people/" + who.Resource.String() + "/permissions/export": {"Permissions", []string{"Module", "Volet"},
			[]string{"Profils de clients et de contacts", "Affectés uniquement", "rôle " + formula}, nil},
	} {
		with := "?as=xlsx"
		if strings.Contains(path, "?") {
			with = "&as=xlsx"
		}
		name, rows := admin.get("/p/" + p.Number + path + with).want(http.StatusOK).workbook()
		if want.sheet != "" && name != want.sheet {
			t.Errorf("%s: the sheet is %q", path, name)
		}
		if head := texts(rows[0]); len(head) < len(want.head) || !slices.Equal(head[:len(want.head)], want.head) {
			t.Errorf("%s: the head is %q", path, head)
		}
		all := slices.Concat(rows[1:]...)
		for _, text := range want.cells {
			if !slices.Contains(texts(all), text) {
				t.Errorf("%s has no cell %q: %q", path, text, texts(all))
			}
		}
		for _, text := range want.acts {
			i := slices.IndexFunc(all, func(c cell) bool { return strings.HasPrefix(c.Text, text) })
			if i < 0 || all[i].Style != markedStyle {
				t.Errorf("%s: %q is not there, or not marked: %q", path, text, texts(all))
			}
		}
		for _, c := range slices.Concat(rows...) {
			if c.Type != "inlineStr" {
				t.Errorf("%s: %q is of the type %q", path, c.Text, c.Type)
			}
		}
	}
}

func TestAWorkbookOfRecordsIsNamedAfterThem(t *testing.T) {
	t.Parallel()
	server := start(t)
	for kind, want := range map[string]string{"alerting": "Occupants", "clinic": "Clients"} {
		p := place.Of(t, kind)
		withoutFactor(t, p)
		name, rows := server.signedIn(t, p.Pilot).get("/p/" + p.Number + "/records/export?as=xlsx").want(http.StatusOK).workbook()
		if name != want || len(rows) != 1 {
			t.Errorf("%s: %q, %d rows", kind, name, len(rows))
		}
	}
}

// What a spreadsheet marks as text by an apostrophe is read as it shows it; another
// apostrophe is a letter, and stays.
func TestApostrophesOfAnotherProgramsFileAreRead(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	list := "/p/" + p.Number + "/records"
	file := "ref,nom\n'-1,'=1+1\n'2,'Abdallah\n3,''-x\n"
	preview := admin.upload(list+"/import", "other.csv", file).want(http.StatusSeeOther).follow()
	preview.form(preview.path).send().want(http.StatusSeeOther)
	out := admin.get(list + "/export?as=csv").want(http.StatusOK)
	for _, line := range []string{"'-1;'=1+1", "'2;'Abdallah", "3;''-x"} {
		if !strings.Contains(out.body, line+"\r\n") {
			t.Errorf("no line %q in %q", line, out.body)
		}
	}
	if n := query[int](t, `select count(*) from record where tenant_id = $1 and (reference, label) in (('-1', '=1+1'), ('''2', '''Abdallah'), ('3', '''-x'))`, p.ID); n != 3 {
		t.Errorf("%d records are as they were meant", n)
	}
	admin.upload(list+"/import", "again.csv", out.body).want(http.StatusSeeOther).follow().sees("Rien à importer", "Inchangés (3)")
}
