package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"habilis/internal/browser"
	"habilis/internal/pgtest/place"
)

func rolePath(t *testing.T, p *place.Place, key string) string {
	t.Helper()
	return "/p/" + p.Number + "/roles/" + p.Role(t, key).String()
}

// cellOf is a cell of a role as it holds now: "view/edit", or "none".
func cellOf(t *testing.T, role, area string) string {
	t.Helper()
	return query[string](t, `
select coalesce((select view || '/' || edit from role_cell where role_id = $1::uuid and area = $2 and open), 'none')`, role, area)
}

func TestARoleIsDefinedOnceItWasSeenWhomItConcerns(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "booking")
	pilot, they := server.signedIn(t, p.Pilot), server.signedIn(t, who)
	they.get("/p/" + p.Number + "/people").want(http.StatusForbidden)

	form := pilot.get("/p/"+p.Number+"/roles").want(http.StatusOK).sees("Prise de rendez-vous", "Matrice des rôles", "Créer un rôle").
		visitor.get(rolePath(t, p, "booking")+"/edit").want(http.StatusOK).form("/edit").
		with("cell.people.view", "all", "cell.clients.view", "none", "second_factor", "any")
	// Without script the narrower view narrows the edit, and says so.
	shown := form.send().want(http.StatusOK).sees("Avant d'enregistrer", who.Given+" "+who.Family, "1 élargie, 2 réduites", "Usagers", "n'en ont pas encore")
	role := p.Role(t, "booking").String()
	if got := cellOf(t, role, "people"); got != "none" {
		t.Fatalf("before it was confirmed the cell is %s", got)
	}
	back := shown.form("/edit").with("again", "1").send().want(http.StatusOK)
	if got := back.form("/edit").values.Get("cell.people.view"); got != "all" {
		t.Errorf("coming back to the grid finds %q", got)
	}
	shown.form("/edit").with("confirm", "1").send().want(http.StatusSeeOther).follow().sees("est enregistré", "Demande un second facteur")
	if got := cellOf(t, role, "clients"); got != "none" && got != "0/0" {
		t.Errorf("the cell is %s", got)
	}
	they.get("/p/" + p.Number + "/people").want(http.StatusOK)
	server.visitor(t).get("/p/" + p.Number + "/roles").want(http.StatusSeeOther)
	pilot.get("/p/"+p.Number+"/journal").sees("a modifié la définition du rôle", "Prise de rendez-vous")
}

func TestARoleIsCopiedGivenAndRetired(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	pilot := server.signedIn(t, p.Pilot)
	pilot.get(rolePath(t, p, "booking")+"/copy").want(http.StatusOK).sees("À partir de").form("/roles").
		with("name_fr", "Accueil du soir", "cell.statistics.view", "all").send().want(http.StatusSeeOther).follow().
		sees("Accueil du soir", "Créé ici", "0 ressource")
	role := query[string](t, `select id::text from role where tenant_id = $1 and name_fr = 'Accueil du soir'`, p.ID)
	who := someone(t, p)
	give := "/p/" + p.Number + "/people/" + who.Resource.String() + "/roles"
	pilot.get(give+"/new").want(http.StatusOK).sees("Accueil du soir").form("/roles").with("role", role).send().want(http.StatusSeeOther)
	path := "/p/" + p.Number + "/roles/" + role
	pilot.get(path + "/retire").want(http.StatusOK).sees("1 ressource : ce rôle leur reste").form("/retire").send().want(http.StatusSeeOther)
	pilot.get("/p/"+p.Number+"/roles").sees("Retiré du catalogue (1)", "Accueil du soir")
	if text := pilot.get(give + "/new").text(); strings.Contains(text, "Accueil du soir Pour") {
		t.Error("a retired role is offered")
	}
	pilot.get(path + "/edit").want(http.StatusConflict)
	pilot.get(path+"/reinstate").want(http.StatusOK).sees("1 ressource : rien ne change").form("/reinstate").send().
		want(http.StatusSeeOther).follow().sees("de nouveau au catalogue", "Retirer du catalogue")
	pilot.get(path + "/edit").want(http.StatusOK)
	pilot.get(path + "/reinstate").want(http.StatusOK).sees("déjà en service")
	pilot.get("/p/"+p.Number+"/journal").sees("a remis en service le rôle", "Accueil du soir")
	pilot.get(rolePath(t, p, "consultation_2") + "/retire").want(http.StatusOK).sees("Une nouvelle personne reçoit ce rôle")
}

func TestADefinitionThatCannotBeIsShownAgainWithWhatWasTyped(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	pilot := server.signedIn(t, p.Pilot)
	edit := rolePath(t, p, "booking") + "/edit"
	before := query[string](t, `select md5(string_agg(c::text, '' order by role_id, area, since)) from role_cell c where tenant_id = $1`, p.ID)
	fill := func(args ...string) *answer {
		return pilot.get(edit).want(http.StatusOK).form("/edit").with(args...).send()
	}
	fill("name_fr", "", "min_holders", "beaucoup").want(http.StatusUnprocessableEntity).sees("Donnez un nom", "Écrivez un nombre de 0 à 100")
	fill("cell.slots.view", "own").want(http.StatusUnprocessableEntity).sees("n'admet pas cette portée")
	fill("cell.slots.view", "everything").want(http.StatusUnprocessableEntity)
	fill("cell.children.view", "all").want(http.StatusUnprocessableEntity).sees("n'existe pas ici")
	fill("given_by", uuid.NewString()).want(http.StatusUnprocessableEntity).sees("n'est plus au catalogue")
	fill("cell.settings.view", "all", "cell.settings.edit", "all", "second_factor", "strong").want(http.StatusForbidden).sees("donné par le support technique")
	pilot.get(rolePath(t, p, "pilot") + "/edit").want(http.StatusForbidden).sees("lui seul le définit")
	fill("confirm", "1", "cell.settings.view", "all", "cell.settings.edit", "all", "second_factor", "strong").want(http.StatusForbidden)
	sent := pilot.get(edit).form("/edit").with("confirm", "1", "name_fr", "Pilote", "given_by", p.Role(t, "booking").String()).values
	pilot.post(rolePath(t, p, "pilot")+"/edit", sent).want(http.StatusForbidden)
	if n := query[int](t, `select count(*)::int from journal where tenant_id = $1 and act = 'roles.define' and result = 'refused'`, p.ID); n != 3 {
		t.Errorf("of three definitions that were refused, the journal tells of %d", n)
	}
	pilot.get(rolePath(t, p, "pilot")).want(http.StatusOK).sees("lui seul le définit", "Copier")

	flood := url.Values{"name_fr": {"X"}}
	for i := range 10_000 {
		flood.Set(fmt.Sprintf("cell.area%d.view", i), "all")
	}
	pilot.post(edit, flood).want(http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge)

	// Two people at once: both versions are shown, and nothing is lost.
	mine := pilot.get(edit).form("/edit").with("description_fr", "La mienne", "cell.statistics.view", "all")
	fill("description_fr", "La sienne").want(http.StatusSeeOther)
	mine.send().want(http.StatusConflict).sees("La mienne", "La sienne", "Statistiques").
		form("/edit").send().want(http.StatusSeeOther)
	if got := query[string](t, `select description_fr from role where id = $1`, p.Role(t, "booking")); got != "La mienne" {
		t.Errorf("the description is %q", got)
	}
	// What I did not touch follows what the other saved.
	mine = pilot.get(edit).form("/edit").with("description_fr", "La mienne encore", "cell.statistics.edit", "none")
	fill("name_en", "Theirs", "min_holders", "0", "expires_after", "90", "description_fr", "La sienne", "confirm", "1").want(http.StatusSeeOther)
	again := mine.send().want(http.StatusConflict).sees("La mienne encore", "La sienne")
	if said := again.text(); strings.Contains(said, "Theirs") {
		t.Error("what only the other changed is shown as if both had")
	}
	again.form("/edit").with("confirm", "1").send().want(http.StatusSeeOther)
	if got := query[string](t, `select concat_ws(', ', name_en, description_fr, expires_after) from role where id = $1`, p.Role(t, "booking")); got != "Theirs, La mienne encore, 90" {
		t.Errorf("saved %q", got)
	}

	after := query[string](t, `select md5(string_agg(c::text, '' order by role_id, area, since)) from role_cell c where tenant_id = $1 and not (area = 'statistics' and role_id = $2)`, p.ID, p.Role(t, "booking"))
	if before != after {
		t.Error("a refused definition changed cells")
	}
}

func TestFieldsThatTheFormDoesNotHaveChangeNothing(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, other := ourPlace(t), ourPlace(t)
	pilot := server.signedIn(t, p.Pilot)
	pilot.get(rolePath(t, p, "booking")+"/edit").form("/edit").
		with("tenant_id", other.ID.String(), "id", p.Role(t, "pilot").String(), "preset", "pilot", "position", "0", "retired_at", "2020-01-01", "version", "1").
		send().want(http.StatusSeeOther)
	if got := query[string](t, `select concat(preset, ' ', retired_at) from role where id = $1`, p.Role(t, "booking")); got != "booking " {
		t.Errorf("the role is %q", got)
	}
}

func TestTheMatrixIsTakenAway(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	pilot := server.signedIn(t, p.Pilot)
	pilot.get(rolePath(t, p, "booking")+"/edit").form("/edit").with("name_fr", "=cmd|' /C calc'!A0").send().want(http.StatusSeeOther)
	a := pilot.get("/p/" + p.Number + "/roles/matrix/export").want(http.StatusOK)
	if !strings.Contains(a.header.Get("Content-Disposition"), "roles-"+p.Number+".csv") || !strings.Contains(a.body, "Rendez-vous") {
		t.Errorf("%s\n%s", a.header.Get("Content-Disposition"), a.body)
	}
	if strings.Contains(a.body, ";=cmd") || strings.Contains(a.body, `;"=cmd`) {
		t.Error("a role's name acts as a formula")
	}
	if x := pilot.get("/p/" + p.Number + "/roles/matrix/export?as=xlsx").want(http.StatusOK); !strings.HasPrefix(x.body, "PK") {
		t.Error("the workbook is not one")
	}
}

// A role made, changed and retired by someone with a mouse, each page looked at
// for what bars the way.
func TestAPilotDefinesARole(t *testing.T) {
	t.Parallel()
	a := newProcedure(t, func(b *browser.Tab) hand { return mouse{b} })
	a.axe = true
	who := someone(t, a.place, "consultation_1")
	b, h := a.enter(a.place.Pilot.Username, secret)
	h.press("link", "Configuration")
	h.press("link", "Rôles")
	b.Has("heading", "Rôles")
	a.look(b)
	h.press("link", "Créer un rôle")
	b.Has("heading", "Créer un rôle")
	a.look(b)
	h.press("button", "Enregistrer")
	b.See("réponses sont à revoir", "Donnez un nom à ce rôle.")
	a.look(b)
	h.fill("Nom en français", "Remplaçant")
	h.fill("Description en français", "Pour un jour.")
	h.set("Consultation : Rendez-vous", "Tout")
	b.In("group", "Qui peut le donner").Choose("Pilote")
	h.press("button", "Enregistrer")
	b.Has("heading", "Remplaçant")
	b.See("Créé ici", "Donné par : Pilote.")
	a.look(b)

	h.press("link", "Rôles")
	h.press("link", "Consultation #1")
	h.press("link", "Modifier")
	h.set("Consultation : Statistiques", "Tout")
	h.press("button", "Enregistrer")
	b.See("Avant d'enregistrer", who.Given+" "+who.Family, "1 élargie")
	a.look(b)
	h.press("button", "Enregistrer")
	b.See("est enregistré")

	h.press("link", "Rôles")
	h.press("link", "Matrice des rôles")
	b.Has("heading", "Matrice des rôles")
	a.look(b)
	h.press("link", "Remplaçant")
	h.press("link", "Retirer du catalogue")
	b.See("Ce rôle ne sera plus donné.")
	a.look(b)
	b.In("dialog", "Retirer « Remplaçant » du catalogue ?").Click("button", "Retirer du catalogue")
	b.See("Le rôle Remplaçant est retiré du catalogue.")
	a.look(b)
	h.press("link", "Remettre en service")
	b.See("Ce rôle pourra de nouveau être donné")
	a.look(b)
	b.In("dialog", "Remettre « Remplaçant » en service ?").Click("button", "Remettre en service")
	b.See("Le rôle Remplaçant est de nouveau au catalogue.")
	a.look(b)
}
