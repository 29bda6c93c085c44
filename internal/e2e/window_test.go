package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"habilis/internal/browser"
	"habilis/internal/pgtest/place"
)

// inside is a tab in which someone has signed in, at an address of the place.
func (s *server) inside(t *testing.T, p *place.Place, who place.Person, path string, looks ...browser.Option) *browser.Tab {
	t.Helper()
	b := browser.New(t, s.URL(), looks...)
	b.Open("/signin")
	b.Fill("Nom d'utilisateur ou courriel", who.Username)
	b.Fill("Mot de passe", secret)
	b.Press("Enter")
	b.At("/p/" + p.Number + "/")
	b.Open("/p/" + p.Number + path)
	return b
}

func TestAWindowAsksBeforeItThrowsAwayWhatWasTyped(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	b := server.inside(t, p, p.Pilot, "/people")
	opened := func() {
		b.Click("link", "Ajouter une ressource")
		b.Has("heading", "Ajout d'une ressource")
	}
	opened()
	b.Press("Escape") // nothing was typed
	b.HasNot("heading", "Ajout d'une ressource")
	opened()
	b.Fill("Nom", "Lœvenbruck")
	for range 3 { // browsers would close it at the second time
		b.Press("Escape")
		b.Has("alertdialog", "Fermer sans enregistrer ?")
		b.Axe()
		b.Press("Escape")
		b.HasNot("alertdialog", "Fermer sans enregistrer ?")
	}
	b.FieldHolds("Nom", "Lœvenbruck")
	b.Click("link", "Annuler")
	b.Has("alertdialog", "Fermer sans enregistrer ?")
	b.Press("Enter") // what has the focus loses nothing
	b.HasNot("alertdialog", "Fermer sans enregistrer ?")
	b.Click("button", "Enregistrer") // it lacks a given name
	b.See("à revoir")
	b.Press("Escape")
	b.Click("button", "Fermer sans enregistrer")
	b.HasNot("heading", "Ajout d'une ressource")
	opened()
	b.FieldHolds("Nom", "")
	b.Press("Escape")
	b.HasNot("heading", "Ajout d'une ressource")
}

func TestOnATelephoneTheEffectOfARoleIsInSightWhereItIsChosen(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := p.Person(t, "consultation_2")
	b := server.inside(t, p, p.Pilot, "/people/"+who.Resource.String(), browser.Phone)
	b.Click("link", "Liste des permissions")
	b.Click("link", "Ajouter un nouveau rôle")
	b.Choose("Prise de rendez-vous…")
	b.InSight("link", "Voir le détail")
	b.See("permissions élargies")
	b.Click("link", "Voir le détail")
	b.InSight("rowheader", "Rendez-vous")
}

func TestAnAddressInUseIsSaidOnceWithOneOffer(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, elsewhere := ourPlace(t), ourPlace(t)
	guest := someone(t, elsewhere, "consultation_1")
	a := server.signedIn(t, p.Pilot).get("/p/"+p.Number+"/people/new").want(http.StatusOK).form("/people").
		with("family", "Roy", "given", "Anne", "email", guest.Email, "username", "ARoy"+p.Number).send().want(http.StatusConflict)
	text := a.text()
	if n := strings.Count(text, "déjà utilisée"); n != 1 {
		t.Errorf("it is said %d times:\n%s", n, text)
	}
	if n := strings.Count(strings.ToLower(text), "inviter"); n != 1 {
		t.Errorf("inviting is offered %d times:\n%s", n, text)
	}
}
