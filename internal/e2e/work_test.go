package e2e_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"testing"
	"time"

	"habilis/internal/config"
	"habilis/internal/secret/password"
)

// work is what an answer took that could be told from outside: hashes, and what
// was asked of the database.
type work struct{ hashes, trips, statements int64 }

// meter is a server whose work is counted.
type meter struct {
	*server
	count *counter
}

func metered(t *testing.T) *meter {
	t.Helper()
	count, through := countQueries(t)
	return &meter{count: count, server: start(t, func(c *config.Config) { c.DatabaseURL, c.MetricsListen = through, freeAddress(t) })}
}

var hashesTotal = regexp.MustCompile(`(?m)^habilis_password_hashes_total (\d+)$`)

// hashes are the passwords that were hashed or compared until now.
func (m *meter) hashes(t testing.TB) int64 {
	t.Helper()
	response, err := http.Get(m.MetricsURL() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	found := hashesTotal.FindSubmatch(text)
	if err != nil || found == nil {
		t.Fatalf("the metrics don't tell of hashes: %v", err)
	}
	n, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// of is the work of doing something: the least of several times, as each connection
// of the pool prepares its statements once.
func (m *meter) of(t testing.TB, do func()) work {
	t.Helper()
	do()
	least := work{1 << 30, 1 << 30, 1 << 30}
	for range 4 {
		hashes, trips, statements := m.hashes(t), m.count.trips.Load(), m.count.statements.Load()
		do()
		least.hashes = min(least.hashes, m.hashes(t)-hashes)
		least.trips = min(least.trips, m.count.trips.Load()-trips)
		least.statements = min(least.statements, m.count.statements.Load()-statements)
	}
	return least
}

// What is refused takes the same work for everybody, and so the same time: one
// hash at the same cost, and the same questions to the database. How long that is
// depends on the machine, and is not tried here.
func TestR1SignInAndForgottenPasswordsTakeTheSameWorkForEverybody(t *testing.T) {
	t.Parallel()
	server := metered(t)
	p := ourPlace(t)
	known, archived, never, enrolled := someone(t, p, "consultation_1"), someone(t, p, "consultation_1"), p.Person(t, "consultation_1"), someone(t, p, "consultation_1")
	p.Archive(t, archived)
	withCodes(t, enrolled, "sms")
	logins := map[string]string{
		"known": known.Username, "by e-mail": known.Email, "with a second factor": enrolled.Username,
		"unknown": "Personne404", "unknown e-mail": "personne404@exemple.test", "archived": archived.Username, "never activated": never.Username,
	}
	for what, c := range map[string]struct{ path, password string }{
		"sign-in":                             {"/signin", "ce n'est pas le bon mot"},
		"sign-in, as by a temporary password": {"/signin", password.Temporary()},
		"forgotten":                           {"/signin/forgot", ""},
	} {
		var want work
		for who, login := range logins {
			got := server.of(t, func() {
				v := server.visitor(t)
				v.post(c.path, url.Values{"login": {login}, "password": {c.password}}).want(http.StatusUnprocessableEntity, http.StatusSeeOther)
				server.clock.Advance(2 * time.Hour) // what is counted starts anew
			})
			if want == (work{}) {
				want = got
			}
			if got != want {
				t.Errorf("%s, %s: %+v, others %+v", what, who, got, want)
			}
		}
		t.Logf("%s: %+v", what, want)
	}
}

// A person who is held up is answered with the same work too.
func TestR1WaitingTakesTheSameWorkAsAWrongPassword(t *testing.T) {
	t.Parallel()
	server := metered(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	wrong := func(login string) func() {
		return func() {
			server.visitor(t).post("/signin", url.Values{"login": {login}, "password": {"ce n'est pas le bon mot"}}).want(http.StatusUnprocessableEntity)
		}
	}
	for range 8 {
		wrong(who.Username)()
		wrong("Personne405")()
	}
	known := server.of(t, wrong(who.Username))
	if unknown := server.of(t, wrong("Personne405")); known != unknown || known.hashes != 1 {
		t.Errorf("someone who waits takes %+v, nobody takes %+v", known, unknown)
	}
}

// The pages of a sign-in ask few questions, and as many for everybody.
func TestR1ThePagesOfASignInAskTheSameOfTheDatabase(t *testing.T) {
	t.Parallel()
	server := metered(t)
	small, large := ourPlace(t), ourPlace(t)
	crowd(t, large, "Foule", 60)
	for what, c := range map[string]struct {
		most  int64
		visit func(login string) func()
	}{
		"the form": {0, func(string) func() {
			v := server.visitor(t)
			return func() { v.get("/signin").want(http.StatusOK) }
		}},
		"the form of the forgotten": {0, func(string) func() {
			v := server.visitor(t)
			return func() { v.get("/signin/forgot").want(http.StatusOK) }
		}},
		"a dead link": {1, func(string) func() {
			v := server.visitor(t)
			return func() { v.get("/link/" + newID()).want(http.StatusSeeOther) }
		}},
		"the challenge": {4, func(login string) func() {
			v := server.visitor(t)
			v.enter(login, secret).want(http.StatusSeeOther)
			return func() { v.get("/signin/factor").want(http.StatusOK) }
		}},
		"coming in": {4, func(login string) func() {
			return func() {
				server.visitor(t).post("/signin", url.Values{"login": {login}, "password": {secret}}).want(http.StatusSeeOther)
			}
		}},
	} {
		a, b := someone(t, small, "consultation_1"), someone(t, large, "consultation_1")
		withCodes(t, a, "sms")
		withCodes(t, b, "sms")
		first := server.of(t, c.visit(a.Username))
		second := server.of(t, c.visit(b.Username))
		t.Logf("%s: %+v", what, first)
		if first != second || first.trips > c.most {
			t.Errorf("%s takes %+v in a small place and %+v in a large one, at most %d trips", what, first, second, c.most)
		}
	}
}
