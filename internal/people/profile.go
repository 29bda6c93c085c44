package people

import (
	"slices"
	"strings"
	"unicode/utf8"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
	"habilis/internal/tenants/kinds"
)

// profile is what a place writes of a person, once sound.
type profile struct {
	family, given string
	phone         Phone
	function      string
	flags         []string
	locale        i18n.Locale
}

// profileForm is a profile as typed.
type profileForm struct {
	family, given, phone, function, locale string
	flags                                  []string
}

func (s *Service) parseProfile(v *access.Visit, f profileForm, wrong *fault.Faults) (p profile) {
	var faults [4]error
	p.family, faults[0] = ParsePersonName("family", f.family)
	p.given, faults[1] = ParsePersonName("given", f.given)
	p.phone, faults[2] = ParsePhone(f.phone, regionOf(v.Tenant.Locale))
	p.function, faults[3] = parseFunction(f.function)
	for _, err := range faults {
		_ = wrong.Add(err)
	}
	if f.locale == "" {
		f.locale = v.Tenant.Locale
	}
	locale, ok := i18n.Parse(f.locale)
	if !ok {
		*wrong = append(*wrong, fault.Invalid("locale", "people.not_a_choice"))
	}
	p.locale = locale
	kind, _ := s.kinds.Kind(v.Tenant.Kind)
	for _, flag := range kind.Flags { // in the kind's order, each once
		if slices.Contains(f.flags, flag.Key) {
			p.flags = append(p.flags, flag.Key)
		}
	}
	unknown := func(key string) bool {
		return !slices.ContainsFunc(kind.Flags, func(known kinds.Flag) bool { return known.Key == key })
	}
	if slices.ContainsFunc(f.flags, unknown) {
		*wrong = append(*wrong, fault.Invalid("flags", "people.not_a_choice"))
	}
	return p
}

// maxFunction is the longest function, in characters.
const maxFunction = 100

// parseFunction reads what a person does in the place; it may be empty.
func parseFunction(s string) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > maxFunction {
		return "", fault.Invalid("function", "people.function_long", "Max", maxFunction)
	}
	return s, nil
}
