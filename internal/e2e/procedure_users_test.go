package e2e_test

import (
	"net/http"
	"strings"
	"testing"
)

// Procedures E.1 and E.2, "users of an alerting portal", by their text: Gestion,
// Utilisateurs, the plus above the grid; a user name and a password; a second
// factor, with what it asks for; the boxes of the kind.
func TestAMissionLeadAddsAUserByTheText(t *testing.T) {
	t.Parallel()
	a := ways["mouse"](t, "alerting")
	b, h := a.enter(a.place.Pilot.Username, secret)
	h.press("link", "Gestion")
	b.Has("heading", "Utilisateurs")
	b.InSight("link", "Ajouter un utilisateur")
	h.press("link", "Ajouter un utilisateur")
	b.Has("heading", "Ajout d'un utilisateur")
	name, given := "JRoy"+a.place.Number, "onze castors au barrage, une loutre"
	h.fill("Nom d'utilisateur", name)
	b.See("Les majuscules comptent")
	h.fill("Nom", "Roy")
	h.fill("Prénom", "Jeanne")
	h.fill("Mot de passe", given)
	h.pick("Double authentification", "Activée, par courriel")
	h.press("button", "Sauvegarder")
	b.See("Un code par courriel demande une adresse de courriel")
	b.FieldHolds("Nom d'utilisateur", name)
	h.pick("Double authentification", "Activée, par texto")
	h.press("button", "Sauvegarder")
	b.See("Un code par texto demande un numéro de téléphone cellulaire")
	h.fill("Téléphone cellulaire pour les codes", "514 555-0142")
	h.fill("Mot de passe", given)
	h.tick("Est responsable de mission…")
	h.tick("Déclenchement par CAUCA autorisé…")
	a.look(b)
	h.press("button", "Sauvegarder")
	b.See("Dites-lui son nom d'utilisateur et son mot de passe")
	sheet := "/p/" + a.place.Number + "/people/" + query[string](t, `select id::text from resource where username = $1`, name)
	b.Open(sheet)
	b.See("Est responsable de mission", "Déclenchement par CAUCA autorisé")
	a.look(b)

	// Without a second factor, the address is optional; the boxes stay empty.
	h.press("link", "Gestion")
	h.press("link", "Ajouter un utilisateur")
	h.fill("Nom d'utilisateur", "PRoy"+a.place.Number)
	h.fill("Nom", "Roy")
	h.fill("Prénom", "Paul")
	h.pick("Double authentification", "Désactivée")
	h.fill("Mot de passe", given)
	h.press("button", "Sauvegarder")
	b.See("Dites-lui son nom d'utilisateur et son mot de passe")
	if flags := query[int](t, `select cardinality(flags) from resource where username = $1`, "PRoy"+a.place.Number); flags != 0 {
		t.Errorf("%d boxes are ticked of their own accord", flags)
	}

	v := a.server.visitor(t)
	v.enter(strings.ToLower(name), given).want(http.StatusUnprocessableEntity)
	page := v.enter(name, given).want(http.StatusSeeOther).follow().sees("Recevez un code par texto")
	page = page.form("/signin/factor/send").send().follow()
	page = page.form("/signin/factor").with("code", a.textTo("+15145550142")).send().want(http.StatusSeeOther).follow()
	page.form("/signin/choose").with("password", given, "again", given).send().want(http.StatusUnprocessableEntity)
	page.form("/signin/choose").with("password", fresh, "again", fresh).send().want(http.StatusSeeOther)
}

// textTo is the code of the only text to a number.
func (a *procedure) textTo(number string) (code string) {
	a.t.Helper()
	eventually(a.t, "a text", func() bool {
		kept, err := a.server.texts.List()
		if err != nil {
			a.t.Fatal(err)
		}
		if len(kept) == 1 && kept[0].To == number {
			code = sixDigits.FindString(kept[0].Text)
		}
		return code != ""
	})
	return code
}
