package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

// setsCodes has a person asked for codes to their mailbox, as a manager would where
// that may be done.
func setsCodes(t testing.TB, who place.Person) {
	t.Helper()
	withCodes(t, who, "email")
	if _, err := pgtest.Super(t).Exec(t.Context(), `update resource set factor_asked = 'any' where id = $1`, who.Resource); err != nil {
		t.Fatal(err)
	}
}

// sendsFirst has the pilot send what lets a person in for the first time.
func (s *server) sendsFirst(t testing.TB, p *place.Place, who place.Person) {
	t.Helper()
	s.signedIn(t, p.Pilot).get("/p/" + p.Number + "/people/" + who.Resource.String() + "/access").want(http.StatusOK).
		form("/access/resend").send().want(http.StatusSeeOther)
	eventually(t, "a letter", func() bool { return len(s.letters(t, who.Email)) == 1 })
}

func TestF4WhoComesInThroughTheMailboxOfTheirCodesSetsUpSomethingElse(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	home := "/p/" + p.Number + "/"
	temporary, link := waiting(t, p, "consultation_1"), waiting(t, p, "consultation_1")
	setsCodes(t, temporary)
	setsCodes(t, link)

	server.sendsFirst(t, p, temporary)
	v := server.visitor(t)
	at := v.enter(temporary.Username, temporaryIn(t, server.letters(t, temporary.Email)[0])).follow()
	v.post("/signin/factor/send", url.Values{"method": {"email"}}).want(http.StatusUnprocessableEntity, http.StatusSeeOther)
	if n := len(server.mailedCodes(t, temporary)); n > 0 {
		t.Errorf("%d codes left for the mailbox that the password came by", n)
	}
	after, _, _ := enrol(t, at)
	after.follow().form("/signin/choose").with("password", fresh, "again", fresh).send().want(http.StatusSeeOther)
	v.get(home).want(http.StatusOK)

	activates(t, p)
	server.sendsFirst(t, p, link)
	v = server.visitor(t)
	page := v.get(server.linkIn(t, server.letters(t, link.Email)[0])).follow()
	after, _, _ = enrol(t, page.form("/link").with("password", fresh, "again", fresh).send().want(http.StatusSeeOther).follow())
	after.want(http.StatusSeeOther)
	v.get(home).want(http.StatusOK)
}

func TestF4WhoIsStuckBehindTheirOwnMailboxIsToldAndSoIsTheirManager(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	setsCodes(t, who)
	sheet := "/p/" + p.Number + "/people/" + who.Resource.String() + "/access"
	pilot := server.signedIn(t, p.Pilot)
	const said = "un code envoyé à la boîte de courriel d'où vient son mot de passe"
	if strings.Contains(pilot.get(sheet).want(http.StatusOK).text(), said) {
		t.Error("the sheet says so of someone who can come in")
	}
	if _, err := pgtest.Super(t).Exec(t.Context(), `update identity.account set password_mailbox = email_key where id = $1`, who.Account); err != nil {
		t.Fatal(err)
	}
	v := server.visitor(t)
	v.enter(who.Username, secret).follow().want(http.StatusOK).sees("ne prouverait rien de plus", "Adressez-vous à la personne qui gère les accès")
	if a := v.get("/signin/enrol"); a.header.Get("Location") != "/signin/factor" {
		t.Errorf("something else can be set up in its stead: %d, %s", a.status, a.header.Get("Location"))
	}
	pilot.get(sheet).want(http.StatusOK).sees(said)
	pilot.sets(p, who, "app", "").want(http.StatusSeeOther)
	v = server.visitor(t)
	v.enter(who.Username, secret)
	after, _, _ := enrol(t, v.get("/p/"+p.Number+"/").follow())
	after.want(http.StatusSeeOther)
	v.get("/p/" + p.Number + "/").want(http.StatusOK)
}

// The word of a remembered device is worth something in the places that take it,
// and nothing at support's desk, even where its owner comes to work there later.
func TestARememberedDeviceOpensNothingOfSupport(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	remembers(t, p, 30)
	who := someone(t, p, "consultation_1")
	withCodes(t, who, "sms")
	v := server.visitor(t)
	v.showsCode(server, who, 1, "1")
	v.post("/signout", url.Values{})
	v.enter(who.Username, secret).want(http.StatusSeeOther)
	v.get("/p/" + p.Number + "/").want(http.StatusOK)
	if _, err := pgtest.Owner(t).Exec(t.Context(), `select identity.operator_add($1, now())`, who.Account); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/support", "/support/" + p.ID.String() + "/" + newID(), "/support/" + p.ID.String() + "/help/" + newID()} {
		v.get(path).want(http.StatusNotFound)
	}
	for _, path := range []string{"/support/" + p.ID.String() + "/" + newID(), "/support/" + p.ID.String() + "/help/" + newID()} {
		v.post(path, url.Values{"answer": {"refuse"}, "reason": {"Non."}}).want(http.StatusNotFound)
	}
	v.post("/signout", url.Values{})
	if at := v.enter(who.Username, secret).follow(); at.path != "/signin/factor" {
		t.Errorf("an operator's device comes to %s", at.path)
	}
}
