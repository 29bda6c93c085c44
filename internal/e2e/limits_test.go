package e2e_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

// knownFrom makes a browser one that a person came in from before.
func (v *visitor) knownFrom(t testing.TB, who place.Person) *visitor {
	t.Helper()
	random := make([]byte, sha256.Size)
	rand.Read(random)
	hash := sha256.Sum256(append(random, who.Account[:]...))
	if _, err := pgtest.Super(t).Exec(t.Context(), `select identity.device_seen($1, $2, 'Navigateur', '127.0.0.1', now())`, hash[:], who.Account); err != nil {
		t.Fatal(err)
	}
	v.jar.kept["__Host-habilis-device"] = base64.RawURLEncoding.EncodeToString(random)
	return v
}

// Somebody else behind the same address fails without end; the person comes in, and
// their sheet says what waits, why and until when, until a manager ends it.
func TestR4ANeighbourIsHeldUpAndThePersonIsNotAndTheSheetSaysSo(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	sheet := "/p/" + p.Number + "/people/" + who.Resource.String() + "/access"
	pilot := server.signedIn(t, p.Pilot)
	const said = "Trop de mots de passe erronés depuis un même réseau : de là, aucun n'est accepté avant"
	if strings.Contains(pilot.get(sheet).want(http.StatusOK).text(), said) {
		t.Error("the sheet says so before anything happened")
	}
	neighbour := server.visitor(t)
	for range 9 {
		neighbour.post("/signin", url.Values{"login": {who.Username}, "password": {"faux"}}).want(http.StatusUnprocessableEntity)
	}
	page := pilot.get(sheet).want(http.StatusOK).sees(said, "Débloquer")
	mine := server.visitor(t).knownFrom(t, who)
	mine.enter(who.Username, secret).want(http.StatusSeeOther).follow().want(http.StatusOK)
	neighbour.enter(who.Username, secret).want(http.StatusUnprocessableEntity)
	if !strings.Contains(page.body, "/access/unblock") {
		t.Error("the sheet offers no way to end it")
	}
	pilot.get(sheet+"/unblock").want(http.StatusOK).form("/unblock").with("reason", "Elle est devant moi.").send().want(http.StatusSeeOther)
	if strings.Contains(pilot.get(sheet).want(http.StatusOK).text(), said) {
		t.Error("the sheet still says so")
	}
	neighbour.enter(who.Username, secret).want(http.StatusSeeOther)
}

// Somebody who has a password signs in without end, from the same address even: others
// come in meanwhile, and they are told to wait.
func TestOneAccountThatSignsInWithoutEndKeepsNobodyOut(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, q := ourPlace(t), ourPlace(t)
	restless, other := someone(t, p, "consultation_1"), someone(t, q, "consultation_1")
	over := make(chan struct{})
	var flood sync.WaitGroup
	var told atomic.Int64
	for range 24 {
		flood.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
				}
				a, err := server.visitor(t).try("POST", "/signin", url.Values{"login": {restless.Username}, "password": {secret}})
				if err != nil {
					t.Error(err)
					return
				}
				if a.status == http.StatusTooManyRequests && strings.Contains(a.text(), "Ce compte vient de se connecter de trop nombreuses fois.") {
					told.Add(1)
				}
			}
		})
	}
	for range 6 {
		server.visitor(t).enter(other.Username, secret).want(http.StatusSeeOther)
	}
	close(over)
	flood.Wait()
	if told.Load() == 0 {
		t.Error("who signs in without end is not told to wait")
	}
	if n := query[int](t, `select count(*) from identity.device where account_id = $1`, restless.Account); n > 25 {
		t.Errorf("%d browsers were noted", n)
	}
}
