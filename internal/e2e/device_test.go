package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

// remembers makes a place remember devices for some days.
func remembers(t testing.TB, p *place.Place, days int) {
	t.Helper()
	_, err := pgtest.Super(t).Exec(t.Context(), `update tenant set policies = policies || jsonb_build_object('remember_days', $2::int) where tenant_id = $1`, p.ID, days)
	if err != nil {
		t.Fatal(err)
	}
}

// showsCode signs in with a code by text, the nth of the person, and has the device remembered.
func (v *visitor) showsCode(s *server, who place.Person, n int, remember string) *answer {
	v.t.Helper()
	v.enter(who.Username, secret).want(http.StatusSeeOther)
	v.post("/signin/factor/send", url.Values{"method": {"sms"}}).want(http.StatusSeeOther)
	code, _ := s.textedCode(v.t, who, n)
	return v.post("/signin/factor", url.Values{"method": {"sms"}, "code": {code}, "remember": {remember}}).want(http.StatusSeeOther)
}

func TestADeviceIsRememberedWherePlacesSayForAsLongAsTheySay(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	strict := p.Beside(t)
	withoutFactor(t, strict)
	who := someone(t, p, "consultation_1")
	strict.Join(t, who, "consultation_1")
	withCodes(t, who, "sms")
	v := server.visitor(t)
	if page := v.enter(who.Username, secret).follow(); strings.Contains(page.text(), "Se souvenir de cet appareil") {
		t.Error("it is offered where no place remembers")
	}
	remembers(t, p, 7)
	page := v.get("/signin/factor").want(http.StatusOK)
	page.form("/signin/factor/send").send().want(http.StatusSeeOther).follow().sees("Se souvenir de cet appareil pendant 7 jours")
	v.post("/signout", url.Values{})
	server.clock.Advance(2 * time.Minute)
	v.showsCode(server, who, 2, "1")
	v.get("/account").want(http.StatusOK).sees("Appareils mémorisés")
	v.post("/signout", url.Values{})

	again := v.enter(who.Username, secret).want(http.StatusSeeOther)
	if at := again.follow(); strings.HasPrefix(at.path, "/signin") {
		t.Fatalf("a remembered device comes to %s", at.path)
	}
	v.get("/p/" + p.Number + "/").want(http.StatusOK)
	if at := v.get("/p/" + strict.Number + "/").follow(); at.path != "/signin/factor" {
		t.Errorf("a place that doesn't remember shows %s", at.path)
	}
	other := server.visitor(t)
	if at := other.enter(who.Username, secret).follow(); at.path != "/signin/factor" {
		t.Errorf("another device comes to %s", at.path)
	}
	if _, err := pgtest.Super(t).Exec(t.Context(), `update identity.device set factor_at = factor_at - interval '7 days' where account_id = $1`, who.Account); err != nil {
		t.Fatal(err)
	}
	if at := v.enter(who.Username, secret).follow(); at.path != "/signin/factor" {
		t.Errorf("after seven days it comes to %s", at.path)
	}
}

func TestWhatEndsSessionsForgetsDevices(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	remembers(t, p, 30)
	who := someone(t, p, "consultation_1")
	withCodes(t, who, "sms")
	v := server.visitor(t)
	v.showsCode(server, who, 1, "1")
	remembered := func() int {
		return query[int](t, `select count(*) from identity.device where account_id = $1 and factor_at is not null`, who.Account)
	}
	for what, end := range map[string]string{
		"another password": `select identity.password_set($1, (select password_hash from identity.account where id = $1), now())`,
		"another factor":   `select identity.factor_add($1, 'email', '', now())`,
		"all sessions":     `select identity.sessions_end($1)`,
	} {
		if _, err := pgtest.Super(t).Exec(t.Context(), `update identity.device set factor_at = now() where account_id = $1`, who.Account); err != nil {
			t.Fatal(err)
		}
		if remembered() != 1 {
			t.Fatalf("before %s: %d devices", what, remembered())
		}
		if _, err := pgtest.Super(t).Exec(t.Context(), end, who.Account); err != nil {
			t.Fatal(err)
		}
		if remembered() != 0 {
			t.Errorf("%s: the device is still remembered", what)
		}
	}
}

func TestADeviceIsForgottenByItsOwnerAloneAndNeverAnOperators(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	remembers(t, p, 30)
	who, stranger := someone(t, p, "consultation_1"), someone(t, p, "consultation_1")
	withCodes(t, who, "sms")
	v := server.visitor(t)
	v.showsCode(server, who, 1, "1")
	page := v.get("/account").want(http.StatusOK)
	form := page.form("/forget")
	server.signedIn(t, stranger).post(form.action, url.Values{}).want(http.StatusNotFound)
	form.send().want(http.StatusSeeOther).follow().sees("L'appareil est oublié")
	v.post("/signout", url.Values{})
	if at := v.enter(who.Username, secret).follow(); at.path != "/signin/factor" {
		t.Errorf("a forgotten device comes to %s", at.path)
	}
	if _, err := pgtest.Owner(t).Exec(t.Context(), `select identity.operator_add($1, now())`, who.Account); err != nil {
		t.Fatal(err)
	}
	if days := query[int](t, `select identity.remember_days($1)`, who.Account); days != 0 {
		t.Errorf("an operator's device is remembered for %d days", days)
	}
}

func TestThePlaceSaysWhomItAsksAndForHowLongDevicesAreRemembered(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	running := server.signedIn(t, who)
	v := server.signedIn(t, p.Pilot)
	path := "/p/" + p.Number + "/settings"
	for _, wrong := range []string{"31", "-1", "toujours", ""} {
		v.get(path).form("/settings").with("remember_days", wrong).send().want(http.StatusUnprocessableEntity)
	}
	v.get(path).want(http.StatusOK).sees("Double authentification", "Appareils mémorisés, en jours").
		form("/settings").with("remember_days", "14", "second_factor", "everyone").send().want(http.StatusSeeOther)
	if at := running.get("/p/" + p.Number + "/").follow(); at.path != "/signin/enrol" {
		t.Errorf("a session at work comes to %s", at.path)
	}
}

// A device is remembered after a passkey as after a code.
func TestADeviceIsRememberedAfterAPasskeyToo(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	p := ourPlace(t)
	who, _, device := holder(t, server, p)
	remembers(t, p, 7)
	v := server.visitor(t)
	v.enter(who.Username, secret).want(http.StatusSeeOther).follow().want(http.StatusOK).sees("avec votre clé d'accès", "Se souvenir de cet appareil pendant 7 jours")
	shown := answerOf(device.Show(t, v.asked("/signin/factor/passkey")))
	shown.Set("remember", "1")
	v.post("/signin/factor/passkey", shown).want(http.StatusSeeOther).follow().want(http.StatusOK)
	v.post("/signout", url.Values{})
	if at := v.enter(who.Username, secret).want(http.StatusSeeOther).follow(); strings.HasPrefix(at.path, "/signin") {
		t.Errorf("a remembered device comes to %s", at.path)
	}
}
