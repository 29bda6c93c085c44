package people

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

func TestUserNamesThatLookAlikeShareAKey(t *testing.T) {
	alike := [][]string{
		{"EGagnon", "egagnon", "EGAGNON", "ＥＧａｇｎｏｎ", "𝐄𝐆agnon"},
		{"Gil10", "GiI1O", "gill0", "GIL1O"},
		{"Arnaud", "amaud", "ARNAUD"},
		{"O'Brien", "O’Brien", "0'brlen"},
		{"Côté", "CO\u0302TE\u0301"},
		{"ıvan", "Ivan"},
	}
	keys := map[string]string{}
	for _, names := range alike {
		first, err := ParseUsername(names[0])
		if err != nil {
			t.Fatalf("%q: %v", names[0], err)
		}
		for _, name := range names {
			u, err := ParseUsername(name)
			if err != nil || u.Key() != first.Key() {
				t.Errorf("%q has key %q, %v; %q has %q", name, u.Key(), err, first, first.Key())
			}
		}
		if other := keys[first.Key()]; other != "" {
			t.Errorf("%q and %q share a key", other, first)
		}
		keys[first.Key()] = names[0]
	}
}

func TestAUserNameIsMadeOfLatinLettersAndDigits(t *testing.T) {
	for _, name := range []string{"EGagnon", "e.gagnon-2", "Nguyễn", "œuvrard", "D'Amour", "abc", strings.Repeat("a", 64)} {
		if u, err := ParseUsername(name); err != nil || u.String() != name {
			t.Errorf("%q: %q, %v", name, u, err)
		}
	}
	refused := map[string][]string{
		"field.required":            {"", "   "},
		"field.username.length":     {"ab", strings.Repeat("a", 65)},
		"field.username.shape":      {"123", "...", ".abc", "abc-", "_ab"},
		"field.username.characters": {"a b c", "a@b.example", "Вruno", "gаgnon", "αβγδ", "abc\u200b", "abc\u202e", "ab\x00c", "a\nbc", "<script>", "аbc", "ʙruno", "名前です"},
	}
	for want, names := range refused {
		for _, name := range names {
			if _, err := ParseUsername(name); key(t, err) != want {
				t.Errorf("%q: %v, want %s", name, err, want)
			}
		}
	}
}

func FuzzAUsername(f *testing.F) {
	for _, s := range []string{"EGagnon", "ＥＧ", "ŉab", "ǆab", "Côté", "m1lO", "ſtep", "ĳs", "Ǆab"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseUsername(s)
		if err != nil {
			key(t, err)
			return
		}
		if again, err := ParseUsername(u.String()); err != nil || again != u {
			t.Fatalf("%q reads as %q, then as %q, %v", s, u, again, err)
		}
		if skeleton(u.Key()) != u.Key() {
			t.Fatalf("the key of %q, %q, has another: %q", s, u.Key(), skeleton(u.Key()))
		}
		for _, other := range []string{norm.NFD.String(s), strings.ToUpper(s), strings.ToLower(s)} {
			if o, err := ParseUsername(other); err == nil && o.Key() != u.Key() {
				t.Fatalf("%q has key %q, and %q has %q", s, u.Key(), other, o.Key())
			}
		}
	})
}

func TestAUserNameIsProposedFromThePersonsNames(t *testing.T) {
	cases := []struct {
		given, family string
		taken         []string
		want          string
	}{
		{"Éric", "Gagnon", nil, "EGagnon"},
		{"Éric", "Gagnon", []string{"egagnon"}, "EGagnon2"},
		{"Éric", "Gagnon", []string{"EGAGN0N", "EGagnon2"}, "EGagnon3"},
		{"Seán", "O’Brien", nil, "SOBrien"},
		{"Thị Minh Khai", "Nguyễn", nil, "TNguyen"},
		{"Marie-Antoinette", "de La Tour-du-Pin-Verclause", nil, "MDeLaTourDuPinVerclause"},
		{"Léa", "ŒUVRARD", nil, "LOeuvrard"},
		{"Linh", "Y", nil, "LinhY"},
		{"", "Tremblay", nil, "Tremblay"},
		{"Юрий", "Иванов", nil, ""},
		{"", "", nil, ""},
	}
	for _, c := range cases {
		taken := map[string]bool{}
		for _, name := range c.taken {
			taken[skeleton(name)] = true
		}
		if got := ProposeUsername(c.given, c.family, func(k string) bool { return taken[k] }); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.given, c.family, got, c.want)
		}
	}
}

func TestANameOfADeskIsQuestionedAndAPersonsIsNot(t *testing.T) {
	for _, name := range []string{"accueil", "Secrétariat 2", "ADMIN", "admin.clsc", "info@erables", "Réception", "accueil3"} {
		if !GenericName(name) {
			t.Errorf("%q isn't questioned", name)
		}
	}
	for _, name := range []string{"EGagnon", "Garde", "Bureau", "Tremblay", "Infante", "Adminson", ""} {
		if GenericName(name) {
			t.Errorf("%q is questioned", name)
		}
	}
}
