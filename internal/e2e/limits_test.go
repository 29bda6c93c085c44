package e2e_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
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
