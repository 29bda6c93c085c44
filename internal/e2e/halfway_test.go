package e2e_test

import (
	"net/http"
	"net/url"
	"testing"

	"habilis/internal/portal"
)

// halves are the stages at which a sign-in may stop, each with how a pilot comes there.
var halves = map[string]func(t *testing.T, server *server, s *stage) *visitor{
	"/signin/factor": func(t *testing.T, server *server, s *stage) *visitor {
		withCodes(t, s.Pilot, "sms")
		v := server.visitor(t)
		v.enter(s.Pilot.Username, secret).want(http.StatusSeeOther)
		return v
	},
	"/signin/choose": func(t *testing.T, server *server, s *stage) *visitor {
		v := server.visitor(t)
		v.enter(s.Pilot.Username, withTemporary(t, server, s.Place, s.Pilot)).want(http.StatusSeeOther)
		return v
	},
	"/signin/enrol": owesFactor,
	"/signin/prove": func(t *testing.T, server *server, s *stage) *visitor {
		v := owesFactor(t, server, s)
		server.stale()
		v.get("/signin/enrol").want(http.StatusSeeOther)
		return v
	},
}

func owesFactor(t *testing.T, server *server, s *stage) *visitor {
	write(t, `update identity.account set must_enrol = true where id = $1`, s.Pilot.Account)
	v := server.visitor(t)
	v.enter(s.Pilot.Username, secret).want(http.StatusSeeOther)
	return v
}

// Between its steps a sign-in leads from every route to the next one, and does nothing:
// F5, and B5 of who has a temporary password.
func TestF5AndB5HalfwayEveryRouteLeadsToTheNextStep(t *testing.T) {
	t.Parallel()
	server := start(t)
	for at, comes := range halves {
		t.Run(at, func(t *testing.T) {
			unhurriedCodes(t)
			s := newStage(t, "planner")
			withoutFactor(t, s.Place)
			v := comes(t, server, s)
			if to := v.get("/").want(http.StatusSeeOther).header.Get("Location"); to != at {
				t.Fatalf("it stops at %s", to)
			}
			account, place := query[string](t, accountWhole, s.Pilot.Account), facts(t, s.Place)
			asked := 0
			for _, r := range new(portal.Server).Routes() {
				if r.Room == portal.Street || r.Room == portal.Hall && r.Pattern[:min(len(at), len(r.Pattern))] == at {
					continue
				}
				a := s.ask(v, r, s.path(r, s.Number))
				if to := a.header.Get("Location"); a.status != http.StatusSeeOther || to != at {
					t.Errorf("%s %s answers %d, to %q", r.Method, r.Pattern, a.status, to)
				}
				asked++
			}
			if asked < 150 {
				t.Errorf("%d routes were asked for", asked)
			}
			if after := query[string](t, accountWhole, s.Pilot.Account); after != account {
				t.Errorf("the account is another:\n%s\nbefore:\n%s", after, account)
			}
			if facts(t, s.Place) != place {
				t.Error("something was done in the place")
			}
			v.post("/signout", url.Values{}).want(http.StatusSeeOther)
			v.get("/account").want(http.StatusSeeOther)
		})
	}
}
