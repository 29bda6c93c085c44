package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Who sits down after someone at the same machine, and goes back.
func TestAfterSigningOutTheWayBackShowsNothing(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	b := server.inside(t, p, p.Pilot, "/people/"+who.Resource.String())
	b.See(who.Username)
	leaves(b, p.Pilot)
	b.Has("heading", "Se connecter")
	for range 2 {
		b.Back()
		b.Has("heading", "Se connecter")
		b.SeeNot(who.Username)
	}
}

// The number of a request is on the answer, and beside what it did, or was refused.
func TestTheJournalNamesTheRequestThatDidAnAct(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	pilot, limited := server.signedIn(t, p.Pilot), server.signedIn(t, who)
	named := func(a *answer, act, result string) {
		t.Helper()
		id := a.header.Get("X-Request-Id")
		if n := query[int](t, `select count(*) from journal where tenant_id = $1 and act = $2 and result = $3 and request_id = $4`, p.ID, act, result, id); id == "" || n != 1 {
			t.Errorf("%q is beside %d acts %s, %s", id, n, act, result)
		}
	}
	sheet := "/p/" + p.Number + "/people/" + who.Resource.String()
	named(pilot.get(sheet+"/edit").form("/edit").with("function", "Infirmière").send().want(http.StatusSeeOther), "people.edit", "done")
	named(limited.post(sheet+"/archive", url.Values{}).want(http.StatusForbidden), "people.archive", "refused")
	a := pilot.post("/account/sessions/end", url.Values{}).want(http.StatusSeeOther)
	if n := query[int](t, `select count(*) from identity.own_act where account_id = $1 and request_id = $2`, p.Pilot.Account, a.header.Get("X-Request-Id")); n != 1 {
		t.Errorf("%d acts of one's own", n)
	}
}

// What is too large, too often, or fails here carries the headers of any page.
func TestFailuresCarryTheHeadersOfAnyPage(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	p := ourPlace(t)
	pilot, nobody := server.signedIn(t, p.Pilot), server.visitor(t)
	answers := map[int]*answer{http.StatusUnprocessableEntity: nobody.post("/signin", url.Values{"login": {strings.Repeat("long ", 1<<20)}})}
	nobody.post("/signin/passkey/options", url.Values{}).want(http.StatusOK)
	write(t, `update identity.throttle set blocked_until = now() + interval '1 hour' where key like 'passkeys:%'`)
	answers[http.StatusTooManyRequests] = nobody.post("/signin/passkey/options", url.Values{})
	write(t, `alter table resource rename to elsewhere`)
	answers[http.StatusInternalServerError] = pilot.get("/p/" + p.Number + "/people")
	write(t, `alter table elsewhere rename to resource`)
	server.log.forget()
	for status, a := range answers {
		a.want(status)
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Request-Id": "",
		} {
			if got := a.header.Get(name); got == "" || !strings.HasPrefix(got, want) {
				t.Errorf("%d has %s: %q", status, name, got)
			}
		}
	}
}
