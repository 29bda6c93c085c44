package e2e_test

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/sms"
	"habilis/internal/tenants/kinds"
)

var sixDigits = regexp.MustCompile(`\b(\d{6})\b`)

// withCodes gives a person codes by message as a second factor.
func withCodes(t testing.TB, who place.Person, kind string) {
	t.Helper()
	db := pgtest.Super(t)
	if kind == "sms" {
		if _, err := db.Exec(t.Context(), `update identity.account set mobile = $2 where id = $1`, who.Account, mobileOf(who)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := db.Exec(t.Context(), `insert into identity.factor (account_id, kind, created_at, confirmed_at) values ($1, $2, now(), now())`, who.Account, kind)
	if err != nil {
		t.Fatal(err)
	}
}

// mobileOf is a telephone of a person's own.
func mobileOf(who place.Person) string {
	n := binary.BigEndian.Uint32(who.Account[12:]) % 1_000_000
	return fmt.Sprintf("+1514%07d", 5_000_000+n)
}

// textedCode waits for the text that came to a person last, of n.
func (s *server) textedCode(t testing.TB, who place.Person, n int) (code, text string) {
	t.Helper()
	return s.codeTo(t, mobileOf(who), n)
}

// codeTo is textedCode of a telephone, as its E.164 number.
func (s *server) codeTo(t testing.TB, mobile string, n int) (code, text string) {
	t.Helper()
	eventually(t, "a text", func() bool {
		kept, err := s.texts.List()
		if err != nil {
			t.Fatal(err)
		}
		kept = slices.DeleteFunc(kept, func(k sms.Kept) bool { return k.To != mobile })
		if len(kept) > 0 {
			text = kept[0].Text
		}
		return len(kept) == n
	})
	return sixDigits.FindString(text), text
}

// mailedCodes are the codes that came to a person, newest first.
func (s *server) mailedCodes(t testing.TB, who place.Person) []string {
	t.Helper()
	var found []string
	for _, l := range s.letters(t, who.Email) {
		if strings.HasPrefix(l.Subject, "Votre code") {
			found = append(found, sixDigits.FindString(l.Text))
		}
	}
	return found
}

// nextCode asks for a code on a challenge by mail and waits for it; n are there already.
func nextCode(t testing.TB, v *visitor, who place.Person, n int, servers ...*server) string {
	t.Helper()
	v.get("/signin/factor?method=email").want(http.StatusOK).form("/signin/factor/send").send().want(http.StatusSeeOther).follow().want(http.StatusOK)
	var found []string
	eventually(t, "a code by mail", func() bool {
		found = nil
		for _, s := range servers {
			found = append(found, s.mailedCodes(t, who)...)
		}
		return len(found) > n
	})
	return found[0]
}

func TestF3ACodeByMailOpensItsOwnSignInOnce(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	withCodes(t, who, "email")
	v, other := server.visitor(t), server.visitor(t)
	v.enter(who.Username, secret).want(http.StatusSeeOther).follow().want(http.StatusOK).sees("M'envoyer un code", "Recevez un code par courriel")
	other.enter(who.Username, secret).want(http.StatusSeeOther)
	code := nextCode(t, v, who, 0, server)
	if len(code) != 6 {
		t.Fatalf("%q", code)
	}
	if n := query[int](t, `select count(*) from identity.factor_code where account_id = $1 and (hash = sha256($2::text::bytea) or length(hash) <> 32)`, who.Account, code); n != 0 {
		t.Error("a code is stored in a way that can be guessed")
	}
	if a := other.post("/signin/factor", url.Values{"method": {"email"}, "code": {code}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("in another sign-in it answers %d", a.status)
	}
	page := v.get("/signin/factor?method=email").want(http.StatusOK)
	page.sees(who.Email[:1] + "•••@exemple.test")
	page.form("/signin/factor").with("code", code[:3]+" "+code[3:]).send().want(http.StatusSeeOther).follow().want(http.StatusOK)
	v.get("/p/" + p.Number + "/").want(http.StatusOK)
	third := server.visitor(t)
	third.enter(who.Username, secret)
	if a := third.post("/signin/factor", url.Values{"method": {"email"}, "code": {code}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("used before, it answers %d", a.status)
	}
}

func TestF3ACodeByMailEndsAfterTenMinutesAndByTheNext(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	withCodes(t, who, "email")
	v := server.visitor(t)
	v.enter(who.Username, secret)
	first := nextCode(t, v, who, 0, server)
	second := nextCode(t, v, who, 1, server)
	if a := v.post("/signin/factor", url.Values{"method": {"email"}, "code": {first}}); a.status != http.StatusUnprocessableEntity && first != second {
		t.Errorf("the one before answers %d", a.status)
	}
	server.clock.Advance(10*time.Minute + time.Second)
	v.post("/signin/factor", url.Values{"method": {"email"}, "code": {second}}).want(http.StatusUnprocessableEntity).sees("il a expiré")
}

func TestF3OfFiftySimultaneousUsesOfACodeOnTwoServersOneWins(t *testing.T) {
	t.Parallel()
	one, two := start(t), start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	withCodes(t, who, "email")
	v := one.visitor(t)
	v.enter(who.Username, secret)
	code := nextCode(t, v, who, 0, one, two)
	var won atomic.Int64
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			same := v.at([]*server{one, two}[i%2])
			a, err := same.try("POST", "/signin/factor", url.Values{"method": {"email"}, "code": {code}})
			if err != nil {
				t.Error(err)
			} else if a.status == http.StatusSeeOther && a.header.Get("Location") == "/" {
				won.Add(1)
			}
		})
	}
	all.Wait()
	if n := query[int](t, `select count(*) from identity.factor_code where account_id = $1 and used_at is not null`, who.Account); n != 1 || won.Load() > 1 {
		t.Errorf("%d came in, %d codes used", won.Load(), n)
	}
}

func TestF2WrongCodesCountPerAccountAcrossSignIns(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	withCodes(t, who, "email")
	judged := 0
	for i := range 12 {
		v := server.visitor(t)
		v.enter(who.Username, secret).want(http.StatusSeeOther)
		method := []string{"email", "totp"}[i%2]
		if v.post("/signin/factor", url.Values{"method": {method}, "code": {"000000"}}).status == http.StatusUnprocessableEntity {
			judged++
		}
	}
	if judged != 5 {
		t.Errorf("%d codes were judged", judged)
	}
}

func TestR5FewCodesAreSentInAnHour(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	withCodes(t, who, "sms")
	v := server.visitor(t)
	v.enter(who.Username, secret)
	sent := 0
	for range 60 {
		if v.post("/signin/factor/send", url.Values{"method": {"sms"}}).status == http.StatusSeeOther {
			sent++
		}
		server.clock.Advance(time.Minute - time.Second)
		v.get("/signin/factor")
	}
	if sent < 4 || sent > 10 {
		t.Errorf("%d codes were sent", sent)
	}
}

func TestACodeByTextOpensItsSignIn(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	withCodes(t, who, "sms")
	v := server.visitor(t)
	v.enter(who.Username, secret).want(http.StatusSeeOther).follow().want(http.StatusOK).
		form("/signin/factor/send").send().want(http.StatusSeeOther).follow().want(http.StatusOK).sees("••• " + mobileOf(who)[8:])
	code, text := server.textedCode(t, who, 1)
	if !strings.HasSuffix(text, "\n@127.0.0.1 #"+code) {
		t.Errorf("a telephone can't offer it: %q", text)
	}
	if !strings.Contains(v.get("/demo/mail").want(http.StatusOK).text(), code) {
		t.Error("the demonstration doesn't show it")
	}
	v.post("/signin/factor", url.Values{"method": {"sms"}, "code": {code}}).want(http.StatusSeeOther)
	v.get("/p/" + p.Number + "/").want(http.StatusOK)
}

func TestF4OneMailboxIsNeverTwoFactors(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	for what, c := range map[string]struct {
		mailbox func(place.Person) string
		offered bool
	}{
		"set by hand":                      {func(place.Person) string { return "" }, true},
		"set through the same mailbox":     {func(who place.Person) string { return strings.ToLower(who.Email) }, false},
		"set through another, for a reset": {func(place.Person) string { return "autre@exemple.test" }, true},
	} {
		who := someone(t, p, "consultation_1")
		withCodes(t, who, "email")
		if _, err := pgtest.Super(t).Exec(t.Context(), `update identity.account set password_mailbox = nullif($2, '') where id = $1`, who.Account, c.mailbox(who)); err != nil {
			t.Fatal(err)
		}
		v := server.visitor(t)
		page := v.enter(who.Username, secret).want(http.StatusSeeOther).follow().want(http.StatusOK)
		if offered := strings.Contains(page.text(), "M'envoyer un code"); offered != c.offered {
			t.Errorf("%s: a code by mail is offered: %v", what, offered)
		}
		sent := v.post("/signin/factor/send", url.Values{"method": {"email"}})
		if went := sent.status == http.StatusSeeOther; went != c.offered {
			t.Errorf("%s: asking for one answers %d", what, sent.status)
		}
		if a := v.get("/signin/enrol"); a.status != http.StatusSeeOther || a.header.Get("Location") != "/signin/factor" {
			t.Errorf("%s: an app can be set up in its stead: %d", what, a.status)
		}
	}
	who := someone(t, p, "consultation_1")
	withCodes(t, who, "email")
	temporary := withTemporary(t, server, p, who)
	if _, err := pgtest.Super(t).Exec(t.Context(), `
update identity.token t set mailbox = a.email_key from identity.account a where a.id = t.account_id and a.id = $1`, who.Account); err != nil {
		t.Fatal(err)
	}
	v := server.visitor(t)
	v.enter(who.Username, temporary).want(http.StatusSeeOther).follow().want(http.StatusOK).sees("un code envoyé à la même boîte")
	v.post("/signin/factor/send", url.Values{"method": {"email"}}).want(http.StatusUnprocessableEntity)
}

func TestF5BetweenFactorsASessionReachesTheChallengeAndSigningOut(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	withCodes(t, who, "email")
	v := server.visitor(t)
	v.enter(who.Username, secret)
	for _, path := range []string{"/", "/places", "/account", "/account/password", "/p/" + p.Number + "/", "/p/" + p.Number + "/people", "/signin/enrol", "/signin/choose", "/signin/prove", "/support"} {
		if a := v.get(path); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/signin") {
			t.Errorf("%s answers %d, to %s", path, a.status, a.header.Get("Location"))
		}
	}
	v.post("/signout", url.Values{}).want(http.StatusSeeOther)
}

func TestF9WhatIsNewlyAskedOfAPersonHoldsForPresentSessions(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	v := server.signedIn(t, who)
	home := "/p/" + p.Number + "/"
	v.get(home).want(http.StatusOK)
	withCodes(t, who, "email")
	ask := func(level string) {
		if _, err := pgtest.Super(t).Exec(t.Context(), `update resource set factor_asked = $2 where id = $1`, who.Resource, level); err != nil {
			t.Fatal(err)
		}
	}
	ask("any")
	if a := v.get(home).follow(); a.path != "/signin/factor" {
		t.Fatalf("comes to %s", a.path)
	}
	code := nextCode(t, v, who, 0, server)
	v.post("/signin/factor", url.Values{"method": {"email"}, "code": {code}}).want(http.StatusSeeOther).follow()
	v.get(home).want(http.StatusOK)
	ask("strong") // a code by mail is not enough any more, and there is nothing else
	if a := v.get(home).follow(); a.path != "/signin/enrol" {
		t.Fatalf("comes to %s", a.path)
	}
	after, _, _ := enrol(t, v.get("/signin/enrol"))
	after.want(http.StatusSeeOther)
	v.get(home).want(http.StatusOK)
}

func TestWhatOpensTheSettingsIsNeverACodeByMessage(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := place.New(t)
	active(t, p.Pilot)
	withCodes(t, p.Pilot, "sms")
	if _, err := pgtest.Super(t).Exec(t.Context(), `update tenant set policies = policies || jsonb_build_object('second_factor', $2::text) where tenant_id = $1`, p.ID, kinds.FactorOfRoles); err != nil {
		t.Fatal(err)
	}
	v := server.visitor(t)
	v.enter(p.Pilot.Username, secret)
	v.post("/signin/factor/send", url.Values{"method": {"sms"}}).want(http.StatusSeeOther)
	code, _ := server.textedCode(t, p.Pilot, 1)
	v.post("/signin/factor", url.Values{"method": {"sms"}, "code": {code}}).want(http.StatusSeeOther)
	if a := v.get("/p/" + p.Number + "/settings").follow(); a.path != "/signin/enrol" {
		t.Errorf("comes to %s", a.path)
	}
}
