package i18n

import "testing"

func TestDeAndQueAreElidedBeforeNames(t *testing.T) {
	french, english := For(FrCA), For(EnCA)
	for name, want := range map[string]string{
		"Amina Roy": "Le compte d’Amina Roy", "Élise": "Le compte d’Élise", "Hélène": "Le compte d’Hélène", "Œdipe": "Le compte d’Œdipe",
		"Yves": "Le compte d’Yves", "Yasmine": "Le compte de Yasmine", "Maude": "Le compte de Maude", "": "Le compte de ", "8 personnes": "Le compte de 8 personnes",
	} {
		whole := french.fill(message{parts: []part{{"Le compte de ", "Name"}}}, func(string) (any, bool) { return name, true })
		if plural := elideBefore("Le compte de "+name, map[string]any{"Name": name, "Other": "compte"}); whole != want || plural != want {
			t.Errorf("%q: %q and %q, want %q", name, whole, plural, want)
		}
	}
	for text, want := range map[string]string{"Dès que ": "Dès qu’", "le code ": "le code ", "De ": "D’", "de": "de", "lorsque ": "lorsque "} {
		if got := elided(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
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
