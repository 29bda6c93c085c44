package e2e_test

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"habilis/internal/mail"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

const fresh = "huit grèbes blancs et un quai de bois"

// linkIn is the path of the link in a mail, which must be the configured portal's.
func (s *server) linkIn(t testing.TB, letter *mail.Kept) string {
	t.Helper()
	for _, found := range address.FindAllString(letter.Text, -1) {
		if path, ours := strings.CutPrefix(found, s.URL()); ours && strings.HasPrefix(path, "/link/") {
			return path
		}
	}
	t.Fatalf("no link of %s in the mail:\n%s", s.URL(), letter.Text)
	return ""
}

// waiting is someone whom a place has yet to let in.
func waiting(t testing.TB, p *place.Place, roles ...string) place.Person {
	t.Helper()
	who := p.Person(t, roles...)
	if _, err := pgtest.Super(t).Exec(t.Context(), `update resource set state = 'pending' where id = $1`, who.Resource); err != nil {
		t.Fatal(err)
	}
	return who
}

// activates makes a place let new people in by activation.
func activates(t testing.TB, p *place.Place) {
	t.Helper()
	_, err := pgtest.Super(t).Exec(t.Context(), `update tenant set policies = policies || '{"first_access": "activation"}' where tenant_id = $1`, p.ID)
	if err != nil {
		t.Fatal(err)
	}
}

// unhurried forgets what was asked for from this machine, which is everybody's here.
func unhurried(t testing.TB) {
	t.Helper()
	if _, err := pgtest.Super(t).Exec(t.Context(), `delete from identity.throttle where key like 'links:%'`); err != nil {
		t.Fatal(err)
	}
}

// forgets asks for a link.
func (v *visitor) forgets(login string) *answer {
	v.t.Helper()
	return v.get("/signin/forgot").want(http.StatusOK).form("/signin/forgot").with("login", login).send()
}

// resetLink is a link that someone asked for and got.
func (s *server) resetLink(t testing.TB, who place.Person) string {
	t.Helper()
	unhurried(t)
	s.visitor(t).forgets(who.Username).want(http.StatusSeeOther)
	return s.linkIn(t, s.letter(t, who.Email, "Choisissez un autre mot de passe"))
}

func TestAForgottenPasswordIsAnsweredTheSameForEverybody(t *testing.T) {
	t.Parallel()
	unhurried(t)
	server := start(t)
	p := ourPlace(t)
	known, archived, never, silent, operating := someone(t, p, "booking"), someone(t, p, "booking"), waiting(t, p, "booking"), someone(t, p, "booking"), someone(t, p, "booking")
	p.Archive(t, archived)
	for _, sql := range []string{
		`update identity.account set email = null, email_key = null where id = '` + silent.Account.String() + `'`,
		`insert into identity.operator values ('` + operating.Account.String() + `', now())`,
	} {
		if _, err := pgtest.Super(t).Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	var want string
	for what, login := range map[string]string{
		"a user name": known.Username, "an e-mail": known.Email, "unknown": "Personne404", "an unknown e-mail": "personne404@exemple.test",
		"archived": archived.Username, "never activated": never.Email, "without e-mail": silent.Username, "an operator": operating.Email,
		"what is not an e-mail": "@@@", "an SQL joker": "%", "a long one": strings.Repeat("x", 250),
	} {
		v := server.visitor(t)
		v.get("/signin/forgot")
		a := v.post("/signin/forgot", url.Values{"login": {login}}).want(http.StatusSeeOther)
		got := same(a, "") + same(a.follow(), "")
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%s: answers differently:\n%s", what, differences(want, got))
		}
		if v.session() != "" {
			t.Errorf("%s: gave a session", what)
		}
	}
	server.letter(t, known.Email, "Choisissez un autre mot de passe")
	server.letter(t, operating.Email, "Choisissez un autre mot de passe")
	temporaryIn(t, server.letter(t, never.Email, "mot de passe temporaire"))
	if got := server.letters(t, archived.Email); len(got) != 0 {
		t.Errorf("an archived person got %q", got[0].Subject)
	}
}

func TestWhoAsksForLinkAfterLinkGetsFewAndOneThatWorks(t *testing.T) {
	t.Parallel()
	unhurried(t)
	server := start(t)
	p := ourPlace(t)
	known := someone(t, p, "booking")
	for range 8 {
		server.visitor(t).forgets(known.Email).want(http.StatusSeeOther)
	}
	eventually(t, "the last question to be answered", func() bool {
		return query[int](t, `select count(*) from river.river_job where queue in ('forgotten', 'mail') and state not in ('completed', 'cancelled')`) == 0
	})
	got := server.letters(t, known.Email)
	if len(got) != 3 {
		t.Errorf("%d letters", len(got))
	}
	v, live := server.visitor(t), 0
	for _, letter := range got {
		if a := v.get(server.linkIn(t, letter)).follow(); a.status == http.StatusOK {
			live++
		} else {
			a.want(http.StatusGone).sees("Un lien plus récent")
		}
	}
	if live != 1 {
		t.Errorf("%d links work", live)
	}
	for range 70 { // an address that floods is told to wait
		if server.visitor(t).forgets("quiconque").status == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("an address may ask without end")
}

func TestAResetEndsAllSessionsSignsNobodyInAndSkipsNoFactor(t *testing.T) {
	t.Parallel()
	here := start(t)
	p := ourPlace(t)
	known := someone(t, p, "booking")
	demandFactor(t, p)
	old := here.visitor(t)
	after, _, _ := enrol(t, old.enter(known.Username, secret).follow())
	after.follow().want(http.StatusOK)
	path := here.resetLink(t, known)
	there := start(t)
	v := here.visitor(t)
	opened := v.get(path).want(http.StatusSeeOther)
	if to := opened.header.Get("Location"); to != "/link" || opened.header.Get("Referrer-Policy") != "no-referrer" || opened.header.Get("Cache-Control") != "no-store" {
		t.Errorf("opening a link leads to %q under %v", to, opened.header)
	}
	page := opened.follow().want(http.StatusOK)
	page.sees(known.Username, "Votre mot de passe actuel vaut jusqu")
	page.form("/link").with("password", "court", "again", "court").send().want(http.StatusUnprocessableEntity).sees("caractères")
	done := v.get("/link").form("/link").with("password", fresh, "again", fresh).send().want(http.StatusSeeOther)
	signIn := done.follow().want(http.StatusOK)
	signIn.sees("Votre nouveau mot de passe est enregistré")
	if signIn.path != "/signin?reset=1" {
		t.Errorf("a reset leads to %s", signIn.path)
	}
	for _, s := range []*server{here, there} {
		if a := old.at(s).get("/p/" + p.Number + "/"); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/signin") {
			t.Errorf("a session goes on: %d, to %s", a.status, a.header.Get("Location"))
		}
	}
	eventually(t, "a mail that tells of it", func() bool { return len(here.letters(t, known.Email))+len(there.letters(t, known.Email)) == 3 })
	v.get(path).follow().want(http.StatusGone).sees("Il a déjà servi")
	here.visitor(t).enter(known.Username, secret).want(http.StatusUnprocessableEntity)
	if to := here.visitor(t).enter(known.Username, fresh).want(http.StatusSeeOther).header.Get("Location"); to != "/signin/factor" {
		t.Errorf("the second factor is skipped: %s", to)
	}
	if n := query[int](t, `select count(*) from identity.account where id = $1 and password_mailbox = email_key`, known.Account); n != 1 {
		t.Error("the password does not remember the mailbox that set it")
	}
}

func TestOfFiftyWhoPostALinkAtOnceOnTwoServersOneWins(t *testing.T) {
	t.Parallel()
	one := start(t)
	p := ourPlace(t)
	path := one.resetLink(t, someone(t, p, "booking"))
	two := start(t)
	var won atomic.Int64
	var all sync.WaitGroup
	for i := range 50 {
		v := []*server{one, two}[i%2].visitor(t)
		v.get(path).want(http.StatusSeeOther)
		all.Go(func() {
			a, err := v.try("POST", "/link", url.Values{"password": {fresh}, "again": {fresh}})
			if err != nil {
				t.Error(err)
				return
			}
			switch a.status {
			case http.StatusSeeOther:
				won.Add(1)
			case http.StatusGone, http.StatusServiceUnavailable, http.StatusTooManyRequests:
			default:
				t.Errorf("answered %d", a.status)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d won", won.Load())
	}
}

func TestLookingAtALinkUsesNothingUp(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	path := server.resetLink(t, someone(t, p, "booking"))
	for _, method := range []string{"HEAD", "GET", "OPTIONS", "GET"} {
		scanner := server.visitor(t)
		scanner.send(method, path, nil)
		scanner.get("/link")
	}
	if a := server.visitor(t).post(path, url.Values{"password": {fresh}, "again": {fresh}}); a.status < 400 {
		t.Errorf("posting to the link itself answers %d", a.status)
	}
	server.visitor(t).get(path).follow().want(http.StatusOK)
	v := server.visitor(t)
	v.get("/link/" + strings.Repeat("A", 43)).follow().want(http.StatusGone).sees("incomplet")
	if v.session() != "" {
		t.Error("a stranger got a session for no link")
	}
	server.clock.Advance(61 * time.Minute)
	server.visitor(t).get(path).follow().want(http.StatusGone).sees("Il était valable jusqu")
}

func TestALinkIsNotMixedWithAnotherAccountsSession(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	known, other := someone(t, p, "booking"), someone(t, p, "booking")
	path := server.resetLink(t, known)
	v := server.signedIn(t, other)
	page := v.get(path).follow().want(http.StatusConflict)
	page.sees("Une autre personne est connectée ici", other.Family, known.Family)
	v.post("/link", url.Values{"password": {fresh}, "again": {fresh}}).want(http.StatusConflict)
	v.get("/p/" + p.Number + "/").want(http.StatusOK)
	page.form("/link/signout").send().follow().want(http.StatusOK).sees(known.Username)
	v.get("/p/" + p.Number + "/").want(http.StatusSeeOther)
}

func TestADeadLinkOffersAnotherToTheAddressOnFile(t *testing.T) {
	t.Parallel()
	unhurried(t)
	server := start(t)
	p := ourPlace(t)
	activates(t, p)
	pilot := server.signedIn(t, p.Pilot)
	never := waiting(t, p, "booking")
	sheet := pilot.get("/p/" + p.Number + "/people/" + never.Resource.String() + "/access").want(http.StatusOK)
	sheet.sees("Le courriel d'activation n'est pas parti", "Envoyer le courriel d'activation")
	sheet.form("/access/resend").send().want(http.StatusSeeOther).follow().sees("Le courriel d'activation part à")
	first := server.linkIn(t, server.letter(t, never.Email, "activez votre compte"))
	_, err := pgtest.Super(t).Exec(t.Context(), `
update identity.token set created_at = created_at - interval '73 hours', expires_at = expires_at - interval '73 hours' where account_id = $1`, never.Account)
	if err != nil {
		t.Fatal(err)
	}
	v := server.visitor(t)
	dead := v.get(first).follow().want(http.StatusGone)
	dead.sees("Recevoir un nouveau lien")
	dead.form("/link/again").send().want(http.StatusSeeOther).follow().want(http.StatusOK).sees("Regardez vos courriels")
	eventually(t, "another letter", func() bool { return len(server.letters(t, never.Email)) == 2 })
	path := server.linkIn(t, server.letters(t, never.Email)[0])
	if path == first {
		path = server.linkIn(t, server.letters(t, never.Email)[1])
	}
	v.get(first).follow().want(http.StatusGone).sees("Un lien plus récent")
	page := v.get(path).follow().want(http.StatusOK)
	page.sees("Activez votre compte", "Place "+p.Number, never.Username)
	v.get("/link")
	in := page.form("/link").with("password", fresh, "again", fresh).send().want(http.StatusSeeOther).follow().want(http.StatusOK)
	if in.path != "/p/"+p.Number+"/" {
		t.Errorf("an activation leads to %s", in.path)
	}
	// Archived: nothing is sent, and nothing is offered.
	left := waiting(t, p, "booking")
	pilot2 := server.signedIn(t, p.Pilot)
	pilot2.get("/p/" + p.Number + "/people/" + left.Resource.String() + "/access").form("/access/resend").send().want(http.StatusSeeOther)
	gone := server.linkIn(t, server.letter(t, left.Email, "activez votre compte"))
	p.Archive(t, left)
	refused := server.visitor(t).get(gone).follow().want(http.StatusGone)
	refused.sees("Vous n'avez plus accès à Place " + p.Number)
	if strings.Contains(refused.body, "/link/again") {
		t.Error("someone who left is offered another link")
	}
}

func TestLinksAreOfTheConfiguredAddressWhateverTheRequestSays(t *testing.T) {
	t.Parallel()
	unhurried(t)
	server := start(t)
	p := ourPlace(t)
	known := someone(t, p, "booking")
	v := server.visitor(t)
	v.header = http.Header{"Host": {"evil.example"}, "X-Forwarded-Host": {"evil.example"}, "Forwarded": {"host=evil.example"}, "X-Forwarded-Proto": {"https"}}
	v.post("/signin/forgot", url.Values{"login": {known.Username}})
	letter := server.letter(t, known.Email, "Choisissez un autre mot de passe")
	server.linkIn(t, letter)
	if strings.Contains(letter.HTML+letter.Text, "evil.example") {
		t.Error("a link leads where the request said")
	}
}

func TestTheSecretOfALinkIsNowhereButInTheMail(t *testing.T) {
	t.Parallel()
	unhurried(t)
	server := start(t)
	p := ourPlace(t)
	activates(t, p)
	never, known := waiting(t, p, "booking"), someone(t, p, "booking")
	server.signedIn(t, p.Pilot).get("/p/" + p.Number + "/people/" + never.Resource.String() + "/access").form("/access/resend").send()
	const misplaced = "canari-mot-de-passe-oublie-deplace"
	server.visitor(t).forgets(misplaced)
	paths := []string{server.linkIn(t, server.letter(t, never.Email, "activez votre compte")), server.resetLink(t, known)}
	secrets := []string{misplaced}
	for _, path := range paths {
		v := server.visitor(t)
		page := v.get(path).follow().want(http.StatusOK)
		page.form("/link").with("password", fresh, "again", fresh).send().want(http.StatusSeeOther)
		v.get(path + "x")
		secrets = append(secrets, strings.TrimPrefix(path, "/link/"), v.session())
		if strings.Contains(page.body, strings.TrimPrefix(path, "/link/")) {
			t.Error("the secret is on the page")
		}
	}
	written := dump(t) + server.log.String()
	for _, one := range append(secrets, fresh) {
		for _, form := range []string{one, hex.EncodeToString([]byte(one)), url.QueryEscape(one), base64.StdEncoding.EncodeToString([]byte(one))} {
			if one != "" && strings.Contains(strings.ToLower(written), strings.ToLower(form)) {
				t.Errorf("%s is written", one)
			}
		}
	}
}
