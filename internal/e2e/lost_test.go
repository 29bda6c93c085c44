package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

const lostToFactor = "Un second facteur vous est demandé depuis peu : rien n'a été enregistré"

// lacks fails the test if the page can be read to say so.
func (a *answer) lacks(text string) *answer {
	a.visitor.t.Helper()
	if strings.Contains(a.text(), text) {
		a.visitor.t.Errorf("%s says “%s”:\n%s", a.path, text, a.text())
	}
	return a
}

// What is sent when a second factor begins to be asked for is said to be lost, and
// who has shown one is led back to the page that it was about.
func TestWhatIsSentWhenASecondFactorBeginsToBeAskedLeadsBackToItsPage(t *testing.T) {
	t.Parallel()
	server := start(t)
	for _, c := range []struct{ sent, page string }{
		{"/people/%/restore", "/people/%"},
		{"/people/%/access/resend", "/people/%/access"},
		{"/invitations/%/resend", "/invitations"},
	} {
		p := ourPlace(t)
		who := someone(t, p, "consultation_1")
		in := func(path string) string {
			return "/p/" + p.Number + strings.ReplaceAll(path, "%", who.Resource.String())
		}
		v := server.signedIn(t, p.Pilot)
		demandFactor(t, p)
		asked := v.post(in(c.sent), url.Values{}).want(http.StatusSeeOther).follow().want(http.StatusOK).sees(lostToFactor)
		after, _, _ := enrol(t, asked)
		at := after.want(http.StatusSeeOther).follow().want(http.StatusOK).lacks(lostToFactor)
		if at.path != in(c.page) {
			t.Errorf("%s leads to %s, want %s", c.sent, at.path, in(c.page))
		}
	}
}

// So is what another tab sends once the sign-in has gone back a step, whichever step.
func TestWhatAnotherTabSendsAtAnUnfinishedSignInIsSaidToBeLost(t *testing.T) {
	t.Parallel()
	server := start(t)
	const lostToPassword = "Vous devez d'abord choisir un mot de passe : rien n'a été enregistré"
	for _, c := range []struct {
		back        func(p *place.Place, v *visitor)
		said, other string
	}{
		{func(p *place.Place, v *visitor) {
			demandFactor(t, p)
			v.get("/p/" + p.Number + "/people").want(http.StatusSeeOther).follow().want(http.StatusOK).lacks(lostToFactor)
		}, lostToFactor, lostToPassword},
		{func(p *place.Place, v *visitor) {
			v.get("/account/factors/app").addsApp(t, "/account/factors/app")
			v.choosesBeside()
			removesOwn(t, server, p, p.Pilot, v).want(http.StatusOK).form("/remove").send().want(http.StatusSeeOther).follow().want(http.StatusOK).lacks(lostToPassword)
		}, lostToPassword, lostToFactor},
	} {
		p := ourPlace(t)
		withoutFactor(t, p)
		v := server.signedIn(t, p.Pilot)
		form := v.get("/p/"+p.Number+"/people/new").want(http.StatusOK).form("/people").with("family", "Roy")
		c.back(p, v)
		form.send().want(http.StatusSeeOther).follow().want(http.StatusOK).sees(c.said).lacks(c.other)
	}
}

// A page that is merely asked for loses nothing.
func TestAPageThatASecondFactorIsAskedForLosesNothing(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	v := server.signedIn(t, p.Pilot)
	demandFactor(t, p)
	v.get("/p/" + p.Number + "/people").want(http.StatusSeeOther).follow().want(http.StatusOK).lacks(lostToFactor)
}

// Who is refused what they sent goes on from the page that it was about; where an
// address receives no reset, its page says why.
func TestWhoIsRefusedGoesOnFromThePageThatItWasAbout(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	if _, err := pgtest.Super(t).Exec(t.Context(), `update identity.account set email_verified_at = null where id = $1`, who.Account); err != nil {
		t.Fatal(err)
	}
	sheet := "/p/" + p.Number + "/people/" + who.Resource.String() + "/access"
	v := server.signedIn(t, p.Pilot)
	v.get(sheet).want(http.StatusOK).sees("Personne n'a confirmé l'adresse " + who.Email).lacks("Envoyer un courriel de réinitialisation")
	refused := v.post(sheet+"/reset", url.Values{}).want(http.StatusConflict).sees("Personne n'a confirmé cette adresse")
	if !strings.Contains(refused.body, `href="`+sheet+`"`) {
		t.Errorf("no way back to the sheet:\n%s", refused.text())
	}
}

// What is said of the last letter is what became of it, by its name.
func TestTheSheetSaysWhatBecameOfTheLastLetter(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	v := server.signedIn(t, p.Pilot)
	base := "/p/" + p.Number
	email := "p" + newID() + "@exemple.test"
	v.get(base+"/people/new").want(http.StatusOK).form("/people").with("given", "Zoé", "family", "Quévillon", "email", email).send().want(http.StatusSeeOther)
	server.letter(t, email, "")
	sheet := base + "/people/" + query[string](t, `select id::text from resource where tenant_id = $1 and email = $2`, p.ID, email) + "/access"
	for state, said := range map[string]string{"sent": "est parti à " + email, "queued": "va partir à " + email, "void": "n'est pas parti à " + email} {
		eventually(t, "a letter that is "+state, func() bool {
			_, err := pgtest.Super(t).Exec(t.Context(), `update mail set state = $2 where tenant_id = $1`, p.ID, state)
			return err == nil && strings.Contains(v.get(sheet).text(), said)
		})
	}
}

// From each page that ends a way there is a way on, and one's own pages lead to places.
func TestOnesOwnPagesLeadToEachPlace(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	v := server.signedIn(t, p.Pilot)
	if at := "/p/" + p.Number + "/"; !strings.Contains(v.get("/account").want(http.StatusOK).body, `href="`+at+`"`) {
		t.Error("the menu of Mon compte leads to no place")
	}
}
