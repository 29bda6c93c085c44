package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"habilis/internal/browser"
)

func TestOnesPlacesSayWhatOneHoldsAndWhoGaveItWhereThatIsShown(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, q := ourPlace(t), ourPlace(t)
	limited := someone(t, p, "consultation_1")
	manager := someone(t, p, "coordination")
	q.Join(t, limited, "booking")
	role := p.Role(t, "booking").String()
	pilot := server.signedIn(t, p.Pilot)
	for _, who := range []string{limited.Resource.String(), manager.Resource.String()} {
		pilot.get("/p/"+p.Number+"/people/"+who+"/roles/new?role="+role).form("/roles").with("role", role).send().want(http.StatusSeeOther)
	}
	name := p.Pilot.Given + " " + p.Pilot.Family
	seen := server.signedIn(t, manager).get("/account/places").want(http.StatusOK).sees("Place "+p.Number, "Octroyé par", name)
	if strings.Contains(seen.text(), "Place "+q.Number) {
		t.Error("a place of someone else's is shown")
	}
	unseen := server.signedIn(t, limited).get("/account/places").want(http.StatusOK).sees("Place "+p.Number, "Place "+q.Number, "une personne qui y gère les accès")
	if strings.Contains(unseen.text(), name) {
		t.Errorf("who sees nobody is told a name:\n%s", unseen.text())
	}
	demandFactor(t, q)
	server.signedIn(t, limited).get("/account/places").want(http.StatusOK).sees("Un second facteur est demandé avant d'en dire plus")
}

func TestAPlaceIsLeftByItsPeopleButNotByTheLastWhoMustStay(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, q := ourPlace(t), ourPlace(t)
	who := someone(t, p, "consultation_1")
	q.Join(t, who, "consultation_1")
	v := server.signedIn(t, who)
	base := "/p/" + p.Number
	server.stale()
	page := v.get("/account/places").want(http.StatusOK)
	if !strings.Contains(page.body, base+"/leave") {
		t.Fatal("no way to leave")
	}
	asked := v.get(base+"/leave").want(http.StatusOK).sees("Vous y perdez le rôle", "Seule une personne qui y gère les accès").form("/leave").send().asksWho()
	v.get(base + "/").want(http.StatusOK)
	asked.proves(secret).want(http.StatusSeeOther).follow().want(http.StatusOK).sees("Vous avez quitté le nº " + p.Number)
	v.get(base + "/").want(http.StatusNotFound)
	v.post(base+"/leave", url.Values{}).want(http.StatusNotFound)
	v.get("/p/" + q.Number + "/").want(http.StatusOK)
	server.letter(t, who.Email, "Vous avez quitté")
	if n := notedInJournal(t, p, "people.leave"); n != 1 {
		t.Errorf("%d lines of the journal", n)
	}
	pilot := server.signedIn(t, p.Pilot)
	pilot.get(base + "/journal").want(http.StatusOK).sees("a quitté les lieux")
	// The last pilot stays; nothing is lost.
	pilot.get(base + "/leave").want(http.StatusOK).form("/leave").send().want(http.StatusConflict)
	pilot.get(base + "/").want(http.StatusOK)
	// Leaving the last place ends the session, and it can be undone by who manages it.
	last := v.get("/p/" + q.Number + "/leave").sees("C'est votre dernier lieu de travail").form("/leave").send().want(http.StatusSeeOther).follow()
	last.sees("Vous avez quitté votre dernier lieu de travail")
	v.get("/account").want(http.StatusSeeOther)
	pilot.get(base + "/people/" + who.Resource.String()).want(http.StatusOK)
	pilot.post(base+"/people/"+who.Resource.String()+"/restore", url.Values{"version": {query[string](t, `select version::text from resource where id = $1`, who.Resource)}}).want(http.StatusSeeOther)
	server.visitor(t).enter(who.Username, secret).want(http.StatusSeeOther)
}

func TestAPlaceIsLeftInAWindowWithoutAMouse(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, q := ourPlace(t), ourPlace(t)
	who := someone(t, p, "consultation_1")
	q.Join(t, who, "consultation_1")
	b := browser.New(t, server.URL())
	b.Open("/signin")
	b.Fill("Nom d'utilisateur ou courriel", who.Username)
	b.Fill("Mot de passe", secret)
	b.Press("Enter")
	b.Has("heading", "Vos lieux de travail")
	b.Open("/account/places")
	b.Axe()
	b.Reach("link", "Quitter Place "+p.Number)
	b.Press("Enter")
	b.Has("dialog", "Quitter Place "+p.Number+" ?")
	b.Axe()
	b.Reach("button", "Quitter Place "+p.Number)
	b.Press("Enter")
	b.See("Vous avez quitté le nº " + p.Number)
}
