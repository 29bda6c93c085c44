package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"habilis/internal/account"
)

func TestP1OnesOwnDataIsTakenAwayByOneself(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, q := ourPlace(t), ourPlace(t)
	who, other := someone(t, p, "consultation_1"), someone(t, p, "consultation_1")
	q.Join(t, who, "booking")
	v := server.signedIn(t, who)
	v.get("/p/" + p.Number + "/").want(http.StatusOK)
	server.signedIn(t, other).get("/p/" + p.Number + "/").want(http.StatusOK)
	_, key := v.get("/account/factors/app").addsApp(t, "/account/factors/app")
	server.stale()
	asked := v.get("/account/data").want(http.StatusOK).sees("Aucun secret").form("/account/data").send().asksWho()
	if n := notedInJournal(t, p, "account.export"); n != 0 {
		t.Fatal("it was taken before")
	}
	taken := asked.proves(secret).want(http.StatusOK)
	if got := taken.header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment;") || !strings.HasSuffix(got, ".json") {
		t.Errorf("it comes as %q", got)
	}
	var d account.Data
	if err := json.Unmarshal([]byte(taken.body), &d); err != nil {
		t.Fatal(err)
	}
	if d.Account.Username != who.Username || d.Account.Email != who.Email || len(d.Account.SecondFactors) != 1 || d.Account.RecoveryCodes != 10 || len(d.Places) != 2 {
		t.Errorf("it says %+v", d.Account)
	}
	if len(d.Account.Acts) < 2 || !d.Account.Acts[0].ByMe || d.Account.Acts[0].Act != "account.factor_added" {
		t.Errorf("of the account's acts it says %+v", d.Account.Acts)
	}
	for _, place := range d.Places {
		if place.Person == nil || place.Person.Email != who.Email || len(place.Roles) != 1 {
			t.Errorf("of %s it says %+v", place.Number, place)
		}
		if place.Number == p.Number && len(place.Journal) == 0 {
			t.Error("it has nothing of the journal")
		}
	}
	hash := query[string](t, `select password_hash from identity.account where id = $1`, who.Account)
	for what, never := range map[string]string{"a key": key, "the password's hash": hash, "the password": secret,
		"someone else": other.Username, "someone else's address": other.Email, "the pilot": p.Pilot.Username} {
		if strings.Contains(taken.body, never) {
			t.Errorf("%s is in the file", what)
		}
	}
	if a, b := notedInJournal(t, p, "account.export"), notedInJournal(t, q, "account.export"); a != 1 || b != 1 {
		t.Errorf("%d and %d lines of the journals", a, b)
	}
	server.visitor(t).post("/account/data", url.Values{}).want(http.StatusSeeOther)
}
