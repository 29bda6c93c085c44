package e2e_test

import (
	"net/http"
	"testing"
)

// The import in a browser: its preview is reached, read and said yes to.
func TestAnImportIsLookedAtInABrowser(t *testing.T) {
	t.Parallel()
	for way, in := range ways {
		t.Run(way, func(t *testing.T) {
			a := in(t, "clinic")
			b, h := a.enter(a.place.Pilot.Username, secret)
			h.press("link", "Ton équipe")
			h.press("link", "Clients")
			b.See("Aucun client pour l'instant")
			a.look(b)
			b.Open("/p/" + a.place.Number + "/records/import")
			b.Has("button", "Voir l'aperçu")
			a.look(b)
			h.press("button", "Voir l'aperçu")
			b.See("Choisissez un fichier CSV")
			a.look(b)
			sent := a.server.signedIn(t, a.place.Pilot).upload("/p/"+a.place.Number+"/records/import", "clients.csv", "ref;nom\nC-1;Œuvrard, Zoé\n;Personne\n")
			b.Open(sent.want(http.StatusSeeOther).header.Get("Location"))
			b.See("Laissés de côté (1)", "il manque la référence")
			a.look(b)
			h.press("button", "Importer 1 ligne")
			b.See("Importation terminée", "Œuvrard, Zoé")
			a.look(b)
			h.press("link", "Ajouter un client")
			b.Has("button", "Enregistrer")
			a.look(b)
			h.fill("Référence", "C-2")
			h.fill("Nom", "O'Brien, Seán")
			h.press("button", "Enregistrer")
			b.See("Affecté à personne")
			a.look(b)
		})
	}
}
