package people

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"habilis/internal/fault"
)

// maxName is the longest first or last name, in characters.
const maxName = 100

// ParsePersonName reads a first or last name typed in the given form field. It is
// kept as written, in any alphabet, its spaces made single. What no name has is
// refused: signs of markup and of addresses, controls, and what can't be seen.
func ParsePersonName(field, s string) (string, error) {
	s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	switch {
	case s == "":
		return "", fault.Invalid(field, "field.required")
	case utf8.RuneCountInString(s) > maxName:
		return "", fault.Invalid(field, "field.name.long", "Max", maxName)
	case strings.ContainsFunc(s, func(r rune) bool { return !nameRune(r) }):
		return "", fault.Invalid(field, "field.name.characters")
	case !strings.ContainsFunc(s, unicode.IsLetter):
		return "", fault.Invalid(field, "field.name.letters")
	}
	return s, nil
}

func nameRune(r rune) bool {
	switch r {
	case ' ', '\'', '’', '‘', 'ʼ', '-', '‐', '‑', '.', ',', '·', '(', ')', '&':
		return true
	case '\u034f', '\u115f', '\u1160', '\u17b4', '\u17b5', '\u3164', '\uffa0': // drawn as nothing
		return false
	}
	if unicode.Is(unicode.Variation_Selector, r) {
		return false
	}
	return unicode.IsLetter(r) || unicode.In(r, unicode.Mn, unicode.Mc) || unicode.Is(unicode.Nd, r)
}
