package ui

import (
	"time"

	"github.com/a-h/templ"

	"habilis/internal/i18n"
)

// Time is a past moment as people say it, with the exact one as its tip.
func Time(p *i18n.Printer, t, now time.Time) templ.Component {
	return moment(t, p.DateTime(t), p.Ago(t, now))
}

// Day is a day as people say it, with the exact moment as its tip.
func Day(p *i18n.Printer, t, now time.Time) templ.Component {
	return moment(t, p.DateTime(t), p.Day(t, now))
}

func moment(t time.Time, exact, said string) templ.Component {
	return markup(`<time datetime="` + t.UTC().Format(time.RFC3339) + `" title="` + templ.EscapeString(exact) + `">` +
		templ.EscapeString(said) + `</time>`)
}
