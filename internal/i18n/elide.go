package i18n

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Before a vowel, and a mute h, de and que lose theirs: le compte d’Amina. What stands
// there is often a name, known when a text is said and not when it is written.

// vowels are what French elides before; in names, an h is mute as a rule.
const vowels = "aàâäæeéèêëiîïoôöœuùûüh"

// elides reports whether a word is one before which others lose their vowel.
func elides(word string) bool {
	first, size := utf8.DecodeRuneInString(word)
	if first = unicode.ToLower(first); first != 'y' {
		return strings.ContainsRune(vowels, first)
	}
	second, _ := utf8.DecodeRuneInString(word[size:]) // d’Yves, but de Yasmine
	return unicode.IsLetter(second) && !strings.ContainsRune(vowels, unicode.ToLower(second))
}

// elided is a text that a word follows before which its last one loses its vowel,
// if it is one that does.
func elided(text string) string {
	for _, ending := range []string{"de ", "De ", "que ", "Que "} {
		before, found := strings.CutSuffix(text, ending)
		if last, _ := utf8.DecodeLastRuneInString(before); found && !unicode.IsLetter(last) {
			return strings.TrimSuffix(text, "e ") + "’"
		}
	}
	return text
}

// elideBefore is a text in which such words lose their vowel wherever they stand
// before one of the values that were put into it.
func elideBefore(text string, values map[string]any) string {
	for _, value := range values {
		word, ok := value.(string)
		if !ok || !elides(word) {
			continue
		}
		parts := strings.Split(text, word)
		for i := range parts[:len(parts)-1] {
			parts[i] = elided(parts[i])
		}
		text = strings.Join(parts, word)
	}
	return text
}
