package e2e_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"habilis/internal/mail"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

var linkIn = regexp.MustCompile(`/link/[\w-]+`)

func pathIn(t testing.TB, letter *mail.Kept) string {
	t.Helper()
	path := linkIn.FindString(letter.Text)
	if path == "" {
		t.Fatalf("no link in:\n%s", letter.Text)
	}
	return path
}

func emailOf(t testing.TB, who place.Person) string {
	t.Helper()
	return query[string](t, `select email from identity.account where id = $1`, who.Account)
}

// asksEmail asks for another address of one's own.
func (v *visitor) asksEmail(email string) *answer {
	v.t.Helper()
	return v.get("/account/email").want(http.StatusOK).form("/account/email").with("email", email).send()
}

func TestAnotherAddressCountsOnceItIsConfirmed(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	q := ourPlace(t)
	q.Join(t, who, "consultation_1")
	v, other := server.signedIn(t, who), server.signedIn(t, who)
	server.stale()
	fresh := "nouvelle." + strings.ToLower(who.Username) + "@exemple.test"
	v.asksEmail(fresh).asksWho().proves(secret).want(http.StatusSeeOther).follow().want(http.StatusOK).sees(fresh, "attend d'être confirmée", "Garder l'adresse actuelle")
	if emailOf(t, who) != who.Email {
		t.Fatal("it counts already")
	}
	server.letter(t, who.Email, "Changement de courriel demandé")
	path := pathIn(t, server.letter(t, fresh, "Confirmez votre nouveau courriel"))
	stranger := server.visitor(t)
	page := stranger.get(path).want(http.StatusSeeOther).follow().want(http.StatusOK).sees(fresh, who.Username)
	if emailOf(t, who) != who.Email {
		t.Fatal("opening the link changed it")
	}
	page.form("/link").send().want(http.StatusSeeOther).follow().want(http.StatusOK).sees("Votre courriel est changé, et toutes vos sessions sont fermées")
	if emailOf(t, who) != fresh {
		t.Fatal("it was not changed")
	}
	for _, in := range []*place.Place{p, q} {
		if got := query[string](t, `select email || ' ' || search from resource where tenant_id = $1 and account_id = $2`, in.ID, who.Account); strings.Count(got, "nouvelle") != 2 {
			t.Errorf("the place has %q", got)
		}
		if n := query[int](t, `select count(*)::int from journal where tenant_id = $1 and act = 'account.email' and actor = $2 and facts->'after'->>'email' = $3`, in.ID, who.Account, fresh); n != 1 {
			t.Errorf("its journal has %d lines", n)
		}
		if broken := query[int](t, `select count(*)::int from journal_broken($1)`, in.ID); broken != 0 {
			t.Error("its chain is broken")
		}
	}
	for _, open := range []*visitor{v, other} {
		open.get("/account").want(http.StatusSeeOther)
	}
	server.letter(t, who.Email, "Le courriel de votre compte a été changé")
	server.letter(t, fresh, "Le courriel de votre compte a été changé")
	stranger.get(path).follow().want(http.StatusGone).sees("Cette adresse a déjà été confirmée")
	server.visitor(t).enter(fresh, secret).want(http.StatusSeeOther)
	server.visitor(t).enter(who.Email, secret).want(http.StatusUnprocessableEntity)
	pilot := server.signedIn(t, p.Pilot)
	pilot.get("/p/" + p.Number + "/people?q=" + url.QueryEscape(fresh)).want(http.StatusOK).sees(fresh)
	pilot.get("/p/" + p.Number + "/journal").want(http.StatusOK).sees("a changé son courriel")
}

// Codes may go to the new address: a password, on a device that is taken at its
// word, is not enough.
func TestF6AnAddressIsChangedByWhoShowsASecondFactor(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	remembers(t, p, 7)
	who := someone(t, p, "consultation_1")
	withCodes(t, who, "sms")
	v := server.visitor(t)
	v.showsCode(server, who, 1, "1")
	v.post("/signout", url.Values{})
	server.clock.Advance(2 * time.Minute)
	v.enter(who.Username, secret).want(http.StatusSeeOther)
	fresh := "autre." + strings.ToLower(who.Username) + "@exemple.test"
	pending := func() string {
		return query[string](t, `select coalesce(pending_email, '') from identity.account where id = $1`, who.Account)
	}
	asked := v.asksEmail(fresh).asksWho()
	if asked.formWith("proof_code", "") == nil || pending() != "" {
		t.Fatalf("no code is asked for, and %q is:\n%s", pending(), asked.text())
	}
	sent := asked.formWith("proof_code", "").with("proof_send", "1").send().want(http.StatusOK).sees("un code")
	code, _ := server.textedCode(t, who, 2)
	sent.showsCode(secret, code).want(http.StatusSeeOther)
	if pending() != fresh {
		t.Errorf("%q is asked for", pending())
	}
}

func TestWhatWasAskedForIsTakenBack(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	v := server.signedIn(t, who)
	fresh := "reprise." + strings.ToLower(who.Username) + "@exemple.test"
	page := v.asksEmail(fresh).want(http.StatusSeeOther).follow()
	path := pathIn(t, server.letter(t, fresh, "Confirmez votre nouveau courriel"))
	page.form("/account/email/keep").send().want(http.StatusSeeOther).follow().want(http.StatusOK).sees("Votre courriel reste le même")
	v.post("/account/email/keep", url.Values{}).want(http.StatusSeeOther)
	server.visitor(t).get(path).follow().want(http.StatusGone)
	if emailOf(t, who) != who.Email {
		t.Error("it was changed")
	}
}

func TestAnAddressThatIsNoneOrNotFreeChangesNothing(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who, owner := someone(t, p, "consultation_1"), someone(t, p, "consultation_1")
	v := server.signedIn(t, who)
	for typed, said := range map[string]string{
		"":                                    "",
		"sans arobase":                        "",
		"a@b.test, c@d.test":                  "",
		strings.ToUpper(who.Email):            "déjà la vôtre",
		"x@exemple.test\r\nBcc: y@z.test":     "",
		strings.Repeat("x", 300) + "@ex.test": "",
	} {
		v.post("/account/email", url.Values{"email": {typed}}).want(http.StatusUnprocessableEntity, http.StatusConflict).sees(said)
	}
	v.post("/account/email", url.Values{"email": {"un@exemple.test", "deux@exemple.test"}}).want(http.StatusUnprocessableEntity)
	// Whether it is someone else's is told to who reads its mail, and to nobody else.
	free := "libre." + strings.ToLower(who.Username) + "@exemple.test"
	a := v.asksEmail(free).want(http.StatusSeeOther)
	toFree := server.letter(t, free, "Confirmez votre nouveau courriel") // none is sent once another address was asked for
	b := v.asksEmail(owner.Email).want(http.StatusSeeOther)
	if a.header.Get("Location") != b.header.Get("Location") {
		t.Error("an address that is taken is answered otherwise")
	}
	server.visitor(t).get(pathIn(t, toFree)).follow().want(http.StatusGone)
	page := server.visitor(t).get(pathIn(t, server.letter(t, owner.Email, "Confirmez votre nouveau courriel"))).follow().want(http.StatusOK)
	page.form("/link").send().want(http.StatusConflict).sees("sert déjà à un autre compte")
	if emailOf(t, who) != who.Email {
		t.Error("it was changed")
	}
	for range 3 {
		v.asksEmail(free)
	}
	v.asksEmail(free).want(http.StatusTooManyRequests).sees("Trop d'adresses demandées")
}

func TestOfManyWhoConfirmAtOnceOneDoes(t *testing.T) {
	t.Parallel()
	one, two := start(t), start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	fresh := "course." + strings.ToLower(who.Username) + "@exemple.test"
	one.signedIn(t, who).asksEmail(fresh).want(http.StatusSeeOther)
	var path string
	eventually(t, "the link", func() bool {
		for _, l := range append(one.letters(t, fresh), two.letters(t, fresh)...) {
			path = linkIn.FindString(l.Text)
		}
		return path != ""
	})
	var all sync.WaitGroup
	answers := make([]int, 20)
	for i := range answers {
		v := []*server{one, two}[i%2].visitor(t)
		v.get(path)
		all.Go(func() {
			if a, err := v.try("POST", "/link", url.Values{}); err == nil {
				answers[i] = a.status
			}
		})
	}
	all.Wait()
	if n := len(slices.DeleteFunc(answers, func(s int) bool { return s != http.StatusSeeOther })); n != 1 {
		t.Errorf("%d confirmed it", n)
	}
	if n := query[int](t, `select count(*)::int from journal where tenant_id = $1 and act = 'account.email'`, p.ID); n != 1 {
		t.Errorf("%d lines of the journal", n)
	}
}

func TestALinkOfAnAddressIsGoodForADay(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	fresh := "tard." + strings.ToLower(who.Username) + "@exemple.test"
	server.signedIn(t, who).asksEmail(fresh).want(http.StatusSeeOther)
	path := pathIn(t, server.letter(t, fresh, "Confirmez votre nouveau courriel"))
	if left := query[float64](t, `select extract(epoch from expires_at - created_at)::float8 from identity.token where account_id = $1 and purpose = 'email'`, who.Account); left != (24 * time.Hour).Seconds() {
		t.Errorf("it holds for %v seconds", left)
	}
	if _, err := pgtest.Super(t).Exec(t.Context(), `update identity.token set expires_at = $2 where account_id = $1`, who.Account, server.clock.Now()); err != nil {
		t.Fatal(err)
	}
	server.visitor(t).get(path).follow().want(http.StatusGone).sees("valable jusqu'au")
}

// What left for the address before is of no use once there is another.
func TestAnotherAddressVoidsWhatLeftForTheOneBefore(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	fresh := "neuf." + strings.ToLower(who.Username) + "@exemple.test"
	temporary := withTemporary(t, server, p, who)
	server.signedIn(t, who).asksEmail(fresh).want(http.StatusSeeOther)
	page := server.visitor(t).get(pathIn(t, server.letter(t, fresh, "Confirmez votre nouveau courriel"))).follow()
	page.form("/link").send().want(http.StatusSeeOther)
	server.visitor(t).enter(who.Username, temporary).want(http.StatusUnprocessableEntity)
	if n := query[int](t, `select count(*)::int from identity.token where account_id = $1 and used_at is null and voided_at is null`, who.Account); n != 0 {
		t.Errorf("%d secrets still open something", n)
	}
}

func TestASessionSaysWhichPlacesItCameTo(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, q := ourPlace(t), ourPlace(t)
	who := someone(t, p, "consultation_1")
	q.Join(t, who, "consultation_1")
	v := server.signedIn(t, who)
	v.get("/p/" + p.Number + "/").want(http.StatusOK)
	text := v.get("/account").want(http.StatusOK).text()
	_, sessions, _ := strings.Cut(text, "Sessions ouvertes")
	if !strings.Contains(sessions, "Place "+p.Number) || strings.Contains(sessions, "Place "+q.Number) {
		t.Errorf("it says %s", sessions)
	}
}
