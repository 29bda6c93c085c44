package e2e_test

import (
	"net/http"
	"testing"

	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

func policyOf(t testing.TB, p *place.Place, name string) string {
	t.Helper()
	return query[string](t, `select policies->>$2 from tenant where tenant_id = $1`, p.ID, name)
}

// What a kind begins with is changed under Paramètres by who may, shows in the
// journal in words, and holds at once.
func TestAPlaceChoosesHowItsPeopleComeIn(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	v := server.signedIn(t, p.Pilot)
	base := "/p/" + p.Number
	v.get(base + "/people/" + who.Resource.String() + "/access").lacks("Définir un mot de passe")
	form := v.get(base + "/settings").want(http.StatusOK).form("/settings")
	form.with("first_access", "password", "manager_sets_password", "1", "email_required", "", "username_style", "given_family", "activation_hours", "12").send().
		want(http.StatusSeeOther)
	for name, want := range map[string]string{"first_access": "password", "manager_sets_password": "true", "email_required": "false", "username_style": "given_family", "activation_hours": "12"} {
		if is := policyOf(t, p, name); is != want {
			t.Errorf("%s is %s, want %s", name, is, want)
		}
	}
	v.get(base + "/people/" + who.Resource.String() + "/access").sees("Définir un mot de passe")
	v.get(base+"/journal").want(http.StatusOK).sees("a modifié les paramètres de", "Mot de passe défini par une personne responsable")
	v.get(base+"/settings").form("/settings").with("first_access", "activation").send().want(http.StatusUnprocessableEntity).sees("il doit être obligatoire")
	v.get(base+"/settings").form("/settings").with("manager_sets_password", "").send().want(http.StatusUnprocessableEntity).sees("Permettez-le, ou choisissez un autre premier accès")
	v.get(base+"/settings").form("/settings").with("activation_hours", "73").send().want(http.StatusUnprocessableEntity).sees("de 1 à 72")
}

// That passwords may be set by hand is said by who shows that it is them.
func TestPasswordsByHandArePermittedByWhoShowsThatItIsThem(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	v := server.signedIn(t, p.Pilot)
	server.stale()
	path := "/p/" + p.Number + "/settings"
	asked := v.get(path).form("/settings").with("manager_sets_password", "1").send().asksWho()
	if policyOf(t, p, "manager_sets_password") != "false" {
		t.Fatal("it was changed before that was shown")
	}
	asked.proves(secret).want(http.StatusSeeOther)
	if policyOf(t, p, "manager_sets_password") != "true" {
		t.Error("what was ticked was not kept")
	}
}

// Who may only look at the settings reads each of them in words.
func TestWhoMayOnlyLookAtTheSettingsReadsThemInWords(t *testing.T) {
	t.Parallel()
	_, s, support, _ := guests(t)
	if _, err := pgtest.Super(t).Exec(t.Context(), `update tenant set policies = policies || '{"username_style": "given_family"}' where tenant_id = $1`, s.ID); err != nil {
		t.Fatal(err)
	}
	support.visits(s.Place)
	support.get("/visit/"+s.Number+"/settings").want(http.StatusOK).
		sees("Comment une nouvelle personne entre", "Prénom et nom : Elise.Gagnon", "Un mot de passe peut être défini à la main Oui").lacks("given_family")
}
