package password

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"habilis/internal/secret/password/plain"
)

// product is the name that the portal goes by everywhere.
const product = "Habilis"

// Names of this many letters are refused wherever they stand; shorter ones only
// as words of their own, else « Anne » would refuse « panne ».
const anywhere = 5

// ownWords are the words that whoever knows the person tries first.
type ownWords []string

// words gathers the names, the parts of the e-mail address, the user name, the
// places and the product. Ordinary words of a place's name (« maison ») or of the
// address's domain (« santé ») don't count alone: the estimate prices them as words.
func (c Context) words() ownWords {
	var w ownWords
	for _, name := range append(slices.Clone(c.Names), c.Username, c.Product, product) {
		w.add(name, 3, false)
	}
	local, domain, _ := strings.Cut(c.Email, "@")
	w.add(local, 3, false)
	w.add(strings.TrimSuffix(domain, domain[strings.LastIndex(domain, ".")+1:]), 4, true)
	for _, place := range c.Places {
		w.add(place, 4, true)
	}
	return w
}

// add takes a name whole and by its words of at least the given length.
func (w *ownWords) add(name string, length int, sparing bool) {
	if utf8.RuneCountInString(plain.Letters(name)) >= length {
		*w = append(*w, name)
	}
	for _, part := range split(name) {
		folded := plain.Letters(part)
		if utf8.RuneCountInString(folded) < length || sparing && loaded().ordinary(folded) {
			continue
		}
		*w = append(*w, part)
	}
}

func split(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) })
}

// within gives the first of the words that secret contains, as it was given:
// whatever the case and accents, in leet, spaced out or reversed.
func (w ownWords) within(secret string) (word string, found bool) {
	joined := unleet(string(plain.Fold(secret).Runes))
	apart := partsOf(secret)
	for _, own := range w {
		name := plain.Letters(own)
		if slices.Contains(apart, name) {
			return own, true
		}
		if utf8.RuneCountInString(name) < anywhere {
			continue
		}
		back := string(plain.Fold(name).Reverse().Runes)
		for _, text := range joined {
			text = plain.Letters(text)
			if strings.Contains(text, name) || strings.Contains(text, back) {
				return own, true
			}
		}
	}
	return "", false
}

// partsOf gives the words of secret, folded, cut at all but letters and at
// capitals after small letters.
func partsOf(secret string) []string {
	var cut strings.Builder
	before := ' '
	for _, r := range secret {
		if unicode.IsUpper(r) && unicode.IsLower(before) {
			cut.WriteByte(' ')
		}
		cut.WriteRune(r)
		before = r
	}
	parts := strings.FieldsFunc(cut.String(), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.Is(unicode.M, r) })
	for i, part := range parts {
		parts[i] = plain.Letters(part)
	}
	return parts
}
