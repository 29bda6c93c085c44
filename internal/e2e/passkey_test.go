package e2e_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"habilis/internal/config"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/secret/passkey/passkeytest"
)

// asked is what the browser is asked, by a post to where the answer goes.
func (v *visitor) asked(path string) []byte {
	v.t.Helper()
	return []byte(v.post(path+"/options", url.Values{}).want(http.StatusOK).body)
}

func answerOf(answer []byte) url.Values { return url.Values{"answer": {string(answer)}} }

// addsPasskey adds the device's passkey to one's own account.
func (v *visitor) addsPasskey(device *passkeytest.Authenticator) *answer {
	v.t.Helper()
	fields := answerOf(device.Make(v.t, v.asked("/account/passkeys")))
	fields.Set("name", "Portable")
	return v.post("/account/passkeys", fields)
}

// shows shows the device's passkey where the answer goes.
func (v *visitor) shows(device *passkeytest.Authenticator, path string) *answer {
	v.t.Helper()
	return v.post(path, answerOf(device.Show(v.t, v.asked(path))))
}

// holder is someone of the place with a passkey, and the device that it is in.
func holder(t *testing.T, s *server, p *place.Place) (place.Person, *visitor, *passkeytest.Authenticator) {
	t.Helper()
	who := someone(t, p, "consultation_1", "booking")
	device := passkeytest.New(s.URL())
	v := s.signedIn(t, who)
	v.addsPasskey(device).want(http.StatusOK).sees("Vos codes de secours")
	return who, v, device
}

const noPasskey = "Impossible de continuer avec cette clé d'accès"

func TestAPasskeyIsAWholeSignIn(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	p := ourPlace(t)
	who, _, device := holder(t, server, p)
	demandFactor(t, p)
	v := server.visitor(t)
	v.get("/signin").want(http.StatusOK).sees("Utiliser une clé d'accès")
	before := v.session()
	v.shows(device, "/signin/passkey").want(http.StatusSeeOther).follow().want(http.StatusOK)
	if v.session() == before || v.session() == "" {
		t.Error("the session has its old identifier")
	}
	v.get("/p/" + p.Number + "/").want(http.StatusOK)
	if page := v.get("/account").want(http.StatusOK).sees("Portable", who.Username); strings.Contains(page.text(), "Jamais") || strings.Contains(page.text(), "mot de passe seul") {
		t.Error("it was never used, or nothing is there")
	}
	if marked := query[string](t, `select second_factor from presence where resource_id = $1`, who.Resource); marked != "passkey" {
		t.Errorf("the place sees %q", marked)
	}
}

func TestAPasskeyThatOpensNothingIsAnsweredAlikeWhyeverItIs(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	p := ourPlace(t)
	_, _, gone := holder(t, server, p)
	archived, _, kept := holder(t, server, p)
	p.Archive(t, archived)
	unknown := passkeytest.New(server.URL())
	unknown.Make(t, []byte(`{"challenge":"AAAA","user":{"id":"AAAA"}}`))
	_, owner, removed := holder(t, server, p)
	owner.get("/account").want(http.StatusOK).sees("Portable")
	remove := query[string](t, `select '/account/passkeys/' || handle || '/remove' from identity.passkey where id = $1`, removed.ID)
	owner.get(remove).want(http.StatusOK).form("/remove").send().want(http.StatusSeeOther)
	elsewhere, unverified := gone.Copy(), gone.Copy()
	elsewhere.Origin, unverified.Unverified = "https://habilis.evil.test", true
	other := gone.Copy()
	other.RPID = "evil.test"

	var first string
	for what, device := range map[string]*passkeytest.Authenticator{
		"unknown": unknown, "archived": kept, "removed": removed, "another site": elsewhere, "another host": other, "nobody is asked": unverified,
	} {
		v := server.visitor(t)
		a := v.shows(device, "/signin/passkey").want(http.StatusUnprocessableEntity).sees(noPasskey)
		if first == "" {
			first = a.body
		}
		if a.body != first {
			t.Errorf("%s is answered in another way", what)
		}
		v.get("/account").want(http.StatusSeeOther)
	}
}

func TestAChallengeIsAnsweredOnceWhicheverServerGetsTheAnswers(t *testing.T) {
	t.Parallel()
	one := start(t, named)
	two := start(t, func(c *config.Config) { c.BaseURL = one.URL() })
	p := ourPlace(t)
	_, _, device := holder(t, one, p)
	v := one.visitor(t)
	fields := answerOf(device.Show(t, v.asked("/signin/passkey")))
	var in atomic.Int64
	var all sync.WaitGroup
	for i := range 16 {
		rival := []*server{one, two}[i%2].visitor(t)
		rival.jar.kept["__Host-habilis"] = v.session()
		all.Go(func() {
			a, err := rival.try("POST", "/signin/passkey", fields)
			if err != nil {
				t.Error(err)
			} else if a.status == http.StatusSeeOther {
				in.Add(1)
			} else if a.status != http.StatusUnprocessableEntity {
				t.Errorf("answers %d", a.status)
			}
		})
	}
	all.Wait()
	if in.Load() != 1 {
		t.Errorf("%d came in", in.Load())
	}
	v.post("/signin/passkey", fields).want(http.StatusUnprocessableEntity, http.StatusSeeOther)
}

func TestAnAnswerOfAnotherSessionOrTooLateIsNone(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	p := ourPlace(t)
	_, _, device := holder(t, server, p)
	v, thief := server.visitor(t), server.visitor(t)
	fields := answerOf(device.Show(t, v.asked("/signin/passkey")))
	thief.post("/signin/passkey", fields).want(http.StatusUnprocessableEntity).sees("Cette demande a expiré")
	thief.asked("/signin/passkey")
	thief.post("/signin/passkey", fields).want(http.StatusUnprocessableEntity).sees(noPasskey)
	server.clock.Advance(5*time.Minute + time.Second)
	v.post("/signin/passkey", fields).want(http.StatusUnprocessableEntity).sees("Cette demande a expiré")
}

func TestAPasskeyIsTheSecondFactorAndNobodyElsesIs(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	p := ourPlace(t)
	who, _, device := holder(t, server, p)
	_, _, stranger := holder(t, server, p)
	v := server.visitor(t)
	v.enter(who.Username, secret).want(http.StatusSeeOther).follow().want(http.StatusOK).sees("Confirmez que c'est vous avec votre clé d'accès", "Code de secours")
	v.get("/account").want(http.StatusSeeOther)
	v.shows(stranger, "/signin/factor/passkey").want(http.StatusUnprocessableEntity).sees(noPasskey)
	before := v.session()
	v.shows(device, "/signin/factor/passkey").want(http.StatusSeeOther).follow().want(http.StatusOK)
	if v.session() == before {
		t.Error("the session has its old identifier")
	}
	for range 5 {
		again := server.visitor(t)
		again.enter(who.Username, secret).want(http.StatusSeeOther)
		again.shows(stranger, "/signin/factor/passkey").want(http.StatusUnprocessableEntity)
	}
	last := server.visitor(t)
	last.enter(who.Username, secret).want(http.StatusSeeOther)
	last.shows(device, "/signin/factor/passkey").want(http.StatusTooManyRequests)
}

func TestTheOwnerIsToldOfACopy(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1", "booking")
	device := passkeytest.New(server.URL())
	device.Counts = true
	server.signedIn(t, who).addsPasskey(device).want(http.StatusOK)
	thief := device.Copy()
	server.visitor(t).shows(device, "/signin/passkey").want(http.StatusSeeOther)
	server.visitor(t).shows(thief, "/signin/passkey").want(http.StatusUnprocessableEntity).sees("son compteur est revenu en arrière")
	eventually(t, "a letter that tells of it", func() bool {
		for _, l := range server.letters(t, who.Email) {
			if strings.Contains(strings.Join(strings.Fields(l.Text), " "), "son compteur est revenu en arrière") { // its lines are short
				return true
			}
		}
		return false
	})
	server.visitor(t).shows(device, "/signin/passkey").want(http.StatusSeeOther)
}

func TestAddingAndRemovingAPasskeyEndsTheOtherSessionsAndTellsTheOwner(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1", "booking")
	v, other := server.signedIn(t, who), server.signedIn(t, who)
	device := passkeytest.New(server.URL())
	v.addsPasskey(device).want(http.StatusOK).sees("Vos codes de secours")
	other.get("/account").want(http.StatusSeeOther)
	second := passkeytest.New(server.URL())
	v.addsPasskey(second).want(http.StatusSeeOther).follow().want(http.StatusOK).sees("La clé d'accès « Portable » est ajoutée")
	if n := query[int](t, `select count(*) from identity.recovery_code where account_id = $1`, who.Account); n != 10 {
		t.Errorf("%d recovery codes", n)
	}

	again := server.visitor(t)
	again.shows(second, "/signin/passkey").want(http.StatusSeeOther)
	remove := query[string](t, `select '/account/passkeys/' || handle || '/remove' from identity.passkey where id = $1`, device.ID)
	v.get(remove).want(http.StatusOK).form("/remove").send().want(http.StatusSeeOther).follow().want(http.StatusOK).sees("est retirée")
	again.get("/account").want(http.StatusSeeOther)
	eventually(t, "letters that tell of it", func() bool {
		added, removed := 0, 0
		for _, l := range server.letters(t, who.Email) {
			added += strings.Count(l.Text, "accès ajoutée")
			removed += strings.Count(l.Text, "accès retirée")
		}
		return added == 2 && removed == 1
	})
	if n := query[int](t, `select count(*) from journal where tenant_id = $1 and actor = $2 and act in ('account.factor_added', 'account.factor_removed')`, p.ID, who.Account); n != 3 {
		t.Errorf("%d lines in the journal of the place", n)
	}
	v.post(remove, url.Values{}).want(http.StatusNotFound)
}

func TestAPasskeyIsNotAddedInASessionThatWasLeftOpen(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	p := ourPlace(t)
	who, v, device := holder(t, server, p)
	server.clock.Advance(11 * time.Minute)
	for _, path := range []string{"/account/passkeys/new", "/account/passkeys/" + newID() + "/remove"} {
		v.get(path).sees("Confirmez que c'est vous")
	}
	v.post("/account/passkeys/options", url.Values{}).sees("Confirmez que c'est vous")
	page := v.get("/account/passkeys/new").sees("Utiliser une clé d'accès")
	options := v.asked("/account/confirm/passkey")
	form := page.form("/account/confirm")
	form.values.Set("passkey_proof", string(device.Show(t, options)))
	form.values.Del("proof")
	form.send().want(http.StatusSeeOther).follow().want(http.StatusOK).sees("Créer la clé d'accès")
	if n := query[int](t, `select count(*) from identity.passkey where account_id = $1`, who.Account); n != 1 {
		t.Errorf("%d passkeys", n)
	}
}

func TestTheLastStrongFactorStaysWhereAPlaceAsksForOne(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	p := place.New(t)
	active(t, p.Pilot)
	device := passkeytest.New(server.URL())
	v := server.visitor(t)
	page := v.enter(p.Pilot.Username, secret).want(http.StatusSeeOther).follow()
	if page.path != "/signin/enrol" {
		t.Fatalf("led to %s:\n%s", page.path, page.text())
	}
	page.sees("Créer une clé d'accès")
	v.post("/signin/enrol/passkey", answerOf(device.Make(t, v.asked("/signin/enrol/passkey")))).want(http.StatusOK).sees("Vos codes de secours")
	v.get("/p/" + p.Number + "/people").want(http.StatusOK)
	remove := query[string](t, `select '/account/passkeys/' || handle || '/remove' from identity.passkey where id = $1`, device.ID)
	v.get(remove).want(http.StatusOK).form("/remove").send().want(http.StatusConflict).sees("Cette clé d'accès reste", "pour le rôle Pilote")
	v.addsPasskey(passkeytest.New(server.URL())).want(http.StatusSeeOther)
	v.get(remove).want(http.StatusOK).form("/remove").send().want(http.StatusSeeOther)
}

func TestWhoHasChosenNoPasswordYetChoosesOneAfterAPasskeyToo(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	p := ourPlace(t)
	who, _, device := holder(t, server, p)
	_, err := pgtest.Super(t).Exec(t.Context(), `update identity.account set must_change = true where id = $1`, who.Account)
	if err != nil {
		t.Fatal(err)
	}
	v := server.visitor(t)
	if page := v.shows(device, "/signin/passkey").want(http.StatusSeeOther).follow(); page.path != "/signin/choose" {
		t.Errorf("led to %s", page.path)
	}
	v.get("/p/" + p.Number + "/").want(http.StatusSeeOther)
}

func TestAnAccountHasTenPasskeysAtMost(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	p := ourPlace(t)
	_, v, _ := holder(t, server, p)
	for range 9 {
		v.addsPasskey(passkeytest.New(server.URL())).want(http.StatusSeeOther)
	}
	if a := v.post("/account/passkeys/options", url.Values{}).want(http.StatusConflict); !strings.Contains(a.body, "Un compte a 10 clés") {
		t.Error(a.body)
	}
}

func TestNobodyRenamesOrRemovesAnothersPasskey(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	p := ourPlace(t)
	_, v, device := holder(t, server, p)
	_, stranger, _ := holder(t, server, p)
	at := query[string](t, `select '/account/passkeys/' || handle from identity.passkey where id = $1`, device.ID)
	for _, act := range []string{"/rename", "/remove"} {
		stranger.get(at + act).want(http.StatusNotFound)
		stranger.post(at+act, url.Values{"name": {"Le mien"}}).want(http.StatusNotFound)
	}
	v.get(at+"/rename").want(http.StatusOK).form("/rename").with("name", "").send().want(http.StatusUnprocessableEntity).sees("Donnez un nom")
	v.get(at+"/rename").want(http.StatusOK).form("/rename").with("name", "Téléphone").send().want(http.StatusSeeOther).follow().sees("s'appelle maintenant « Téléphone »")
}

func TestAtAnAddressThatIsANumberNothingIsSaidOfPasskeys(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	for path, v := range map[string]*visitor{"/signin": server.visitor(t), "/account": server.signedIn(t, p.Pilot)} {
		if page := v.get(path).want(http.StatusOK); strings.Contains(page.body, "passkey") {
			t.Errorf("%s does:\n%s", path, page.text())
		}
	}
}

// One network asks for so many challenges at a time, and no more sessions are kept for
// it; other networks don't wait, nor does a password.
func TestChallengesForNobodyInParticularAreBounded(t *testing.T) {
	t.Parallel()
	server := start(t, named, func(c *config.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} })
	p := ourPlace(t)
	from := func(address string) *visitor {
		v := server.visitor(t)
		v.header.Set("X-Forwarded-For", address)
		return v
	}
	const ask, mine, theirs = "/signin/passkey/options", "203.0.113.7", "203.0.113.8"
	from(mine).post(ask, url.Values{}).want(http.StatusOK)
	const most = 3000
	if _, err := pgtest.Super(t).Exec(t.Context(), `update identity.throttle set failures = $2 where key = $1`, "passkeys:"+mine, most-1); err != nil {
		t.Fatal(err)
	}
	from(mine).post(ask, url.Values{}).want(http.StatusOK)
	from(mine).post(ask, url.Values{}).want(http.StatusOK)
	sessions := query[int](t, `select count(*) from identity.session`)
	v := from(mine)
	if a := v.post(ask, url.Values{}).want(http.StatusTooManyRequests); !strings.Contains(a.body, "Trop de demandes viennent de votre réseau") {
		t.Error(a.body)
	}
	if n := query[int](t, `select count(*) from identity.session`); n != sessions || v.session() != "" {
		t.Errorf("%d sessions, and %d before", n, sessions)
	}
	from(theirs).post(ask, url.Values{}).want(http.StatusOK)
	from(mine).enter(p.Pilot.Username, secret).want(http.StatusSeeOther)
	server.clock.Advance(31 * time.Second)
	from(mine).post(ask, url.Values{}).want(http.StatusOK)
}
