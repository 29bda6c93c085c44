package records

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/search"
)

// Longest texts, in characters.
const (
	MaxReference = 64
	MaxLabel     = 200
)

// identity is what a record is called, once sound.
type identity struct {
	reference, label string
	key              string // two references are the same when their keys are
}

// parse reads a reference and a label as typed, in any alphabet, their spaces
// made single. The faults stand beside the fields reference and label.
func parse(reference, label string) (identity, fault.Faults) {
	var (
		wrong fault.Faults
		id    identity
		err   error
	)
	id.reference, err = parseText("reference", "records.no_reference", reference, MaxReference)
	_ = wrong.Add(err)
	id.label, err = parseText("label", "records.no_label", label, MaxLabel)
	_ = wrong.Add(err)
	id.key = key(id.reference)
	return id, wrong
}

func parseText(field, missing, s string, most int) (string, error) {
	s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	switch {
	case s == "":
		return "", fault.Invalid(field, missing)
	case utf8.RuneCountInString(s) > most:
		return "", fault.Invalid(field, "records.long", "Max", most)
	case !form.Legible(s) || !utf8.ValidString(s):
		return "", fault.Invalid(field, "form.characters")
	}
	return s, nil
}

// key is a reference as two of them are compared: case, width and ligatures make
// no difference, accents do.
func key(reference string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(reference)))
}

// searched is what the list looks into.
func (i identity) searched() string { return search.Key(i.reference, i.label) }
