package e2e_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"habilis/internal/browser"
	"habilis/internal/i18n"
)

// pages are the addresses of all screens in a place that has one of each thing,
// and of those outside places.
func (s *stage) pages() []string {
	paths := []string{"/places", "/account", "/account/password", "/account/factors/app", "/account/factors/sms", "/account/codes", "/account/places", "/account/journal", "/account/data", "/invitations/" + newID()}
	for _, r := range routesInPlaces() {
		part := strings.HasPrefix(r.Pattern, "/p/{number}/people/new/") // of a window
		file := strings.HasSuffix(r.Pattern, "/export") || strings.HasSuffix(r.Pattern, "/template")
		if r.Method == http.MethodGet && !part && !file {
			paths = append(paths, s.path(r, s.Number))
		}
	}
	return paths
}

// untold matches a message's key that is shown for want of its words.
var untold = regexp.MustCompile(`\b(access|account|form|field|invitations|journal|mail|page|password|people|places|portal|roles|signin|tenants|ui)\.[a-z_]\w*(\.\w+)*\b`)

var template = regexp.MustCompile(`\{\{|\}\}|%!|<no value>|\{(n|role|name)\}`)

// mustSpeak fails a test in which a page shows the key of a message, or a hole in one.
func mustSpeak(t testing.TB, path, said string) {
	t.Helper()
	for _, wrong := range append(untold.FindAllString(said, -1), template.FindAllString(said, -1)...) {
		if wrong != "journal.act.test.write" { // the act of the builders of tests
			t.Errorf("%s shows %q", path, wrong)
		}
	}
}

func TestEveryPageSpeaksTheReadersLanguage(t *testing.T) {
	t.Parallel()
	server := start(t)
	for _, kind := range []string{"planner", "directory", "clinic", "childcare", "alerting"} {
		s := newStage(t, kind)
		for _, locale := range i18n.Locales() {
			v := server.signedIn(t, s.Pilot)
			v.post("/language", map[string][]string{"locale": {string(locale)}}).want(http.StatusSeeOther)
			for _, path := range s.pages() {
				a := v.get(path)
				if a.status >= http.StatusInternalServerError {
					t.Errorf("%s: %s answers %d", kind, path, a.status)
					continue
				}
				// That all messages have words is looked at for every answer: see mustSpeak.
				if !strings.Contains(a.body, `lang="`+string(locale)+`"`) {
					t.Errorf("%s in %s: %s is not in that language", kind, locale, path)
				}
			}
		}
	}
}

func TestEveryPageHasAWayToSupportATitleAndOneHeading(t *testing.T) {
	t.Parallel()
	server := start(t)
	s := newStage(t, "planner")
	pilot, nobody := server.signedIn(t, s.Pilot), server.visitor(t)
	answers := []*answer{nobody.get("/signin"), nobody.get("/nowhere"), pilot.get("/p/99999/"), pilot.get("/p/" + s.Number + "/people/" + newID())}
	for _, path := range s.pages() {
		answers = append(answers, pilot.get(path))
	}
	titles := map[string]string{}
	for _, a := range answers {
		var support, headings int
		var title string
		for n := range a.doc().Descendants() {
			switch {
			case n.Data == "a" && textOf(n) == "Support":
				support++
			case n.Data == "h1":
				headings++
			case n.Data == "title":
				title = textOf(n)
			}
		}
		if support == 0 {
			t.Errorf("%s (%d) has no link to support", a.path, a.status)
		}
		if headings != 1 || title == "" {
			t.Errorf("%s (%d) has %d headings of the first level and the title %q", a.path, a.status, headings, title)
		}
		if other, taken := titles[title]; taken && a.status == http.StatusOK {
			t.Logf("%s and %s have the same title %q", a.path, other, title)
		}
		titles[title] = a.path
	}
}

func TestAGridIsHeadedInTheWordsOfTheKind(t *testing.T) {
	t.Parallel()
	server := start(t)
	s := newStage(t, "clinic")
	pilot := server.signedIn(t, s.Pilot)
	role := "/roles/" + s.Role(t, "clinician").String()
	for _, path := range []string{"/", role, role + "/edit", "/people/new", "/people/" + s.Pilot.Resource.String() + "/roles", "/people/" + s.Pilot.Resource.String() + "/permissions"} {
		pilot.get("/p/" + s.Number + path).want(http.StatusOK).sees("Volet Accès en consultation Accès en modification")
	}
}

func TestARefusalKeepsTheMenusForWhoBelongsThereAlone(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, elsewhere := ourPlace(t), ourPlace(t)
	who := someone(t, p, "consultation_2")
	base, theirs := "/p/"+p.Number, "/p/"+elsewhere.Number
	pilot, limited := server.signedIn(t, p.Pilot), server.signedIn(t, who)
	frame := []string{"Place " + p.Number, "agit comme", "Tableau de bord"}
	limited.get(base + "/people").want(http.StatusForbidden).sees(frame...)
	limited.get(base + "/nothing/of/this").want(http.StatusNotFound).sees(frame...)
	pilot.get(base + "/people/" + newID()).want(http.StatusNotFound).sees(append(frame, "Invitations")...)
	pilot.post(base+"/people/"+who.Resource.String()+"/restore", nil).want(http.StatusConflict).sees(frame...)
	for _, path := range []string{"/", "/people", "/nothing"} {
		a := pilot.get(theirs + path).want(http.StatusNotFound)
		if text := a.text(); strings.Contains(text, "Place "+elsewhere.Number) || strings.Contains(text, "Tableau de bord") {
			t.Errorf("a stranger sees of the place:\n%s", text)
		}
		if got, want := same(a, elsewhere.Number), same(pilot.get("/p/99999"+path), "99999"); got != want {
			t.Errorf("a foreign place is told from an absent one:\n%s", differences(want, got))
		}
	}
}

func TestASheetOffersItsHistoryAndWhatSupportAloneGives(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_2")
	base := "/p/" + p.Number
	sheet := base + "/people/" + who.Resource.String()
	pilot := server.signedIn(t, p.Pilot)
	page := pilot.get(sheet).want(http.StatusOK).sees("Demander le rôle Pilote")
	if !strings.Contains(page.body, `href="`+base+"/journal?person="+who.Resource.String()+`"`) {
		t.Error("the sheet does not lead to its history")
	}
	request := sheet + "/request?role=" + p.Role(t, "pilot").String()
	pilot.get(request).want(http.StatusOK).form("/request").send().want(http.StatusSeeOther)
	pilot.get(sheet + "/request").want(http.StatusOK).sees("Déjà demandé au support")
	for _, path := range []string{sheet, base + "/people/" + p.Pilot.Resource.String()} {
		if text := pilot.get(path).want(http.StatusOK).text(); strings.Contains(text, "Demander le rôle") {
			t.Errorf("%s offers to ask for a role that is held, or asked for", path)
		}
	}
}

// Each page on a wide screen in light colours and on a phone in dark ones: no
// barrier, nothing from another site, no error in the console, no sideways scroll.
func TestEveryPageIsWithoutBarriers(t *testing.T) {
	t.Parallel()
	server := start(t)
	s := newStage(t, "planner")
	crowd(t, s.Place, "Foule", 60)
	for name, looks := range map[string][]browser.Option{"wide": nil, "phone": {browser.Phone, browser.Dark, browser.In("en-CA")}} {
		t.Run(name, func(t *testing.T) {
			b := browser.New(t, server.URL(), looks...)
			b.Open("/signin")
			b.Axe()
			b.Fill(map[bool]string{true: "Nom d'utilisateur ou courriel", false: "User name or e-mail"}[looks == nil], s.Pilot.Username)
			b.Fill(map[bool]string{true: "Mot de passe", false: "Password"}[looks == nil], secret)
			b.Press("Enter")
			b.At("/p/" + s.Number + "/")
			for _, path := range append(s.pages(), "/nowhere", "/p/"+s.Number+"/people?q=zzzz") {
				b.Open(path)
				b.Axe()
				if wide := b.Overflow(); wide > 0 {
					t.Errorf("%s is %d pixels wider than the window", path, wide)
				}
				b.Screenshot(name + strings.ReplaceAll(uuids.ReplaceAllString(path, "id"), s.Number, "n"))
			}
		})
	}
}

var titled = regexp.MustCompile(`<title>([^<]*)</title>`)

// Several sheets lie open side by side: the title of each says whose it is, and
// which of its pages.
func TestEachPageOfAPersonIsTitledByWhatAndWhose(t *testing.T) {
	t.Parallel()
	s := newStage(t, "planner")
	pilot := start(t).signedIn(t, s.Pilot)
	base := "/p/" + s.Number + "/people/" + s.target.Resource.String()
	seen := map[string]string{}
	for _, tab := range []string{"", "/access", "/roles", "/permissions", "/permissions/edit", "/permissions?on=2025-01-01",
		"/permissions/changes", "/permissions/why?area=clients", "/try", "/records"} {
		found := titled.FindStringSubmatch(pilot.get(base + tab).want(http.StatusOK).body)
		if found == nil || !strings.Contains(html.UnescapeString(found[1]), s.target.Given+" "+s.target.Family) {
			t.Errorf("%q is titled %q", tab, found)
			continue
		}
		if other, twice := seen[found[1]]; twice {
			t.Errorf("%q and %q are both titled %q", tab, other, found[1])
		}
		seen[found[1]] = tab
	}
}
