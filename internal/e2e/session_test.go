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

func TestS2TheSessionIsAnotherAfterTheSecondFactorAndAfterEachProof(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	withCodes(t, who, "sms")
	v := server.visitor(t)
	v.enter(who.Username, secret).want(http.StatusSeeOther)
	halfway := v.session()
	v.post("/signin/factor/send", url.Values{"method": {"sms"}}).want(http.StatusSeeOther)
	code, _ := server.textedCode(t, who, 1)
	v.post("/signin/factor", url.Values{"method": {"sms"}, "code": {code}}).want(http.StatusSeeOther)
	whole := v.session()
	server.stale()
	v.post("/account/confirm", url.Values{"proof": {secret}, "next": {"/account"}}).want(http.StatusSeeOther)
	proved := v.session()
	if halfway == "" || whole == halfway || proved == whole {
		t.Fatalf("sessions: %q, then %q, then %q", halfway, whole, proved)
	}
	for what, old := range map[string]string{"before the second factor": halfway, "before the proof": whole} {
		stolen := server.visitor(t)
		stolen.jar.kept["__Host-habilis"] = old
		if a := stolen.get("/account"); a.status != http.StatusSeeOther {
			t.Errorf("the session of %s answers %d", what, a.status)
		}
	}
	v.get("/account").want(http.StatusOK)
}

func TestS5ASessionEndsAfterTwelveHoursHoweverBusy(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	path := "/p/" + p.Number + "/people"
	v := server.signedIn(t, p.Pilot)
	for range 35 { // 11 hours and 40 minutes, never idle
		server.clock.Advance(20 * time.Minute)
		v.get(path).want(http.StatusOK)
	}
	server.clock.Advance(20*time.Minute + time.Second)
	if a := v.get(path); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/signin") {
		t.Errorf("after twelve hours it answers %d, %s", a.status, a.header.Get("Location"))
	}
}

// What a manager does to an account ends its sessions in every process, at the
// next request.
func TestS3WhatIsDoneToAnAccountEndsItsSessionsOnBothReplicas(t *testing.T) {
	t.Parallel()
	one, two := start(t), start(t)
	for what, act := range map[string]func(v *visitor, p *place.Place, who place.Person){
		"a password by hand": func(v *visitor, p *place.Place, who place.Person) {
			letSetPasswords(t, p)
			v.post("/p/"+p.Number+"/people/"+who.Resource.String()+"/access/password",
				url.Values{"password": {"quatorze merles sur la corniche d'Anticosti"}, "submission": {newID()}}).want(http.StatusSeeOther)
		},
		"a factor that is reset": func(v *visitor, p *place.Place, who place.Person) {
			v.post("/p/"+p.Number+"/people/"+who.Resource.String()+"/access/factor",
				url.Values{"reason": {"Téléphone perdu"}, "submission": {newID()}}).want(http.StatusSeeOther)
		},
		"a factor that is taken away": func(v *visitor, p *place.Place, who place.Person) {
			v.sets(p, who, "off", "").want(http.StatusSeeOther)
		},
		"a place that closes": func(_ *visitor, p *place.Place, _ place.Person) {
			if _, err := pgtest.Super(t).Exec(t.Context(), `update tenant set state = 'closed' where tenant_id = $1`, p.ID); err != nil {
				t.Fatal(err)
			}
		},
	} {
		p := ourPlace(t)
		who := someone(t, p, "coordination")
		withCodes(t, who, "sms")
		if _, err := pgtest.Super(t).Exec(t.Context(), `update resource set factor_asked = 'any' where id = $1`, who.Resource); err != nil {
			t.Fatal(err)
		}
		v := one.visitor(t)
		v.enter(who.Username, secret).want(http.StatusSeeOther)
		v.post("/signin/factor/send", url.Values{"method": {"sms"}}).want(http.StatusSeeOther)
		code, _ := either(t, who, one, two)
		v.post("/signin/factor", url.Values{"method": {"sms"}, "code": {code}}).want(http.StatusSeeOther)
		path := "/p/" + p.Number + "/people"
		v.get(path).want(http.StatusOK)
		v.at(two).get(path).want(http.StatusOK)
		act(two.signedIn(t, p.Pilot), p, who)
		for name, s := range map[string]*server{"one": one, "two": two} {
			if a := v.at(s).get(path); a.status == http.StatusOK {
				t.Errorf("%s: replica %s goes on", what, name)
			}
		}
	}
}

// either is the only text that came to a person, whichever of the servers sent it.
func either(t testing.TB, who place.Person, servers ...*server) (code, text string) {
	t.Helper()
	eventually(t, "a text", func() bool {
		for _, s := range servers {
			kept, err := s.texts.List()
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range kept {
				if k.To == mobileOf(who) {
					text = k.Text
					return true
				}
			}
		}
		return false
	})
	return sixDigits.FindString(text), text
}
