package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"habilis/internal/browser"
)

// options are the choices that a select of a page offers, by their values.
func options(t *testing.T, body, name string) string {
	t.Helper()
	_, list, found := strings.Cut(body, `name="`+name+`"`)
	if !found {
		t.Fatalf("the page has no field %s", name)
	}
	list, _, _ = strings.Cut(list, "</select>")
	var values []string
	for _, part := range strings.Split(list, `<option value="`)[1:] {
		value, _, _ := strings.Cut(part, `"`)
		values = append(values, value)
	}
	return strings.Join(values, " ")
}

func TestAQuestionOffersTheScopesOfItsAreaAndKeepsWhatItRefuses(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	base := "/p/" + p.Number
	for path, want := range map[string]string{
		base + "/who?area=settings&direction=view":                " all",
		base + "/who?area=settings&direction=view&least=assigned": " all assigned",
		base + "/who?area=client_profiles&direction=view":         " assigned all",
	} {
		page := admin.get(path)
		if got := options(t, page.body, "least"); got != want {
			t.Errorf("%s offers %q, want %q", path, got, want)
		}
		if !strings.HasSuffix(path, "=assigned") {
			page.want(http.StatusOK)
			continue
		}
		page.want(http.StatusUnprocessableEntity).sees("n'admet pas la portée « Affectés uniquement »")
		if !strings.Contains(page.body, `<option value="assigned" selected`) {
			t.Errorf("%s does not keep what was chosen", path)
		}
	}
	admin.get(base + "/who/export?area=settings&least=assigned").want(http.StatusUnprocessableEntity).sees("Affectés uniquement")
}

func TestAGridIsTakenAwayFromAButton(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	who := someone(t, p, "clinician")
	path := permissionsOf(p, who)
	for _, page := range []string{path, path + "?on=2020-01-01"} {
		a := admin.get(page).want(http.StatusOK).sees("CSV", "Excel", "Imprimer", p.Number)
		for _, part := range []string{"/permissions/export?as=csv", "as=xlsx", "data-print", `class="on-paper"`} {
			if !strings.Contains(a.body, part) {
				t.Errorf("%s has no %s", page, part)
			}
		}
		if page != path && !strings.Contains(a.body, "on=2020-01-01") {
			t.Error("the export forgets the day")
		}
	}
	out := admin.get(path + "/export").want(http.StatusOK)
	if !strings.Contains(out.body, "Profils de clients et de contacts;Affectés uniquement;rôle Clinicien;") {
		t.Errorf("exported %q", out.body)
	}
	if out = admin.get(path + "/export?on=2020-01-01").want(http.StatusOK); strings.Contains(out.body, "Clinicien") {
		t.Errorf("exported of 2020 %q", out.body)
	}
}

func TestWhatChangedTellsWhatHeldAndNotWhoseWordItWas(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	who := someone(t, p, "clinician")
	path := permissionsOf(p, who)
	admin.get(path+"/edit").form("/permissions").with("cell.client_profiles.view", "all").send().form("/permissions").with("confirm", "1").send().want(http.StatusSeeOther)
	changes := path + "/changes?from=2020-01-01"
	admin.get(changes).want(http.StatusOK).sees("Affectés uniquement (selon les rôles)", "→ après : Tout")
	out := admin.get(changes + "&as=csv").want(http.StatusOK)
	if !strings.Contains(out.body, "Affectés uniquement (selon les rôles)") {
		t.Errorf("exported %q", out.body)
	}
}

func TestARecordIsSaidNotToMatterWhereItDoesNot(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	page := admin.addRecord(p, "C-1", "Roy")
	of := "&record=" + page[strings.LastIndex(page, "/")+1:]
	admin.get("/p/"+p.Number+"/who?area=settings&direction=edit"+of).want(http.StatusOK).sees("La réponse ne dépend pas de C-1", "1 personne peut")
	if a := admin.get("/p/" + p.Number + "/who?area=client_profiles&direction=edit" + of); strings.Contains(a.text(), "ne dépend pas") {
		t.Error("a client matters to the profiles of clients")
	}
}

func TestTheRulesOfARoleAreSeenBeforeTheyAreSaved(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	path := rolePath(t, p, "clinician") + "/edit"
	shown := admin.get(path).form("/edit").with("min_holders", "3").send().want(http.StatusOK).sees("Les règles qui changent", "Personnes au moins 0 3")
	if n := query[int](t, `select min_holders from role where id = $1::uuid`, p.Role(t, "clinician")); n != 0 {
		t.Errorf("%d is saved", n)
	}
	shown.form("/edit").with("confirm", "1").send().want(http.StatusSeeOther)
	admin.get(path).form("/edit").with("min_holders", "0", "exclusive", "1", "second_factor", "any").send().want(http.StatusOK).
		sees("Personnes au moins 3 0", "Rôle exclusif Non Oui", "Second facteur Non demandé Demandé")
}

// Nothing was attempted where a page only says what can't be done.
func TestWhatMayNotBeDoneIsSaidAsAFact(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	reception := rolePath(t, p, "reception")
	admin.get(reception + "/retire").form("/retire").send().want(http.StatusSeeOther)
	reader := server.signedIn(t, someone(t, p, "coordinator"))
	who := someone(t, p, "clinician")
	for what, a := range map[string]*answer{
		"a retired role":          admin.get(reception),
		"a role to retire, again": admin.get(reception + "/retire"),
		"the default role":        admin.get(rolePath(t, p, "intern") + "/retire"),
		"a role in use":           admin.get(rolePath(t, p, "clinician") + "/reinstate"),
		"a grid to be read":       reader.get(permissionsOf(p, who)),
		"the pilot's grid":        reader.get(permissionsOf(p, p.Pilot)),
	} {
		if a.want(http.StatusOK); strings.Contains(a.text(), "Rien n'a été changé") {
			t.Errorf("%s says that nothing was changed: %s", what, a.text())
		}
	}
	admin.get(reception).sees("retiré du catalogue : il ne change plus")
}

func TestOnesOwnCellsLeadToWhyAndNobodyElses(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := server.signedIn(t, someone(t, p, "consultation_2"))
	home := who.get("/p/" + p.Number + "/").want(http.StatusOK)
	if !strings.Contains(home.body, "/p/"+p.Number+"/why?area=") {
		t.Fatal("the dashboard leads to no reason")
	}
	why := "/p/" + p.Number + "/why?" + url.Values{"area": {"people"}, "direction": {"edit"}}.Encode()
	a := who.get(why).want(http.StatusOK).sees("Vous ne pouvez pas modifier", "vos rôles")
	if strings.Contains(a.text(), p.Pilot.Family) {
		t.Error("it names someone else")
	}
	other := who.get(why + "&id=" + p.Pilot.Resource.String()).want(http.StatusOK)
	if other.text() != a.text() {
		t.Error("it explains someone else")
	}
	who.get(permissionsOf(p, p.Pilot) + "/why?area=people").want(http.StatusForbidden)
}

func TestTheScopesFollowTheAreaThatIsChosen(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, _ := practice(t, server)
	b := browser.New(t, server.URL())
	b.Open("/signin")
	b.Fill("Nom d'utilisateur ou courriel", p.Pilot.Username)
	b.Fill("Mot de passe", secret)
	b.Press("Enter")
	b.At("/p/" + p.Number + "/")
	b.Open("/p/" + p.Number + "/who?area=client_profiles&direction=view")
	b.Has("option", "Affectés uniquement")
	b.Select("Volet", "Paramètres de l'espace de travail · Administration")
	b.HasNot("option", "Affectés uniquement")
}
