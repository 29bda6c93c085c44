package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"habilis/internal/pgtest/place"
)

// A replica remembers what a session says, never that it lives.

func TestASessionThatEndedElsewhereOpensNoPageOfAReplicaThatRemembersIt(t *testing.T) {
	t.Parallel()
	ends := map[string]func(t *testing.T, one, two *server, v *visitor, p *place.Place, who place.Person){
		"signed out": func(_ *testing.T, _, _ *server, v *visitor, _ *place.Place, _ place.Person) {
			v.post("/signout", url.Values{}).want(http.StatusSeeOther)
		},
		"closed from elsewhere": func(t *testing.T, one, _ *server, _ *visitor, _ *place.Place, who place.Person) {
			id := query[string](t, `select id::text from identity.session where account_id = $1`, who.Account)
			one.signedIn(t, who).post("/account/sessions/"+id+"/end", url.Values{}).want(http.StatusSeeOther)
		},
		"all others closed": func(t *testing.T, one, _ *server, _ *visitor, _ *place.Place, who place.Person) {
			one.signedIn(t, who).post("/account/sessions/end", url.Values{}).want(http.StatusSeeOther)
		},
		"password changed": func(t *testing.T, one, _ *server, _ *visitor, _ *place.Place, who place.Person) {
			one.signedIn(t, who).changes(secret, newSecret, newSecret).want(http.StatusSeeOther)
		},
		"archived": func(t *testing.T, one, _ *server, _ *visitor, p *place.Place, who place.Person) {
			path := fmt.Sprintf("/p/%s/people/%s/archive", p.Number, who.Resource)
			one.signedIn(t, p.Pilot).get(path).form("/archive").with("reason", "Parti").send().want(http.StatusSeeOther)
		},
		"renamed by another hat": func(_ *testing.T, _, _ *server, v *visitor, p *place.Place, _ place.Person) {
			v.post("/p/"+p.Number+"/hat", url.Values{"role": {"00000000-0000-0000-0000-000000000000"}}).want(http.StatusSeeOther)
		},
		"idle": func(_ *testing.T, _, two *server, _ *visitor, _ *place.Place, _ place.Person) {
			two.clock.Advance(31 * time.Minute)
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			one, two := start(t), start(t)
			stage := newStage(t, "planner")
			who := someone(t, stage.Place, "coordination")
			v := one.signedIn(t, who)
			token := v.session()
			for _, r := range routesInPlaces() {
				if r.Method == http.MethodGet {
					v.at(two).get(stage.path(r, stage.Number))
				}
			}
			end(t, one, two, v, stage.Place, who)
			thief := two.visitor(t)
			thief.jar.kept["__Host-habilis"] = token
			for _, r := range routesInPlaces() {
				if r.Method == http.MethodGet {
					mustShowNothing(t, thief.get(stage.path(r, stage.Number)))
				}
			}
			mustShowNothing(t, thief.get("/p/"+stage.Number+"/people/nobody"))
		})
	}
}

// mustShowNothing fails unless the answer is the way to sign in and nothing else.
func mustShowNothing(t *testing.T, a *answer) {
	t.Helper()
	if a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/signin?") {
		t.Errorf("%s answers %d to %q", a.path, a.status, a.header.Get("Location"))
	}
	if len(a.body) > 0 && !strings.HasPrefix(a.body, `<a href="/signin?`) || a.header.Get("Set-Cookie") != "" {
		t.Errorf("%s says %q, %q", a.path, a.header.Get("Set-Cookie"), a.body)
	}
}

func TestWhatASessionSaysIsReadFreshOnEveryReplica(t *testing.T) {
	t.Parallel()
	one, two := start(t), start(t)
	p := ourPlace(t)
	v := one.signedIn(t, p.Pilot)
	page := "/p/" + p.Number + "/people"
	for _, replica := range []*server{one, two} {
		v.at(replica).get(page).want(http.StatusOK)
		v.at(replica).get(page).want(http.StatusOK)
	}
	for _, locale := range []string{"en-CA", "fr-FR", "en-CA"} {
		v.post("/language", url.Values{"locale": {locale}}).want(http.StatusSeeOther)
		for _, replica := range []*server{two, one, two} {
			if a := v.at(replica).get(page).want(http.StatusOK); !strings.Contains(a.body, `<html lang="`+locale) {
				t.Errorf("asked for %s, answered %.60q", locale, a.body)
			}
		}
	}
}

func TestAPageKeepsItsSessionAliveAndNotesItOnceAMinute(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	v := server.signedIn(t, p.Pilot)
	seen := func() time.Time {
		v.get("/p/" + p.Number + "/people").want(http.StatusOK)
		return query[time.Time](t, `select seen_at from identity.session where account_id = $1`, p.Pilot.Account)
	}
	first := seen()
	if again := seen(); !again.Equal(first) {
		t.Errorf("noted at %v and at %v", first, again)
	}
	server.clock.Advance(61 * time.Second)
	if later := seen(); !later.After(first.Add(time.Minute)) {
		t.Errorf("noted at %v, and a minute later at %v", first, later)
	}
}
