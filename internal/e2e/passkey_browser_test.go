package e2e_test

import (
	"strings"
	"testing"

	"habilis/internal/browser"
	"habilis/internal/config"
	"habilis/internal/pgtest/place"
)

// named gives a server an address that browsers have passkeys for: a name.
func named(c *config.Config) {
	_, port, _ := strings.Cut(c.Listen, ":")
	c.BaseURL = "http://localhost:" + port
}

// comesIn signs someone in by their password.
func comesIn(b *browser.Tab, p *place.Place, who place.Person) {
	b.Open("/signin")
	b.Fill("Nom d'utilisateur ou courriel", who.Username)
	b.Fill("Mot de passe", secret)
	b.Click("button", "Se connecter")
	b.At("/p/" + p.Number + "/")
}

// addsPasskey adds a passkey, the first, on one's account.
func addsPasskey(b *browser.Tab) {
	b.Open("/account")
	b.Click("link", "Ajouter une clé d'accès")
	b.Click("button", "Créer la clé d'accès")
	b.Has("heading", "Vos codes de secours")
	b.Click("link", "J'ai gardé mes codes, continuer")
	b.Has("heading", "Mon compte")
}

// By keyboard, from the account to the next sign-in.
func TestAPasskeyIsAddedAndOpensTheAccountWithoutAPassword(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1", "booking")
	b := browser.New(t, server.URL())
	device := b.Authenticator()
	comesIn(b, p, who)
	b.Open("/account")
	b.See("Vous n'en avez pas encore.")
	b.Reach("link", "Ajouter une clé d'accès")
	b.Click("link", "Ajouter une clé d'accès") // on a slow machine, what is left of the key Enter would send the form
	b.Has("dialog", "Ajouter une clé d'accès")
	b.Axe()
	b.Screenshot("passkey-add")
	b.ReachField("Nom")
	b.Press("Ctrl+a", "Delete")
	b.Type("Portable de la clinique")
	b.Reach("button", "Créer la clé d'accès")
	b.Press("Enter")
	b.Has("heading", "Vos codes de secours")
	b.Click("link", "J'ai gardé mes codes, continuer")
	b.See("Portable de la clinique")
	b.See("Sur un seul appareil")
	b.Axe()
	b.Screenshot("passkeys")
	if n := device.Passkeys(); n != 1 {
		t.Fatalf("the device keeps %d", n)
	}

	b.Click("link", "Ajouter une clé d'accès")
	b.Click("button", "Créer la clé d'accès")
	b.See("Cet appareil a déjà une clé d'accès pour ce compte")
	b.Axe()
	b.Screenshot("passkey-known")
}
