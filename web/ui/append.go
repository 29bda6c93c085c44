package ui

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a long list draws in each row is appended to the list's own bytes; the
// components of the same names write the same.

// AppendText appends what isn't markup, as html.EscapeString writes it.
func AppendText(b []byte, s string) []byte {
	written := 0
	for i := range len(s) {
		if escapes[s[i]] != "" {
			b = append(append(b, s[written:i]...), escapes[s[i]]...)
			written = i + 1
		}
	}
	return append(b, s[written:]...)
}

var escapes = [256]string{'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&#34;", '\'': "&#39;"}

// escapedFrom escapes what was appended since b had the given length: for words
// that hardly ever need it.
func escapedFrom(b []byte, length int) []byte {
	for _, c := range b[length:] {
		if escapes[c] != "" {
			return AppendText(b[:length], string(b[length:]))
		}
	}
	return b
}

// AppendIcon appends an icon that says nothing by itself, as [Draw] does.
func AppendIcon(b []byte, icon Icon) []byte {
	b = append(b, `<svg class="icon" aria-hidden="true"><use href="#i-`...)
	b = append(b, icon...)
	return append(b, `"/></svg>`...)
}

// AppendState appends a [State].
func AppendState(b []byte, shape Shape, word string) []byte {
	b = AppendText(append(b, shapeOpen[shape]...), word)
	return append(b, `</span>`...)
}

// AppendChip appends a [Chip].
func AppendChip(b []byte, tint Tint, label, more string) []byte {
	b = AppendText(append(b, chipOpen[tint]...), label)
	if more != "" {
		b = AppendText(append(b, ` <small>`...), more)
		b = append(b, `</small>`...)
	}
	return append(b, `</span>`...)
}

// AppendInitials appends what [Initials] are.
func AppendInitials(b []byte, names ...string) []byte {
	n := 0
	for _, name := range names {
		r, _ := utf8.DecodeRuneInString(strings.TrimSpace(name))
		if n < 2 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			b = utf8.AppendRune(b, unicode.ToUpper(r))
			n++
		}
	}
	return b
}
