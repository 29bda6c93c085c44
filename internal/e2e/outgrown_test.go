package e2e_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"habilis/internal/mail"
	"habilis/internal/pgtest/place"
	"habilis/internal/secret/passkey/passkeytest"
)

// beside does where there is a second factor: it has 13 characters and some 80 bits.
const beside = "kx7#Qm2!vTz9R"

// choosesBeside changes one's password for one that does beside a second factor alone.
func (v *visitor) choosesBeside() {
	v.t.Helper()
	v.post("/account/password", url.Values{"current": {secret}, "password": {beside}, "again": {beside}}).want(http.StatusSeeOther)
}

// losing is how someone comes to have a password that does beside a second factor, and
// how that factor goes. v is their session.
type losing struct {
	gains func(t *testing.T, s *server, p *place.Place) (who place.Person, v *visitor)
	loses func(t *testing.T, s *server, p *place.Place, who place.Person, v *visitor) *answer
	says  string // in the window, beforehand
	told  string // the subject of the letter that says it
	rest  bool   // another such factor is left
}

const (
	saidToOwner   = "vous en choisirez tout de suite un autre"
	saidToManager = "Si son mot de passe est trop court pour servir seul"
	saidInLetter  = "choisir un autre mot de passe"
	changedLetter = "La double authentification de votre compte a changé"
	setLetter     = "Double authentification : ce qui change pour vous"
	resetLetter   = "votre double authentification est réinitialisée"
)

func gainsApp(t *testing.T, s *server, p *place.Place) (place.Person, *visitor) {
	who := someone(t, p, "consultation_1")
	v := s.signedIn(t, who)
	v.get("/account/factors/app").addsApp(t, "/account/factors/app")
	v.choosesBeside()
	return who, v
}

func gainsTexts(t *testing.T, s *server, p *place.Place) (place.Person, *visitor) {
	who := someone(t, p, "consultation_1")
	v := s.signedIn(t, who)
	page := v.get("/account/factors/sms").form("/sms/send").with("mobile", mobileOf(who)).send().want(http.StatusSeeOther).follow()
	code, _ := s.textedCode(t, who, 1)
	page.form("/account/factors/sms").with("code", code).send().want(http.StatusSeeOther)
	v.choosesBeside()
	return who, v
}

func gainsTextsOfPlace(t *testing.T, s *server, p *place.Place) (place.Person, *visitor) {
	who := someone(t, p, "consultation_1")
	s.signedIn(t, p.Pilot).sets(p, who, "sms", mobileOf(who)).want(http.StatusSeeOther)
	v := s.visitor(t)
	v.enter(who.Username, secret).want(http.StatusSeeOther)
	v.post("/signin/factor/send", url.Values{"method": {"sms"}}).want(http.StatusSeeOther)
	code, _ := s.textedCode(t, who, 1)
	v.post("/signin/factor", url.Values{"method": {"sms"}, "code": {code}}).want(http.StatusSeeOther)
	v.choosesBeside()
	return who, v
}

func gainsPasskey(t *testing.T, s *server, p *place.Place) (place.Person, *visitor) {
	who, v, _ := holder(t, s, p)
	v.choosesBeside()
	return who, v
}

func removesOwn(t *testing.T, _ *server, _ *place.Place, who place.Person, v *visitor) *answer {
	at := query[string](t, `
select '/account/factors/' || id || '/remove' from identity.factor where account_id = $1 and confirmed_at is not null
 union all select '/account/passkeys/' || handle || '/remove' from identity.passkey where account_id = $1`, who.Account)
	return v.get(at)
}

// setsCodesOf is the sheet of someone, with another second factor chosen by the pilot.
func setsCodesOf(factor, mobile string) func(*testing.T, *server, *place.Place, place.Person, *visitor) *answer {
	return func(t *testing.T, s *server, p *place.Place, who place.Person, _ *visitor) *answer {
		window := s.signedIn(t, p.Pilot).get("/p/" + p.Number + "/people/" + who.Resource.String() + "/edit").want(http.StatusOK)
		window.form("/edit").with("factor", factor, "mobile", mobile).send().want(http.StatusSeeOther)
		return window
	}
}

func resets(t *testing.T, s *server, p *place.Place, who place.Person, _ *visitor) *answer {
	window := s.signedIn(t, p.Pilot).get("/p/" + p.Number + "/people/" + who.Resource.String() + "/access/factor").want(http.StatusOK)
	window.form("/factor").with("reason", "Téléphone perdu").send().want(http.StatusSeeOther)
	return window
}

var losses = map[string]losing{
	"its owner removes the app":          {gainsApp, removesOwn, saidToOwner, changedLetter, false},
	"its owner removes the passkey":      {gainsPasskey, removesOwn, saidToOwner, changedLetter, false},
	"its owner removes codes by text":    {gainsTexts, removesOwn, saidToOwner, changedLetter, false},
	"a manager turns codes by text off":  {gainsTextsOfPlace, setsCodesOf("off", ""), saidToManager, setLetter, false},
	"a manager has codes sent by e-mail": {gainsTextsOfPlace, setsCodesOf("email", ""), saidToManager, setLetter, false},
	"a manager gives another number":     {gainsTexts, setsCodesOf("sms", "514 555-0177"), saidToManager, setLetter, true},
	"a manager takes all of them away":   {gainsApp, resets, saidToManager, resetLetter, false},
}

// CNIL, deliberation 2022-100: what does beside a second factor doesn't do alone.
func TestA1APasswordThatDidBesideAFactorIsReplacedOnceThatIsGone(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	for how, l := range losses {
		t.Run(how, func(t *testing.T) {
			unhurried(t)
			p := ourPlace(t)
			who, v := l.gains(t, server, p)
			window := l.loses(t, server, p, who, v).want(http.StatusOK).sees(l.says)
			chooses := v
			if l.says == saidToOwner {
				window.form("/remove").send().want(http.StatusSeeOther)
			} else {
				if a := v.get("/p/" + p.Number + "/").want(http.StatusSeeOther).follow(); !strings.HasPrefix(a.path, "/signin?") {
					t.Errorf("the session of before comes to %s", a.path)
				}
				chooses = server.visitor(t)
				chooses.enter(who.Username, beside).want(http.StatusSeeOther)
				server.comesToChoose(t, chooses, who)
			}
			for _, path := range []string{"/account", "/p/" + p.Number + "/", "/places"} {
				if a := chooses.get(path).want(http.StatusSeeOther).follow(); a.path != "/signin/choose" {
					t.Errorf("%s leads to %s", path, a.path)
				}
			}
			chooses.get("/signin/choose").want(http.StatusOK).sees("Le second facteur qui complétait votre mot de passe n'est plus là")
			eventually(t, "the letter that says it", func() bool {
				return slices.ContainsFunc(server.letters(t, who.Email), func(one *mail.Kept) bool {
					return strings.Contains(plain(one.Subject), plain(l.told)) && strings.Contains(plain(one.Text), saidInLetter)
				})
			})

			choose := func(plain string) *answer {
				return chooses.post("/signin/choose", url.Values{"password": {plain}, "again": {plain}})
			}
			choose(beside).want(http.StatusUnprocessableEntity)
			if !l.rest && query[bool](t, `select identity.methods(id) <> '{totp}' from identity.account where id = $1`, who.Account) {
				choose("wq4%Ln8&bYc3T").want(http.StatusUnprocessableEntity).sees("15")
			}
			choose("quatorze merles sur la corniche d'Anticosti").want(http.StatusSeeOther)
			chooses.get("/account").want(http.StatusOK)
			if query[bool](t, `select must_change or factor_gone or not password_alone from identity.account where id = $1`, who.Account) {
				t.Error("the account doesn't know that its password stands alone")
			}
		})
	}
}

// comesToChoose shows or sets up what stands between a password and choosing another.
func (s *server) comesToChoose(t *testing.T, v *visitor, who place.Person) {
	t.Helper()
	switch a := v.get("/").want(http.StatusSeeOther).follow(); a.path {
	case "/signin/choose":
	case "/signin/enrol":
		enrol(t, a)
	case "/signin/factor":
		v.post("/signin/factor/send", url.Values{"method": {query[string](t, `select (identity.methods($1))[1]`, who.Account)}}).want(http.StatusSeeOther)
		var code string
		if query[bool](t, `select identity.methods($1) = '{email}'`, who.Account) {
			eventually(t, "a code by mail", func() bool { return len(s.mailedCodes(t, who)) > 0 })
			v.post("/signin/factor", url.Values{"method": {"email"}, "code": s.mailedCodes(t, who)[:1]}).want(http.StatusSeeOther)
			return
		}
		code, _ = s.codeTo(t, "+15145550177", 1)
		v.post("/signin/factor", url.Values{"method": {"sms"}, "code": {code}}).want(http.StatusSeeOther)
	default:
		t.Fatalf("led to %s", a.path)
	}
}

func TestA1APasswordThatStandsAloneStaysWhateverGoes(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	v := server.signedIn(t, who)
	v.get("/account/factors/app").addsApp(t, "/account/factors/app")
	window := removesOwn(t, server, p, who, v).want(http.StatusOK)
	if strings.Contains(window.text(), saidToOwner) {
		t.Error("the window speaks of another password")
	}
	window.form("/remove").send().want(http.StatusSeeOther).follow().want(http.StatusOK).sees("C'est retiré")
	for _, one := range server.letters(t, who.Email) {
		if strings.Contains(one.Text, saidInLetter) {
			t.Error("a letter speaks of another password")
		}
	}
	server.signedIn(t, who).get("/account").want(http.StatusOK)
}

// As long as another is left, nothing is to be chosen.
func TestA1APasswordStaysWhileAnotherFactorStandsBesideIt(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	p := ourPlace(t)
	who, v := gainsApp(t, server, p)
	v.addsPasskey(passkeytest.New(server.URL())).want(http.StatusSeeOther)
	app := query[string](t, `select '/account/factors/' || id || '/remove' from identity.factor where account_id = $1`, who.Account)
	window := v.get(app).want(http.StatusOK)
	if strings.Contains(window.text(), saidToOwner) {
		t.Error("the window speaks of another password")
	}
	window.form("/remove").send().want(http.StatusSeeOther).follow().want(http.StatusOK).sees("C'est retiré")
}

// What is said of the password to choose is why it is to be chosen now, however the
// session began.
func TestA1WhoLosesAFactorIsNotToldOfTheTemporaryPasswordTheyBeganWith(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	p := ourPlace(t)
	who := waiting(t, p, "consultation_1")
	server.signedIn(t, p.Pilot).get("/p/" + p.Number + "/people/" + who.Resource.String() + "/access").form("/access/resend").send().want(http.StatusSeeOther)
	v := server.visitor(t)
	v.enter(who.Username, temporaryIn(t, server.letter(t, who.Email, "mot de passe temporaire"))).want(http.StatusSeeOther)
	const own, temporary = "quatorze merles sur la corniche d'Anticosti", "Le mot de passe temporaire n'a servi qu'à ouvrir cette page"
	v.get("/signin/choose").want(http.StatusOK).sees(temporary)
	v.post("/signin/choose", url.Values{"password": {own}, "again": {own}}).want(http.StatusSeeOther)
	v.get("/account/factors/app").addsApp(t, "/account/factors/app")
	v.post("/account/password", url.Values{"current": {own}, "password": {beside}, "again": {beside}}).want(http.StatusSeeOther)
	asked := removesOwn(t, server, p, who, v).want(http.StatusOK).form("/remove").send().want(http.StatusSeeOther).follow()
	asked.want(http.StatusOK).sees("Le second facteur qui complétait votre mot de passe n'est plus là").lacks(temporary)
}
