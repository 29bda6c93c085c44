package e2e_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestTheDashboardLeadsToWhoWaitsForSupport(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_2")
	base := "/p/" + p.Number
	roles := base + "/people/" + who.Resource.String() + "/roles"
	pilot := server.signedIn(t, p.Pilot)
	if page := pilot.get(base + "/").want(http.StatusOK); strings.Contains(page.body, "#requests") {
		t.Error("the dashboard counts requests that nobody made")
	}
	ask := base + "/people/" + who.Resource.String() + "/request?role=" + p.Role(t, "pilot").String()
	pilot.get(ask).want(http.StatusOK).form("/request").send().want(http.StatusSeeOther)
	page := pilot.get(base + "/").want(http.StatusOK).sees("Demandes au support, en attente")
	for _, part := range []string{`href="#requests"`, `id="requests"`, `href="` + roles + `"`} {
		if !strings.Contains(page.body, part) {
			t.Errorf("the dashboard has no %s", part)
		}
	}
}

func TestTheDashboardNamesAnyFirstLetterThatWasRefused(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	for _, template := range []string{"temporary_password", "activation"} {
		who := someone(t, p, "consultation_2")
		write(t, `update resource set state = 'pending' where id = $1`, who.Resource)
		write(t, `insert into mail (tenant_id, id, resource_id, account_id, template, recipient, locale, params, state, answer, attempts, created_at, changed_at)
values ($1, gen_random_uuid(), $2, $3, $4, 'x@exemple.test', 'fr-CA', '{}', 'refused', '550', 1, now(), now())`, p.ID, who.Resource, who.Account, template)
	}
	page := server.signedIn(t, p.Pilot).get("/p/" + p.Number + "/").want(http.StatusOK).sees("2 courriels de première connexion n'ont pas pu être livrés")
	if strings.Contains(page.text(), "mots de passe temporaires") {
		t.Error("an activation link is called a temporary password")
	}
}
