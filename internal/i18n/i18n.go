// Package i18n says things to people in their language: messages, numbers,
// dates and the order of names, in Canadian French, French of France and English.
//
// Messages live in messages/<room>.<language>.toml as go-i18n tables with flat
// keys ("people.count"). They are written plainly; typography (apostrophes,
// spaces that don't break) is set when they are loaded. French of France is the
// same text with the words of regions/fr-FR.toml in place of the Canadian ones,
// and a [Dialect] the same with the words of some of its readers.
package i18n

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/collate"
)

// Printer says things in one locale and one time zone. It is immutable and
// safe for concurrent use.
type Printer struct {
	*words
	zone *time.Location
}

// words is what a locale's printers share.
type words struct {
	locale    Locale
	source    []*goi18n.Message // what messages was made of
	messages  map[string]message
	localizer *goi18n.Localizer
	region    *phrases
	calendar  calendar
	collators sync.Pool // of *collate.Collator, which isn't safe for concurrent use
}

// Key is a message key given as an argument: it is said in the reader's
// language in its turn.
type Key string

var catalogue = sync.OnceValue(mustLoad)

// For returns the printer of a locale, in the time of most of its readers until
// In says otherwise: what lies outside any place is told in it. An
// unknown locale is answered in Canadian French.
func For(l Locale) *Printer {
	if p := catalogue()[l]; p != nil {
		return p
	}
	return catalogue()[FrCA]
}

// In returns a printer that tells time in the given zone.
func (p *Printer) In(zone *time.Location) *Printer {
	return &Printer{p.words, zone}
}

// Locale is the locale that the printer speaks.
func (p *Printer) Locale() Locale { return p.locale }

// T is the message named key, its placeholders filled from args, which
// alternate names and values. Integers are grouped, times are dates, a Key is
// said in its turn. The plural is chosen by the integer named Count. A missing
// message is answered by its key.
func (p *Printer) T(key string, args ...any) string {
	m, ok := p.messages[key]
	switch {
	case !ok:
		return key
	case m.parts == nil && !m.templated:
		return m.text
	case m.templated:
		return p.execute(key, pairs(args))
	}
	return p.fill(m, func(name string) (any, bool) { return find(args, name) })
}

// Message is T for arguments kept in a map, as faults keep them.
func (p *Printer) Message(key string, args map[string]any) string {
	m, ok := p.messages[key]
	switch {
	case !ok:
		return key
	case m.parts == nil && !m.templated:
		return m.text
	case m.templated:
		return p.execute(key, args)
	}
	return p.fill(m, func(name string) (any, bool) { v, ok := args[name]; return v, ok })
}

// Has reports whether there is a message named key.
func (p *Printer) Has(key string) bool {
	_, ok := p.messages[key]
	return ok
}

// Regional puts a text written in Canadian French, such as the words of a kind
// of establishment, into the locale's own words.
func (p *Printer) Regional(text string) string {
	return p.region.replace(text)
}

// Compare orders names as the locale's dictionary does: -1, 0 or 1, and 0 only
// for equal strings.
func (p *Printer) Compare(a, b string) int {
	c := p.collators.Get().(*collate.Collator)
	defer p.collators.Put(c)
	if order := c.CompareString(a, b); order != 0 {
		return order
	}
	return strings.Compare(a, b)
}

// fill writes a message that has placeholders but no plural.
func (p *Printer) fill(m message, value func(name string) (any, bool)) string {
	var b strings.Builder
	b.Grow(len(m.text) + 16)
	for _, part := range m.parts {
		said := ""
		if part.name != "" {
			if v, ok := value(part.name); ok {
				said = p.say(v)
			}
		}
		text := part.text
		if p.locale.French() {
			text, said = join(text, said)
		}
		b.WriteString(text)
		b.WriteString(said)
	}
	return b.String()
}

// execute leaves plurals and templates to go-i18n.
func (p *Printer) execute(key string, args map[string]any) string {
	said := make(map[string]any, len(args))
	for name, v := range args {
		said[name] = v
		if _, condition := v.(bool); !condition {
			said[name] = p.say(v)
		}
	}
	config := &goi18n.LocalizeConfig{MessageID: key, TemplateData: said}
	if n, ok := integer(args["Count"]); ok {
		config.PluralCount = n
	}
	text, err := p.localizer.Localize(config)
	if err != nil && text == "" {
		return key
	}
	if p.locale.French() {
		text = joinAll(text, said)
	}
	return text
}

// say is one argument as a person reads it.
func (p *Printer) say(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case Key:
		return p.T(string(v))
	case time.Time:
		return p.Date(v)
	case fmt.Stringer:
		return v.String()
	}
	if n, ok := integer(v); ok {
		return p.Number(n)
	}
	return fmt.Sprint(v)
}

func integer(v any) (n int, ok bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case int64:
		return int(v), true
	case int32:
		return int(v), true
	}
	return 0, false
}

func find(args []any, name string) (any, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if key, ok := args[i].(string); ok && key == name {
			return args[i+1], true
		}
	}
	return nil, false
}

func pairs(args []any) map[string]any {
	m := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		if name, ok := args[i].(string); ok {
			m[name] = args[i+1]
		}
	}
	return m
}

// Number groups the digits of n by thousands: 10 412 in French, 10,412 in English.
func (p *Printer) Number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	if len(digits) <= 3 {
		return sign + digits
	}
	separator := ","
	if p.locale.French() {
		separator = narrowSpace
	}
	var b strings.Builder
	b.WriteString(sign)
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(separator)
		}
		b.WriteByte(digits[i])
	}
	return b.String()
}
