package e2e_test

import (
	"testing"
	"time"

	"habilis/internal/browser"
	"habilis/internal/pgtest/place"
)

const cancelled = "Rien n'a été confirmé : la demande a été annulée"

// withPasskey is a browser whose device has a passkey of someone's, who is signed in.
func withPasskey(t *testing.T, s *server, p *place.Place, o ...browser.Option) (*browser.Tab, *browser.Authenticator, place.Person) {
	t.Helper()
	who := someone(t, p, "consultation_1", "booking")
	b := browser.New(t, s.URL(), o...)
	device := b.Authenticator()
	comesIn(b, p, who)
	addsPasskey(b)
	return b, device, who
}

// leaves ends a session from the menu.
func leaves(b *browser.Tab, who place.Person) {
	b.Click("DisclosureTriangle", who.Given+" "+who.Family+"…")
	b.Click("button", "Se déconnecter")
}

// The device says no, then yes.
func TestThePageForSigningInTakesAPasskey(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	p := ourPlace(t)
	b, device, who := withPasskey(t, server, p)
	b.Unprompted()
	device.Know(false)
	leaves(b, who)
	b.Has("heading", "Se connecter")
	b.Click("button", "Utiliser une clé d'accès")
	b.See(cancelled)
	b.Axe()
	b.Screenshot("passkey-cancelled")
	device.Know(true)
	b.Click("button", "Utiliser une clé d'accès")
	b.At("/p/" + p.Number + "/")
}

func TestThePageForSigningInProposesThePasskeysOfTheDevice(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	p := ourPlace(t)
	b, _, who := withPasskey(t, server, p)
	leaves(b, who)
	b.At("/p/" + p.Number + "/")
}

func TestAfterAPasswordThePasskeyIsTheSecondFactor(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	p := ourPlace(t)
	b, device, who := withPasskey(t, server, p)
	device.Know(false)
	leaves(b, who)
	b.Fill("Nom d'utilisateur ou courriel", who.Username)
	b.Fill("Mot de passe", secret)
	b.Click("button", "Se connecter")
	b.See("Confirmez que c'est vous avec votre clé d'accès")
	b.Click("button", "Utiliser une clé d'accès")
	b.See(cancelled)
	b.Axe()
	b.Screenshot("passkey-factor")
	device.Know(true)
	b.Click("button", "Utiliser une clé d'accès")
	b.At("/p/" + p.Number + "/")
}

// On a telephone, where the acts of a row keep their place.
func TestInTheWindowThePasskeyShowsWhoIsThere(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	p := ourPlace(t)
	b, device, _ := withPasskey(t, server, p, browser.Phone)
	server.clock.Advance(11 * time.Minute)
	device.Know(false)
	b.Open("/account")
	b.Click("link", "Retirer…")
	b.See("Confirmez que c'est vous")
	b.Click("button", "Utiliser une clé d'accès")
	b.See(cancelled)
	b.Axe()
	b.Screenshot("passkey-proof")
	device.Know(true)
	b.Click("button", "Utiliser une clé d'accès")
	b.Click("button", "Retirer la clé d'accès")
	b.See("Vous n'en avez pas encore.")
}
