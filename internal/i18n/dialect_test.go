package i18n_test

import (
	"regexp"
	"strings"
	"testing"

	"habilis/internal/i18n"
	"habilis/internal/tenants/kinds"
)

// noun is a word of the messages that kinds may have another one for.
type noun struct {
	french, english string                   // as the messages say it
	left            [2]string                // what finds it in French and in English, where that is more than the word
	own             func(kinds.Words) string // the kind's
}

// nouns are all that differ. "Genre d'établissement" and "au lieu de" are of no
// place in particular.
var nouns = []noun{
	{french: "rôle", english: "role", own: func(w kinds.Words) string { return w.Role }},
	{french: "dossier", english: "record", own: func(w kinds.Words) string { return w.Record }},
	{french: "volet", english: "area", own: func(w kinds.Words) string { return w.AreaLabel }},
	{french: "module", english: "module", own: func(w kinds.Words) string { return w.ModuleLabel }},
	{french: "établissement", english: "place", left: [2]string{`(?:l’|cet )établissement`, `(?:the|this) place`}, own: func(w kinds.Words) string { return w.Place }},
	{french: "lieu", english: "place", left: [2]string{`(?:le|du|ce) lieu`, `(?:the|this) place`}, own: func(w kinds.Words) string { return w.Place }},
}

// elsewhere begins what is only ever said outside places.
var elsewhere = regexp.MustCompile(`^(signin|places)\.`)

func (n noun) in(l i18n.Locale) (word string, find *regexp.Regexp) {
	word, pattern := n.english, n.left[1]
	if l.French() {
		word, pattern = n.french, n.left[0]
	}
	if pattern == "" {
		pattern = word + "s?"
	}
	return word, regexp.MustCompile(`(?i)(?:^|[^\pL])` + pattern + `(?:$|[^\pL])`)
}

func kindsOf(t *testing.T) kinds.Catalogue {
	t.Helper()
	all, err := kinds.Load()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAKindSaysNoOtherKindsWords(t *testing.T) {
	for _, k := range kindsOf(t) {
		for _, l := range i18n.Locales() {
			said := k.Dialect.For(l).Forms()
			for _, n := range nouns {
				word, find := n.in(l)
				if strings.EqualFold(n.own(k.Words.In(string(l))), word) {
					continue
				}
				for key, text := range said {
					if !elsewhere.MatchString(key) && find.MatchString(text) {
						t.Errorf("%s in %s still says %q: %s = %q", k.Key, l, word, key, text)
					}
				}
			}
		}
	}
}

// faulty finds an article that doesn't go with its noun.
var faulty = map[bool]*regexp.Regexp{
	true:  regexp.MustCompile(`(?i)(?:^|[^\pL])(?:(?:le|la|de|que|ce|du|au) (?:[aeéiou]\pL*)|(?:de|à) les?|de le) `),
	false: regexp.MustCompile(`(?i)(?:^|[^\pL])(?:a (?:occupant|area|application)|an (?:file|child|client|tab|permission|group|role|record))`),
}

func TestADialectKeepsItsGrammar(t *testing.T) {
	for _, k := range kindsOf(t) {
		for _, l := range i18n.Locales() {
			plain, said := i18n.For(l).Forms(), k.Dialect.For(l).Forms()
			for key, text := range said {
				if wrong := faulty[l.French()].FindString(text); wrong != "" && !strings.Contains(plain[key], wrong) {
					t.Errorf("%s in %s: %s says %q: %q", k.Key, l, key, wrong, text)
				}
			}
		}
	}
}

func TestEveryPhraseOfAKindIsSaid(t *testing.T) {
	for _, k := range kindsOf(t) {
		for _, l := range []i18n.Locale{i18n.FrCA, i18n.EnCA} {
			for phrase := range k.Dialect.Unused(l) {
				t.Errorf("%s: no message in %s says %q", k.Key, l, phrase)
			}
		}
	}
}

// A place that isn't there and one of others are answered alike, so that is said
// alike whatever the kind.
func TestWhatAStrangerIsToldShowsNoKind(t *testing.T) {
	for _, k := range kindsOf(t) {
		for _, l := range i18n.Locales() {
			for _, key := range []string{"access.no_place", "portal.refused", "portal.absent"} {
				if plain, said := i18n.For(l).T(key), k.Dialect.For(l).T(key); said != plain {
					t.Errorf("%s in %s: %q, elsewhere %q", k.Key, l, said, plain)
				}
			}
		}
	}
}

func TestADialectChangesWhatIsSaidAndNotWhatFillsIt(t *testing.T) {
	d := i18n.NewDialect(
		map[string]string{"rôle": "groupe", "un rôle": "un groupe de permission", "courriel": "pli"},
		map[string]string{"role": "group"})
	for _, c := range []struct {
		l    i18n.Locale
		key  string
		args []any
		want string
	}{
		{i18n.FrCA, "page.roles.given", []any{"Role", "rôle", "Name", "Un rôle"}, "Le groupe rôle est donné à Un rôle, et vaut dès sa prochaine page."},
		{i18n.FrFR, "page.roles.choose", nil, "Choisissez un groupe de permission"},
		{i18n.FrCA, "page.roles.ends.confirm", []any{"Count", 1}, "Mettre fin à ce groupe (1)"},
		{i18n.EnCA, "page.roles.why.retired", nil, "This group is no longer given."},
		{i18n.EnCA, "portal.by_roles", []any{"Scope", "role"}, "Roles: role"},
	} {
		if got := d.For(c.l).T(c.key, c.args...); got != c.want {
			t.Errorf("%s: %q, want %q", c.key, got, c.want)
		}
		if d.For(c.l) != d.For(c.l) {
			t.Errorf("the printer of %s is made twice", c.l)
		}
	}
	var none *i18n.Dialect
	if none.For(i18n.FrCA) != i18n.For(i18n.FrCA) || d.For("xx").Locale() != i18n.FrCA {
		t.Error("a dialect of nothing, or a locale of nowhere, is not Canadian French as it stands")
	}
}
