package e2e_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/secret/password"
	"habilis/internal/secret/token"
)

// withTemporary gives a person a temporary password that lives for a day.
func withTemporary(t testing.TB, s *server, p *place.Place, who place.Person) string {
	t.Helper()
	plain := password.Temporary()
	hash := token.HashOf(plain)
	_, err := pgtest.Super(t).Exec(t.Context(), `
insert into identity.token (hash, purpose, account_id, tenant_id, created_at, expires_at) values ($1, 'temporary_password', $2, $3, $4, $5)`,
		hash[:], who.Account, p.ID, s.clock.Now(), s.clock.Now().Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func TestSignInSaysTheSameOfEverybodyItRefuses(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	known := someone(t, p, "consultation_1")
	archived := someone(t, p, "consultation_1")
	p.Archive(t, archived)
	fresh := p.Person(t, "consultation_1") // never chose a password
	stale := withTemporary(t, server, p, archived)
	var want string
	for what, try := range map[string][2]string{
		"a wrong password":               {known.Username, "ce n'est pas le bon mot"},
		"a wrong password for an e-mail": {known.Email, "ce n'est pas le bon mot"},
		"the wrong capitals":             {strings.ToUpper(known.Username), secret},
		"an unknown name":                {"Personne404", secret},
		"an unknown e-mail":              {"personne@exemple.test", secret},
		"archived, right password":       {archived.Username, secret},
		"archived, a temporary password": {archived.Username, stale},
		"never activated":                {fresh.Username, secret},
		"no password":                    {known.Username, ""},
		"no name":                        {"", ""},
		"a very long password":           {known.Username, strings.Repeat("long ", 2000)},
		"what is not an e-mail":          {"@@@", secret},
		"an SQL joker":                   {"%", secret},
	} {
		v := server.visitor(t)
		a := v.post("/signin", url.Values{"login": {try[0]}, "password": {try[1]}})
		got := same(a, "")
		if try[0] != "" {
			got = strings.ReplaceAll(got, `value="`+try[0]+`"`, `value=""`)
		}
		if want == "" {
			want = got
		}
		if a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: answers %d", what, a.status)
		}
		if got != want {
			t.Errorf("%s: answers differently:\n%s", what, differences(want, got))
		}
		if strings.Contains(a.body, secret) || strings.Contains(a.body, stale) {
			t.Errorf("%s: the password is on the page", what)
		}
		if v.session() != "" {
			t.Errorf("%s: gave a session", what)
		}
	}
}

func TestTooManyTriesAreAnsweredLikeAWrongPasswordAndDelayTheRightOneFromThereAlone(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	thief := server.visitor(t)
	var first string
	for range 12 {
		a := thief.post("/signin", url.Values{"login": {who.Username}, "password": {"faux"}})
		if first == "" {
			first = same(a, "")
		}
		if got := same(a, ""); got != first {
			t.Fatalf("the answer changes as tries go on:\n%s", differences(first, got))
		}
	}
	if a := thief.enter(who.Username, secret); a.status != http.StatusUnprocessableEntity {
		t.Errorf("the right password after many wrong ones answers %d", a.status)
	}
	server.clock.Advance(20 * time.Minute)
	thief.enter(who.Username, secret).want(http.StatusSeeOther)
}

func TestTheSessionIsAnotherAfterEachStep(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1", "booking")
	v := server.signedIn(t, p.Pilot) // someone else's, before signing in
	before := v.session()
	v.post("/signin", url.Values{"login": {who.Username}, "password": {secret}}).want(http.StatusSeeOther)
	signedIn := v.session()
	v.post("/p/"+p.Number+"/hat", url.Values{"role": {p.Role(t, "booking").String()}}).want(http.StatusSeeOther)
	worn := v.session()
	if before == "" || signedIn == before || worn == signedIn || worn == "" {
		t.Errorf("sessions: %q, signed in %q, another hat %q", before, signedIn, worn)
	}
	for what, old := range map[string]string{"before sign-in": before, "before the hat": signedIn} {
		stolen := server.visitor(t)
		stolen.jar.kept["__Host-habilis"] = old
		if a := stolen.get("/p/" + p.Number + "/"); a.status != http.StatusSeeOther {
			t.Errorf("the session of %s still answers %d", what, a.status)
		}
	}
	if n := query[int](t, `select count(*) from identity.session where token = any ($1)`, []string{before, signedIn, worn}); n > 0 {
		t.Error("a session's cookie is in the database as it is")
	}
}

func TestTheCookieIsOnlyForThisSiteAndNotForScripts(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	v := server.visitor(t)
	a := v.enter(p.Pilot.Username, secret)
	var names []string
	for _, cookie := range a.header.Values("Set-Cookie") {
		name, _, _ := strings.Cut(cookie, "=")
		names = append(names, name)
		for _, want := range []string{"Path=/", "HttpOnly", "Secure", "SameSite=Lax"} {
			if !strings.Contains(cookie, want) {
				t.Errorf("the cookie %q lacks %s", cookie, want)
			}
		}
		if strings.Contains(cookie, "Domain") {
			t.Errorf("the cookie %q is for other hosts too", cookie)
		}
	}
	slices.Sort(names)
	if want := []string{"__Host-habilis", "__Host-habilis-device"}; !slices.Equal(names, want) {
		t.Errorf("the cookies are %v, want %v", names, want)
	}
}

func TestSigningOutIsAPostAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	v := server.signedIn(t, p.Pilot)
	old := v.session()
	if a := v.get("/signout"); a.status == http.StatusSeeOther || a.status == http.StatusOK {
		t.Errorf("GET /signout answers %d", a.status)
	}
	page := v.get("/p/" + p.Number + "/people").want(http.StatusOK)
	if got := page.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("a page may be kept: %q", got)
	}
	v.post("/signout", url.Values{}).want(http.StatusSeeOther)
	v.jar.kept["__Host-habilis"] = old
	v.get("/p/" + p.Number + "/people").want(http.StatusSeeOther)
}

func TestWhatIsSentAfterTheSessionEndedIsSaidToBeLost(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	v := server.signedIn(t, p.Pilot)
	list := "/p/" + p.Number + "/people"
	form := v.get(list+"/new").want(http.StatusOK).form("/people").with("family", "Roy")
	v.post("/signout", url.Values{}).want(http.StatusSeeOther)
	const lost = "rien n'a été enregistré"
	form.send().want(http.StatusSeeOther).follow().want(http.StatusOK).sees(lost)
	if strings.Contains(v.get(list).want(http.StatusSeeOther).follow().text(), lost) {
		t.Error("a link that was only followed is said to have lost something")
	}
}

func TestSessionsEndWithThePlaceOnBothReplicasAtTheNextRequest(t *testing.T) {
	t.Parallel()
	one, two := start(t), start(t)
	p := ourPlace(t)
	who := someone(t, p, "coordination")
	v := one.signedIn(t, who)
	path := "/p/" + p.Number + "/people"
	v.get(path).want(http.StatusOK)
	v.at(two).get(path).want(http.StatusOK)
	p.Archive(t, who)
	for name, s := range map[string]*server{"one": one, "two": two} {
		if a := v.at(s).get(path); a.status == http.StatusOK {
			t.Errorf("replica %s still answers someone archived", name)
		}
	}
}

func TestANewPasswordEndsTheOtherSessionsOnBothReplicas(t *testing.T) {
	t.Parallel()
	one, two := start(t), start(t)
	p := ourPlace(t)
	who := someone(t, p, "coordination")
	old := one.signedIn(t, who)
	plain := withTemporary(t, one, p, who)
	fresh := two.visitor(t)
	fresh.enter(who.Username, plain).want(http.StatusSeeOther).follow().form("/signin/choose").
		with("password", "quatre canots verts, deux pagaies", "again", "quatre canots verts, deux pagaies").send().want(http.StatusSeeOther).follow().want(http.StatusOK)
	for name, s := range map[string]*server{"one": one, "two": two} {
		if a := old.at(s).get("/p/" + p.Number + "/people"); a.status != http.StatusSeeOther {
			t.Errorf("replica %s still answers the old session: %d", name, a.status)
		}
	}
	fresh.get("/p/" + p.Number + "/people").want(http.StatusOK)
}

func TestASessionEndsWhenIdleAndAfterTwelveHours(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	path := "/p/" + p.Number + "/people"
	idle := server.signedIn(t, p.Pilot)
	server.clock.Advance(29 * time.Minute)
	idle.get(path).want(http.StatusOK)
	server.clock.Advance(29 * time.Minute)
	idle.get(path).want(http.StatusOK)
	server.clock.Advance(31 * time.Minute)
	idle.get(path).want(http.StatusSeeOther)
}

func TestOfFiftySimultaneousUsesOfATemporaryPasswordOneWins(t *testing.T) {
	t.Parallel()
	const tries = 50
	one, two := start(t), start(t)
	p := ourPlace(t)
	who := p.Person(t, "consultation_1")
	plain := withTemporary(t, one, p, who)
	var won, lost atomic.Int64
	var wg sync.WaitGroup
	for i := range tries {
		wg.Go(func() {
			v := []*server{one, two}[i%2].visitor(t)
			a, err := v.try("POST", "/signin", url.Values{"login": {who.Username}, "password": {plain}})
			switch {
			case err != nil:
				t.Error(err)
			case a.status == http.StatusSeeOther:
				won.Add(1)
			default:
				lost.Add(1)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of %d were let in", won.Load(), won.Load()+lost.Load())
	}
}

func TestATemporaryPasswordOpensOnlyTheChoiceOfOnesOwn(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := p.Person(t, "pilot")
	plain := withTemporary(t, server, p, who)
	v := server.visitor(t)
	v.enter(who.Username, strings.ToLower(plain)).want(http.StatusSeeOther)
	for _, path := range []string{"/p/" + p.Number + "/", "/p/" + p.Number + "/people", "/places", "/support"} {
		if a := v.get(path); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/signin") {
			t.Errorf("%s answers %d", path, a.status)
		}
	}
	for what, pair := range map[string][2]string{
		"the temporary one":  {plain, plain},
		"a short one":        {"court", "court"},
		"a common one":       {"motdepasse123", "motdepasse123"},
		"their own name":     {who.Family + " " + who.Family, who.Family + " " + who.Family},
		"two different ones": {"quatre canots verts, deux pagaies", "quatre canots verts, trois pagaies"},
		"the place's name":   {"Place " + p.Number + " Habilis Habilis", "Place " + p.Number + " Habilis Habilis"},
	} {
		a := v.get("/signin/choose").form("/signin/choose").with("password", pair[0], "again", pair[1]).send()
		if a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s answers %d", what, a.status)
		}
		if strings.Contains(a.body, pair[0]) {
			t.Errorf("%s is on the page", what)
		}
	}
	v.get("/signin/choose").form("/signin/choose").
		with("password", "quatre canots verts, deux pagaies", "again", "quatre canots verts, deux pagaies").send().want(http.StatusSeeOther)
	v.get("/p/" + p.Number + "/people").want(http.StatusOK)
	if a := server.visitor(t).enter(who.Username, plain); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a used temporary password answers %d", a.status)
	}
}

func TestATemporaryPasswordDiesWithTimeAndWithTheNextOne(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	late := p.Person(t, "consultation_1")
	plain := withTemporary(t, server, p, late)
	server.clock.Advance(24*time.Hour + time.Second)
	if a := server.visitor(t).enter(late.Username, plain); a.status != http.StatusUnprocessableEntity {
		t.Errorf("after a day it answers %d", a.status)
	}
}

func TestATemporaryPasswordIsOnesOwn(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	hers, his := p.Person(t, "consultation_1"), p.Person(t, "consultation_1")
	plain := withTemporary(t, server, p, hers)
	if a := server.visitor(t).enter(his.Username, plain); a.status != http.StatusUnprocessableEntity {
		t.Errorf("another person's answers %d", a.status)
	}
	server.visitor(t).enter(hers.Username, plain).want(http.StatusSeeOther)
}

func TestPostsFromOtherSitesAreRefusedSignInIncluded(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := server.signedIn(t, p.Pilot)
	for what, header := range map[string]http.Header{
		"another site":     {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://ailleurs.example"}},
		"a sibling":        {"Sec-Fetch-Site": {"same-site"}, "Origin": {"https://autre.exemple.test"}},
		"an old browser":   {"Origin": {"https://ailleurs.example"}},
		"an opaque origin": {"Origin": {"null"}},
	} {
		for _, path := range []string{"/signin", "/signout", "/language", "/p/" + p.Number + "/people", "/p/" + p.Number + "/settings", "/p/" + p.Number + "/hat"} {
			v := *who
			v.header = header
			if a := v.post(path, url.Values{"login": {p.Pilot.Username}, "password": {secret}}); a.status != http.StatusForbidden {
				t.Errorf("%s: %s answers %d", what, path, a.status)
			}
		}
	}
	who.header.Set("Sec-Fetch-Site", "same-origin")
	who.post("/p/"+p.Number+"/hat", url.Values{"role": {uuid.Nil.String()}}).want(http.StatusSeeOther)
}

func TestNextLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	for _, next := range []string{
		"https://ailleurs.example/", "//ailleurs.example", "/\\ailleurs.example", "\\\\ailleurs.example", "/\t/ailleurs.example",
		"javascript:alert(1)", "http:ailleurs.example", "///ailleurs.example", "/%0d%0aX-A:b", "/\r\nSet-Cookie: a=b", " //ailleurs.example", "/.//ailleurs.example",
	} {
		for _, step := range []func(*visitor) *answer{
			func(v *visitor) *answer {
				return v.post("/signin", url.Values{"login": {p.Pilot.Username}, "password": {secret}, "next": {next}})
			},
			func(v *visitor) *answer { return v.get("/signin?next=" + url.QueryEscape(next)) },
			func(v *visitor) *answer { return v.post("/language", url.Values{"locale": {"fr-CA"}, "next": {next}}) },
		} {
			v := server.visitor(t)
			a := step(v)
			for hops := 0; a.status == http.StatusSeeOther && hops < 5; hops++ {
				to, err := url.Parse(a.header.Get("Location"))
				if err != nil || to.Host != "" || to.Scheme != "" || strings.HasPrefix(to.Path, "//") || strings.Contains(to.Path, "\\") {
					t.Errorf("next=%q leads to %q", next, a.header.Get("Location"))
					break
				}
				a = v.get(a.header.Get("Location"))
			}
		}
	}
}

func TestASecondFactorThatIsAskedForLaterHoldsForPresentSessions(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	v := server.signedIn(t, p.Pilot)
	path := "/p/" + p.Number + "/people"
	v.get(path).want(http.StatusOK)
	_, err := pgtest.Super(t).Exec(t.Context(), `update tenant set policies = policies || '{"second_factor": "everyone"}' where tenant_id = $1`, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	a := v.get(path).want(http.StatusSeeOther).follow().want(http.StatusOK)
	a.sees("Protégez votre compte")
	v.get("/places").want(http.StatusSeeOther)
}

func TestWhoComesToChangeThePortalByHandIsAskedForASecondFactor(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := place.Of(t, "clinic") // asks by roles
	who := someone(t, p, "clinician")
	v := server.signedIn(t, who)
	home := "/p/" + p.Number + "/"
	v.get(home).want(http.StatusOK)
	p.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `
insert into override (tenant_id, resource_id, area, view, edit, view_ok, edit_ok, since, by_kind)
select tenant_id, $1, area, 3, 3, view_ok, edit_ok, $2, 'console' from area where area = 'roles'`, who.Resource, v.Now)
		return err
	})
	for what, a := range map[string]*answer{"the session at work": v.get(home), "a new one": server.visitor(t).enter(who.Username, secret)} {
		if a = a.follow(); a.path != "/signin/enrol" {
			t.Errorf("%s comes to %s: %s", what, a.path, a.text())
		}
	}
}
