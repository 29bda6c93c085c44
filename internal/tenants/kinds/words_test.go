package kinds

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"habilis/internal/grid"
)

// notForData finds what the data must leave to the reader's locale: words that
// differ between Canada and France, typographic apostrophes, and French
// punctuation whose spaces differ.
var notForData = regexp.MustCompile(`(?i)courriel|e-?mail|cellulaire|mobile|fin de semaine|’|\s[;!?]`)

func TestEveryWordOfEveryKindIsSaidInBothLanguages(t *testing.T) {
	for _, k := range loaded(t) {
		for _, w := range []Words{k.Words.Fr, k.Words.En} {
			eachPhrase(reflect.ValueOf(&w).Elem(), "", func(p phrase) {
				said := p.value.String()
				if said == "" || said != strings.TrimSpace(said) || strings.Contains(said, "  ") {
					t.Errorf("%s: %s is %q", k.Key, p.path, said)
				}
			})
		}
	}
}

func TestFrenchIsWrittenForBothCountries(t *testing.T) {
	for _, k := range loaded(t) {
		said := map[string]string{"name": k.Name.Fr}
		words := k.Words.Fr
		eachPhrase(reflect.ValueOf(&words).Elem(), "words", func(p phrase) { said[string(p.path)] = p.value.String() })
		for _, a := range k.Areas {
			said["area "+string(a.Key)] = a.Name.Fr
		}
		for _, r := range k.Roles {
			said["role "+r.Key] = r.Name.Fr + "\n" + r.Description.Fr
		}
		for _, f := range k.Flags {
			said["flag "+f.Key] = f.Name.Fr + "\n" + f.Description.Fr
		}
		for what, text := range said {
			if found := notForData.FindString(text); found != "" {
				t.Errorf("%s: %s says %q in %q", k.Key, what, found, text)
			}
		}
	}
}

func TestSentencesEndAndLabelsDont(t *testing.T) {
	for _, k := range loaded(t) {
		for _, w := range []Words{k.Words.Fr, k.Words.En} {
			for _, sentence := range []string{w.Added, w.NoneYet, w.NoneFound, w.NoRecords, w.DefaultRole, w.SupportOnly} {
				if !strings.HasSuffix(sentence, ".") {
					t.Errorf("%s: %q is a sentence", k.Key, sentence)
				}
			}
			for _, label := range []string{w.Add, w.AddTitle, w.PeopleTitle, w.Search, w.Save, w.ChangeRole} {
				if strings.HasSuffix(label, ".") {
					t.Errorf("%s: %q is a label", k.Key, label)
				}
			}
		}
	}
}

func TestStatesAgreeWithTheWordForAPerson(t *testing.T) {
	feminine := States{"Invitée", "En attente", "Active", "Bloquée", "Archivée"}
	masculine := States{"Invité", "En attente", "Actif", "Bloqué", "Archivé"}
	for _, k := range loaded(t) {
		want := masculine
		if strings.HasPrefix(k.Words.Fr.APerson, "une ") {
			want = feminine
		}
		if k.Words.Fr.States != want {
			t.Errorf("%s: %s is %v, want %v", k.Key, k.Words.Fr.APerson, k.Words.Fr.States, want)
		}
	}
}

func TestWordsForALocale(t *testing.T) {
	planner, clinic := kindOf(t, "planner"), kindOf(t, "clinic")
	for _, c := range []struct{ got, want string }{
		{planner.Words.In("fr-CA").Person, "ressource"},
		{planner.Words.In("fr-FR").Person, "ressource"},
		{planner.Words.In("en-CA").Person, "resource"},
		{planner.Words.In("en").Person, "resource"},
		{planner.Name.In("en-CA"), "Appointment planner"},
		{clinic.ScopeName("calendar", grid.Own, "fr-CA"), "Calendrier personnel"},
		{clinic.ScopeName("calendar", grid.All, "fr-CA"), "Tout"},
		{clinic.ScopeName("billing", grid.Assigned, "en-CA"), "Assigned only"},
		{clinic.ScopeName("billing", grid.None, "en-CA"), "None"},
		{planner.Words.Fr.Count.Say(0, "0", "fr-FR"), "0 ressource"},
		{planner.Words.Fr.Count.Say(412, "412", "fr-CA"), "412 ressources"},
		{planner.Words.En.Count.Say(0, "0", "en-CA"), "0 resources"},
		{planner.Words.En.Count.Say(1, "1", "en-CA"), "1 resource"},
		{Fill(planner.Words.Fr.NumberLine, "n", "1042"), "Application nº 1042"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestMapChangesEveryPhraseOfACopy(t *testing.T) {
	words := kindOf(t, "planner").Words.Fr
	loud := words.Map(strings.ToUpper)
	if loud.States.Active != "ACTIVE" || loud.Add != "AJOUTER UNE RESSOURCE" || words.Add != "Ajouter une ressource" {
		t.Errorf("%q, %q; before: %q", loud.States.Active, loud.Add, words.Add)
	}
}
