package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A browser that loads the page of recovery codes again sends once more what made
// them: it is told that they were shown, and nothing is made anew.
func TestRecoveryCodesThatWereShownAreSaidToHaveBeen(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	v := server.signedIn(t, who)
	const shown = "ont été créés et montrés une fois"
	left := func() int {
		return query[int](t, `select count(*)::int from identity.recovery_code where account_id = $1 and used_at is null`, who.Account)
	}

	window := v.get("/account/factors/app").want(http.StatusOK)
	key := strings.ReplaceAll(shownSecret.FindStringSubmatch(window.body)[1], " ", "")
	sent := url.Values{"code": {oath(t, server.clock.Now(), key)}, "name": {"Téléphone"}}
	first := v.post("/account/factors/app", sent).want(http.StatusOK)
	if n := len(shownCode.FindAllString(first.body, -1)); n != 10 {
		t.Fatalf("%d codes", n)
	}
	again := v.post("/account/factors/app", sent).want(http.StatusOK).sees(shown, "J'ai gardé mes codes, continuer", "De nouveaux codes de secours")
	if shownCode.MatchString(again.body) {
		t.Error("codes are shown twice")
	}

	form := v.get("/account/codes").want(http.StatusOK).form("/account/codes")
	renewed := form.send().want(http.StatusOK)
	form.send().want(http.StatusOK).sees(shown)
	code := shownCode.FindStringSubmatch(renewed.body)[1]
	if left() != 10 {
		t.Errorf("%d codes are left", left())
	}
	fresh := server.visitor(t)
	fresh.enter(who.Username, secret).want(http.StatusSeeOther)
	fresh.post("/signin/factor", url.Values{"method": {"recovery"}, "code": {code}}).want(http.StatusSeeOther)
	if left() != 9 {
		t.Error("the codes that were shown are not those that count")
	}
}

func TestRemovingTheLastAppSaysWhatGoesWithIt(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	v := server.signedIn(t, who)
	v.get("/account/factors/app").addsApp(t, "/account/factors/app")
	ids := query[[]string](t, `select array_agg(id::text) from identity.factor where account_id = $1`, who.Account)
	const goes, alone = "Vos codes de secours disparaissent avec", "votre mot de passe seul ouvrira votre compte"
	remove := "/account/factors/" + ids[0] + "/remove"
	v.get(remove).want(http.StatusOK).sees(goes, alone)
	v.get("/account/factors/app").addsApp(t, "/account/factors/app")
	if text := v.get(remove).want(http.StatusOK).text(); strings.Contains(text, goes) || strings.Contains(text, alone) {
		t.Error("with two apps, it says that codes go:", text)
	}
}

// A field that was left empty is no try of a code.
func TestACodeThatWasNotTypedIsAskedFor(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	v := server.signedIn(t, who)
	v.get("/account/factors/app").want(http.StatusOK).form("/account/factors/app").with("code", " ").send().
		want(http.StatusUnprocessableEntity).sees("Tapez le code.")
	v.get("/account/factors/app").addsApp(t, "/account/factors/app")
	fresh := server.visitor(t)
	fresh.enter(who.Username, secret).want(http.StatusSeeOther)
	for range 20 {
		fresh.post("/signin/factor", url.Values{"method": {"totp"}, "code": {""}}).want(http.StatusUnprocessableEntity).sees("Tapez le code.")
	}
}

func TestASessionThatIsNoMoreIsSaidToBe(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	const ended = "Votre session est terminée"
	stranger := server.visitor(t)
	if strings.Contains(stranger.get("/account").want(http.StatusSeeOther).follow().text(), ended) {
		t.Error("a stranger is told of a session")
	}
	v, other := server.signedIn(t, who), server.signedIn(t, who)
	other.get("/account").want(http.StatusOK).form("/account/sessions/end").send().want(http.StatusSeeOther)
	v.get("/account").want(http.StatusSeeOther).follow().want(http.StatusOK).sees(ended, "fermée d'ailleurs")
	other.post("/signout", nil).want(http.StatusSeeOther)
	if strings.Contains(other.get("/signin").text(), ended) {
		t.Error("who signed out is told that their session has ended")
	}
}

// What was sent once the session had ended leads, after another sign-in, to a page
// that can be got.
func TestTheWayBackFromWhatWasSentIsAPage(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	v := server.visitor(t)
	place := "/p/" + p.Number
	for path, page := range map[string]string{
		"/account/factors/sms/send":                          "/account/factors/sms",
		"/account/sessions/" + who.Account.String() + "/end": "/account",
		"/invitations/" + who.Account.String() + "/accept":   "/invitations/" + who.Account.String(),
		place + "/hat":                 place + "/",
		place + "/people/new/strength": place + "/people/new",
		place + "/people/" + who.Resource.String() + "/restore":     place + "/people/" + who.Resource.String(),
		place + "/people/" + who.Resource.String() + "/archive":     place + "/people/" + who.Resource.String() + "/archive",
		place + "/invitations/" + who.Resource.String() + "/resend": place + "/invitations",
	} {
		to, err := url.Parse(v.post(path, nil).want(http.StatusSeeOther).header.Get("Location"))
		if err != nil || to.Query().Get("next") != page || to.Query().Get("unsaved") == "" {
			t.Errorf("%s leads to %v, %v", path, to, err)
		}
	}
}
