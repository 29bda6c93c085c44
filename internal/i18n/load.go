package i18n

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

//go:embed messages/*.toml regions/*.toml
var files embed.FS

// message is a text made ready: whole, or cut at its placeholders, or left to
// go-i18n when it has plural forms or template directives.
type message struct {
	text      string
	parts     []part
	templated bool
}

// append appends the message; write appends what a placeholder stands for.
func (m message) append(b []byte, write func(b []byte, name string) []byte) []byte {
	if m.parts == nil {
		return append(b, m.text...)
	}
	for _, part := range m.parts {
		b = append(b, part.text...)
		if part.name != "" {
			b = write(b, part.name)
		}
	}
	return b
}

// part is a piece of text and the placeholder that follows it, if any.
type part struct{ text, name string }

var (
	placeholder = regexp.MustCompile(`\{\{\s*\.([A-Za-z]\w*)\s*\}\}`)
	directive   = regexp.MustCompile(`\{\{.*?\}\}`)
)

// mustLoad reads the embedded messages. What it refuses is a defect of the
// build, found by any test that says anything.
func mustLoad() map[Locale]*Printer {
	printers, err := load(files)
	if err != nil {
		panic(fmt.Errorf("i18n: %w", err))
	}
	return printers
}

func load(tree fs.FS) (map[Locale]*Printer, error) {
	france, err := readRegion(tree, "regions/fr-FR.toml")
	if err != nil {
		return nil, err
	}
	french, err := readMessages(tree, "fr")
	if err != nil {
		return nil, err
	}
	english, err := readMessages(tree, "en")
	if err != nil {
		return nil, err
	}
	printers := map[Locale]*Printer{}
	for _, l := range []struct {
		locale   Locale
		messages []*goi18n.Message
		region   *phrases
	}{{FrCA, french, nil}, {FrFR, inPhrases(french, france), france}, {EnCA, english, nil}} {
		if printers[l.locale], err = newPrinter(l.locale, l.messages, l.region); err != nil {
			return nil, err
		}
	}
	return printers, nil
}

func newPrinter(l Locale, messages []*goi18n.Message, region *phrases) (*Printer, error) {
	tag := language.MustParse(string(l))
	bundle := goi18n.NewBundle(tag)
	w := &words{locale: l, region: region, source: messages, messages: make(map[string]message, len(messages))}
	for _, m := range messages {
		ready := prepare(m)
		w.messages[m.ID] = ready
		if !ready.templated {
			continue
		}
		if err := bundle.AddMessages(tag, m); err != nil {
			return nil, fmt.Errorf("adding %s of %s: %w", m.ID, l, err)
		}
	}
	w.localizer = goi18n.NewLocalizer(bundle, string(l))
	w.calendar = newCalendar(w.messages)
	w.collators.New = func() any { return collate.New(tag) }
	return &Printer{w, l.zone()}, nil
}

// saying is a printer that says the same in other phrases. What a dictionary
// does to a message that was sound leaves it sound: it doesn't touch directives.
func (p *Printer) saying(over *phrases) *Printer {
	if over == nil {
		return p
	}
	said, err := newPrinter(p.locale, inPhrases(p.source, over), p.region)
	if err != nil {
		panic(fmt.Errorf("i18n: %w", err))
	}
	return said
}

// prepare does once what T would otherwise do each time.
func prepare(m *goi18n.Message) message {
	ready := message{text: m.Other}
	rest := placeholder.ReplaceAllString(m.Other, "")
	if m.One != "" || strings.Contains(rest, "{{") {
		ready.templated = true
		return ready
	}
	from := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(m.Other, -1) {
		ready.parts = append(ready.parts, part{m.Other[from:at[0]], m.Other[at[2]:at[3]]})
		from = at[1]
	}
	if from > 0 && from < len(m.Other) {
		ready.parts = append(ready.parts, part{text: m.Other[from:]})
	}
	return ready
}

// readMessages reads messages/*.<lang>.toml, typeset, sorted by key.
func readMessages(tree fs.FS, lang string) ([]*goi18n.Message, error) {
	names, err := fs.Glob(tree, "messages/*."+lang+".toml")
	if err != nil {
		return nil, fmt.Errorf("listing messages: %w", err)
	}
	var all []*goi18n.Message
	seen := map[string]string{}
	for _, name := range names {
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, fmt.Errorf("reading messages: %w", err)
		}
		messages, err := goi18n.ParseMessageBytes(text, toml.Unmarshal)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		for _, m := range messages {
			if other, twice := seen[m.ID]; twice {
				return nil, fmt.Errorf("reading %s: %q is in %s too", name, m.ID, other)
			}
			seen[m.ID] = path.Base(name)
			all = append(all, mapTexts(m, func(s string) string { return Typeset(s, lang == "fr") }))
		}
	}
	slices.SortFunc(all, func(a, b *goi18n.Message) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

// mapTexts is a copy of m with each of its forms passed through f. French has a
// third plural, for whole millions; it takes the ordinary one's words.
func mapTexts(m *goi18n.Message, f func(string) string) *goi18n.Message {
	c := *m
	c.One, c.Other = f(m.One), f(m.Other)
	c.Many = c.Other
	return &c
}

func inPhrases(messages []*goi18n.Message, over *phrases) []*goi18n.Message {
	out := make([]*goi18n.Message, len(messages))
	for i, m := range messages {
		out[i] = mapTexts(m, over.replace)
	}
	return out
}
