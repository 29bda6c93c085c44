// Package readable makes secrets that people read on paper or in a mail and type
// again: groups of four letters and digits that can't be mistaken for one another.
package readable

import (
	"crypto/rand"
	"strings"
)

// alphabet is Crockford's base 32: no I, L, O or U; five bits a character.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const group = 4

// New is a random secret of that many groups, 20 bits each, joined by dashes.
func New(groups int) string {
	random := make([]byte, groups*group)
	rand.Read(random)
	for i, b := range random {
		random[i] = alphabet[b%32] // 256 is a multiple of 32: no bias
	}
	return dashed(string(random))
}

// Parse gives the secret as New wrote it. Case, spaces and dashes don't matter; I
// and L are read as 1, O as 0. ok is false for what New(groups) can't have written.
func Parse(typed string, groups int) (canonical string, ok bool) {
	if len(typed) > 8*group*groups {
		return "", false
	}
	kept := strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\n', '\r', '-', '\u00a0', '\u2010', '\u2011', '\u2012', '\u2013', '\u202f':
			return -1
		case 'I', 'i', 'L', 'l':
			return '1'
		case 'O', 'o':
			return '0'
		}
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, typed)
	if len(kept) != groups*group || strings.Trim(kept, alphabet) != "" {
		return "", false
	}
	return dashed(kept), true
}

func dashed(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i += group {
		if i > 0 {
			b.WriteByte('-')
		}
		b.WriteString(s[i : i+group])
	}
	return b.String()
}
