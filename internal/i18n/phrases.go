package i18n

import (
	"cmp"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
)

// phrases is a dictionary: what is said, and what is said in its place. A nil
// one changes nothing.
type phrases struct {
	said map[string]string
	find *regexp.Regexp // a phrase between what cuts no word
}

// newPhrases makes a dictionary of plainly written phrases. Each is given as it
// stands within a sentence; where it begins one, so does what replaces it.
func newPhrases(written map[string]string, french bool) *phrases {
	if len(written) == 0 {
		return nil
	}
	p := &phrases{said: map[string]string{}}
	for phrase, said := range written {
		phrase, said = Typeset(phrase, french), Typeset(said, french)
		p.said[phrase], p.said[capital(phrase)] = said, capital(said)
	}
	alternatives := make([]string, 0, len(p.said))
	for phrase := range p.said {
		alternatives = append(alternatives, regexp.QuoteMeta(phrase))
	}
	slices.SortFunc(alternatives, func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) })
	p.find = regexp.MustCompile(`(?:^|[^\pL])(` + strings.Join(alternatives, "|") + `)(?:$|[^\pL])`)
	return p
}

// capital is a phrase as it begins a sentence.
func capital(phrase string) string {
	first, size := utf8.DecodeRuneInString(phrase)
	return string(unicode.ToUpper(first)) + phrase[size:]
}

// readRegion reads the words of a region.
func readRegion(tree fs.FS, name string) (*phrases, error) {
	text, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, fmt.Errorf("reading regional words: %w", err)
	}
	var written map[string]string
	if err := toml.Unmarshal(text, &written); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return newPhrases(written, true), nil
}

// replace says text in the dictionary's words, its template directives left
// alone; the longest phrase that fits wins.
func (p *phrases) replace(text string) string {
	if p == nil {
		return text
	}
	var b strings.Builder
	from := 0
	for _, at := range directive.FindAllStringIndex(text, -1) {
		p.replaceWords(&b, text[from:at[0]])
		b.WriteString(text[at[0]:at[1]])
		from = at[1]
	}
	p.replaceWords(&b, text[from:])
	return b.String()
}

func (p *phrases) replaceWords(b *strings.Builder, text string) {
	for {
		at := p.find.FindStringSubmatchIndex(text)
		if at == nil {
			b.WriteString(text)
			return
		}
		b.WriteString(text[:at[2]])
		b.WriteString(p.said[text[at[2]:at[3]]])
		text = text[at[3]:] // what follows a phrase may come before another
	}
}
