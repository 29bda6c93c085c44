package i18n

import (
	"cmp"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// region puts Canadian French into the words of another French. A nil region
// changes nothing.
type region struct {
	phrases map[string]string
	find    *regexp.Regexp // a phrase, and what stands before it so that no word is cut
}

// readRegion reads a dictionary of phrases.
func readRegion(tree fs.FS, name string) (*region, error) {
	text, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, fmt.Errorf("reading regional words: %w", err)
	}
	r := &region{phrases: map[string]string{}}
	if err := toml.Unmarshal(text, &r.phrases); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	var alternatives []string
	for phrase, said := range r.phrases {
		r.phrases[phrase] = Typeset(said, true)
		alternatives = append(alternatives, regexp.QuoteMeta(phrase))
	}
	slices.SortFunc(alternatives, func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) })
	r.find, err = regexp.Compile(`(^|[^\pL])(` + strings.Join(alternatives, "|") + `)`)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return r, nil
}

// replace says text in the region's words; the longest phrase that fits wins.
func (r *region) replace(text string) string {
	if r == nil {
		return text
	}
	var b strings.Builder
	from := 0
	for _, at := range r.find.FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(text[from:at[4]])
		b.WriteString(r.phrases[text[at[4]:at[5]]])
		from = at[1]
	}
	b.WriteString(text[from:])
	return b.String()
}
