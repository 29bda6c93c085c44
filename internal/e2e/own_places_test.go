package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"habilis/internal/browser"
	"habilis/internal/pgtest/place"
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
	asked.proves(secret).want(http.StatusSeeOther).follow().want(http.StatusOK).sees("Vous avez quitté Place " + p.Number)
	gone := v.get(base + "/").want(http.StatusNotFound)
	if strings.Contains(gone.body, `href="`+base+`/"`) || !strings.Contains(gone.body, `href="/"`) {
		t.Error("the way on leads back to the place that was left")
	}
	v.post(base+"/leave", url.Values{}).want(http.StatusNotFound)
	v.get("/p/" + q.Number + "/").want(http.StatusOK)
	server.letter(t, who.Email, "Vous avez quitté")
	if n := notedInJournal(t, p, "people.leave"); n != 1 {
		t.Errorf("%d lines of the journal", n)
	}
	pilot := server.signedIn(t, p.Pilot)
	pilot.get(base + "/journal").want(http.StatusOK).sees("a mis fin à son propre accès")
	// The last pilot stays; nothing is lost.
	pilot.get(base + "/leave").want(http.StatusOK).form("/leave").send().want(http.StatusConflict).sees("Vous êtes la dernière personne à détenir un rôle")
	pilot.get(base + "/").want(http.StatusOK)
	if text := server.letter(t, who.Email, "Vous avez quitté Place "+p.Number).Text; !strings.Contains(text, "changez de mot") {
		t.Errorf("the letter says:\n%s", text)
	}
	// Leaving the last place ends the session, and it can be undone by who manages it.
	last := v.get("/p/" + q.Number + "/leave").sees("Vous n'entrez nulle part ailleurs").form("/leave").send().want(http.StatusSeeOther).follow()
	last.sees("Vous avez quitté votre dernier lieu de travail")
	v.get("/account").want(http.StatusSeeOther)
	if text := server.letter(t, who.Email, "Vous avez quitté Place "+q.Number).Text; strings.Contains(text, "changez de mot") || !strings.Contains(text, "Votre compte n") {
		t.Errorf("the letter of the last place says:\n%s", text)
	}
	pilot.get(base + "/people/" + who.Resource.String()).want(http.StatusOK)
	pilot.post(base+"/people/"+who.Resource.String()+"/restore", url.Values{"version": {query[string](t, `select version::text from resource where id = $1`, who.Resource)}}).want(http.StatusSeeOther)
	server.visitor(t).enter(who.Username, secret).want(http.StatusSeeOther)
}

func TestThoseWhoAnswerForAPlaceLearnThatOneOfThemLeft(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, q := ourPlace(t), ourPlace(t)
	second := someone(t, p, "pilot")
	v := server.signedIn(t, second)
	invited := server.signedIn(t, q.Pilot)
	write(t, `update identity.account set email_verified_at = now() where id = $1`, second.Account)
	invited.get("/p/"+q.Number+"/invitations/new").want(http.StatusOK).form("/invitations").with("email", second.Email).send().want(http.StatusSeeOther)
	v.get("/p/" + p.Number + "/leave").want(http.StatusOK).sees("Place " + q.Number + " vous invite").form("/leave").send().want(http.StatusSeeOther)
	letter := server.letter(t, p.Pilot.Email, second.Given+" "+second.Family+" a quitté")
	if !strings.Contains(letter.Text, "/p/"+p.Number+"/people") {
		t.Errorf("the letter says:\n%s", letter.Text)
	}
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
	b.See("Vous avez quitté Place " + p.Number)
}

func TestATelephoneIsOnesOwnToCorrectAndANameThePlaces(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, q := ourPlace(t), ourPlace(t)
	who := someone(t, p, "consultation_1")
	there := q.Join(t, who, "consultation_1")
	v := server.signedIn(t, who)
	at := "/p/" + p.Number + "/phone"
	phone := func(r place.Person) string {
		return query[string](t, `select phone from resource where id = $1`, r.Resource)
	}
	v.get("/account/places").want(http.StatusOK).sees(who.Family, "demandez à qui y gère les accès de les corriger", "Modifier mon téléphone")
	for _, wrong := range []string{"12", "abc", "514 555-01234567", "+", strings.Repeat("5", 60)} {
		v.post(at, url.Values{"phone": {wrong}}).want(http.StatusUnprocessableEntity).sees("Écrivez un numéro de dix chiffres")
	}
	v.post(at, url.Values{"phone": {"418 555-0123", "418 555-0124"}}).want(http.StatusUnprocessableEntity)
	server.stale()
	asked := v.get(at).want(http.StatusOK).form("/phone").with("phone", "418 555-0123").send().asksWho()
	if phone(who) != "" {
		t.Fatal("it is written already")
	}
	asked.proves(secret).want(http.StatusSeeOther).follow().want(http.StatusOK).sees("Votre téléphone est enregistré", "418 555-0123")
	if phone(who) != "+14185550123" || phone(there) != "" {
		t.Errorf("the places have %q and %q", phone(who), phone(there))
	}
	v.post(at, url.Values{"phone": {"+1 418 555 0123"}, "family": {"Autre"}, "email": {"x@y.test"}}).want(http.StatusSeeOther) // nothing new
	if n := notedInJournal(t, p, "people.own_phone"); n != 1 {
		t.Errorf("%d lines of the journal", n)
	}
	server.letter(t, who.Email, "a été mis à jour")
	v.get("/account/journal").sees("a modifié son téléphone", "+14185550123")
	server.signedIn(t, p.Pilot).get("/p/" + p.Number + "/journal").sees("a modifié son téléphone")
	server.signedIn(t, q.Pilot).get(at).want(http.StatusNotFound)
	v.post(at, url.Values{"phone": {""}}).want(http.StatusSeeOther)
	if phone(who) != "" {
		t.Error("it can't be taken back")
	}
}
