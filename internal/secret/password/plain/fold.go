// Package plain folds a password to the form in which it is compared and
// measured: what an attacker's word list would hold for it.
package plain

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Text is a folded password. Upper says which runes were capitals.
type Text struct {
	Runes []rune
	Upper []bool
}

// ligatures are letters that Unicode doesn't decompose.
var ligatures = map[rune]string{'œ': "oe", 'æ': "ae", 'ß': "ss", 'ø': "o", 'đ': "d", 'ł': "l", '’': "'"}

// Fold lowers s, strips its accents and opens its ligatures, so that « Élève »
// is "eleve" and « Œuf » is "oeuf".
func Fold(s string) Text {
	var t Text
	for _, r := range norm.NFKD.String(s) {
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		lower := unicode.ToLower(r)
		for _, f := range opened(lower) {
			t.Runes = append(t.Runes, f)
			t.Upper = append(t.Upper, lower != r)
		}
	}
	return t
}

func opened(r rune) string {
	if open, ok := ligatures[r]; ok {
		return open
	}
	return string(r)
}

// Letters is the folded s without anything but letters and digits.
func Letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, string(Fold(s).Runes))
}

// Cut keeps at most n runes.
func (t Text) Cut(n int) Text {
	n = min(n, len(t.Runes))
	return Text{t.Runes[:n], t.Upper[:n]}
}

// Reverse is t read backwards.
func (t Text) Reverse() Text {
	n := len(t.Runes)
	back := Text{make([]rune, n), make([]bool, n)}
	for i := range n {
		back.Runes[i], back.Upper[i] = t.Runes[n-1-i], t.Upper[n-1-i]
	}
	return back
}
