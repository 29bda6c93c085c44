package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"habilis/internal/access"
	"habilis/internal/config"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

func TestEveryAnswerCarriesTheHeadersErrorsAndRedirectsIncluded(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	limited := server.signedIn(t, someone(t, p, p.Kind.DefaultRole().Key))
	nobody := server.visitor(t)
	foreign := server.visitor(t)
	foreign.header.Set("Sec-Fetch-Site", "cross-site")
	for what, a := range map[string]*answer{
		"a page":               nobody.get("/signin"),
		"a redirect":           nobody.get("/p/" + p.Number + "/people"),
		"an absent page":       nobody.get("/nothing/here"),
		"an absent asset":      nobody.get("/static/nothing.css"),
		"a wrong method":       nobody.send("DELETE", "/signin", nil),
		"a refusal":            limited.get("/p/" + p.Number + "/people").want(http.StatusForbidden),
		"a form to correct":    nobody.post("/signin", url.Values{}),
		"a malformed form":     nobody.post("/signin", url.Values{"login": {"\x00"}}),
		"a post from outside":  foreign.post("/signin", url.Values{}),
		"the demo's mails":     nobody.get("/demo/mail"),
		"a strange identifier": limited.get("/p/" + p.Number + "/people/%00"),
	} {
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'",
			"X-Content-Type-Options":  "nosniff",
			"Referrer-Policy":         "no-referrer",
			"X-Request-Id":            "",
		} {
			if got := a.header.Get(name); got == "" || !strings.HasPrefix(got, want) {
				t.Errorf("%s (%d) has %s: %q", what, a.status, name, got)
			}
		}
		policy := a.header.Get("Content-Security-Policy")
		if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "form-action 'self'") {
			t.Errorf("%s has the policy %q", what, policy)
		}
		if a.status != http.StatusOK || what == "a page" {
			if got := a.header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("%s may be kept: %q", what, got)
			}
		}
		if a.status >= http.StatusInternalServerError {
			t.Errorf("%s answers %d", what, a.status)
		}
	}
}

func TestWhatIsTypedIsShownAndNeverRun(t *testing.T) {
	t.Parallel()
	const bad = `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	server := start(t)
	p := ourPlace(t)
	who := p.Person(t, "consultation_1")
	_, err := pgtest.Super(t).Exec(t.Context(), `update resource set family = $2, function = $2, phone = $2, search = $2 where id = $1`, who.Resource, bad)
	if err != nil {
		t.Fatal(err)
	}
	pilot := server.signedIn(t, p.Pilot)
	sheet := "/p/" + p.Number + "/people/" + who.Resource.String()
	for _, a := range []*answer{
		pilot.get("/p/" + p.Number + "/people"),
		pilot.get("/p/" + p.Number + "/people?q=" + url.QueryEscape(bad)),
		pilot.get("/p/" + p.Number + "/people?state=" + url.QueryEscape(bad) + "&role=" + url.QueryEscape(bad)),
		pilot.get(sheet), pilot.get(sheet + "/roles"), pilot.get(sheet + "/access"), pilot.get(sheet + "/edit"), pilot.get(sheet + "/archive"),
		pilot.get("/p/" + p.Number + "/journal?act=" + url.QueryEscape(bad)),
		pilot.get("/signin?next=" + url.QueryEscape("/"+bad)),
		pilot.post("/p/"+p.Number+"/people", url.Values{"family": {bad}, "email": {bad}, "function": {bad}, "username": {bad}}),
		pilot.post("/p/"+p.Number+"/invitations", url.Values{"email": {bad}}),
		server.visitor(t).post("/signin", url.Values{"login": {bad}}),
	} {
		if strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, "<img src=x") {
			t.Errorf("%s runs what was typed", a.path)
		}
		if a.status >= http.StatusInternalServerError {
			t.Errorf("%s answers %d", a.path, a.status)
		}
	}
}

// Whatever parameters of an address hold, no page fails of it.
func TestControlsInAnAddressFailNoPage(t *testing.T) {
	t.Parallel()
	server := start(t)
	s := newStage(t, "clinic")
	who := s.comes(t, server, s.Pilot)
	names := []string{"direction", "least", "words", "on", "after", "record", "from", "to", "as", "q", "state", "sort", "role", "module",
		"give", "end", "view", "edit", "only", "page", "act", "result", "person", "before", "id", "family", "given", "username", "proposed"}
	for _, r := range routesInPlaces() {
		if r.Method != http.MethodGet {
			continue
		}
		path, _, _ := strings.Cut(s.path(r, s.Number), "?")
		queries := []string{"area=%00", "area=a%00b", "area=%ff%fe", "area=%1b"}
		for _, name := range names {
			queries = append(queries, "area=people&"+name+"=%00")
		}
		for _, query := range queries {
			if a := who.get(path + "?" + query); a.status >= http.StatusInternalServerError {
				t.Errorf("%s answers %d", a.path, a.status)
			}
		}
	}
}

func TestJokersOfSearchAreLetters(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := p.Person(t, "consultation_1")
	pilot := server.signedIn(t, p.Pilot)
	list := "/p/" + p.Number + "/people?q="
	pilot.get(list + url.QueryEscape(who.Family)).want(http.StatusOK).sees(who.Family)
	for _, typed := range []string{"%", "_", "%%", "Tremblay_", `\`, `'`, `'; drop table resource; --`, `" or 1=1`, "*", ".", "Tremblay%' or '1'='1"} {
		a := pilot.get(list + url.QueryEscape(typed)).want(http.StatusOK)
		if strings.Contains(a.text(), who.Family) && typed != "." && typed != `'` { // an address has dots; an apostrophe alone is nothing to look for
			t.Errorf("%q finds %s", typed, who.Family)
		}
	}
	for _, parameter := range []string{"state", "role", "module", "sort", "from"} {
		for _, typed := range []string{"'", "%", "null", "-1", "1e9", strings.Repeat("9", 300), "\u202e", "a&b", "../.."} {
			a := pilot.get("/p/" + p.Number + "/people?" + parameter + "=" + url.QueryEscape(typed))
			if a.status >= http.StatusInternalServerError {
				t.Errorf("%s=%q answers %d", parameter, typed, a.status)
			}
		}
	}
}

// crowd adds people, past all rules, whose names begin so.
func crowd(t *testing.T, p *place.Place, name string, many int) {
	t.Helper()
	p.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `
with made as (
  insert into resource (tenant_id, id, account_id, family, given, username, email, state, search, created_at)
  select $1, gen_random_uuid(), gen_random_uuid(), $2 || n, 'Ève', $2 || n, $2 || n || '@exemple.test', 'active', lower($2) || n || ' eve', now()
    from generate_series(1, $3) n returning id),
     seen as (insert into presence (tenant_id, resource_id) select $1, id from made)
insert into role_grant (tenant_id, id, resource_id, role_id, exclusive, since, by_kind)
select $1, gen_random_uuid(), made.id, role.id, role.exclusive, $4, 'console' from made cross join role
 where role.preset in ('consultation_1', 'booking')`, p.ID, name, many, v.Now)
		return err
	})
}

func TestCursorsOfOtherPlacesAndForgedOnesShowNothingForeign(t *testing.T) {
	t.Parallel()
	server := start(t)
	ours, theirs := ourPlace(t), ourPlace(t)
	crowd(t, ours, "Notre", 60)
	crowd(t, theirs, "Leur", 60)
	us, them := server.signedIn(t, ours.Pilot), server.signedIn(t, theirs.Pilot)
	first := them.get("/p/" + theirs.Number + "/people").want(http.StatusOK)
	next := linkWith(first, "from=")
	if next == "" {
		t.Fatal("60 people have no second page")
	}
	cursor := mustQuery(t, next).Get("from")
	for _, forged := range []string{cursor, cursor + "x", cursor[:len(cursor)/2], "x", "", "null", strings.Repeat("A", 5000), "....", "%00", "0"} {
		a := us.get("/p/" + ours.Number + "/people?from=" + url.QueryEscape(forged))
		if a.status >= http.StatusInternalServerError || strings.Contains(a.text(), "Leur") {
			t.Errorf("from=%.40q answers %d", forged, a.status)
		}
	}
	for _, before := range []string{"-1", "0", "x", "99999999999999999999", "1"} {
		a := us.get("/p/" + ours.Number + "/journal?before=" + before)
		if a.status >= http.StatusInternalServerError || strings.Contains(a.text(), theirs.Pilot.Family) {
			t.Errorf("journal before=%s answers %d", before, a.status)
		}
	}
	a := us.get("/p/" + ours.Number + "/journal?person=" + theirs.Pilot.Resource.String())
	if strings.Contains(a.text(), theirs.Pilot.Family) {
		t.Error("the journal names someone of another place")
	}
}

// linkWith is the address of the page's first link that contains some text.
func linkWith(a *answer, part string) string {
	for n := range a.doc().Descendants() {
		if n.Data == "a" && strings.Contains(attribute(n, "href"), part) {
			return attribute(n, "href")
		}
	}
	return ""
}

func mustQuery(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

func TestPeopleOfOneNameAreAllReachedPageAfterPage(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	crowd(t, p, "Notre", 120)
	pilot := server.signedIn(t, p.Pilot)
	seen := map[string]bool{}
	path := "/p/" + p.Number + "/people?q=notre"
	for pages := 0; path != "" && pages < 10; pages++ {
		a := pilot.get(path).want(http.StatusOK)
		for n := 1; n <= 120; n++ {
			if strings.Contains(a.body, fmt.Sprintf("Notre%d,", n)) {
				seen[fmt.Sprint(n)] = true
			}
		}
		path = ""
		for n := range a.doc().Descendants() {
			if n.Data == "a" && strings.Contains(attribute(n, "href"), "from=") && strings.Contains(textOf(n), "Suivant") {
				path = attribute(n, "href")
			}
		}
	}
	if len(seen) != 120 {
		t.Errorf("%d of 120 people are on the pages", len(seen))
	}
}

func TestLinksInMailsAreOfTheConfiguredAddressWhateverTheHost(t *testing.T) {
	t.Parallel()
	server := start(t, func(c *config.Config) { c.BaseURL = "https://habilis.exemple.test" })
	p := ourPlace(t)
	v := server.signedIn(t, p.Pilot)
	window := v.get("/p/" + p.Number + "/people/new").want(http.StatusOK)
	for name, value := range map[string]string{
		"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "Forwarded": "host=evil.example", "X-Original-Host": "evil.example",
	} {
		v.header.Set(name, value)
	}
	email := "hote" + p.Number + "@exemple.test"
	a := window.form("/people").with("family", "Hôte", "given", "Anne", "email", email, "username", "AHote"+p.Number).send().want(http.StatusSeeOther)
	if to := a.header.Get("Location"); strings.Contains(to, "evil") || !strings.HasPrefix(to, "/") {
		t.Errorf("the browser is sent to %q", to)
	}
	letter := server.letter(t, email, "mot de passe temporaire")
	found := address.FindAllString(letter.Text+letter.HTML, -1)
	if len(found) == 0 {
		t.Fatal("the mail has no link")
	}
	for _, link := range found {
		if !strings.HasPrefix(link, "https://habilis.exemple.test") {
			t.Errorf("the mail links to %s", link)
		}
	}
	if strings.Contains(letter.Text+letter.HTML, "evil") {
		t.Error("the mail knows the forged host")
	}
}

func TestTheClientsAddressComesThroughDeclaredProxiesAlone(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		proxies   []netip.Prefix
		forwarded string
		want      string
	}{
		"no proxy is declared":         {nil, "203.0.113.9", "127.0.0.1"},
		"the declared one says so":     {[]netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, "203.0.113.9", "203.0.113.9"},
		"what the client adds is not":  {[]netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, "198.51.100.1, 203.0.113.9", "203.0.113.9"},
		"another proxy is declared":    {[]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, "203.0.113.9", "127.0.0.1"},
		"a declared one is unreadable": {[]netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, "<script>", "127.0.0.1"},
	} {
		server := start(t, func(c *config.Config) { c.TrustedProxies = test.proxies })
		p := ourPlace(t)
		v := server.visitor(t)
		v.header.Set("X-Forwarded-For", test.forwarded)
		v.header.Set("X-Real-Ip", "192.0.2.66")
		v.header.Set("Forwarded", "for=192.0.2.66")
		v.enter(p.Pilot.Username, secret).want(http.StatusSeeOther).follow().want(http.StatusOK)
		got := query[string](t, `select coalesce(facts->>'address', '') from journal where tenant_id = $1 and act = 'signin.arrive'`, p.ID)
		if got != test.want {
			t.Errorf("%s: the journal says %q, want %q", what, got, test.want)
		}
	}
}

func TestFormsAreBounded(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	v := server.signedIn(t, p.Pilot)
	path := "/p/" + p.Number + "/people"
	for what, fields := range map[string]url.Values{
		"a megabyte":         {"family": {strings.Repeat("a", 1<<20)}},
		"two addresses":      {"email": {"a@exemple.test", "b@exemple.test"}, "family": {"A"}, "given": {"B"}},
		"a line break":       {"family": {"Roy\r\nBcc: x@exemple.test"}, "given": {"B"}, "email": {"a@exemple.test"}},
		"a zero byte":        {"family": {"Roy\x00"}},
		"what is not UTF-8":  {"family": {"\xff\xfe"}},
		"a turned direction": {"family": {"Roy\u202e"}, "given": {"B"}, "email": {"a@exemple.test"}},
	} {
		before := query[int](t, `select count(*) from resource where tenant_id = $1`, p.ID)
		a := v.post(path, fields)
		if a.status < 400 || a.status >= http.StatusInternalServerError {
			t.Errorf("%s answers %d", what, a.status)
		}
		if after := query[int](t, `select count(*) from resource where tenant_id = $1`, p.ID); after != before {
			t.Errorf("%s makes a person", what)
		}
	}
}
