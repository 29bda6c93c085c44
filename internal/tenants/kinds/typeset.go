package kinds

import "habilis/internal/i18n"

// typeset gives what the file says plainly its apostrophes and its spaces. Every
// text of a kind is set here, once, whatever shows it.
func (k *Kind) typeset() {
	texts := []*Text{&k.Name}
	for i := range k.Modules {
		texts = append(texts, &k.Modules[i].Name)
	}
	for i := range k.Areas {
		a := &k.Areas[i]
		texts = append(texts, &a.Name)
		for scope, name := range a.Scopes {
			a.Scopes[scope] = name.typeset()
		}
	}
	for i := range k.Roles {
		texts = append(texts, &k.Roles[i].Name, &k.Roles[i].Description)
	}
	for i := range k.Flags {
		texts = append(texts, &k.Flags[i].Name, &k.Flags[i].Description)
	}
	for _, t := range texts {
		*t = t.typeset()
	}
	k.Words.Fr = k.Words.Fr.Map(func(s string) string { return i18n.Typeset(s, true) })
	k.Words.En = k.Words.En.Map(func(s string) string { return i18n.Typeset(s, false) })
}

func (t Text) typeset() Text { return Text{i18n.Typeset(t.Fr, true), i18n.Typeset(t.En, false)} }
