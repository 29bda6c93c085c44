package tenants

import (
	"habilis/internal/grid"
	"habilis/internal/i18n"
	"habilis/internal/tenants/kinds"
)

// spoken is a kind's vocabulary in one locale.
type spoken struct {
	kind   string
	locale i18n.Locale
}

// Words is the vocabulary of a kind in a locale, regional words included. That
// of an unknown kind is empty.
func (s *Service) Words(kind string, locale i18n.Locale) kinds.Words {
	key := spoken{kind, locale}
	if words, ok := s.words.Load(key); ok {
		return words.(kinds.Words)
	}
	k, ok := s.kinds.Kind(kind)
	words := k.Words.In(string(locale)).Map(i18n.For(locale).Regional)
	if ok && locale.Valid() {
		s.words.Store(key, words)
	}
	return words
}

// ScopeName says a scope as the places of a kind say it in an area.
func (s *Service) ScopeName(kind string, area grid.Area, scope grid.Scope, locale i18n.Locale) string {
	k, _ := s.kinds.Kind(kind)
	return i18n.For(locale).Regional(k.ScopeName(area, scope, string(locale)))
}
