package search

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

func TestASearchFindsNamesWithoutAccentsOrCapitals(t *testing.T) {
	sought := Key("Marie-Antoinette", "de La Tour-du-Pin", "m.delatour@erables.example", "Œuvrard", "Nguyễn", "O’Brien")
	for _, query := range []string{"marie antoinette", "MARIE-ANTOINETTE", "Tour, Marie", "oeuv", "œuv", "nguyen", "Nguye\u0302\u0303n", "obrien", "o'brien", "delatour@era", "", "dela tour"} {
		for _, word := range Words(query) {
			if !strings.Contains(sought, word) {
				t.Errorf("%q: %q isn't in %q", query, word, sought)
			}
		}
	}
	for _, query := range []string{"%", "mar_e", "tour*"} {
		if strings.Contains(sought, Words(query)[0]) {
			t.Errorf("%q is a wildcard", query)
		}
	}
	if n := len(Words(strings.Repeat("ab cd ef gh ij kl mn op qr st ", 3))); n != maxWords {
		t.Errorf("%d words are sought", n)
	}
}

func FuzzAKey(f *testing.F) {
	for _, s := range []string{"Œuvrard", "ŉ", "İstanbul", "ﬃ", "ǆ", "ẞ", "ΐ", "각", "o'b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		k := Key(s)
		if again := Key(k); again != k {
			t.Fatalf("%q has key %q, which has key %q", s, k, again)
		}
		if other := Key(norm.NFD.String(s)); other != k {
			t.Fatalf("%q has key %q, decomposed %q", s, k, other)
		}
	})
}
