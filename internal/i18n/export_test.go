package i18n

import "maps"

// Forms are the messages of a printer as their templates stand, all forms of
// each, with "…" where something is filled in.
func (p *Printer) Forms() map[string]string {
	said := make(map[string]string, len(p.source))
	for _, m := range p.source {
		said[m.ID] = directive.ReplaceAllString(m.One+"\n"+m.Other, "…")
	}
	return said
}

// Unused are the phrases of a dialect that no message of a locale says, neither
// within a sentence nor at its start.
func (d *Dialect) Unused(l Locale) map[string]string {
	over := d.english
	if l.French() {
		over = d.french
	}
	if over == nil {
		return nil
	}
	unused := maps.Clone(over.said)
	for _, text := range For(l).Forms() {
		for at := over.find.FindStringSubmatchIndex(text); at != nil; at = over.find.FindStringSubmatchIndex(text) {
			found := text[at[2]:at[3]]
			maps.DeleteFunc(unused, func(phrase, _ string) bool { return capital(phrase) == capital(found) })
			text = text[at[3]:]
		}
	}
	return unused
}
