package form

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"habilis/internal/fault"
)

const (
	maxBytes  = 64 << 10 // of a body
	maxFields = 2000     // of a form, repeated ones counted each time
)

// Parse reads the body of an URL-encoded form, and only the body: nothing of the
// address can stand in for a field. What is too large, malformed or not text is
// a fault, as is a body that ends too soon.
func Parse(w http.ResponseWriter, r *http.Request) (*Form, error) {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media != "application/x-www-form-urlencoded" && r.ContentLength != 0 {
		return nil, fault.Invalid("", "form.malformed")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBytes))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, fault.Invalid("", "form.too_large")
	}
	if err != nil { // the person went away, or sends too slowly: nothing of ours failed
		return nil, fault.Invalid("", "form.malformed")
	}
	return decode(string(body))
}

// Query reads a form that was sent in the address, such as the filters of a list.
func Query(r *http.Request) (*Form, error) {
	return decode(r.URL.RawQuery)
}

func decode(encoded string) (*Form, error) {
	if strings.Count(encoded, "&") >= maxFields {
		return nil, fault.Invalid("", "form.too_large")
	}
	values, err := url.ParseQuery(encoded)
	if err != nil {
		return nil, fault.Invalid("", "form.malformed")
	}
	for name, sent := range values {
		for _, s := range append(sent, name) {
			if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
				return nil, fault.Invalid("", "form.malformed")
			}
		}
	}
	return &Form{Values: values}, nil
}

// Legible reports whether each character of a text can be seen, and none changes
// the order in which the others are read.
func Legible(s string) bool { return !strings.ContainsFunc(s, unseen) }

// unseen reports a character that a person can't see and that none of our fields
// needs: controls, direction and zero-width marks (Cf), line and paragraph
// separators, private ones.
func unseen(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) || blankLetter(r)
}

// blankLetter reports the letters that are drawn as nothing.
func blankLetter(r rune) bool {
	switch r {
	case '\u034f', '\u115f', '\u1160', '\u17b4', '\u17b5', '\u3164', '\uffa0':
		return true
	}
	return false
}
