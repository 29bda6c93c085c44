package i18n

import (
	"time"
	_ "time/tzdata" // zones are the same on every machine

	"golang.org/x/text/language"
)

// Locale is a language as spoken somewhere: a BCP 47 tag, fit for the lang
// attribute of a page.
type Locale string

// The locales that Habilis speaks.
const (
	FrCA Locale = "fr-CA"
	FrFR Locale = "fr-FR"
	EnCA Locale = "en-CA"
)

// Locales lists the locales in the order in which people choose among them.
func Locales() []Locale { return []Locale{FrCA, FrFR, EnCA} }

// Parse returns the locale named s; ok is false for one that isn't spoken here.
func Parse(s string) (l Locale, ok bool) {
	l = Locale(s)
	return l, l.Valid()
}

// Valid reports whether the locale is one of Locales.
func (l Locale) Valid() bool { return l == FrCA || l == FrFR || l == EnCA }

// Name is what the locale's own speakers call it.
func (l Locale) Name() string {
	switch l {
	case FrFR:
		return "Français (France)"
	case EnCA:
		return "English"
	default:
		return "Français (Canada)"
	}
}

// zone is where most of the locale's readers are.
func (l Locale) zone() *time.Location {
	name := "America/Toronto"
	if l == FrFR {
		name = "Europe/Paris"
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err) // the zones are embedded
	}
	return zone
}

// French reports whether the locale is a French one.
func (l Locale) French() bool { return l != EnCA }

// maxAccept bounds the Accept-Language header that is looked at, in bytes.
const maxAccept = 256

// Match chooses a locale: the person's saved one, else the first language of the
// browser that is spoken here, else the place's, else Canadian French. A browser
// that says only "fr" gets the place's French.
func Match(saved Locale, acceptLanguage string, place Locale) Locale {
	if saved.Valid() {
		return saved
	}
	if !place.Valid() {
		place = FrCA
	}
	if len(acceptLanguage) > maxAccept {
		return place
	}
	tags, weights, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return place
	}
	for i, tag := range tags {
		if weights[i] == 0 {
			continue
		}
		if l, ok := spoken(tag, place); ok {
			return l
		}
	}
	return place
}

func spoken(tag language.Tag, place Locale) (l Locale, ok bool) {
	base, _ := tag.Base()
	switch base.String() {
	case "en":
		return EnCA, true
	case "fr":
		return frenchOf(tag, place), true
	}
	return "", false
}

func frenchOf(tag language.Tag, place Locale) Locale {
	region, how := tag.Region()
	switch {
	case how == language.Exact && region.String() == "CA":
		return FrCA
	case how == language.Exact:
		return FrFR
	case place.French():
		return place
	}
	return FrCA
}
