package mail

import (
	"fmt"
	netmail "net/mail"
	"slices"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"

	"habilis/internal/i18n"
)

// product signs every letter, beside the place.
const product = "Habilis"

const (
	nameLimit   = 120 // of a line that comes from people, in runes
	answerLimit = 300
	textLimit   = 4000 // of a note
)

// manyLines are the parameters that may have several lines.
var manyLines = []string{"note", "reason", "given", "ended", "widened", "narrowed", "changed"}

// draft is all that a message is made of.
type draft struct {
	template string
	id       string // of the message, unique in the world with our domain
	from     string // name
	to       string // address
	replyTo  string
	date     time.Time
	params   map[string]string
	printer  *i18n.Printer
}

// write makes the message of a place's letter.
func (w *Worker) write(s *sending) (*gomail.Msg, error) {
	p := w.Printer(s.place.Kind, i18n.Locale(s.Locale))
	if zone, err := time.LoadLocation(s.place.TimeZone); err == nil {
		p = p.In(zone)
	}
	return w.compose(draft{
		template: s.Template, id: fmt.Sprintf("%s.%d", s.ID, s.Attempts),
		from: fmt.Sprintf("%s (%s)", oneLine(s.place.Name, nameLimit), product),
		to:   s.Recipient, replyTo: s.place.Support, date: s.now,
		params: s.params(w.BaseURL, p), printer: p,
	})
}

// compose writes a message whose headers nobody can add to: each name is put on
// one line and encoded, each address is one address.
func (w *Worker) compose(d draft) (*gomail.Msg, error) {
	to, err := oneAddress(d.to)
	if err != nil {
		return nil, err
	}
	for name, value := range d.params {
		if slices.Contains(manyLines, name) {
			d.params[name] = someLines(value, textLimit)
		} else {
			d.params[name] = oneLine(value, textLimit)
		}
	}
	subject, html, text, err := w.Renderer.Render(d.template, d.printer, d.params)
	if err != nil {
		return nil, err
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(&netmail.Address{Name: d.from, Address: w.From})
	m.ToMailAddress(to)
	if reply, err := oneAddress(d.replyTo); err == nil {
		m.ReplyToMailAddress(reply)
	}
	_, domain, _ := strings.Cut(w.From, "@")
	m.SetMessageIDWithValue(d.id + "@" + domain)
	m.SetDateWithValue(d.date)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("X-Auto-Response-Suppress", "All")
	m.SetGenHeader("Content-Language", string(d.printer.Locale()))
	m.Subject(oneLine(subject, 2*nameLimit))
	m.SetBodyString(gomail.TypeTextPlain, text)
	m.AddAlternativeString(gomail.TypeTextHTML, html)
	return m, nil
}

// oneAddress parses a bare address: one, without a name.
func oneAddress(s string) (*netmail.Address, error) {
	address, err := netmail.ParseAddress(s)
	if err != nil || address.Address != s {
		return nil, fmt.Errorf("not one mail address: %q", s)
	}
	return address, nil
}

// inASCII is an address with its domain as the DNS knows it.
func inASCII(address string) string {
	at := strings.LastIndexByte(address, '@')
	domain, err := idna.Lookup.ToASCII(address[at+1:])
	if err != nil {
		return address
	}
	return address[:at+1] + domain
}

// tidy makes a server's words fit to be kept and shown; a server that quotes
// the message back does not get the secret kept.
func tidy(answer, secret string) string {
	if secret != "" {
		answer = strings.ReplaceAll(answer, secret, "…")
	}
	return oneLine(answer, answerLimit)
}

// oneLine is s without control or invisible characters, in at most limit runes.
func oneLine(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), r == '\u2028', r == '\u2029', r == unicode.ReplacementChar:
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
	runes := []rune(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }), " "))
	if len(runes) > limit {
		runes = append(runes[:limit-1], '…')
	}
	return string(runes)
}

// someLines is s with each of its lines made one; empty ones are left out.
func someLines(s string, limit int) string {
	var lines []string
	for line := range strings.Lines(s) {
		if line = oneLine(line, limit); line != "" && len(lines) < 40 {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
