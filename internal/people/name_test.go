package people

import (
	"strings"
	"testing"
	"unicode"

	"habilis/internal/fault"
)

func TestAPersonsNameIsKeptAsWritten(t *testing.T) {
	for _, name := range []string{"O'Brien", "O’Brien", "Nguyễn Thị Minh Khai", "Œuvrard", "Marie-Antoinette de La Tour-du-Pin-Verclause",
		"Ça", "Gagnon (fils)", "St. John", "Сергей", "محمد", "Nuñez", "Y"} {
		if got, err := ParsePersonName("family", name); err != nil || got != name {
			t.Errorf("%q became %q, %v", name, got, err)
		}
	}
	if got, _ := ParsePersonName("family", "  Nguye\u0302\u0303n   Thi\u0323 "); got != "Nguyễn Thị" {
		t.Errorf("decomposed and spaced: %q", got)
	}
	refused := map[string][]string{
		"field.required":        {"", " \u00a0 "},
		"field.name.long":       {strings.Repeat("é", 101)},
		"field.name.letters":    {"...", "12", "-"},
		"field.name.characters": {"<b>", "a\x07b", "a\u202eb", "a\u200bb", "a\u2066b", "a\ufeffb", "a\u3164b", "a@b", "http://evil.example", "=1+1", "a\u00adb", "a\ufe0fb", "x\"y"},
	}
	for want, names := range refused {
		for _, name := range names {
			_, err := ParsePersonName("family", name)
			if fs, ok := fault.As(err); !ok || fs[0].Key != want || fs[0].Field != "family" {
				t.Errorf("%q: %v, want %s", name, err, want)
			}
		}
	}
}

func FuzzAPersonsName(f *testing.F) {
	f.Add("Nguye\u0302\u0303n")
	f.Add("a\u202eb")
	f.Fuzz(func(t *testing.T, s string) {
		name, err := ParsePersonName("given", s)
		if err != nil {
			key(t, err)
			return
		}
		if again, err := ParsePersonName("given", name); err != nil || again != name {
			t.Fatalf("%q reads as %q, then as %q, %v", s, name, again, err)
		}
		if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Fatalf("%q let %q through", s, name)
		}
	})
}
