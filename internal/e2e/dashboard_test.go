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
