package records

import (
	"crypto/sha256"
	"slices"
	"strings"

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

// file is one that was read and understood as records. Of its rows, the two cells
// that mean something are kept.
type file struct {
	name    string
	digest  [sha256.Size]byte
	ignored []string // heads of columns that mean nothing here
	lines   []line

	columns          int
	reference, label int            // which columns these are
	first            map[string]int // the line on which a key first stands
}

// line is a line of a file: a record, or what is wrong with it.
type line struct {
	identity // its key is "" when something is wrong
	number   int
	wrong    *fault.Fault
}

func readFile(name string, raw []byte) (*file, error) {
	f := &file{name: fileName(name), digest: sha256.Sum256(raw), first: map[string]int{}}
	return f, tabular.Read(raw, FileLimits, f)
}

// Head finds the columns.
func (f *file) Head(cells []string) error {
	f.columns, f.reference, f.label = len(cells), column(cells, referenceHeads), column(cells, labelHeads)
	heads := clean(cells)
	if f.reference < 0 || f.label < 0 {
		return fault.Invalid("", "records.import.columns", "Found", strings.Join(heads, ", "))
	}
	for i, head := range heads {
		if i != f.reference && i != f.label && head != "" {
			f.ignored = append(f.ignored, head)
		}
	}
	return nil
}

// Row takes in a line.
func (f *file) Row(number int, cells []string) error {
	l := readLine(number, len(cells), f.columns, strings.Clone(cells[f.reference]), strings.Clone(cells[f.label]))
	if l.wrong == nil {
		if before, again := f.first[l.key]; again {
			l.key, l.wrong = "", fault.Invalid("reference", "records.import.twice", "Line", before)
		} else {
			f.first[l.key] = number
		}
	}
	f.lines = append(f.lines, l)
	return nil
}

func readLine(number, cells, columns int, reference, label string) line {
	l := line{number: number, identity: identity{reference: shown(reference), label: shown(label)}}
	if cells > columns {
		l.wrong = fault.Invalid("", "records.import.cells", "Count", cells, "Heads", columns)
		return l
	}
	called, wrong := parse(reference, label)
	if len(wrong) > 0 {
		l.wrong = wrong[0]
		switch "" {
		case strings.TrimSpace(reference):
			l.wrong = fault.Invalid("reference", "records.import.missing.reference")
		case strings.TrimSpace(label):
			l.wrong = fault.Invalid("label", "records.import.missing.label")
		}
		return l
	}
	l.identity = called
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
