package ui

import (
	"cmp"
	"strconv"

	"github.com/a-h/templ"

	"habilis/internal/form"
)

func errorID(name string) string { return FieldID(name) + "-error" }
func hintID(name string) string  { return FieldID(name) + "-hint" }
func meterID(name string) string { return FieldID(name) + "-meter" }

// attributes are those of an <input>.
func (in Input) attributes(f *form.Form) templ.OrderedAttributes {
	kind := in.Type
	if kind == "" {
		kind = "text"
	}
	a := append(in.shared(f), attribute("type", kind), attribute("value", cmp.Or(f.Typed(in.Name), in.Proposed)))
	if in.InputMode != "" {
		a = append(a, attribute("inputmode", in.InputMode))
	}
	if in.Min != "" {
		a = append(a, attribute("min", in.Min))
	}
	if in.Max != "" {
		a = append(a, attribute("max", in.Max))
	}
	return a
}

// password are the attributes of an <input> for a password; its value is never
// written.
func (in Input) password(f *form.Form, meter string) templ.OrderedAttributes {
	a := append(in.shared(f), attribute("type", "password"), attribute("spellcheck", "false"))
	if meter == "" {
		return a
	}
	return append(a,
		attribute("hx-post", meter),
		attribute("hx-trigger", "input changed delay:250ms"),
		attribute("hx-target", "#"+meterID(in.Name)),
		attribute("hx-swap", "innerHTML"),
		attribute("hx-sync", "this:replace"))
}

// shared are the attributes that all kinds of fields have. Fields are required
// by the server, which says what is missing in its own words: the attribute
// required would have the browser say it in others.
func (in Input) shared(f *form.Form) templ.OrderedAttributes {
	a := templ.OrderedAttributes{
		attribute("class", "input"),
		attribute("id", FieldID(in.Name)),
		attribute("name", in.Name),
	}
	if in.Digits {
		a[0] = attribute("class", "input digits")
	}
	if in.Autocomplete != "" {
		a = append(a, attribute("autocomplete", in.Autocomplete))
	}
	if in.MaxLength > 0 {
		a = append(a, attribute("maxlength", strconv.Itoa(in.MaxLength)))
	}
	if !in.Optional && !in.ReadOnly {
		a = append(a, attribute("aria-required", "true"))
	}
	if in.ReadOnly {
		a = append(a, flag("readonly"))
	}
	if in.Autofocus {
		a = append(a, flag("autofocus"))
	}
	return append(a, invalid(f, in.Name, in.Hint)...)
}

// invalid ties a control to its fault and its hint.
func invalid(f *form.Form, name, hint string) templ.OrderedAttributes {
	var a templ.OrderedAttributes
	described := ""
	if f.Error(name) != nil {
		a = append(a, attribute("aria-invalid", "true"))
		described = errorID(name)
	}
	if hint != "" {
		described += " " + hintID(name)
	}
	if described != "" {
		a = append(a, attribute("aria-describedby", described))
	}
	return a
}

func attribute(name, value string) templ.KeyValue[string, any] {
	return templ.KeyValue[string, any]{Key: name, Value: value}
}

func flag(name string) templ.KeyValue[string, any] {
	return templ.KeyValue[string, any]{Key: name, Value: true}
}
