// Package form holds what a person typed and what is wrong with it. A handler
// reads the fields that it knows, by name, and nothing else can come in; what
// the domain's parsers refuse is kept beside its field, so that the form can be
// shown again (422) with everything that was typed, except secrets.
package form

import (
	"net/url"
	"slices"
	"strings"

	"habilis/internal/fault"
)

// Form is one submitted form. The zero value is an empty form.
type Form struct {
	Values url.Values   // as sent
	Faults fault.Faults // in the order in which they were found
	secret []string     // fields that are never shown again
}

// With is a form that nobody has sent yet, filled with values; args alternate
// names and values.
func With(args ...string) *Form {
	f := &Form{Values: url.Values{}}
	for i := 0; i+1 < len(args); i += 2 {
		f.Values.Add(args[i], args[i+1])
	}
	return f
}

// Get is the one line that was typed in a field, without the spaces around it.
// A field sent twice, or with line breaks, control characters or invisible ones,
// is a fault and reads as empty.
func (f *Form) Get(name string) string {
	s := strings.TrimSpace(f.one(name))
	if strings.ContainsFunc(s, unseen) {
		f.refuse(name, "form.characters")
		return ""
	}
	return s
}

// Text is like Get for a field of several lines, which end in \n.
func (f *Form) Text(name string) string {
	s := strings.TrimSpace(strings.ReplaceAll(f.one(name), "\r\n", "\n"))
	if strings.ContainsFunc(s, func(r rune) bool { return unseen(r) && r != '\n' && r != '\t' }) {
		f.refuse(name, "form.characters")
		return ""
	}
	return s
}

// Secret is what was typed in a password field, to the letter; the field is
// blank when the form is shown again.
func (f *Form) Secret(name string) string {
	f.Blank(name)
	return f.one(name)
}

// Bool reports whether a box was ticked.
func (f *Form) Bool(name string) bool {
	switch f.one(name) {
	case "", "0", "false", "off":
		return false
	}
	return true
}

// All are the values of a field that may be sent several times, such as ticked
// rows, without empty ones.
func (f *Form) All(name string) []string {
	var all []string
	for _, s := range f.Values[name] {
		s = strings.TrimSpace(s)
		if strings.ContainsFunc(s, unseen) {
			f.refuse(name, "form.characters")
			return nil
		}
		if s != "" {
			all = append(all, s)
		}
	}
	return all
}

// Typed is what to put back in a field when the form is shown again.
func (f *Form) Typed(name string) string {
	if f == nil || slices.Contains(f.secret, name) {
		return ""
	}
	return f.Values.Get(name)
}

// Chose reports whether value is among those sent for a field: for radio
// buttons, boxes and lists shown again.
func (f *Form) Chose(name, value string) bool {
	return f != nil && !slices.Contains(f.secret, name) && slices.Contains(f.Values[name], value)
}

// Blank keeps fields from being shown again.
func (f *Form) Blank(names ...string) {
	f.secret = append(f.secret, names...)
}

// Secrets reports whether a field was read as one.
func (f *Form) Secrets(name string) bool { return slices.Contains(f.secret, name) }

// Fail records what err says is wrong; a field keeps its first fault. It is
// false, and nothing is recorded, for nil and for a defect.
func (f *Form) Fail(err error) bool {
	faults, ok := fault.As(err)
	for _, one := range faults {
		if one.Field == "" || f.Error(one.Field) == nil {
			f.Faults = append(f.Faults, one)
		}
	}
	return ok
}

// OK reports that nothing is wrong so far.
func (f *Form) OK() bool { return f == nil || len(f.Faults) == 0 }

// Err is all that is wrong, or nil.
func (f *Form) Err() error { return f.Faults.Err() }

// Error is what is wrong with a field, or nil.
func (f *Form) Error(name string) *fault.Fault {
	if f == nil {
		return nil
	}
	for _, one := range f.Faults {
		if one.Field == name {
			return one
		}
	}
	return nil
}

// General are the faults that belong to no field.
func (f *Form) General() fault.Faults {
	if f == nil {
		return nil
	}
	var general fault.Faults
	for _, one := range f.Faults {
		if one.Field == "" {
			general = append(general, one)
		}
	}
	return general
}

// one is the scalar that was sent for a field.
func (f *Form) one(name string) string {
	switch sent := f.Values[name]; len(sent) {
	case 0:
		return ""
	case 1:
		return sent[0]
	}
	f.refuse(name, "form.repeated")
	return ""
}

func (f *Form) refuse(name, key string) {
	f.Fail(fault.Invalid(name, key))
}
