// Package search folds texts and queries so that people find what they mean:
// accents, case and dashes make no difference, and nothing is a wildcard.
package search

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Limits of a search, in words and in characters.
const (
	maxWords = 8
	maxQuery = 100
)

// Key is what a search looks into: the parts in lower case, without
// accents, ligatures undone (œ is oe), apostrophes dropped (O'Brien is obrien),
// dashes and commas made spaces. Words of a query are looked for in it as plain
// substrings; nothing in them is a wildcard.
func Key(parts ...string) string {
	folded := cases.Fold().String(Unaccented(strings.Join(parts, " ")))
	plain := strings.Map(searchRune, Unaccented(folded))
	return strings.Join(strings.Fields(plain), " ")
}

// Words cuts a query into the words that must all be found in a Key.
func Words(query string) []string {
	if r := []rune(query); len(r) > maxQuery {
		query = string(r[:maxQuery])
	}
	var words []string
	for word := range strings.FieldsSeq(Key(query)) {
		if len(words) < maxWords && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}

// ligatures are the letters that people type as others, and that no Unicode
// decomposition takes apart.
var ligatures = strings.NewReplacer(
	"œ", "oe", "Œ", "OE", "æ", "ae", "Æ", "AE", "ß", "ss", "ẞ", "SS", "ø", "o", "Ø", "O",
	"đ", "d", "Đ", "D", "ð", "d", "Ð", "D", "ł", "l", "Ł", "L", "þ", "th", "Þ", "TH", "ı", "i", "ħ", "h", "Ħ", "H")

// Unaccented writes s without accents, in compatible forms of its letters.
func Unaccented(s string) string {
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(s))
	return ligatures.Replace(norm.NFC.String(bare))
}

func searchRune(r rune) rune {
	switch {
	case strings.ContainsRune("'’‘ʼ`´", r), unicode.In(r, unicode.Cf, unicode.Co):
		return -1
	case unicode.Is(unicode.Pd, r), r == ',', r == ';', unicode.IsSpace(r), unicode.IsControl(r):
		return ' '
	}
	return r
}
