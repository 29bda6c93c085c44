package i18n

import (
	"regexp"
	"strings"
)

const (
	noBreakSpace = "\u00a0"
	narrowSpace  = "\u202f" // doesn't break either
)

var frenchSpaces = []struct {
	find    *regexp.Regexp
	replace string
}{
	{regexp.MustCompile(`[ \x{a0}\x{202f}]([;!?])`), narrowSpace + "$1"},
	{regexp.MustCompile(`[ \x{a0}\x{202f}]([:»%])`), noBreakSpace + "$1"},
	{regexp.MustCompile(`«[ \x{a0}\x{202f}]`), "«" + noBreakSpace},
}

// typeset gives a plainly written text its apostrophes and, in French, the
// spaces that keep punctuation with its word. Template directives are left alone.
func typeset(s string, french bool) string {
	var b strings.Builder
	from := 0
	for _, at := range directive.FindAllStringIndex(s, -1) {
		b.WriteString(typesetPlain(s[from:at[0]], french))
		b.WriteString(s[at[0]:at[1]])
		from = at[1]
	}
	b.WriteString(typesetPlain(s[from:], french))
	return b.String()
}

func typesetPlain(s string, french bool) string {
	s = strings.ReplaceAll(s, "'", "’")
	if !french {
		return s
	}
	for _, rule := range frenchSpaces {
		s = rule.find.ReplaceAllString(s, rule.replace)
	}
	return s
}
