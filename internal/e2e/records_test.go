package e2e_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"habilis/internal/pgtest/place"
)

// upload sends a file as a browser does.
func (v *visitor) upload(path, name, text string) *answer {
	v.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		v.t.Fatal(err)
	}
	if _, err := part.Write([]byte(text)); err != nil {
		v.t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		v.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.base+path, &b)
	if err != nil {
		v.t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Accept-Language", "fr-CA")
	response, err := v.client.Do(request)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(response.Body); err != nil {
		v.t.Fatal(err)
	}
	return &answer{v, path, response.StatusCode, response.Header, body.String()}
}

// addRecord adds a record and returns the address of its page.
func (v *visitor) addRecord(p *place.Place, reference, label string) string {
	v.t.Helper()
	a := v.get("/p/"+p.Number+"/records/new").want(http.StatusOK).form("/records").with("reference", reference, "label", label).send()
	return a.want(http.StatusSeeOther).header.Get("Location")
}

func TestRecordsAreAddedFoundCorrectedAndArchived(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	list := "/p/" + p.Number + "/records"
	admin.get(list).want(http.StatusOK).sees("Aucun client pour l'instant", "Ajouter un client")
	page := admin.addRecord(p, "C-1", "Œuvrard, Zoé")
	admin.addRecord(p, "C-2", "Nguyễn, Bảo")
	admin.get(list+"/new").form("/records").with("reference", "c-1", "label", "Autre").send().
		want(http.StatusUnprocessableEntity).sees("Cette référence est déjà celle de : Œuvrard, Zoé.")
	admin.get(list+"?q=oeuv").want(http.StatusOK).sees("1 client", "Œuvrard, Zoé")
	if a := admin.get(list + "?q=oeuv"); strings.Contains(a.text(), "Nguyễn") {
		t.Error("a search finds what it was not asked for")
	}
	mine, theirs := admin.get(page+"/edit").form("/edit"), admin.get(page+"/edit").form("/edit")
	theirs.with("label", "Œuvrard, Zoé-Anne").send().want(http.StatusSeeOther)
	again := mine.with("label", "Œuvrard, Z.").send().want(http.StatusConflict).
		sees("Quelqu'un d'autre vient de modifier", "Œuvrard, Zoé-Anne", "Œuvrard, Z.")
	again.form("/edit").send().want(http.StatusSeeOther).follow().sees("Œuvrard, Z.")
	admin.get(page).form("/archive").send().want(http.StatusSeeOther).follow().sees("archivé", "Réactiver")
	admin.get(list).sees("1 client", "Nguyễn, Bảo")
	admin.get(page).form("/restore").send().want(http.StatusSeeOther).follow().sees("en cours")
	admin.get("/p/"+p.Number+"/journal").sees("C-1 · Œuvrard, Z.", "a archivé", "a réactivé")
}

func TestAFileIsImportedOnAYesAndExportedAgain(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	list := "/p/" + p.Number + "/records"
	admin.addRecord(p, "C-1", "Ancien nom")
	if a := admin.get(list + "/import/template").want(http.StatusOK); a.body != "\ufeffRéférence;Nom\r\n" {
		t.Errorf("the template is %q", a.body)
	}
	admin.post(list+"/import", url.Values{}).want(http.StatusUnprocessableEntity).sees("Choisissez un fichier CSV.")
	admin.upload(list+"/import", "x.csv", "nom,prénom\na,b").want(http.StatusUnprocessableEntity).sees("Deux colonnes sont nécessaires", "nom, prénom")
	admin.upload(list+"/import", "x.csv", strings.Repeat("x", 11<<20)).want(http.StatusUnprocessableEntity).sees("Ce fichier dépasse 10 Mo")
	const file = "Référence;Nom\nC-1;Nouveau nom\nC-2;=1+1\n;Sans référence\n"
	preview := admin.upload(list+"/import", `C:\fakepath\<b>liste.csv`, file).want(http.StatusSeeOther).follow().
		sees("<b>liste.csv", "Importer 2 lignes", "1 ligne ne peut pas être importée", "il manque la référence", "Ancien nom")
	admin.get(list).sees("Ancien nom")
	yes := preview.form(preview.path)
	for range 2 { // a double click
		yes.send().want(http.StatusSeeOther).follow().sees("Nouveaux : 1. Changements : 1. Laissés de côté : 1.", "Nouveau nom", "=1+1")
	}
	admin.get(preview.path).want(http.StatusNotFound).sees("Ce fichier n'attend plus")
	if n := query[int](t, `select count(*) from journal where tenant_id = $1 and act = 'records.import'`, p.ID); n != 1 {
		t.Errorf("%d lines in the journal", n)
	}
	out := admin.get(list + "/export?as=csv").want(http.StatusOK)
	if out.body != "\ufeffRéférence;Nom\r\nC-2;'=1+1\r\nC-1;Nouveau nom\r\n" {
		t.Errorf("exported %q", out.body)
	}
	if _, with, err := mime.ParseMediaType(out.header.Get("Content-Disposition")); err != nil || with["filename"] != "Clients.csv" {
		t.Errorf("%v, %v", with, err)
	}
	admin.upload(list+"/import", "again.csv", out.body).want(http.StatusSeeOther).follow().sees("Rien à importer", "Inchangés (2)")
	book := admin.get(list + "/export?as=xlsx").want(http.StatusOK)
	if _, err := zip.NewReader(strings.NewReader(book.body), int64(len(book.body))); err != nil {
		t.Error(err)
	}
}

func TestWhatIsTakenAwayIsInTheJournal(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	place, who := "/p/"+p.Number, someone(t, p, "clinician")
	admin.addRecord(p, "C-1", "Œuvrard, Zoé")
	admin.addRecord(p, "C-2", "Nguyễn, Bảo")
	for path, want := range map[string]string{
		"/records/export?q=oeuv&state=all":                                                 `records.export {"rows": 1, "state": "all", "words": "oeuv"}`,
		"/records/export?as=xlsx":                                                          `records.export {"rows": 2}`,
		"/who/export?area=people&direction=edit&least=all":                                 `permissions.export {"rows": 1, "least": "Tout"}`,
		"/roles/matrix/export":                                                             `roles.export {"rows": ` + fmt.Sprint(len(p.Kind.Areas)) + `}`,
		"/people/" + who.Resource.String() + "/permissions/export?on=2020-01-01":           `permissions.export_grid {"day": "2020-01-01", "rows": ` + fmt.Sprint(len(p.Kind.Areas)) + `}`,
		"/people/" + who.Resource.String() + "/permissions/changes?from=2020-01-01&as=csv": `permissions.export_changes {"from": "2020-01-01", "rows": 2}`,
	} {
		admin.get(place + path).want(http.StatusOK)
		if got := query[string](t, `select act || ' ' || (facts->>'after') from journal where tenant_id = $1 order by n desc limit 1`, p.ID); got != want {
			t.Errorf("%s: the journal says %s, want %s", path, got, want)
		}
	}
	admin.get(place+"/journal").want(http.StatusOK).sees("a exporté la liste", "a exporté la réponse à", "a exporté les changements de", "Recherche : oeuv")
}

func TestAYesToAnOldPreviewImportsNothing(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	list := "/p/" + p.Number + "/records"
	preview := admin.upload(list+"/import", "x.csv", "ref,nom\nC-1,A\n").follow()
	admin.addRecord(p, "C-1", "B")
	preview.form(preview.path).send().want(http.StatusConflict).sees("La liste a changé depuis cet aperçu", "Changements (1)")
	admin.get(list).sees("B")
	other := server.signedIn(t, someone(t, p, "coordinator"))
	other.get(preview.path).want(http.StatusNotFound)
}

func TestRecordsAreAssignedToAPersonAndWithdrawn(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	who := someone(t, p, "clinician")
	tab := "/p/" + p.Number + "/people/" + who.Resource.String() + "/records"
	var ids []string
	for i := range 3 {
		page := admin.addRecord(p, fmt.Sprint("C-", i), fmt.Sprint("Client ", i))
		ids = append(ids, page[strings.LastIndex(page, "/")+1:])
	}
	form := admin.get(tab+"/new?q=client&record="+ids[2]).want(http.StatusOK).sees("Assigner des clients", "Sélection", "Client 0").form("/records")
	if got := form.values["record"]; len(got) != 1 || got[0] != ids[2] {
		t.Errorf("ticked: %q", got)
	}
	form.values["record"] = ids
	form.send().want(http.StatusSeeOther).follow().sees("3 affectations de plus", "Clients affectés (3)", p.Pilot.Family)
	admin.get("/p/" + p.Number + "/people/" + who.Resource.String()).sees("Clients affectés (3)")
	admin.get("/p/"+p.Number+"/records/"+ids[0]).sees(who.Family+", "+who.Given, "Qui peut le voir, et pourquoi")
	seen := "/p/" + p.Number + "/who?area=client_profiles&direction=view&record=" + ids[0]
	admin.get(seen).want(http.StatusOK).sees(who.Family) // a clinician's role says « Affectés uniquement »
	admin.get("/p/" + p.Number + "/records").sees("1 membre")
	confirm := admin.post(tab+"/withdraw", url.Values{"record": ids[:2]}).want(http.StatusOK).sees("2 affectations d'"+who.Given, "Retirer 2 affectations")
	confirm.form("/withdraw").with("confirm", "1").send().want(http.StatusSeeOther).follow().sees("2 affectations ont pris fin", "Client 2")
	if a := admin.get(seen).want(http.StatusOK); strings.Contains(a.text(), who.Family) {
		t.Error("who lost a client still can see it")
	}
	admin.get("/p/"+p.Number+"/journal").sees("a assigné des clients à", "C-0, C-1, C-2")
}

func TestWhatIsForgedIsNotAssigned(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	q, theirs := practice(t, server)
	foreign := theirs.addRecord(q, "C-1", "Secret")
	foreign = foreign[strings.LastIndex(foreign, "/")+1:]
	who := someone(t, p, "clinician")
	tab := "/p/" + p.Number + "/people/" + who.Resource.String() + "/records"
	for _, id := range []string{foreign, newID(), "x"} {
		if a := admin.post(tab, url.Values{"record": {id}}).want(http.StatusNotFound); strings.Contains(a.body, "Secret") {
			t.Error("a record of another place is told of")
		}
	}
	admin.post(tab, url.Values{}).want(http.StatusUnprocessableEntity).sees("Rien n'est coché")
	many := url.Values{}
	for range 10_000 {
		many.Add("record", newID())
	}
	admin.post(tab, many).want(http.StatusUnprocessableEntity).sees("trop long")
	many["record"] = many["record"][:1000]
	admin.post(tab, many).want(http.StatusUnprocessableEntity).sees("500 à la fois")
	admin.get(tab + "/new?record=" + foreign).want(http.StatusOK).sees("Sélection")
	if n := query[int](t, `select count(*) from assignment where tenant_id = $1`, p.ID); n != 0 {
		t.Errorf("%d records are assigned", n)
	}
	if _, err := uuid.Parse(foreign); err != nil {
		t.Fatal(err)
	}
}
