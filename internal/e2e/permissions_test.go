package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"habilis/internal/pgtest/place"
)

// practice is a place of the kind clinic, whose pilot is signed in.
func practice(t *testing.T, server *server) (*place.Place, *visitor) {
	t.Helper()
	p := place.Of(t, "clinic")
	withoutFactor(t, p)
	return p, server.signedIn(t, p.Pilot)
}

func permissionsOf(p *place.Place, who place.Person) string {
	return "/p/" + p.Number + "/people/" + who.Resource.String() + "/permissions"
}

func handsOf(t *testing.T, who place.Person) string {
	t.Helper()
	return query[string](t, `
select coalesce(string_agg(concat(area, ' ', coalesce(view::text, '-'), coalesce(edit::text, '-')), ', ' order by area), 'none')
  from override where resource_id = $1 and until = 'infinity'`, who.Resource)
}

// Procedure C, by the addresses that its buttons lead to.
func TestWhatASavedGridChangesIsShownFirstAndHoldsFromTheNextRequest(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	who := someone(t, p, "clinician")
	they := server.signedIn(t, who)
	they.get("/p/" + p.Number + "/people").want(http.StatusForbidden)

	path := permissionsOf(p, who)
	admin.get(path).want(http.StatusOK).sees("Modifier les détails", "Affectés uniquement rôle Clinicien", "Pourquoi ?")
	shown := admin.get(path+"/edit").want(http.StatusOK).form("/permissions").with("cell.people.view", "all", "cell.client_profiles.edit", "none").send().
		want(http.StatusOK).sees("Ce qui va changer pour "+who.Given+" "+who.Family, "Membres de l'équipe Accès en consultation Aucun → Tout ↑ élargi",
		"Profils de clients et de contacts Accès en modification Affectés uniquement → Aucun ↓ réduit")
	if saved := handsOf(t, who); saved != "none" {
		t.Fatalf("before it was confirmed, %s is saved", saved)
	}
	shown.form("/permissions").with("confirm", "1").send().want(http.StatusSeeOther).follow().
		sees("Les permissions d'"+who.Given+" "+who.Family+" sont enregistrées", "réglé à la main", "· "+p.Pilot.Given+" "+p.Pilot.Family)
	if saved := handsOf(t, who); saved != "client_profiles -0, people 3-" {
		t.Errorf("saved: %s", saved)
	}
	they.get("/p/" + p.Number + "/people").want(http.StatusOK)
	server.letter(t, who.Email, "permissions")
}

func TestWithoutScriptAWiderEditWidensTheViewAndANarrowerViewNarrowsTheEdit(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	who := someone(t, p, "intern")
	path := permissionsOf(p, who)
	admin.get(path+"/edit").form("/permissions").with("cell.billing.view", "none", "cell.billing.edit", "all").send().
		want(http.StatusOK).sees("Factures et paiements · Accès en consultation : relevé de « Aucun » à « Tout », parce qu'on ne modifie que ce qu'on peut consulter.").
		form("/permissions").with("confirm", "1").send().want(http.StatusSeeOther)
	if saved := handsOf(t, who); saved != "billing 33" {
		t.Fatalf("saved: %s", saved)
	}
	admin.get(path+"/edit").form("/permissions").with("cell.billing.view", "assigned").send().want(http.StatusOK).
		form("/permissions").with("confirm", "1").send().want(http.StatusSeeOther)
	if saved := handsOf(t, who); saved != "billing 22" {
		t.Errorf("saved: %s", saved)
	}
	admin.get(path+"/edit").form("/permissions").with("reset", "1").send().want(http.StatusOK).
		form("/permissions").send().want(http.StatusOK).form("/permissions").with("confirm", "1").send().want(http.StatusSeeOther)
	if saved := handsOf(t, who); saved != "none" {
		t.Errorf("after all was left to the roles: %s", saved)
	}
}

func TestCellsThatCannotBeSetSoSaveNothing(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	who := someone(t, p, "intern")
	path := permissionsOf(p, who)
	for what, c := range map[string]struct {
		field, value, says string
		status             int
	}{
		"a scope that the area does not admit": {"cell.people.view", "assigned", "n'admet pas", http.StatusUnprocessableEntity},
		"a scope that there is not":            {"cell.people.view", "everything", "n'existe pas", http.StatusUnprocessableEntity},
		"an area that there is not":            {"cell.nuclear.view", "all", "", http.StatusUnprocessableEntity},
		"nothing at all":                       {"confirm", "1", "choisissez d'abord", http.StatusUnprocessableEntity},
	} {
		a := admin.get(path+"/edit").form("/permissions").with("confirm", "1", c.field, c.value, "cell.billing.view", "all")
		if what == "nothing at all" {
			a.with("cell.billing.view", "roles")
		}
		a.send().want(c.status).sees(c.says)
		if saved := handsOf(t, who); saved != "none" {
			t.Errorf("%s: %s is saved", what, saved)
		}
	}
	many := admin.get(path+"/edit").form("/permissions").with("confirm", "1")
	for range 10_000 {
		many.values.Add("cell.billing.view", "all")
	}
	if a := many.send(); a.status < 400 || a.status >= 500 {
		t.Errorf("ten thousand cells: %d", a.status)
	}
	if saved := handsOf(t, who); saved != "none" {
		t.Errorf("of ten thousand cells, %s is saved", saved)
	}
}

func TestAStaleGridKeepsTheChoicesBesideWhatHoldsNow(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	who := someone(t, p, "intern")
	path := permissionsOf(p, who)
	late := admin.get(path+"/edit").form("/permissions").with("cell.billing.view", "all")
	admin.get(path+"/edit").form("/permissions").with("cell.billing.view", "assigned", "cell.client_documents.view", "all", "confirm", "1").send().want(http.StatusSeeOther)
	again := late.send().want(http.StatusConflict). // at the first saving
							sees("Champ En place Votre saisie", "Documentation des clients et des contacts · Accès en consultation Tout Rien de choisi",
			"Factures et paiements · Accès en consultation Affectés uniquement Tout")
	if n := strings.Count(again.text(), "Quelqu'un a changé ces permissions"); n != 1 || strings.Contains(again.text(), "à revoir") {
		t.Errorf("it is said %d times: %s", n, again.text())
	}
	if !strings.Contains(again.body, `value="assigned" data-reach="2" data-was`) {
		t.Error("what holds now is not marked")
	}
	f := again.form("/permissions")
	if chosen, untouched := f.values.Get("cell.billing.view"), f.values.Get("cell.client_documents.view"); chosen != "all" || untouched != "all" {
		t.Errorf("the choice is now %q, and what was not touched %q", chosen, untouched)
	}
	f.with("confirm", "1").send().want(http.StatusSeeOther)
	if saved := handsOf(t, who); saved != "billing 3-, client_documents 3-" {
		t.Errorf("saved: %s", saved)
	}
}

func TestWhoDoesNotEditTheSettingsIsOfferedNothingAndRefused(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	who := someone(t, p, "intern")
	coordinator := server.signedIn(t, someone(t, p, "coordinator"))
	path := permissionsOf(p, who)
	if page := coordinator.get(path).want(http.StatusOK); strings.Contains(page.text(), "Modifier les détails") {
		t.Error("a coordinator is offered to change permissions")
	}
	coordinator.get(path + "/edit").want(http.StatusForbidden)
	f := admin.get(path+"/edit").form("/permissions").with("cell.billing.view", "all", "confirm", "1")
	coordinator.post(f.action, f.values).want(http.StatusForbidden)
	if page := coordinator.get("/p/" + p.Number + "/people/new").want(http.StatusOK); strings.Contains(page.text(), "Personnaliser les permissions") {
		t.Error("a coordinator is offered to customise a newcomer's permissions")
	}
	add := coordinator.get("/p/"+p.Number+"/people/new").form("/people").
		with("family", "Roy", "given", "Anne", "email", "aroy"+p.Number+"@exemple.test", "cell.billing.view", "all")
	add.send().want(http.StatusForbidden, http.StatusUnprocessableEntity)
	if n := query[int](t, `select count(*) from override where tenant_id = $1`, p.ID); n != 0 {
		t.Errorf("%d cells were set", n)
	}
}

func TestPermissionsAreCustomisedForWhoIsAddedAndWhoIsInvited(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	page := admin.get("/p/" + p.Number + "/people/new").want(http.StatusOK).sees("Personnaliser les permissions")
	email := "aroy" + p.Number + "@exemple.test"
	look := page.form("/people").with("family", "Roy", "given", "Anne", "email", email, "cell.billing.view", "assigned").send().
		want(http.StatusOK).sees("Par rapport aux rôles choisis : 1 permission élargie, aucune réduite.", "Rien n'est encore enregistré",
		"Factures et paiements Accès en consultation Aucun → Affectés uniquement ↑ élargi")
	if n := query[int](t, `select count(*) from resource where email = $1`, email); n != 0 {
		t.Fatal("someone is added before it was seen what their cells change")
	}
	other := look.form("/people").with("cell.billing.view", "all").send().want(http.StatusOK) // something else than what was seen
	other.form("/people").with("cell.billing.view", "assigned").send().want(http.StatusOK).form("/people").send().want(http.StatusSeeOther)
	if n := query[int](t, `select count(*) from override o join resource r on r.id = o.resource_id where r.email = $1 and o.area = 'billing' and o.view = 2`, email); n != 1 {
		t.Errorf("%d cells were set for who was added", n)
	}
	guest := someone(t, place.New(t), "consultation_2")
	admin.get("/p/"+p.Number+"/invitations/new").want(http.StatusOK).sees("Personnaliser les permissions").
		form("/invitations").with("email", guest.Email, "cell.billing.view", "all").send().want(http.StatusOK).
		sees("Par rapport aux rôles choisis : 1 permission élargie, aucune réduite.").form("/invitations").send().want(http.StatusSeeOther)
	v := server.signedIn(t, guest)
	id := query[string](t, `select id::text from invitation where tenant_id = $1 and state = 'pending'`, p.ID)
	v.get("/invitations/" + id).want(http.StatusOK).sees("Des permissions y sont réglées pour vous, en plus de ce rôle : Factures et paiements.").form("/accept").send().want(http.StatusSeeOther)
	if n := query[int](t, `select count(*) from override o join resource r on r.id = o.resource_id where r.email = $1 and o.area = 'billing' and o.view = 3`, guest.Email); n != 1 {
		t.Errorf("%d cells were set for who was invited", n)
	}
}

func TestTheSameCellsAreSetForSeveralAfterEachWasShown(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	one, two := someone(t, p, "intern"), someone(t, p, "accounting")
	path := "/p/" + p.Number + "/people/permissions"
	ids := "?id=" + one.Resource.String() + "&id=" + two.Resource.String()
	confirm := admin.get(path+ids).want(http.StatusOK).sees(one.Family, two.Family).
		form("/people/permissions").with("cell.billing.view", "all", "cell.billing.edit", "none").send().
		want(http.StatusOK).sees("Ce qui va changer pour 2 personnes", "Factures et paiements Accès en consultation Aucun → Tout ↑ élargi", "Factures et paiements Accès en modification Tout → Aucun ↓ réduit")
	confirm.form("/people/permissions").with("confirm", "1").send().want(http.StatusSeeOther).follow().sees("Les permissions de 2 personnes sont enregistrées")
	for _, who := range []place.Person{one, two} {
		if saved := handsOf(t, who); saved != "billing 30" {
			t.Errorf("saved for %s: %s", who.Username, saved)
		}
	}
	again := admin.get(path+ids).form("/people/permissions").with("cell.billing.view", "none", "cell.billing.edit", "none").send().want(http.StatusOK)
	p.Archive(t, two)
	refused := again.form("/people/permissions").with("confirm", "1").send().want(http.StatusConflict).
		sees("Rien n'a été changé", two.Family+" "+"Cette personne est archivée", one.Family+" Réduit")
	if _, offered := refused.form("/people/permissions").values["confirm"]; offered || handsOf(t, one) != "billing 30" {
		t.Errorf("it is offered again: %v; saved for %s: %s", offered, one.Username, handsOf(t, one))
	}
	elsewhere := place.Of(t, "clinic")
	admin.get(path + ids + "&id=" + elsewhere.Pilot.Resource.String()).want(http.StatusNotFound)
	admin.get(path).want(http.StatusSeeOther).follow().sees("Personne n'est choisi")
}

// What is not chosen for several stays as each has it, and gives way only where it
// must, which is said of whom it concerns.
func TestWhatIsNotChosenForSeveralStaysAsEachHasIt(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	renee, marc := someone(t, p, "intern"), someone(t, p, "accounting")
	own := func(who place.Person, fields ...string) {
		admin.get(permissionsOf(p, who) + "/edit").form("/permissions").with(append(fields, "confirm", "1")...).send().want(http.StatusSeeOther)
	}
	own(renee, "cell.billing.view", "all", "cell.billing.edit", "all", "cell.client_documents.view", "all", "cell.client_documents.edit", "all")
	own(marc, "cell.billing.view", "all", "cell.billing.edit", "none")
	path := "/p/" + p.Number + "/people/permissions"
	ids := "?id=" + renee.Resource.String() + "&id=" + marc.Resource.String()
	fresh := admin.get(path + ids).form("/people/permissions")
	if stays := fresh.values.Get("cell.billing.edit"); stays != "as_is" {
		t.Fatalf("nothing is chosen yet, and the choice is %q", stays)
	}
	fresh.send().want(http.StatusUnprocessableEntity).sees("choisissez d'abord")
	confirm := fresh.with("cell.billing.view", "assigned", "cell.client_documents.edit", "none").send().want(http.StatusOK)
	said := "Factures et paiements · Accès en modification : ramené de « Tout » à « Affectés uniquement »"
	confirm.sees(renee.Family + " " + said)
	if n := strings.Count(confirm.text(), "ramené de"); n != 1 {
		t.Errorf("something gives way %d times", n)
	}
	confirm.form("/people/permissions").with("confirm", "1").send().want(http.StatusSeeOther)
	if saved := handsOf(t, renee); saved != "billing 22, client_documents 30" {
		t.Errorf("saved for the first: %s", saved)
	}
	if saved := handsOf(t, marc); saved != "billing 20, client_documents -0" {
		t.Errorf("saved for the second: %s", saved)
	}
}

func TestAStaleGridOfSeveralSaysWhoChanged(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	one, two := someone(t, p, "intern"), someone(t, p, "accounting")
	path := "/p/" + p.Number + "/people/permissions?id=" + one.Resource.String() + "&id=" + two.Resource.String()
	late := admin.get(path).form("/people/permissions").with("cell.billing.view", "all").send().want(http.StatusOK).form("/people/permissions").with("confirm", "1")
	admin.get(permissionsOf(p, two)+"/edit").form("/permissions").with("cell.people.view", "all", "confirm", "1").send().want(http.StatusSeeOther)
	again := late.send().want(http.StatusConflict).sees("Quelqu'un a changé les permissions d'" + two.Given + " " + two.Family + " pendant")
	if strings.Contains(again.text(), "à revoir") || strings.Contains(again.text(), one.Family+" pendant") {
		t.Error(again.text())
	}
	again.form("/people/permissions").send().want(http.StatusOK).form("/people/permissions").with("confirm", "1").send().want(http.StatusSeeOther)
	if saved := handsOf(t, two); saved != "billing 3-, people 3-" {
		t.Errorf("saved: %s", saved)
	}
}
