package mail

import (
	"strings"
	"unicode/utf8"
)

// width is where lines of text are folded, in runes; addresses never are.
const width = 72

// plain is the letter as text, in the order of the HTML.
func plain(l letter) string {
	blocks := []string{fold(l.what, ""), fold(l.how, "")}
	var facts []string
	for _, f := range l.facts {
		facts = append(facts, fold(l.fact(f.label, strings.Join(f.lines(), ", ")), ""))
	}
	blocks = append(blocks, strings.Join(facts, "\n"))
	if l.quote.value != "" {
		blocks = append(blocks, heading(l, l.quote.label)+"\n"+indent(l.quote.lines(), "> "))
	}
	if l.secret.value != "" {
		blocks = append(blocks, heading(l, l.secret.label)+"\n\n"+indent([]string{l.secret.value}, "    "))
	}
	if l.button != "" {
		blocks = append(blocks, heading(l, l.button)+"\n"+l.link)
	}
	blocks = append(blocks, fold(l.expires, ""), fold(l.unexpected, ""), "-- \n"+strings.Join(l.footer, "\n"))
	var said []string
	for _, block := range blocks {
		if block != "" {
			said = append(said, block)
		}
	}
	return strings.Join(said, "\n\n") + "\n"
}

// heading is a label with the colon of its language.
func heading(l letter, label string) string { return strings.TrimRight(l.fact(label, ""), " ") }

// indent folds each line and puts prefix before each that results: what a person
// wrote can't pass for what the letter says.
func indent(lines []string, prefix string) string {
	var b []string
	for _, line := range lines {
		b = append(b, fold(line, prefix))
	}
	return strings.Join(b, "\n")
}

// fold breaks a paragraph between words so that no line is wider than width,
// unless it is a single word.
func fold(paragraph, prefix string) string {
	if paragraph == "" {
		return ""
	}
	var b strings.Builder
	column := 0
	for _, word := range strings.Split(paragraph, " ") {
		n := utf8.RuneCountInString(word)
		switch {
		case column == 0:
			b.WriteString(prefix)
		case column+1+n > width-len(prefix):
			b.WriteString("\n" + prefix)
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}
