package records

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/search"
	"habilis/internal/tabular"
)

// FileLimits are what a file to import may hold.
var FileLimits = tabular.Limits{Bytes: 10 << 20, Rows: 100_000, Columns: 50, Cell: 2000}

// The names by which columns are known, as [search.Key] writes them.
var (
	referenceHeads = []string{"reference", "ref", "ref.", "numero", "no", "no.", "nº", "number", "code", "identifiant", "id"}
	labelHeads     = []string{"nom", "name", "libelle", "label", "nom complet", "full name", "intitule", "title"}
)

// draft is a file that was read, as it waits for a yes.
type draft struct {
	File    string   `json:"file"`
	Ignored []string `json:"ignored,omitempty"` // heads of columns that mean nothing here
	Rows    []line   `json:"rows"`
}

// line is a line of a file: a record, or what is wrong with it.
type line struct {
	Number    int          `json:"n"`
	ID        uuid.UUID    `json:"i"` // of the record, if it is new
	Reference string       `json:"r"`
	Label     string       `json:"l"`
	Key       string       `json:"k"` // "" when something is wrong
	Wrong     *fault.Fault `json:"w,omitempty"`
}

// readDraft understands a table as records.
func readDraft(file string, t tabular.Table) (*draft, error) {
	reference, label := column(t.Head, referenceHeads), column(t.Head, labelHeads)
	if reference < 0 || label < 0 {
		return nil, fault.Invalid("file", "records.import.columns", "Found", strings.Join(clean(t.Head), ", "))
	}
	d := &draft{File: fileName(file), Rows: make([]line, len(t.Rows))}
	for i, head := range clean(t.Head) {
		if i != reference && i != label && head != "" {
			d.Ignored = append(d.Ignored, head)
		}
	}
	first := make(map[string]int, len(t.Rows)) // line of a key
	for i, cells := range t.Rows {
		d.Rows[i] = readLine(t.Lines[i], cells, len(t.Head), cells[reference], cells[label])
		one := &d.Rows[i]
		if one.Wrong != nil {
			continue
		}
		if before, again := first[one.Key]; again {
			one.Key, one.Wrong = "", fault.Invalid("reference", "records.import.twice", "Line", before)
			continue
		}
		first[one.Key] = one.Number
	}
	return d, nil
}

func readLine(number int, cells []string, columns int, reference, label string) line {
	l := line{Number: number, Reference: shown(reference), Label: shown(label)}
	if len(cells) > columns {
		l.Wrong = fault.Invalid("", "records.import.cells", "Count", len(cells), "Heads", columns)
		return l
	}
	called, wrong := parse(reference, label)
	if len(wrong) > 0 {
		l.Wrong = wrong[0]
		if l.Wrong.Key == "field.required" {
			l.Wrong = fault.Invalid(l.Wrong.Field, "records.import.missing."+l.Wrong.Field)
		}
		return l
	}
	l.ID, l.Reference, l.Label, l.Key = access.NewID(), called.reference, called.label, called.key
	return l
}

// column finds the first head that is one of names; -1 is none.
func column(heads, names []string) int {
	for _, name := range names {
		at := slices.IndexFunc(heads, func(head string) bool { return search.Key(head) == name })
		if at >= 0 {
			return at
		}
	}
	return -1
}

// shown is a text of a file as its preview shows it: on one line, without what
// can't be seen, and no longer than it could be.
func shown(s string) string {
	s = strings.Map(func(r rune) rune {
		if !form.Legible(string(r)) {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > MaxLabel {
		return string(r[:MaxLabel]) + "…"
	}
	return s
}

func clean(heads []string) []string {
	all := make([]string, len(heads))
	for i, head := range heads {
		all[i] = shown(head)
	}
	return all
}

// maxFileName is how much of a file's name is kept, in characters.
const maxFileName = 100

// fileName is the name of a file without its folders, as browsers of old sent it.
func fileName(s string) string {
	s = shown(s[strings.LastIndexAny(s, `/\`)+1:])
	if r := []rune(s); len(r) > maxFileName {
		s = string(r[:maxFileName])
	}
	return s
}
