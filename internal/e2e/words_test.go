package e2e_test

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"habilis/internal/i18n"
	"habilis/internal/mail"
)

// foreign are words of the portal's messages that places of a kind don't say, in
// French and in English.
var foreign = map[string][2]*regexp.Regexp{
	"alerting":  {words(`rôles?|dossiers?|volets?`), words(`roles?|records?|areas?`)},
	"clinic":    {words(`dossiers?`), words(`records?`)},
	"childcare": {words(`dossiers?`), words(`records?`)},
	"directory": {words(`modules?`), words(`modules?|records?`)},
	"planner":   {words(`versants?|onglets?`), words(`records?`)},
}

func words(alternatives string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^|[^\pL])(` + alternatives + `)(?:$|[^\pL])`)
}

// said is all that an answer says: a page's text and what it says of things
// without text, or a list's lines. A workbook is packed: its lines are the list's.
func said(a *answer) string {
	switch kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";"); kind {
	case "text/html":
	case "text/csv":
		return plain(a.body)
	default:
		return ""
	}
	var b strings.Builder
	for n := range a.doc().Descendants() {
		for _, name := range []string{"aria-label", "title", "placeholder", "alt", "data-confirm"} {
			b.WriteString(attribute(n, name) + " ")
		}
	}
	return plain(b.String()) + " " + a.text()
}

// named are the names that a kind gives, and what describes them, the longest
// first: they are its own, whatever word is in them.
func (s *stage) named() *strings.Replacer {
	var names []string
	add := func(fr, en string) { names = append(names, fr, i18n.For(i18n.FrFR).Regional(fr), en) }
	for _, a := range s.Kind.Areas {
		add(a.Name.Fr, a.Name.En)
	}
	for _, r := range s.Kind.Roles {
		add(r.Name.Fr, r.Name.En)
		add(r.Description.Fr, r.Description.En)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	var pairs []string
	for _, name := range names {
		pairs = append(pairs, plain(name), "")
	}
	return strings.NewReplacer(pairs...)
}

// mustSayItsOwn fails a test in which a text of the stage's place says another
// kind's word.
func (s *stage) mustSayItsOwn(t *testing.T, l i18n.Locale, where, text string) {
	t.Helper()
	find := foreign[s.Kind.Key][1]
	if l.French() {
		find = foreign[s.Kind.Key][0]
	}
	text = s.named().Replace(text)
	for _, at := range find.FindAllStringSubmatchIndex(text, -1) {
		t.Errorf("%s in %s: %s says %q: …%s…", s.Kind.Key, l, where, text[at[2]:at[3]],
			strings.ToValidUTF8(text[max(0, at[2]-60):min(len(text), at[3]+40)], ""))
	}
}

// Every screen of a place, every answer to what is sent there and every mail that
// leaves it speaks its kind's words.
func TestAPlaceSpeaksItsOwnWords(t *testing.T) {
	t.Parallel()
	for kind := range foreign {
		t.Run(kind, func(t *testing.T) {
			server := start(t)
			s := newStage(t, kind)
			for _, l := range i18n.Locales() {
				v := s.comes(t, server, s.Pilot)
				v.post("/language", url.Values{"locale": {string(l)}}).want(http.StatusSeeOther)
				s.giveAndEnd(v)
				for _, r := range routesInPlaces() {
					a := s.ask(v, r, s.path(r, s.Number))
					s.mustSayItsOwn(t, l, r.Method+" "+a.path, said(a))
					if l == i18n.EnCA && strings.Contains(a.text(), "nº") {
						t.Errorf("%s %s has the French sign for a number", r.Method, a.path)
					}
				}
				a := v.get("/p/" + s.Number + "/journal")
				s.mustSayItsOwn(t, l, a.path, said(a))
			}
			for _, one := range s.mailed(t, server) {
				s.mustSayItsOwn(t, i18n.Locale(s.settings.Get("locale")), "mail “"+one.Subject+"”", plain(one.Subject+" "+one.Text))
			}
		})
	}
}

// giveAndEnd gives a role and ends it, which is told on the page and by mail.
func (s *stage) giveAndEnd(v *visitor) {
	v.t.Helper()
	who := someone(v.t, s.Place)
	sheet := "/p/" + s.Number + "/people/" + who.Resource.String() + "/roles"
	v.get(sheet+"/new").want(http.StatusOK).form("/roles").with("role", s.limited.String(), "roles", s.limited.String()).send().want(http.StatusSeeOther)
	given := query[string](v.t, `select id::text from role_grant where resource_id = $1 and open`, who.Resource)
	v.get(sheet + "/" + given + "/end").want(http.StatusOK).form("/end").send().want(http.StatusSeeOther)
}

// mailed waits for the mails of the place, two for each locale at least.
func (s *stage) mailed(t *testing.T, server *server) (found []*mail.Kept) {
	t.Helper()
	eventually(t, "the mails of "+s.Number, func() bool {
		found = nil
		for _, one := range server.letters(t, "") {
			if strings.Contains(one.Text, s.Number) {
				found = append(found, one)
			}
		}
		return len(found) >= 2*len(i18n.Locales())
	})
	return found
}
