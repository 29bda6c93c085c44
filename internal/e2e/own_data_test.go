package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"habilis/internal/account"
	"habilis/internal/pgtest"
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

// Whatever else the portal keeps of someone is in the file too: it promises all of it.
func TestP1TheFileOfOnesOwnDataIsWhole(t *testing.T) {
	t.Parallel()
	server := start(t)
	s := newStage(t, "alerting")
	who := s.Pilot
	flag := s.Kind.Flags[0].Key
	area := string(s.Kind.Areas[0].Key)
	record := s.record.String()
	for _, sql := range []string{
		`update resource set flags = array['` + flag + `'] where tenant_id = $1 and id = $2`,
		`insert into override (tenant_id, resource_id, area, view, view_ok, edit_ok, since, by_kind)
		 select tenant_id, $2, area, 0, view_ok, edit_ok, now(), 'support' from area where tenant_id = $1 and area = '` + area + `'`,
		`insert into assignment (tenant_id, resource_id, record_id, since, by_kind) values ($1, $2, '` + record + `', now(), 'support')`,
	} {
		if _, err := pgtest.Super(t).Exec(t.Context(), sql, s.ID, who.Resource); err != nil {
			t.Fatal(err)
		}
	}
	v := server.signedIn(t, who)
	if _, err := pgtest.Super(t).Exec(t.Context(), `
insert into identity.passkey (id, account_id, name, record, created_at) values ('\x01', $1, 'Mon téléphone', '{}', now())`, who.Account); err != nil {
		t.Fatal(err)
	}
	taken := v.get("/account/data").want(http.StatusOK).sees("clés d'accès, sessions ouvertes").form("/account/data").send().want(http.StatusOK)
	var d account.Data
	if err := json.Unmarshal([]byte(taken.body), &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Account.Passkeys) != 1 || d.Account.Passkeys[0].Name != "Mon téléphone" || len(d.Account.Sessions) == 0 || d.Account.Sessions[0].Address == "" || d.Account.Devices == nil {
		t.Errorf("of the account it says %+v", d.Account)
	}
	if len(d.Places) != 1 {
		t.Fatalf("%d places", len(d.Places))
	}
	at := d.Places[0]
	if at.Person == nil || !slices.Contains(at.Person.Flags, flag) || len(at.Cells) != 1 || at.Cells[0].View == nil || *at.Cells[0].View != "none" || at.Cells[0].Edit != nil {
		t.Errorf("of the place it says %+v", at)
	}
	if len(at.Records) != 1 || at.Records[0].Record.String() != record || strings.Contains(taken.body, query[string](t, `select label from record where id = $1`, record)) {
		t.Errorf("of records it says %+v", at.Records)
	}
	if len(at.Roles) == 0 || at.Roles[0].EnglishName == "" || at.Roles[0].EnglishName == at.Roles[0].Name {
		t.Errorf("of roles it says %+v", at.Roles)
	}
}
