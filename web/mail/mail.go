// Package mail writes the letters: the same words as HTML and as plain text,
// each made with care, in the recipient's language. Nothing in them comes from
// outside, and nothing follows who reads them.
package mail

import (
	"context"
	"fmt"
	"strings"

	"habilis/internal/i18n"
)

// Letters renders the letters of the package internal/mail.
type Letters struct{}

// Render writes a letter. What the parameters are is said in internal/mail.
func (Letters) Render(template string, p *i18n.Printer, params map[string]string) (subject, html, text string, err error) {
	compose := letters[template]
	if compose == nil {
		return "", "", "", fmt.Errorf("no letter is called %q", template)
	}
	l := compose(newSay(p, params))
	var b strings.Builder
	if err := document(l).Render(context.Background(), &b); err != nil {
		return "", "", "", fmt.Errorf("rendering the letter %s: %w", template, err)
	}
	return l.subject, b.String(), plain(l), nil
}

// letter is what there is to say, before it is HTML or text.
type letter struct {
	locale     i18n.Locale
	subject    string
	title      string
	what       string // the first line: what this is, and from whom
	how        string
	facts      []fact
	quote      fact   // what a person wrote
	secret     fact   // a password, to be read letter by letter
	button     string // its words; "" for none
	link       string
	linkHelp   string
	expires    string
	unexpected string
	footer     []string
	fact       func(label, value string) string // as one line of text
}

// fact is something named. The value may have several lines.
type fact struct{ label, value string }

func (f fact) lines() []string { return strings.Split(f.value, "\n") }

// speaker says messages in a language.
type speaker interface {
	Locale() i18n.Locale
	T(key string, args ...any) string
	Message(key string, args map[string]any) string
}

// say speaks the recipient's language about one letter's parameters.
type say struct {
	speaker
	params map[string]string
	args   map[string]any // the same, named as in messages: Place, By…
}

func newSay(p speaker, params map[string]string) say {
	args := make(map[string]any, len(params))
	for name, value := range params {
		if name != "" {
			args[strings.ToUpper(name[:1])+name[1:]] = value
		}
	}
	return say{p, params, args}
}

func (s say) it(key string) string { return s.Message(key, s.args) }

// base is what all letters share.
func (s say) base() letter {
	l := letter{
		locale: s.Locale(), link: s.params["link"], linkHelp: s.it("mail.link"),
		fact: func(label, value string) string { return s.T("mail.fact", "Label", label, "Value", value) },
	}
	if s.params["place"] == "" {
		l.footer = []string{s.it("mail.footer.account")}
		return l
	}
	l.footer = []string{s.it("mail.footer.place")}
	if s.params["support"] != "" {
		l.footer = append(l.footer, s.it("mail.footer.support"))
	}
	return l
}
