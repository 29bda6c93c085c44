package e2e_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"habilis/internal/browser"
	"habilis/internal/pgtest/place"
)

// A newcomer activates their account, forgets the password, and comes back in: by
// mouse under axe, by keyboard alone, and without script.
func TestANewcomerActivatesTheirAccountAndComesBackAfterForgetting(t *testing.T) {
	t.Parallel()
	for way, procedure := range ways {
		t.Run(way, func(t *testing.T) {
			unhurried(t)
			a := procedure(t, "childcare")
			who := waiting(t, a.place, "technician")
			demandFactor(t, a.place)
			key := a.activates(who)
			a.forgets(who, key)
		})
	}
}

// activates goes from the sheet's button to the place; it returns the key of the
// authenticator that was set up.
func (a *procedure) activates(who place.Person) string {
	pilot := a.server.visitor(a.t)
	after, _, _ := enrol(a.t, pilot.enter(a.place.Pilot.Username, secret).follow())
	after.follow()
	pilot.get("/p/" + a.place.Number + "/people/" + who.Resource.String() + "/access").form("/access/resend").send()
	b, key := a.opensActivation(who.Email, who.Username)
	b.At("/p/" + a.place.Number + "/")
	b.Open(a.server.linkIn(a.t, a.server.letter(a.t, who.Email, "activez votre compte")))
	b.Has("heading", "Ce lien ne fonctionne plus")
	b.See("Il a déjà servi")
	a.look(b)
	return key
}

// opensActivation goes from the mail to the place: a password, an authenticator,
// recovery codes.
func (a *procedure) opensActivation(email, username string) (b *browser.Tab, key string) {
	path := a.server.linkIn(a.t, a.server.letter(a.t, email, "activez votre compte"))
	b = browser.New(a.t, a.server.URL(), a.options...)
	h := a.hands(b)
	b.Open(path)
	b.Has("heading", "Activez votre compte")
	b.See("Place "+a.place.Number, username, "Lien valable jusqu'au")
	a.look(b)
	h.fill("Nouveau mot de passe", fresh)
	h.fill("Le même, encore une fois", fresh)
	h.press("button", "Activer mon compte")
	b.Has("heading", "Protégez votre compte")
	a.look(b)
	key = a.keyShown(b)
	h.fill("Code", a.codeOf(key))
	h.press("button", "Vérifier et continuer")
	b.Has("heading", "Vos codes de secours")
	b.See(username)
	if a.script {
		b.Has("button", "Copier")
		b.Has("button", "Imprimer")
		h.press("button", "Enregistrer")
		b.See("Enregistré")
	} else {
		b.HasNot("button", "Imprimer")
	}
	a.look(b)
	h.press("link", "J'ai gardé mes codes, continuer")
	return b, key
}

func (a *procedure) forgets(who place.Person, key string) {
	b := browser.New(a.t, a.server.URL(), a.options...)
	h := a.hands(b)
	b.Open("/signin")
	h.press("link", "Mot de passe oublié ?")
	b.Has("heading", "Mot de passe oublié ?")
	a.look(b)
	h.fill("Nom d'utilisateur ou courriel", who.Email)
	h.press("button", "Recevoir un lien")
	b.Has("heading", "Regardez vos courriels")
	a.look(b)
	b.Open(a.server.linkIn(a.t, a.server.letter(a.t, who.Email, "Choisissez un autre mot de passe")))
	b.Has("heading", "Choisissez un autre mot de passe")
	a.look(b)
	const other = "neuf sarcelles, un phare et deux rames"
	h.fill("Nouveau mot de passe", other)
	h.fill("Le même, encore une fois", other)
	h.press("button", "Enregistrer mon nouveau mot de passe")
	b.See("Votre nouveau mot de passe est enregistré")
	a.look(b)
	h.fill("Nom d'utilisateur ou courriel", who.Username)
	h.fill("Mot de passe", other)
	h.press("button", "Se connecter")
	b.Has("heading", "Second facteur")
	a.server.clock.Advance(time.Minute)
	h.fill("Code", a.codeOf(key))
	h.press("button", "Vérifier et continuer")
	b.At("/p/" + a.place.Number + "/")
}

func (a *procedure) codeOf(key string) string {
	code, err := totp.GenerateCode(key, a.server.clock.Now())
	if err != nil {
		a.t.Fatal(err)
	}
	return code
}

var keyTyped = regexp.MustCompile(`Tapez ceci :\s*((?:[A-Z2-7]{4}\s)+)`)

// keyShown is the key of an authenticator, as one types it.
func (a *procedure) keyShown(b *browser.Tab) string {
	a.t.Helper()
	shown := keyTyped.FindStringSubmatch(b.Text())
	if shown == nil {
		a.t.Fatalf("no key is shown:\n%s", b.Text())
	}
	return strings.Join(strings.Fields(shown[1]), "")
}
