package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"habilis/internal/browser"
)

// Procedure E, "users of an alerting portal", 1 and 2, by its text: Gestion,
// Utilisateurs, the plus above the grid; user name and password; a second factor, with
// what it needs beside its field; the two boxes.
func TestAUserOfAnAlertingPortalIsAdded(t *testing.T) {
	t.Parallel()
	for way, in := range ways {
		t.Run(way, func(t *testing.T) {
			a := in(t, "alerting")
			active(t, a.place.Pilot)
			b, h := a.enter(a.place.Pilot.Username, secret)
			h.press("link", "Gestion")
			b.Has("heading", "Utilisateurs")
			h.press("link", "Ajouter un utilisateur")
			b.Has("heading", "Ajout d'un utilisateur")
			name := "JRoy" + a.place.Number
			h.fill("Nom d'utilisateur", name)
			h.fill("Nom", "Roy")
			h.fill("Prénom", "Jeanne")
			b.See("Les majuscules comptent")
			h.tick("Est responsable de mission…")
			h.tick("Déclenchement par CAUCA autorisé…")
			a.picksFactor(b, h, "Activée, par courriel", "email")
			h.press("button", "En proposer un")
			h.press("button", "Sauvegarder")
			b.See("Un code par courriel demande une adresse de courriel")
			a.picksFactor(b, h, "Activée, par texto", "sms")
			h.press("button", "En proposer un")
			h.press("button", "Sauvegarder")
			b.See("Un code par texto demande un numéro de téléphone cellulaire")
			a.look(b)
			h.fill("Téléphone cellulaire pour les codes", "418 555-0134")
			before := b.Value("Mot de passe")
			h.press("button", "En proposer un")
			eventually(t, "another password", func() bool { return b.Value("Mot de passe") != before })
			given := b.Value("Mot de passe")
			h.press("button", "Sauvegarder")
			b.See("Dites-lui son nom d'utilisateur et son mot de passe")
			h.press("link", "Roy, Jeanne")
			b.See("Est responsable de mission", "Déclenchement par CAUCA autorisé")
			a.look(b)
			flags := query[[]string](t, `select flags from resource where username = $1`, name)
			if !slices.Contains(flags, "mission_lead") || !slices.Contains(flags, "cauca_trigger") {
				t.Errorf("the boxes that are ticked: %v", flags)
			}
			if n := query[int](t, `select count(*) from override o join resource r on r.id = o.resource_id where r.username = $1`, name); n != 0 {
				t.Errorf("%d cells are set by hand, and nobody set any", n)
			}
			v := a.server.visitor(t)
			v.enter(strings.ToLower(name), given).want(http.StatusUnprocessableEntity)
			page := v.enter(name, given).want(http.StatusSeeOther).follow().sees("Recevez un code par texto")
			page = page.form("/signin/factor/send").send().follow()
			page = page.form("/signin/factor").with("code", a.textTo("+14185550134")).send().want(http.StatusSeeOther).follow()
			page.form("/signin/choose").with("password", given, "again", given).send().want(http.StatusUnprocessableEntity)
			page.form("/signin/choose").with("password", fresh, "again", fresh).send().want(http.StatusSeeOther)

			// Without a second factor an address is optional, and the boxes stay empty.
			h.press("link", "Gestion")
			h.press("link", "Ajouter un utilisateur")
			name = "PRoy" + a.place.Number
			h.fill("Nom d'utilisateur", name)
			h.fill("Nom", "Roy")
			h.fill("Prénom", "Paul")
			h.press("button", "En proposer un")
			b.See("il ne s'affiche qu'une fois")
			given = b.Value("Mot de passe")
			h.press("button", "Sauvegarder")
			b.See("Dites-lui son nom d'utilisateur et son mot de passe")
			if flags := query[int](t, `select cardinality(flags) from resource where username = $1`, name); flags != 0 {
				t.Errorf("%d boxes are ticked of their own accord", flags)
			}
			page = a.server.visitor(t).enter(name, given).want(http.StatusSeeOther).follow()
			page.form("/signin/choose").with("password", secret, "again", secret).send().want(http.StatusSeeOther)
			if page := a.server.visitor(t).enter(name, secret).follow(); strings.HasPrefix(page.path, "/signin") {
				t.Errorf("their own password opens %s", page.path)
			}
		})
	}
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

// What was proposed as a user name is gone once one clicks there and types another.
func TestAProposedUserNameGivesWayToWhatIsTyped(t *testing.T) {
	t.Parallel()
	a := ways["mouse"](t, "alerting")
	active(t, a.place.Pilot)
	b, h := a.enter(a.place.Pilot.Username, secret)
	h.press("link", "Gestion")
	h.press("link", "Ajouter un utilisateur")
	h.fill("Nom", "Roy")
	h.fill("Prénom", "Lucie")
	b.Click("textbox", "Téléphone (facultatif)")
	eventually(t, "a proposal", func() bool { return strings.HasPrefix(b.Value("Nom d'utilisateur"), "LRoy") })
	b.Click("textbox", "Nom d'utilisateur")
	b.Type("LucieRoy")
	b.FieldHolds("Nom d'utilisateur", "LucieRoy")
	b.Click("textbox", "Nom d'utilisateur")
	b.Type("!")
	if got := b.Value("Nom d'utilisateur"); !strings.Contains(got, "LucieRoy") || len(got) != len("LucieRoy!") {
		t.Errorf("what was typed gave way: %q", got)
	}
}

// picksFactor goes along the list with the arrows, where that is the way: its options
// begin alike, and typing chooses the first.
func (a *procedure) picksFactor(b *browser.Tab, h hand, option, value string) {
	a.t.Helper()
	k, byKeys := h.(keyboard)
	if !byKeys {
		h.pick("Double authentification", option)
		return
	}
	k.ReachField("Double authentification")
	for range 4 {
		if b.Value("Double authentification") == value {
			return
		}
		k.Press("ArrowDown")
	}
	a.t.Fatalf("“%s” can't be reached with the arrows", option)
}
