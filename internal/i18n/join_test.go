package i18n

import "testing"

func TestDeAndQueAreElidedBeforeNames(t *testing.T) {
	french, english := For(FrCA), For(EnCA)
	for name, want := range map[string]string{
		"Amina Roy": "Le compte d’Amina Roy", "Élise": "Le compte d’Élise", "Hélène": "Le compte d’Hélène", "Œdipe": "Le compte d’Œdipe",
		"Yves": "Le compte d’Yves", "Yasmine": "Le compte de Yasmine", "Maude": "Le compte de Maude", "": "Le compte de ", "8 personnes": "Le compte de 8 personnes",
	} {
		whole := french.fill(message{parts: []part{{"Le compte de ", "Name"}}}, func(string) (any, bool) { return name, true })
		if plural := joinAll("Le compte de "+name, map[string]any{"Name": name, "Other": "compte"}); whole != want || plural != want {
			t.Errorf("%q: %q and %q, want %q", name, whole, plural, want)
		}
	}
	for text, want := range map[string]string{"Dès que ": "Dès qu’Ève", "le code ": "le code Ève", "De ": "D’Ève", "lorsque ": "lorsque Ève", "à ": "à Ève"} {
		before, said := join(text, "Ève")
		if before+said != want {
			t.Errorf("%q becomes %q, want %q", text, before+said, want)
		}
	}
	if got := english.fill(message{parts: []part{{"chef de ", "Name"}}}, func(string) (any, bool) { return "Amina", true }); got != "chef de Amina" {
		t.Errorf("in English, %q", got)
	}
}

// A text with a plural is said by go-i18n, and elided as well.
func TestPluralsAreElided(t *testing.T) {
	said := For(FrCA).T("page.permissions.many.saved", "Count", 1, "Names", "Amina Roy")
	if want := "Les permissions d’Amina Roy sont enregistrées. Elles valent dès la prochaine page ouverte."; said != want {
		t.Errorf("%q, want %q", said, want)
	}
}

func TestAnArticleBecomesOneWithAAndDe(t *testing.T) {
	french := For(FrCA)
	for _, c := range []struct{ text, name, want string }{
		{"Parlez-en à ", "Le support technique", "Parlez-en au support technique"},
		{"l’avis de ", "Le support technique", "l’avis du support technique"},
		{"Parlez-en à ", "Le Corbusier", "Parlez-en à Le Corbusier"},
		{"Parlez-en à ", "Maude", "Parlez-en à Maude"},
	} {
		whole := french.fill(message{parts: []part{{c.text, "By"}}}, func(string) (any, bool) { return c.name, true })
		if plural := joinAll(c.text+c.name, map[string]any{"By": c.name}); whole != c.want || plural != c.want {
			t.Errorf("%q and %q, want %q", whole, plural, c.want)
		}
	}
}
