package e2e_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// hold begins to post a form, and ends when told.
func (v *visitor) hold(path string, fields url.Values) (end func() *http.Response) {
	v.t.Helper()
	host := strings.TrimPrefix(v.base, "http://")
	c, err := net.Dial("tcp", host)
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() { c.Close() })
	body := fields.Encode()
	answers := bufio.NewReader(c)
	fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nCookie: __Host-habilis=%s\r\nExpect: 100-continue\r\n\r\n",
		path, host, len(body), v.session())
	if a, err := http.ReadResponse(answers, nil); err != nil || a.StatusCode != http.StatusContinue { // it is said when the handler reads
		v.t.Fatalf("the server doesn't wait for the form: %v, %v", a, err)
	}
	fmt.Fprint(c, body[:5])
	return func() *http.Response {
		fmt.Fprint(c, body[5:])
		a, err := http.ReadResponse(answers, nil)
		if err != nil {
			v.t.Fatal(err)
		}
		a.Body.Close()
		return a
	}
}

// Whoever has a copy of the cookie has a request under way when the owner leaves, that
// gives the session another token.
func TestASessionThatWasLeftIsNotBroughtBackByWhatWasUnderWay(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	home := "/p/" + p.Number + "/"
	for how, leaves := range map[string]func(*visitor){
		"signing out": func(v *visitor) { v.post("/signout", url.Values{}).want(http.StatusSeeOther) },
		"signing in anew": func(v *visitor) {
			v.post("/signin", url.Values{"login": {p.Pilot.Username}, "password": {secret}}).want(http.StatusSeeOther)
		},
	} {
		owner := server.signedIn(t, p.Pilot)
		owner.get(home).want(http.StatusOK)
		held := owner.hold(home+"hat", url.Values{"role": {uuid.Nil.String()}})
		leaves(owner)
		thief := server.visitor(t)
		for _, cookie := range held().Cookies() {
			thief.jar.kept[cookie.Name] = cookie.Value
		}
		if a := thief.get(home); a.status == http.StatusOK {
			t.Errorf("after %s, what was under way brought the session back", how)
		}
	}
}

func TestChoosingALanguageWritesNothingForWhoHasNoSession(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	v := server.visitor(t)
	sessions := func() int { return query[int](t, `select count(*) from identity.session`) }
	before := sessions()
	v.post("/language", url.Values{"locale": {"en-CA"}, "next": {"/signin"}}).want(http.StatusSeeOther).follow().sees("Sign in")
	if n := sessions() - before; n != 0 || v.session() != "" {
		t.Errorf("%d sessions were written", n)
	}
	if a := v.enter(p.Pilot.Username, secret).want(http.StatusSeeOther).follow(); !strings.Contains(a.body, `lang="en-CA"`) {
		t.Error("the language is forgotten by who signs in")
	}
	if v.jar.kept["__Host-habilis-language"] != "" {
		t.Error("it is kept for the next person, too")
	}
}
