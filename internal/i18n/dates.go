package i18n

import (
	"strings"
	"time"
)

// calendar holds a language's names, split once from the messages time.months,
// time.months.short and time.weekdays (Sunday first).
type calendar struct{ months, shortMonths, weekdays []string }

func newCalendar(messages map[string]message) calendar {
	list := func(key string, n int) []string {
		names := strings.Split(messages[key].text, " ")
		return append(names, make([]string, max(0, n-len(names)))...)
	}
	return calendar{list("time.months", 12), list("time.months.short", 12), list("time.weekdays", 7)}
}

// Ago is a past moment as people say it: "il y a 12 min", "hier, 16 h 40",
// "mardi", "12 nov.", "il y a 14 mois". A moment still to come is its day.
func (p *Printer) Ago(t, now time.Time) string {
	t, now = t.In(p.zone), now.In(p.zone)
	elapsed, days := now.Sub(t), daysBetween(t, now)
	switch {
	case elapsed < -time.Minute:
		return p.Day(t, now)
	case elapsed < time.Minute:
		return p.T("time.now")
	case elapsed < time.Hour:
		return p.T("time.minutes", "N", int(elapsed.Minutes()))
	case days == 0:
		return p.T("time.hours", "N", int(elapsed.Hours()))
	case days == 1:
		return p.T("time.yesterday", "Time", p.Clock(t))
	case days < 7:
		return p.calendar.weekdays[t.Weekday()]
	case days < 14:
		return p.T("time.days", "N", days)
	}
	return p.longAgo(t, now)
}

func (p *Printer) longAgo(t, now time.Time) string {
	months := monthsBetween(t, now)
	switch {
	case months >= 24:
		return p.T("time.years", "N", months/12)
	case months >= 12:
		return p.T("time.months.ago", "N", months)
	}
	return p.Day(t, now)
}

// Day is a short date, "12 nov.", with its year when that isn't now's.
func (p *Printer) Day(t, now time.Time) string {
	t, now = t.In(p.zone), now.In(p.zone)
	month := p.calendar.shortMonths[t.Month()-1]
	if t.Year() == now.Year() {
		return p.T("time.day", "Day", p.ordinal(t.Day()), "Month", month)
	}
	return p.T("time.day.year", "Day", p.ordinal(t.Day()), "Month", month, "Year", year(t))
}

// Date is a whole date: "12 novembre 2025".
func (p *Printer) Date(t time.Time) string {
	t = t.In(p.zone)
	return p.T("time.date", "Day", p.ordinal(t.Day()), "Month", p.calendar.months[t.Month()-1], "Year", year(t))
}

// DateTime is a date and its time of day: "12 novembre 2025, 16 h 40".
func (p *Printer) DateTime(t time.Time) string {
	return p.T("time.datetime", "Date", p.Date(t), "Time", p.Clock(t))
}

// Clock is a time of day: "16 h 40", "4:40 p.m.".
func (p *Printer) Clock(t time.Time) string {
	t = t.In(p.zone)
	minute := t.Format("04")
	if p.locale.French() {
		return p.T("time.clock", "Hour", t.Hour(), "Minute", minute)
	}
	half := "time.am"
	if t.Hour() >= 12 {
		half = "time.pm"
	}
	return p.T("time.clock", "Hour", t.Format("3"), "Minute", minute) + noBreakSpace + p.T(half)
}

// ordinal is a day of the month: French says the first, then counts.
func (p *Printer) ordinal(day int) string {
	if day == 1 {
		return p.T("time.first")
	}
	return p.Number(day)
}

func year(t time.Time) string { return t.Format("2006") }

// daysBetween counts midnights between two moments of the same zone.
func daysBetween(from, to time.Time) int {
	y, m, d := from.Date()
	first := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	y, m, d = to.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Sub(first).Hours() / 24)
}

// monthsBetween counts whole months.
func monthsBetween(from, to time.Time) int {
	months := 12*(to.Year()-from.Year()) + int(to.Month()-from.Month())
	if to.Day() < from.Day() {
		months--
	}
	return months
}
