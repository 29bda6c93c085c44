package e2e_test

import (
	"strings"
	"testing"

	"habilis/internal/browser"
)

// Procedure D, "an outside technician", by its text: as administrator, Réglages,
// Utilisateurs, Ajouter; Technicien externe is ticked, last in the list, and the
// others are unticked at once.

func TestAnAdministratorAddsAnOutsideTechnician(t *testing.T) {
	t.Parallel()
	for way, in := range ways {
		t.Run(way, func(t *testing.T) {
			a := in(t, "childcare")
			b, h := a.enter(a.place.Pilot.Username, secret)
			a.fillsConnection(b, h)
			a.ticksTheTechnician(b, h)
			a.savesTheTechnician(b, h)
			a.theTechnicianComes()
			a.ticksOnTheSheet(b, h)
		})
	}
}

// 1. Réglages, Utilisateurs, Ajouter: name, first name, a valid e-mail.
func (a *procedure) fillsConnection(b *browser.Tab, h hand) {
	h.press("link", "Réglages")
	h.press("link", "Utilisateurs")
	b.Has("heading", "Utilisateurs")
	h.press("link", "Ajouter")
	b.Has("heading", "Ajout d'un utilisateur")
	b.Has("heading", "Connexion")
	b.Has("heading", "Rôles et permissions")
	a.look(b)
	h.fill("Nom", "Lœvenbruck")
	h.fill("Prénom", "Maïté")
	h.fill("Courriel", a.address())
	h.fill("Nom d'utilisateur", a.username())
}

// 2. Tick Technicien externe, last in the list: any others are unticked at once,
// visibly, and can be put back.
func (a *procedure) ticksTheTechnician(b *browser.Tab, h hand) {
	h.tick("Éducatrice ou éducateur…")
	h.tick("Comptabilité…")
	h.tick("Technicien externe…")
	if a.script {
		b.See("3 rôles décochés")
		a.look(b)
		h.press("button", "Recocher…")
		b.See("Les rôles sont cochés comme avant")
		h.tick("Technicien externe…")
		b.See("3 rôles décochés", "Aucune donnée personnelle")
		h.tick("Éducatrice ou éducateur…")
		b.See("1 rôle décoché")
		h.tick("Technicien externe…")
		b.See("1 rôle décoché : Éducatrice", "Accès jusqu'au")
		a.look(b)
		return
	}
	h.press("button", "Enregistrer") // with four ticked: nothing is saved, and the form is corrected
	b.See("exclut tous les autres", "3 rôles décochés")
	a.look(b)
	h.press("button", "Voir ce que ces rôles permettent")
	b.See("Aucune donnée personnelle", "Accès jusqu'au")
	a.look(b)
}

// 3. Save, then tab Accès: Envoyer le courriel d'activation.
func (a *procedure) savesTheTechnician(b *browser.Tab, h hand) {
	h.press("button", "Enregistrer")
	b.See("Le compte est créé : Maïté Lœvenbruck")
	a.look(b)
	if got := a.held(); got != "technician" {
		a.t.Errorf("the person holds %q", got)
	}
	h.press("link", "Accès")
	h.press("button", "Envoyer le courriel d'activation")
	eventually(a.t, "the mail with the link", func() bool {
		return strings.Contains(a.server.letter(a.t, a.address(), "").Text, a.server.URL()+"/link/")
	})
	a.look(b)
	b.Open("/p/" + a.place.Number + "/people")
	b.See("Lœvenbruck, Maïté")
}

// 4. The technician opens the link, chooses a password, sets up the second factor,
// and is in, among what is theirs alone.
func (a *procedure) theTechnicianComes() {
	demandFactor(a.t, a.place)
	b, _ := a.opensActivation(a.address(), a.username())
	b.See("Bonjour Maïté", "Votre accès prend fin le", "Tableaux", "Rien dans : Service de garde, Administration")
	a.look(b)
	withoutFactor(a.t, a.place)
}

// The same boxes are on the sheet of who is there already.
func (a *procedure) ticksOnTheSheet(b *browser.Tab, h hand) {
	h.press("link", "Liste des permissions : Lœvenbruck…")
	b.Has("heading", "Liste des permissions")
	a.look(b)
	h.press("link", "Prolonger : Technicien externe")
	b.Has("heading", "Prolonger un accès")
	a.look(b)
	h.press("button", "Prolonger")
	b.See("L'accès est prolongé")
	b.Open("/p/" + a.place.Number + "/people")
	h.press("link", "Liste des permissions : Lœvenbruck…")
	h.press("link", "Modifier un rôle : Technicien externe")
	b.Has("heading", "Rôles et permissions")
	h.tick("Personnel…")
	if !a.script {
		h.press("button", "Enregistrer")
		b.See("exclut tous les autres")
	}
	b.See("1 rôle décoché : Technicien externe")
	a.look(b)
	h.press("button", "Enregistrer")
	b.See("Le rôle Personnel est donné à Maïté Lœvenbruck, au lieu de : Technicien externe")
	if got := a.held(); !strings.Contains(got, "employee") || strings.Contains(got, "technician") {
		a.t.Errorf("the person holds %q", got)
	}
}
