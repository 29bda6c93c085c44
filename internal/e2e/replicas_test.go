package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

// atOnce sends the same from one browser to several servers, many times at once,
// and counts what was wanted of the answers.
func atOnce(t *testing.T, v *visitor, path string, fields url.Values, wanted func(*answer) bool, servers ...*server) int {
	t.Helper()
	var got atomic.Int64
	var all sync.WaitGroup
	for i := range 24 {
		mine := v.at(servers[i%len(servers)])
		mine.jar = v.jar.copy()
		mine.client = &http.Client{Jar: mine.jar, CheckRedirect: v.client.CheckRedirect}
		all.Go(func() {
			a, err := mine.try("POST", path, fields)
			if err != nil {
				t.Error(err)
				return
			}
			if a.status >= http.StatusInternalServerError {
				t.Errorf("answered %d", a.status)
			}
			if wanted(a) {
				got.Add(1)
			}
		})
	}
	all.Wait()
	return int(got.Load())
}

// oneEach has eight sign-ins of someone come as far as the second factor, each in a
// session of its own, half of them on each server, and all show the same at once: what
// they would use up is held until several want it. It counts those that came in.
func oneEach(t *testing.T, who place.Person, shown url.Values, servers ...*server) int {
	t.Helper()
	const sessions = 8
	var halfway []*visitor
	for i := range sessions {
		unhurriedCodes(t)
		v := servers[i%len(servers)].visitor(t)
		if at := v.enter(who.Username, secret).want(http.StatusSeeOther).follow(); at.path != "/signin/factor" {
			t.Fatalf("comes to %s", at.path)
		}
		halfway = append(halfway, v)
	}
	unhurriedCodes(t)
	held, err := pgtest.Super(t).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Rollback(t.Context()) }()
	_, err = held.Exec(t.Context(), `
with apps as (select from identity.factor where account_id = $1 for update), codes as (select from identity.recovery_code where account_id = $1 for update)
select (select count(*) from apps) + (select count(*) from codes)`, who.Account)
	if err != nil {
		t.Fatal(err)
	}
	var got atomic.Int32
	var all sync.WaitGroup
	for _, v := range halfway {
		all.Go(func() {
			a, err := v.try(http.MethodPost, "/signin/factor", shown)
			if err != nil {
				t.Error(err)
				return
			}
			if in(a) {
				got.Add(1)
			}
		})
	}
	eventually(t, "several that want what can be used once", func() bool {
		return query[int](t, `select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`) >= 4
	})
	if err := held.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	return int(got.Load())
}

func in(a *answer) bool { return a.status == http.StatusSeeOther && a.header.Get("Location") == "/" }

func TestF1AndF7OfManyUsesOfACodeOnTwoServersOneWins(t *testing.T) {
	t.Parallel()
	one, two := start(t), start(t)
	p := ourPlace(t)
	demandFactor(t, p)
	who := someone(t, p, "consultation_1")
	after, key, recovery := enrol(t, one.signedIn(t, who).get("/signin/enrol"))
	after.want(http.StatusSeeOther)
	one.clock.Advance(2 * time.Minute)
	two.clock.Advance(2 * time.Minute)
	for method, code := range map[string]string{"totp": oath(t, one.clock.Now(), key), "recovery": recovery[0]} {
		if won := oneEach(t, who, url.Values{"method": {method}, "code": {code}}, one, two); won != 1 {
			t.Errorf("%s: %d sign-ins were let in by one code", method, won)
		}
		again := two.visitor(t)
		unhurriedCodes(t)
		again.enter(who.Username, secret).want(http.StatusSeeOther)
		if a := again.post("/signin/factor", url.Values{"method": {method}, "code": {code}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: once more it answers %d", method, a.status)
		}
	}
	if n := query[int](t, `select count(*) from identity.recovery_code where account_id = $1 and used_at is not null`, who.Account); n != 1 {
		t.Errorf("%d recovery codes are used up", n)
	}
}

// unhurriedCodes forgets the wrong codes.
func unhurriedCodes(t testing.TB) {
	t.Helper()
	if _, err := pgtest.Super(t).Exec(t.Context(), `delete from identity.throttle where key like 'factor:%'`); err != nil {
		t.Fatal(err)
	}
}

// Whoever sets up an app from two windows at once is shown one list of recovery
// codes, and it is the one that counts.
func TestF6OfManyWhoSetUpOneAppOnTwoServersOneIsShownTheCodesThatCount(t *testing.T) {
	t.Parallel()
	one, two := start(t), start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	elsewhere := two.signedIn(t, who)
	v := one.signedIn(t, who)
	demandFactor(t, p)
	page := v.get("/p/" + p.Number + "/").follow().want(http.StatusOK)
	if page.path != "/signin/enrol" {
		t.Fatalf("comes to %s", page.path)
	}
	key := strings.ReplaceAll(shownSecret.FindStringSubmatch(page.body)[1], " ", "")
	var mu sync.Mutex
	var lists [][][]string
	shown := atOnce(t, v, "/signin/enrol", url.Values{"code": {oath(t, one.clock.Now(), key)}}, func(a *answer) bool {
		found := shownCode.FindAllStringSubmatch(a.body, -1)
		if a.status != http.StatusOK || len(found) == 0 {
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		lists = append(lists, found)
		return true
	}, one, two)
	if shown != 1 {
		t.Fatalf("%d lists were shown", shown)
	}
	for name, s := range map[string]*server{"one": one, "two": two} {
		if a := elsewhere.at(s).get("/account"); a.status != http.StatusSeeOther {
			t.Errorf("another session goes on at %s: %d", name, a.status)
		}
	}
	told := func(s *server) int {
		n := 0
		for _, l := range s.letters(t, who.Email) {
			if strings.Contains(l.Subject, "econd facteur") {
				n++
			}
		}
		return n
	}
	eventually(t, "a letter that tells of it", func() bool { return told(one)+told(two) == 1 })
	unhurriedCodes(t)
	fresh := two.visitor(t)
	fresh.enter(who.Username, secret).want(http.StatusSeeOther)
	fresh.post("/signin/factor", url.Values{"method": {"recovery"}, "code": {lists[0][4][1]}}).want(http.StatusSeeOther)
}

func TestT7OfManyWhoAcceptAnInvitationOnTwoServersOneDoes(t *testing.T) {
	t.Parallel()
	one, two := start(t), start(t)
	p, elsewhere := ourPlace(t), ourPlace(t)
	guest := someone(t, elsewhere, "consultation_1")
	pilot := one.signedIn(t, p.Pilot)
	pilot.get("/p/"+p.Number+"/invitations/new").want(http.StatusOK).form("/invitations").with("email", guest.Email).send().want(http.StatusSeeOther)
	v := one.signedIn(t, guest)
	path := "/invitations/" + query[string](t, `select id::text from invitation where tenant_id = $1`, p.ID)
	v.get(path).want(http.StatusOK)
	made := atOnce(t, v, path+"/accept", url.Values{}, func(a *answer) bool { return a.status == http.StatusSeeOther }, one, two)
	if made != 1 {
		t.Errorf("accepted %d times", made)
	}
	if n := query[int](t, `select count(*) from resource where tenant_id = $1 and account_id = $2`, p.ID, guest.Account); n != 1 {
		t.Errorf("the guest is in the place %d times", n)
	}
}

// Wrong tries count wherever they were made, and whoever starts anew.
func TestR2CountersAreSharedAndOutliveTheServers(t *testing.T) {
	t.Parallel()
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	withCodes(t, who, "sms")
	one, two := start(t), start(t)
	for i := range 6 {
		s := []*server{one, two}[i%2]
		s.visitor(t).enter(who.Username, "une erreur de plus").want(http.StatusUnprocessableEntity)
	}
	three := start(t) // as after a restart: it has never seen anybody
	if a := three.visitor(t).enter(who.Username, secret); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a server that starts anew forgets what was tried: %d", a.status)
	}
	three.clock.Advance(20 * time.Minute)
	v := three.visitor(t)
	v.enter(who.Username, secret).want(http.StatusSeeOther)
	for range 5 {
		v.post("/signin/factor", url.Values{"method": {"sms"}, "code": {"000000"}})
	}
	four := start(t)
	four.clock.Advance(20 * time.Minute)
	if a := v.at(four).post("/signin/factor", url.Values{"method": {"sms"}, "code": {"000000"}}); a.status != http.StatusTooManyRequests {
		t.Errorf("codes are judged elsewhere: %d", a.status)
	}
}
