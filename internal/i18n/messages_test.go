package i18n

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
)

func messagesOf(t *testing.T, lang string) map[string]*goi18n.Message {
	t.Helper()
	list, err := readMessages(files, lang)
	if err != nil {
		t.Fatal(err)
	}
	byKey := map[string]*goi18n.Message{}
	for _, m := range list {
		byKey[m.ID] = m
	}
	return byKey
}

// placeholders are the names that a message's forms ask for, sorted.
func placeholders(m *goi18n.Message) []string {
	names := map[string]bool{}
	for _, form := range []string{m.One, m.Other} {
		for _, directive := range directive.FindAllString(form, -1) {
			for _, name := range regexp.MustCompile(`\.([A-Za-z]\w*)`).FindAllStringSubmatch(directive, -1) {
				names[name[1]] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func TestBothLanguagesSayTheSameThings(t *testing.T) {
	french, english := messagesOf(t, "fr"), messagesOf(t, "en")
	for key, f := range french {
		e := english[key]
		switch {
		case e == nil:
			t.Errorf("%s isn't said in English", key)
		case !slices.Equal(placeholders(f), placeholders(e)):
			t.Errorf("%s asks for %v in French and %v in English", key, placeholders(f), placeholders(e))
		case (f.One == "") != (e.One == ""):
			t.Errorf("%s has a plural in one language only", key)
		}
	}
	for key := range english {
		if french[key] == nil {
			t.Errorf("%s isn't said in French", key)
		}
	}
}

func TestMessagesAreWhole(t *testing.T) {
	for _, lang := range []string{"fr", "en"} {
		for key, m := range messagesOf(t, lang) {
			if strings.TrimSpace(m.Other) == "" {
				t.Errorf("%s says nothing in %s (a plural needs other = …)", key, lang)
			}
			if m.Other != strings.TrimSpace(m.Other) {
				t.Errorf("%s begins or ends with a space in %s", key, lang)
			}
			if strings.Count(m.Other, "{{") != strings.Count(m.Other, "}}") {
				t.Errorf("%s has an open directive in %s", key, lang)
			}
			if m.One != "" && !slices.Contains(placeholders(m), "Count") {
				t.Errorf("%s has a plural in %s and no {{.Count}}", key, lang)
			}
		}
	}
}

func TestNoMessageHasATypewritersApostrophe(t *testing.T) {
	for _, lang := range []string{"fr", "en"} {
		for key, m := range messagesOf(t, lang) {
			if strings.Contains(directive.ReplaceAllString(m.One+m.Other, ""), "'") {
				t.Errorf("%s in %s: %s", key, lang, m.Other)
			}
		}
	}
}

func TestPlainTextIsTypeset(t *testing.T) {
	cases := map[string]string{
		"Rien n'est perdu; est-ce prêt? Oui!":  "Rien n’est perdu_; est-ce prêt_? Oui_!",
		"Rien n'est perdu ; est-ce prêt ? Oui": "Rien n’est perdu_; est-ce prêt_? Oui",
		"État : {{.State}} ; dit «oui» à 50 %": "État~: {{.State}}_; dit «~oui~» à 50~%",
		"{{.Name}} : « {{.What}} »":            "{{.Name}}~: «~{{.What}}~»",
		"État: actif... (vraiment?)":           "État~: actif… (vraiment_?)",
		"à 16:40, sur https://a.example/?b":    "à 16:40, sur https://a.example/?b",
		"{{if eq .X 'a'}}l'un{{end}}":          "{{if eq .X 'a'}}l’un{{end}}",
		"{{.Name}}: {{.N}}; {{.H}}:{{.M}}!":    "{{.Name}}~: {{.N}}_; {{.H}}:{{.M}}_!",
		"quoi ?!":                              "quoi_?!",
	}
	spaces := strings.NewReplacer("_", narrowSpace, "~", noBreakSpace)
	for written, want := range cases {
		want = spaces.Replace(want)
		if got := Typeset(written, true); got != want {
			t.Errorf("%q is set as %q, want %q", written, got, want)
		}
		if again := Typeset(want, true); again != want {
			t.Errorf("%q is set again as %q", want, again)
		}
	}
}

func TestFranceNeverSpeaksOfCourriels(t *testing.T) {
	canadian := regexp.MustCompile(`(?i)courriel|cellulaire|fin de semaine`)
	for key, m := range For(FrFR).messages {
		if canadian.MatchString(m.text) {
			t.Errorf("%s: %q", key, m.text)
		}
	}
	for key, m := range messagesOf(t, "fr") {
		for _, form := range []string{m.One, m.Other} {
			if said := directive.ReplaceAllString(form, ""); regexp.MustCompile(`(?i)\be-?mail`).MatchString(said) {
				t.Errorf("%s says e-mail in Canada: %q", key, form)
			}
			if elided := regexp.MustCompile(`(?i)\b(le|de|ce|que|au|du) e-mail`).FindString(For(FrFR).Regional(form)); elided != "" {
				t.Errorf("%s: %q isn't French; a phrase is missing in regions/fr-FR.toml", key, elided)
			}
		}
	}
}

func TestEnglishHasOneWordForEMail(t *testing.T) {
	other := regexp.MustCompile(`(?i)\bemail`)
	for key, m := range messagesOf(t, "en") {
		for _, form := range []string{m.One, m.Other} {
			if found := other.FindString(directive.ReplaceAllString(form, "")); found != "" {
				t.Errorf("%s says %q, where others say e-mail", key, found)
			}
		}
	}
}

// Places are called by the word of their kind, which « lieu » becomes; help beyond them
// is the support.
func TestFrenchHasOneWordForPlacesAndForTheSupport(t *testing.T) {
	other := regexp.MustCompile(`(?i)\b(endroits?|soutien|exploitants?)\b`)
	for key, m := range messagesOf(t, "fr") {
		for _, form := range []string{m.One, m.Other} {
			if found := other.FindString(directive.ReplaceAllString(form, "")); found != "" {
				t.Errorf("%s says %q", key, found)
			}
		}
	}
}

// The thing that one has is a second factor; that it is asked for has one name too.
func TestEnglishHasOneNameForTwoStepVerification(t *testing.T) {
	other := regexp.MustCompile(`(?i)two-factor|2FA|double authentication`)
	for key, m := range messagesOf(t, "en") {
		for _, form := range []string{m.One, m.Other} {
			if found := other.FindString(form); found != "" {
				t.Errorf("%s says %q, where others say two-step verification", key, found)
			}
		}
	}
}
