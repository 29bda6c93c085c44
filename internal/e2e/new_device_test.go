package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

// newsOfDevices are the letters about new devices that came to someone.
func (s *server) newsOfDevices(t testing.TB, who place.Person) []string {
	t.Helper()
	var found []string
	for _, l := range s.letters(t, who.Email) {
		if strings.Contains(plain(l.Subject), "depuis un nouvel appareil") {
			found = append(found, plain(l.Text))
		}
	}
	return found
}

func TestASignInFromAnotherDeviceIsToldToTheAccountsOwner(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who, neighbour := someone(t, p, "consultation_1"), someone(t, p, "consultation_1")
	first := server.signedIn(t, who) // the very first is no news
	first.post("/signout", map[string][]string{}).want(http.StatusSeeOther)
	first.enter(who.Username, secret).want(http.StatusSeeOther)
	first.post("/signout", map[string][]string{}).want(http.StatusSeeOther)
	first.enter(neighbour.Username, secret).want(http.StatusSeeOther)

	second := server.visitor(t)
	second.header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0")
	second.enter(who.Username, "ce n'est pas le bon mot").want(http.StatusUnprocessableEntity)
	second.enter(who.Username, secret).want(http.StatusSeeOther).follow().want(http.StatusOK)
	var letters []string
	eventually(t, "the news", func() bool { letters = server.newsOfDevices(t, who); return len(letters) > 0 })
	for _, said := range []string{"Firefox sur Windows", "Adresse IP : 127.0.0.1", "Place " + p.Number, "Fermer toutes les autres", "/account"} {
		if !strings.Contains(letters[0], said) {
			t.Errorf("the letter doesn't say %q:\n%s", said, letters[0])
		}
	}
	second.post("/signout", map[string][]string{}).want(http.StatusSeeOther)
	second.enter(who.Username, secret).want(http.StatusSeeOther).follow()
	// Another letter, sent later, has come; there was one of each.
	server.signedIn(t, neighbour)
	eventually(t, "the neighbour's news", func() bool { return len(server.newsOfDevices(t, neighbour)) > 0 })
	if mine, theirs := len(server.newsOfDevices(t, who)), len(server.newsOfDevices(t, neighbour)); mine != 1 || theirs != 1 {
		t.Errorf("%d letters, and %d to who shares a browser", mine, theirs)
	}
}

// Half a sign-in is none: the device is told once the second factor was shown, also
// where it is to be remembered.
func TestADeviceIsNewsOnceTheSecondFactorWasShown(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	remembers(t, p, 7)
	who := someone(t, p, "consultation_1")
	server.signedIn(t, who)
	withCodes(t, who, "sms")
	v := server.visitor(t)
	v.enter(who.Username, secret).want(http.StatusSeeOther).follow().form("/signin/factor/send").send().want(http.StatusSeeOther)
	if n := query[int](t, `select count(*)::int from identity.device where account_id = $1`, who.Account); n != 1 {
		t.Fatalf("%d devices before the second factor", n)
	}
	code, _ := server.textedCode(t, who, 1)
	v.get("/signin/factor").form("/signin/factor").with("code", code, "remember", "on").send().want(http.StatusSeeOther).follow().want(http.StatusOK)
	eventually(t, "the news", func() bool { return len(server.newsOfDevices(t, who)) == 1 })
}

func TestWhatIsOfNoUseAnyMoreIsSwept(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	withCodes(t, who, "sms")
	v := server.visitor(t)
	v.enter(who.Username, secret).want(http.StatusSeeOther).follow().form("/signin/factor/send").send().want(http.StatusSeeOther)
	server.textedCode(t, who, 1) // the worker makes it
	at := server.clock.Now().Add(500 * 24 * time.Hour)
	for i, days := range []int{450, 420} {
		_, err := pgtest.Super(t).Exec(t.Context(), `insert into identity.device (hash, account_id, agent, address, created_at, seen_at)
values (sha256($1::text::bytea), $2, '', '', $3, $3)`, who.Username+string(rune('a'+i)), who.Account, at.AddDate(0, 0, -days))
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := pgtest.Super(t).Exec(t.Context(), `select identity.codes_sweep($1), identity.devices_sweep($1)`, at); err != nil {
		t.Fatal(err)
	}
	codes := query[int](t, `select count(*)::int from identity.factor_code where account_id = $1`, who.Account)
	devices := query[int](t, `select count(*)::int from identity.device where account_id = $1`, who.Account)
	if codes != 0 || devices != 1 {
		t.Errorf("%d codes and %d devices are left: the last device stays, so that the next is news", codes, devices)
	}
}
