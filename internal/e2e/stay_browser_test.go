package e2e_test

import (
	"testing"

	"github.com/pquerna/otp/totp"
)

// Support's visit, as an operator makes it and as the place sees and ends it.
func TestSupportVisitsAndIsSentAway(t *testing.T) {
	t.Parallel()
	for way, in := range ways {
		t.Run(way, func(t *testing.T) {
			a := in(t, "planner")
			active(t, a.place.Pilot)
			a.makeOperator()
			code, err := totp.GenerateCode(a.key, a.server.clock.Now().Add(30e9)) // the step after the one that enrolled
			if err != nil {
				t.Fatal(err)
			}
			b, h := a.enter(a.operator.Username, secret)
			h.fill("Code", code)
			h.press("button", "Vérifier et continuer")
			b.Has("heading", "Demandes au support")
			h.press("link", "Visiter un lieu")
			b.Has("heading", "Visiter un lieu")
			h.fill("Numéro ou nom", a.place.Number)
			h.press("button", "Chercher")
			b.Has("link", "Visiter Place "+a.place.Number)
			a.look(b)
			h.press("link", "Visiter Place "+a.place.Number)
			b.Has("heading", "Commencer la visite")
			h.press("button", "Commencer la visite")
			b.See("Écrivez la raison")
			a.look(b)
			h.fill("Raison", "La direction appelle.")
			h.press("button", "Commencer la visite")
			b.Has("heading", "Place "+a.place.Number)
			b.See("Vous êtes en visite pour le support", "La direction appelle.")
			a.look(b)
			h.press("link", "Configuration")
			b.See("Vous êtes en visite pour le support")
			a.look(b)
			h.press("link", "Journal")
			b.See("a commencé une visite")
			a.look(b)

			pilot, ph := a.enter(a.place.Pilot.Username, secret)
			pilot.See("est en visite ici", "La direction appelle.")
			a.look(pilot)
			ph.press("link", "Visites du support")
			pilot.Has("heading", "Visites du support")
			a.look(pilot)
			ph.press("button", "Mettre fin à la visite d'…")
			pilot.See("rien ne lui est plus montré", "terminée par")

			h.press("link", "Tableau de bord")
			b.See("a mis fin à votre visite")
			a.look(b)
		})
	}
}
