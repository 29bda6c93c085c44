package i18n

import "sync"

// Dialect is the vocabulary of some of the readers, laid over what the messages
// say to everyone: where the messages say "role", it may say "permission group".
// It changes the messages alone, never what fills them. A nil dialect is that of
// the messages.
type Dialect struct {
	french, english *phrases
	printers        sync.Map // Locale -> *Printer
}

// NewDialect makes a dialect of two dictionaries, each from phrases of the
// messages, in Canada's words, to what is said in their place. A phrase is
// written as within a sentence; it is whole words, and the longest that fits is
// replaced, so articles that elide are listed with their noun.
func NewDialect(french, english map[string]string) *Dialect {
	return &Dialect{french: newPhrases(french, true), english: newPhrases(english, false)}
}

// For returns the printer of a locale that speaks the dialect. It is made when
// it is first asked for.
func (d *Dialect) For(l Locale) *Printer {
	plain := For(l)
	if d == nil {
		return plain
	}
	l = plain.locale
	if p, ok := d.printers.Load(l); ok {
		return p.(*Printer)
	}
	over := d.english
	if l.French() {
		over = d.french
	}
	p, _ := d.printers.LoadOrStore(l, plain.saying(over))
	return p.(*Printer)
}
