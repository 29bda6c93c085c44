package ui

import (
	"time"

	"github.com/a-h/templ"

	"habilis/internal/i18n"
)

// Time is a past moment as people say it, with the exact one as its tip.
func Time(p *i18n.Printer, t, now time.Time) templ.Component {
	return markup(AppendTime(nil, p, t, now))
}

// AppendTime appends a [Time].
func AppendTime(b []byte, p *i18n.Printer, t, now time.Time) []byte {
	b = appendMoment(b, p, t)
	at := len(b)
	b = escapedFrom(p.AppendAgo(b, t, now), at)
	return append(b, `</time>`...)
}

// Day is a day as people say it, with the exact moment as its tip.
func Day(p *i18n.Printer, t, now time.Time) templ.Component {
	b := AppendText(appendMoment(nil, p, t), p.Day(t, now))
	return markup(append(b, `</time>`...))
}

func appendMoment(b []byte, p *i18n.Printer, t time.Time) []byte {
	b = append(b, `<time datetime="`...)
	b = t.UTC().AppendFormat(b, time.RFC3339)
	b = append(b, `" title="`...)
	at := len(b)
	b = escapedFrom(p.AppendDateTime(b, t), at)
	return append(b, `">`...)
}
