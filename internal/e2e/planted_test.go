package e2e_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"habilis/internal/pgtest/place"
)

const deviceCookie = "__Host-habilis-device"

// planted are cookies that someone who knows a person may leave in a browser for them.
var planted = map[string]func(who place.Person) string{
	"one for all": func(place.Person) string {
		return base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("p", 32)))
	},
	"their own": func(who place.Person) string {
		return base64.RawURLEncoding.EncodeToString(who.Account[10:]) + "." + base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("p", 16)))
	},
}

func TestWhatWasPlantedInABrowserSkipsNoSecondFactor(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	remembers(t, p, 30)
	for what, cookie := range planted {
		who := someone(t, p, "consultation_1")
		withCodes(t, who, "sms")
		station, thief := server.visitor(t), server.visitor(t)
		for _, v := range []*visitor{station, thief} {
			v.jar.kept[deviceCookie] = cookie(who)
		}
		station.showsCode(server, who, 1, "1")
		station.post("/signout", url.Values{})
		if at := thief.enter(who.Username, secret).follow(); at.path != "/signin/factor" {
			t.Errorf("%s: who knows it comes to %s", what, at.path)
		}
		if at := station.enter(who.Username, secret).follow(); strings.HasPrefix(at.path, "/signin") {
			t.Errorf("%s: the browser itself comes to %s", what, at.path)
		}
	}
}

func TestWhatWasPlantedInABrowserIsNewElsewhere(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	for what, cookie := range planted {
		who := someone(t, p, "consultation_1")
		station, thief := server.visitor(t), server.visitor(t)
		for _, v := range []*visitor{station, thief} {
			v.jar.kept[deviceCookie] = cookie(who)
		}
		station.enter(who.Username, secret).want(http.StatusSeeOther) // the very first is no news
		thief.enter(who.Username, secret).want(http.StatusSeeOther)
		eventually(t, "the news of "+what, func() bool { return len(server.newsOfDevices(t, who)) == 1 })
	}
}

// Browsers from before, known by one value for all, stay known; the value doesn't.
func TestABrowserThatWasKnownByOneValueForAllIsKnownByOneOfItsOwn(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	remembers(t, p, 30)
	who, neighbour := someone(t, p, "consultation_1"), someone(t, p, "consultation_1")
	withCodes(t, who, "sms")
	v, thief := server.visitor(t), server.visitor(t)
	v.knownFrom(t, who)
	before := v.jar.kept[deviceCookie]
	thief.jar.kept[deviceCookie] = before
	v.showsCode(server, who, 1, "1")
	for range 2 {
		v.post("/signout", url.Values{})
		v.enter(neighbour.Username, secret).want(http.StatusSeeOther)
		v.post("/signout", url.Values{})
		if at := v.enter(who.Username, secret).follow(); strings.HasPrefix(at.path, "/signin") {
			t.Errorf("the browser comes to %s", at.path)
		}
	}
	if at := thief.enter(who.Username, secret).follow(); at.path != "/signin/factor" {
		t.Errorf("who has the value from before comes to %s", at.path)
	}
	if n := query[int](t, `select count(*) from identity.device where account_id = any ($1)`, []string{who.Account.String(), neighbour.Account.String()}); n != 2 {
		t.Errorf("two people in one browser are known by %d", n)
	}
}
