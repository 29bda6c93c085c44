package tabular_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"habilis/internal/fault"
	"habilis/internal/tabular"
)

var limits = tabular.Limits{Bytes: 1 << 20, Rows: 100, Columns: 8, Cell: 500}

// kept is a file that was read, all of it.
type kept struct {
	head  []string
	rows  [][]string
	lines []int
}

func (k *kept) Head(cells []string) error {
	k.head = slices.Clone(cells)
	return nil
}

func (k *kept) Row(line int, cells []string) error {
	k.rows, k.lines = append(k.rows, slices.Clone(cells)), append(k.lines, line)
	return nil
}

func tryRead(file string) (k kept, err error) {
	raw, err := tabular.Load(strings.NewReader(file), limits)
	if err != nil {
		return k, err
	}
	return k, tabular.Read(raw, limits, &k)
}

func read(t *testing.T, file string) kept {
	t.Helper()
	k, err := tryRead(file)
	if err != nil {
		t.Fatalf("%q: %v", file, err)
	}
	return k
}

func TestFilesAreReadAsSpreadsheetsSaveThem(t *testing.T) {
	const plain = "Référence;Nom\nC-1;Œuvrard, Zoé\nC-2;\"Nguyễn; dit \"\"Bao\"\"\"\n"
	want := [][]string{{"C-1", "Œuvrard, Zoé"}, {"C-2", `Nguyễn; dit "Bao"`}}
	latin, err := charmap.Windows1252.NewEncoder().String(strings.ReplaceAll(plain, "Nguyễn", "Nguyen"))
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]string{
		"UTF-8":            plain,
		"with a mark":      "\ufeff" + plain,
		"CR LF":            strings.ReplaceAll(plain, "\n", "\r\n"),
		"CR alone":         strings.ReplaceAll(plain, "\n", "\r"),
		"without an end":   strings.TrimSuffix(plain, "\n"),
		"rows of nothing":  "\n;;\n" + plain + ";\n;;;\n",
		"UTF-16":           utf16("\xff\xfe", plain, false),
		"UTF-16 backwards": utf16("\xfe\xff", plain, true),
		"Windows-1252":     latin,
	}
	for name, file := range cases {
		got := read(t, file)
		rows := want
		if name == "Windows-1252" {
			rows = [][]string{want[0], {"C-2", `Nguyen; dit "Bao"`}}
		}
		if !slices.Equal(got.head, []string{"Référence", "Nom"}) || !reflect.DeepEqual(got.rows, rows) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func utf16(mark, s string, big bool) string {
	var b strings.Builder
	b.WriteString(mark)
	for _, r := range s { // all of one unit
		if big {
			b.Write([]byte{byte(r >> 8), byte(r)})
		} else {
			b.Write([]byte{byte(r), byte(r >> 8)})
		}
	}
	return b.String()
}

func TestTheSeparatorIsTheOneThatTheHeadHasMostOf(t *testing.T) {
	for file, want := range map[string]string{
		"a,b\n1;2": "a|b", "a;b\n1,2": "a|b", "a\tb\n1,2": "a|b", "a\n1,2": "a", "\"x;y;z\",b\n": "x;y;z|b", "a;b,c;d": "a|b,c|d",
	} {
		if got := strings.Join(read(t, file).head, "|"); got != want {
			t.Errorf("%q: %q", file, got)
		}
	}
}

func TestRowsKnowTheirLines(t *testing.T) {
	got := read(t, "a,b\n\n1,\"two\nlines\"\n,\n3\n4,5,6\n")
	if fmt.Sprint(got.lines) != "[3 6 7]" {
		t.Errorf("lines %v", got.lines)
	}
	if want := [][]string{{"1", "two\nlines"}, {"3", ""}, {"4", "5", "6"}}; !reflect.DeepEqual(got.rows, want) {
		t.Errorf("rows %q", got.rows)
	}
}

func TestWhatCannotBeReadIsRefusedWithAReason(t *testing.T) {
	cases := map[string]string{
		"":                                  "tabular.empty",
		"\n\n":                              "tabular.empty",
		"\ufeff":                            "tabular.empty",
		"a,b\nx\x00y,1":                     "tabular.not_text",
		"\x81\x8d\x8f":                      "tabular.not_text",
		"PK\x03\x04rest":                    "tabular.workbook",
		"\xd0\xcf\x11\xe0":                  "tabular.workbook",
		"a,b\n\"open,1\n":                   "tabular.quotes",
		"a,b\nx\"y,1\n":                     "tabular.quotes",
		strings.Repeat("a\n", 102):          "tabular.rows",
		"a,b\n" + strings.Repeat(",", 8):    "tabular.columns",
		"a\n" + strings.Repeat("x", 501):    "tabular.cell",
		strings.Repeat("a,b\n", 300_000):    "tabular.too_large",
		"a\n\"" + strings.Repeat("\n", 600): "tabular.cell",
	}
	for file, want := range cases {
		_, err := tryRead(file)
		if fs, ok := fault.As(err); !ok || fs[0].Key != want {
			t.Errorf("%.20q: %v, want %s", file, err, want)
		}
	}
}

func TestAFileAtItsLimitsIsRead(t *testing.T) {
	file := "a,b,c,d,e,f,g,h\n" + strings.Repeat(strings.Repeat("x", 500)+",,,,,,,\n", 100)
	if got := read(t, file); len(got.rows) != 100 {
		t.Errorf("%d rows", len(got.rows))
	}
}

var trying = []string{
	"=1+1", "+33 1", "-5", "@SUM", "\ttab", "\nline", "＝1", "'=quoted", "''-x", "'plain", "O'Brien", "Nguyễn", "Œuvrard",
	"", " ", "a;b", "a,b", `"`, "two\nlines", "_x0041_", "<b>&", "👪",
}

func TestCellsThatSpreadsheetsWouldRunAreWrittenAsText(t *testing.T) {
	var b bytes.Buffer
	table := tabular.Table{Head: []string{"=head", "n"}}
	for i, cell := range trying {
		table.Rows = append(table.Rows, []string{cell, fmt.Sprint(i)})
	}
	for _, comma := range []rune{0, ';', '\t'} {
		b.Reset()
		table.Comma = comma
		if err := tabular.WriteCSV(&b, table); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(strings.TrimPrefix(b.String(), "\ufeff")) {
			if strings.ContainsAny(strings.Trim(line, `"`)[:1], "=+-@\t") && comma != '\t' {
				t.Errorf("a line begins with %q", line)
			}
		}
		back := read(t, b.String())
		if back.head[0] != "=head" || !reflect.DeepEqual(back.rows, table.Rows) {
			t.Errorf("%q came back as %q", table.Rows, back.rows)
		}
	}
}

func TestAWorkbookHoldsTextAlone(t *testing.T) {
	table := tabular.Table{Name: "Clients: [2026]/*", Head: []string{"Référence", "Nom"}}
	for _, cell := range trying {
		table.Rows = append(table.Rows, []string{cell, "bell \a"})
	}
	var b bytes.Buffer
	if err := tabular.WriteXLSX(&b, table); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(text)
		if err := xml.Unmarshal(text, new(struct{ XMLName xml.Name })); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	var sheet struct {
		Cells []struct {
			Style int    `xml:"s,attr"`
			Type  string `xml:"t,attr"`
			Text  string `xml:"is>t"`
		} `xml:"sheetData>row>c"`
	}
	if err := xml.Unmarshal([]byte(files["xl/worksheets/sheet1.xml"]), &sheet); err != nil {
		t.Fatal(err)
	}
	for i, c := range sheet.Cells[2:] {
		if c.Type != "inlineStr" {
			t.Errorf("a cell of type %q", c.Type)
		}
		cell := trying[i/2]
		if i%2 == 0 && cell != "_x0041_" && c.Text != cell {
			t.Errorf("%q was written as %q", cell, c.Text)
		}
		if i%2 == 0 && cell != "" && strings.ContainsAny(cell[:1], "=+-@\t") && c.Style != 2 {
			t.Errorf("%q isn't marked as text", cell)
		}
	}
	if !strings.Contains(files["xl/workbook.xml"], `name="Clients  (2026)-"`) {
		t.Error(files["xl/workbook.xml"])
	}
}

// A program that expects other separators than the file's sees other cells, which
// begin in the midst of ours: none of those acts either.
func TestNoReaderFindsAFormulaInTheMidstOfACell(t *testing.T) {
	cells := []string{"a;=1+1", "a,=1+1", "a\t=1+1", "a\n=1+1", `a;"=1+1"`, `a;"";'=1`, `";=1`, ";;=1", "a;'=1", "a; b", "\t;@x", "'\n\"-1"}
	for _, comma := range []rune{',', ';', '\t'} {
		table := tabular.Table{Head: []string{"n", "cell"}, Comma: comma}
		for i, cell := range cells {
			table.Rows = append(table.Rows, []string{fmt.Sprint(i), cell})
		}
		var b bytes.Buffer
		if err := tabular.WriteCSV(&b, table); err != nil {
			t.Fatal(err)
		}
		if back := read(t, b.String()); !reflect.DeepEqual(back.rows, table.Rows) {
			t.Errorf("%q came back as %q", table.Rows, back.rows)
		}
		for _, other := range []rune{',', ';', '\t'} {
			reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff")))
			reader.Comma, reader.LazyQuotes, reader.FieldsPerRecord = other, true, -1
			rows, err := reader.ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, cell := range slices.Concat(rows...) {
				if bare := strings.TrimLeft(cell, `"`); bare != "" && strings.ContainsAny(bare[:1], "=+-@") {
					t.Errorf("between %q, read between %q: %q", comma, other, cell)
				}
			}
		}
	}
}

// FuzzRead tries that no file brings the reader down, that what it reads is within
// the limits, and that writing and reading it again changes nothing.
func FuzzRead(f *testing.F) {
	for _, seed := range append([]string{"a;b\n1;2", "\ufeffa\tb\n", "\xff\xfea\x00,\x00", "é\xe9", "\"a\"\"\n\",b\r\n'=1,x"}, trying...) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		got, err := tryRead(file)
		if err != nil {
			if _, ok := fault.As(err); !ok {
				t.Fatal(err)
			}
			return
		}
		if len(got.rows) > limits.Rows || len(got.lines) != len(got.rows) {
			t.Fatalf("%d rows, %d lines", len(got.rows), len(got.lines))
		}
		for _, row := range append(got.rows, got.head) {
			for _, cell := range row {
				if !utf8.ValidString(cell) || len(row) > limits.Columns {
					t.Fatalf("%q", row)
				}
			}
		}
		var b bytes.Buffer
		if err := tabular.WriteCSV(&b, tabular.Table{Head: got.head, Rows: got.rows}); err != nil {
			t.Fatal(err)
		}
		var back kept
		if err := tabular.Read(b.Bytes(), tabular.Limits{Rows: limits.Rows, Columns: limits.Columns, Cell: 4 * limits.Cell}, &back); err != nil {
			t.Fatalf("%q: %v", got.rows, err)
		}
		if len(got.head) > 1 && (!reflect.DeepEqual(back.head, got.head) || !reflect.DeepEqual(back.rows, got.rows)) {
			t.Fatalf("%q\ncame back as\n%q", got.rows, back.rows)
		}
	})
}
