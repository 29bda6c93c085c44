package i18n

import (
	"strconv"
	"strings"
	"time"
)

// calendar holds a language's names, split once from the messages time.months,
// time.months.short and time.weekdays (Sunday first), and the ways to put dates.
type calendar struct {
	months, shortMonths, weekdays                 []string
	day, dayYear, date, dateTime, clock, clockDay message
	yesterday, minutes, hours, days               message
	monthsAgo, years                              message
	now, first, am, pm                            string
}

func newCalendar(messages map[string]message) calendar {
	list := func(key string, n int) []string {
		names := strings.Split(messages[key].text, " ")
		return append(names, make([]string, max(0, n-len(names)))...)
	}
	return calendar{
		months: list("time.months", 12), shortMonths: list("time.months.short", 12), weekdays: list("time.weekdays", 7),
		day: messages["time.day"], dayYear: messages["time.day.year"], date: messages["time.date"],
		dateTime: messages["time.datetime"], clock: messages["time.clock"], clockDay: messages["time.clock.day"],
		yesterday: messages["time.yesterday"], minutes: messages["time.minutes"], hours: messages["time.hours"],
		days: messages["time.days"], monthsAgo: messages["time.months.ago"], years: messages["time.years"],
		now: messages["time.now"].text, first: messages["time.first"].text, am: messages["time.am"].text, pm: messages["time.pm"].text,
	}
}

// Ago is a past moment as people say it: "il y a 12 min", "hier, 16 h 40",
// "mardi", "12 nov.", "il y a 14 mois". A moment still to come is its day.
func (p *Printer) Ago(t, now time.Time) string { return string(p.AppendAgo(nil, t, now)) }

// Day is a short date, "12 nov.", with its year when that isn't now's.
func (p *Printer) Day(t, now time.Time) string { return string(p.appendDay(nil, t, now)) }

// Date is a whole date: "12 novembre 2025".
func (p *Printer) Date(t time.Time) string { return string(p.appendDate(nil, t)) }

// DateTime is a date and its time of day: "12 novembre 2025, 16 h 40".
func (p *Printer) DateTime(t time.Time) string { return string(p.AppendDateTime(nil, t)) }

// Clock is a time of day: "16 h 40", "4:40 p.m."; on another day than now's, with
// whole date, which ends no sentence with two points: "16 h 40 le 12 novembre 2025".
func (p *Printer) Clock(t, now time.Time) string {
	if daysBetween(t.In(p.zone), now.In(p.zone)) == 0 {
		return string(p.appendClock(nil, t))
	}
	return string(p.calendar.clockDay.append(nil, func(b []byte, name string) []byte {
		if name == "Day" {
			return p.appendDate(b, t)
		}
		return p.appendClock(b, t)
	}))
}

// Lists say a hundred moments a page, so what follows appends to b what is
// documented above, through no string between.

// AppendAgo appends what Ago says.
func (p *Printer) AppendAgo(b []byte, t, now time.Time) []byte {
	t, now = t.In(p.zone), now.In(p.zone)
	elapsed, days := now.Sub(t), daysBetween(t, now)
	switch {
	case elapsed < -time.Minute:
		return p.appendDay(b, t, now)
	case elapsed < time.Minute:
		return append(b, p.calendar.now...)
	case elapsed < time.Hour:
		return p.appendN(b, p.calendar.minutes, int(elapsed.Minutes()))
	case days == 0:
		return p.appendN(b, p.calendar.hours, int(elapsed.Hours()))
	case days == 1:
		return p.calendar.yesterday.append(b, func(b []byte, _ string) []byte { return p.appendClock(b, t) })
	case days < 7:
		return append(b, p.calendar.weekdays[t.Weekday()]...)
	case days < 14:
		return p.appendN(b, p.calendar.days, days)
	}
	return p.appendLongAgo(b, t, now)
}

func (p *Printer) appendLongAgo(b []byte, t, now time.Time) []byte {
	months := monthsBetween(t, now)
	switch {
	case months >= 24:
		return p.appendN(b, p.calendar.years, months/12)
	case months >= 12:
		return p.appendN(b, p.calendar.monthsAgo, months)
	}
	return p.appendDay(b, t, now)
}

// AppendDateTime appends what DateTime says.
func (p *Printer) AppendDateTime(b []byte, t time.Time) []byte {
	t = t.In(p.zone)
	return p.calendar.dateTime.append(b, func(b []byte, name string) []byte {
		if name == "Date" {
			return p.appendDate(b, t)
		}
		return p.appendClock(b, t)
	})
}

func (p *Printer) appendDay(b []byte, t, now time.Time) []byte {
	t, now = t.In(p.zone), now.In(p.zone)
	layout := p.calendar.dayYear
	if t.Year() == now.Year() {
		layout = p.calendar.day
	}
	return p.appendLayout(b, layout, p.calendar.shortMonths, t)
}

func (p *Printer) appendDate(b []byte, t time.Time) []byte {
	return p.appendLayout(b, p.calendar.date, p.calendar.months, t.In(p.zone))
}

func (p *Printer) appendLayout(b []byte, layout message, months []string, t time.Time) []byte {
	year, month, day := t.Date()
	return layout.append(b, func(b []byte, name string) []byte {
		switch name {
		case "Day":
			return p.appendOrdinal(b, day)
		case "Month":
			return append(b, months[month-1]...)
		}
		return appendPadded(b, year, 4)
	})
}

func (p *Printer) appendClock(b []byte, t time.Time) []byte {
	hour, minute, _ := t.In(p.zone).Clock()
	shown, half := hour, ""
	if !p.locale.French() {
		shown, half = (hour+11)%12+1, p.calendar.am
		if hour >= 12 {
			half = p.calendar.pm
		}
	}
	b = p.calendar.clock.append(b, func(b []byte, name string) []byte {
		if name == "Hour" {
			return strconv.AppendInt(b, int64(shown), 10)
		}
		return appendPadded(b, minute, 2)
	})
	if half != "" {
		b = append(append(b, noBreakSpace...), half...)
	}
	return b
}

// appendN appends a message about one number.
func (p *Printer) appendN(b []byte, m message, n int) []byte {
	return m.append(b, func(b []byte, _ string) []byte { return append(b, p.Number(n)...) })
}

// appendOrdinal appends a day of the month: French says the first, then counts.
func (p *Printer) appendOrdinal(b []byte, day int) []byte {
	if day == 1 {
		return append(b, p.calendar.first...)
	}
	return strconv.AppendInt(b, int64(day), 10)
}

// appendPadded appends a number of at least so many digits.
func appendPadded(b []byte, n, digits int) []byte {
	for limit := 10; digits > 1; limit, digits = limit*10, digits-1 {
		if n < limit {
			b = append(b, '0')
		}
	}
	return strconv.AppendInt(b, int64(n), 10)
}

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
