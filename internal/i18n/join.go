package i18n

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Before a vowel, and a mute h, de and que lose theirs: le compte d’Amina; and de and à
// become one with an article: au support. What stands there is often a name, known
// when a text is said and not when it is written.

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

// join is a text and what is said after it, as French joins them: the text's last word
// loses its vowel, or becomes one with an article.
func join(text, said string) (string, string) {
	if rest, found := strings.CutPrefix(said, "Le "); found && startsLower(rest) { // le support, but not Le Corbusier
		for from, to := range map[string]string{"à": "au", "À": "Au", "de": "du", "De": "Du"} {
			if before, found := cutWord(text, from); found {
				return before + to + " ", rest
			}
		}
	}
	if !elides(said) {
		return text, said
	}
	for _, word := range []string{"de", "De", "que", "Que"} {
		if before, found := cutWord(text, word); found {
			return before + strings.TrimSuffix(word, "e") + "’", said
		}
	}
	return text, said
}

// cutWord takes a word, and the space after it, off the end of a text.
func cutWord(text, word string) (before string, found bool) {
	before, found = strings.CutSuffix(text, word+" ")
	last, _ := utf8.DecodeLastRuneInString(before)
	return before, found && !unicode.IsLetter(last)
}

func startsLower(text string) bool {
	first, _ := utf8.DecodeRuneInString(text)
	return unicode.IsLower(first)
}

// joinAll joins a text and the values that were put into it, wherever they stand.
func joinAll(text string, values map[string]any) string {
	for _, value := range values {
		word, ok := value.(string)
		if !ok || word == "" {
			continue
		}
		var b strings.Builder
		for {
			before, after, found := strings.Cut(text, word)
			if !found {
				break
			}
			before, said := join(before, word)
			b.WriteString(before)
			b.WriteString(said)
			text = after
		}
		b.WriteString(text)
		text = b.String()
	}
	return text
}
