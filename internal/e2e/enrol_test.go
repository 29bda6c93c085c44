package e2e_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

// demandFactor makes the place ask everyone for a second factor from now on.
func demandFactor(t *testing.T, p *place.Place) {
	t.Helper()
	_, err := pgtest.Super(t).Exec(t.Context(), `update tenant set policies = policies || '{"second_factor": "everyone"}' where tenant_id = $1`, p.ID)
	if err != nil {
		t.Fatal(err)
	}
}

func TestASessionThatWasLeftOpenSetsUpNoAuthenticatorWithoutThePassword(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	v := server.signedIn(t, p.Pilot)
	demandFactor(t, p)
	server.clock.Advance(11 * time.Minute)
	people := "/p/" + p.Number + "/people"

	asked := v.get(people).want(http.StatusSeeOther).follow().want(http.StatusOK)
	if asked.path != "/signin/prove" || shownSecret.MatchString(asked.body) {
		t.Fatalf("%s:\n%s", asked.path, asked.text())
	}
	for what, a := range map[string]*answer{
		"the page of the app's key": v.get("/signin/enrol"),
		"a code":                    v.post("/signin/enrol", url.Values{"code": {"123456"}}),
		"the place":                 v.get(people),
	} {
		if a.status != http.StatusSeeOther || shownSecret.MatchString(a.body) {
			t.Errorf("%s answers %d", what, a.status)
		}
	}
	asked = v.get("/signin/prove").want(http.StatusOK)
	wrong := asked.form("/signin/prove").with("current", "ce n'est pas le bon mot").send().want(http.StatusUnprocessableEntity)
	wrong.sees("Ce n'est pas votre mot de passe actuel")
	before := v.session()
	page := wrong.form("/signin/prove").with("current", secret).send().want(http.StatusSeeOther).follow().want(http.StatusOK)
	if v.session() == before {
		t.Error("who has shown the password keeps the identifier of before")
	}
	after, _, _ := enrol(t, page)
	after.want(http.StatusSeeOther).follow().want(http.StatusOK)
	v.get(people).want(http.StatusOK)
}

func TestTheKeyOfAnAppThatWasLeftOnTheScreenIsOfNoUseLater(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	v := server.signedIn(t, p.Pilot)
	demandFactor(t, p)
	page := v.get("/p/" + p.Number + "/people").want(http.StatusSeeOther).follow().want(http.StatusOK)
	server.clock.Advance(11 * time.Minute)
	later := page.form("/signin/enrol").with("code", "123456").send()
	if later.status != http.StatusSeeOther || later.follow().path != "/signin/prove" {
		t.Errorf("answers %d on %s", later.status, later.path)
	}
}
