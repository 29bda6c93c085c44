package i18n

import (
	"regexp"
	"strings"
)

const (
	noBreakSpace = "\u00a0"
	narrowSpace  = "\u202f" // doesn't break either
)

// frenchSpaces sets the space before double punctuation and inside quotation
// marks, whether or not one was typed, and that between a number and its hours. What isn't followed by a space, such as
// the colon of 16:40, isn't punctuation.
var frenchSpaces = []struct {
	find    *regexp.Regexp
	replace string
}{
	{regexp.MustCompile(`([^\s\x{a0}\x{202f};!?])[ \x{a0}\x{202f}]?([;!?]+)([\s»)\]]|$)`), "${1}" + narrowSpace + "${2}${3}"},
	{regexp.MustCompile(`([\pL\pN»)\x{e000}])[ \x{a0}\x{202f}]?(:)(\s|$)`), "${1}" + noBreakSpace + "${2}${3}"},
	{regexp.MustCompile(`[ \x{a0}\x{202f}]?([»%])`), noBreakSpace + "${1}"},
	{regexp.MustCompile(`([\pN\x{e000}]) (h|heures?|min|minutes?)\b`), "${1}" + noBreakSpace + "${2}"},
	{regexp.MustCompile(`(\bh) ([\pN\x{e000}])`), "${1}" + noBreakSpace + "${2}"},
	{regexp.MustCompile(`«[ \x{a0}\x{202f}]?`), "«" + noBreakSpace},
}

var punctuation = strings.NewReplacer("'", "’", "...", "…")

// hole stands for a template directive while the text around it is set.
const hole = "\ue000"

// Typeset gives a plainly written text its apostrophes and, in French, the
// spaces that keep punctuation with its word. Template directives are left alone.
func Typeset(s string, french bool) string {
	s = strings.ReplaceAll(s, hole, "")
	directives := directive.FindAllString(s, -1)
	s = punctuation.Replace(directive.ReplaceAllLiteralString(s, hole))
	if french {
		for _, rule := range frenchSpaces {
			s = rule.find.ReplaceAllString(s, rule.replace)
		}
	}
	for _, d := range directives {
		s = strings.Replace(s, hole, d, 1)
	}
	return s
}
