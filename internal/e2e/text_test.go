package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"habilis/internal/config"
	"habilis/internal/pgtest"
	"habilis/internal/sms/gateway"
)

// texting is a gateway that answers as it is told, in turn, and then takes all.
type texting struct {
	mu      sync.Mutex
	answers []int
	bodies  []string
}

func (g *texting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.bodies = append(g.bodies, string(body))
	if len(g.answers) > 0 {
		w.WriteHeader(g.answers[0])
		g.answers = g.answers[1:]
	}
}

// heard are the codes that came, oldest first.
func (g *texting) heard() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var codes []string
	for _, body := range g.bodies {
		codes = append(codes, sixDigits.FindString(body))
	}
	return codes
}

// through starts a server whose texts go through a gateway that answers so.
func through(t *testing.T, answers ...int) (*server, *texting) {
	t.Helper()
	g := &texting{answers: answers}
	site := httptest.NewServer(g)
	t.Cleanup(site.Close)
	made, err := gateway.Config{URL: site.URL, Body: `{"to":"{{.To}}","text":"{{.Text}}"}`, Headers: "Content-Type: application/json"}.Gateway()
	if err != nil {
		t.Fatal(err)
	}
	return start(t, func(c *config.Config) { c.SMS = made }), g
}

// hurry does at once what River does after some seconds.
func hurry(t *testing.T) {
	t.Helper()
	if _, err := pgtest.Super(t).Exec(t.Context(), `update river.river_job set state = 'available', scheduled_at = now() where queue = 'sms' and state in ('scheduled', 'retryable')`); err != nil {
		t.Fatal(err)
	}
}

// A gateway that can't now is asked again, each time with a code of its own: the
// last one that left is the one that counts.
func TestATextThatTheGatewayCannotTakeNowIsTriedAgain(t *testing.T) {
	t.Parallel()
	server, g := through(t, http.StatusServiceUnavailable, http.StatusTooManyRequests)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	withCodes(t, who, "sms")
	v := server.visitor(t)
	v.enter(who.Username, secret).want(http.StatusSeeOther)
	v.post("/signin/factor/send", url.Values{"method": {"sms"}}).want(http.StatusSeeOther)
	eventually(t, "the third try", func() bool {
		hurry(t)
		return len(g.heard()) == 3
	})
	codes := g.heard()
	eventually(t, "the job to be done", func() bool {
		return query[int](t, `select count(*) from river.river_job where queue = 'sms' and state <> 'completed'`) == 0
	})
	for _, early := range codes[:2] {
		if early != codes[2] && v.post("/signin/factor", url.Values{"method": {"sms"}, "code": {early}}).status == http.StatusSeeOther {
			t.Error("a code that the gateway did not take opens the sign-in")
		}
	}
	v.post("/signin/factor", url.Values{"method": {"sms"}, "code": {codes[2]}}).want(http.StatusSeeOther)
	v.get("/p/" + p.Number + "/").want(http.StatusOK)
}

// A number that the gateway refuses is given up, and said on the page that waits.
func TestATextThatTheGatewayRefusesIsGivenUpAndSaid(t *testing.T) {
	t.Parallel()
	server, g := through(t, http.StatusBadRequest)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	withCodes(t, who, "sms")
	v := server.visitor(t)
	v.enter(who.Username, secret).want(http.StatusSeeOther)
	v.post("/signin/factor/send", url.Values{"method": {"sms"}}).want(http.StatusSeeOther)
	eventually(t, "the job to be given up", func() bool {
		hurry(t)
		return query[int](t, `select count(*) from river.river_job where queue = 'sms' and state = 'cancelled'`) == 1
	})
	if n := len(g.heard()); n != 1 {
		t.Errorf("the gateway was asked %d times", n)
	}
	v.get("/signin/factor?method=sms").want(http.StatusOK).sees("Le code n'a pas pu être envoyé")
}

// A code that nobody waits for any more is not sent.
func TestATextThatIsTooLateIsNotSent(t *testing.T) {
	t.Parallel()
	server, g := through(t, http.StatusServiceUnavailable)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	withCodes(t, who, "sms")
	v := server.visitor(t)
	v.enter(who.Username, secret).want(http.StatusSeeOther)
	v.post("/signin/factor/send", url.Values{"method": {"sms"}}).want(http.StatusSeeOther)
	eventually(t, "the first try", func() bool { return len(g.heard()) == 1 })
	server.clock.Advance(11 * time.Minute)
	eventually(t, "the job to end", func() bool {
		hurry(t)
		return query[int](t, `select count(*) from river.river_job where queue = 'sms' and state = 'completed'`) == 1
	})
	if n := len(g.heard()); n != 1 {
		t.Errorf("%d codes left", n)
	}
}
