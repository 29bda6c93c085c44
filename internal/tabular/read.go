package tabular

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"habilis/internal/fault"
)

// Limits are what a file may hold at most. A file beyond them is refused before
// any of it is parsed.
type Limits struct {
	Bytes   int64
	Rows    int // without the head
	Columns int
	Cell    int // bytes in a cell, as they stand in the file
}

// Read reads CSV: UTF-8 or UTF-16 with or without a byte order mark, else
// Windows-1252; cells between commas, semicolons or tabs, whichever the first
// line has most of. Rows without anything are left out. What can't be read is a
// fault; its field is empty.
func Read(r io.Reader, limits Limits) (Table, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limits.Bytes+1))
	if err != nil {
		return Table{}, fmt.Errorf("reading a file: %w", err)
	}
	if int64(len(raw)) > limits.Bytes {
		return Table{}, fault.Invalid("", "tabular.too_large", "Megabytes", limits.Bytes>>20)
	}
	text, err := decode(raw)
	if err != nil {
		return Table{}, err
	}
	comma := sniff(text)
	if err := measure(text, byte(comma), limits); err != nil {
		return Table{}, err
	}
	return parse(text, comma)
}

var byteOrders = []struct {
	mark string
	as   encoding.Encoding // nil is UTF-8
}{
	{"\xef\xbb\xbf", nil},
	{"\xff\xfe", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	{"\xfe\xff", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
}

// decode makes UTF-8 with \n of a file. Other files than text, such as workbooks,
// are refused.
func decode(raw []byte) ([]byte, error) {
	if bytes.HasPrefix(raw, []byte("PK\x03\x04")) || bytes.HasPrefix(raw, []byte("\xd0\xcf\x11\xe0")) {
		return nil, fault.Invalid("", "tabular.workbook")
	}
	text, err := inUTF8(raw)
	if err != nil || !utf8.Valid(text) || bytes.ContainsRune(text, 0) || bytes.ContainsRune(text, utf8.RuneError) {
		return nil, fault.Invalid("", "tabular.not_text")
	}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(text, []byte("\r"), []byte("\n")), nil
}

func inUTF8(raw []byte) ([]byte, error) {
	for _, order := range byteOrders {
		if rest, ok := bytes.CutPrefix(raw, []byte(order.mark)); ok && order.as == nil {
			return rest, nil
		} else if ok {
			return order.as.NewDecoder().Bytes(rest)
		}
	}
	if utf8.Valid(raw) {
		return raw, nil
	}
	return charmap.Windows1252.NewDecoder().Bytes(raw)
}

// sniff finds what stands between the cells of the first line that has anything.
func sniff(text []byte) rune {
	counts, quoted := map[byte]int{}, false
	for _, c := range bytes.TrimLeft(text, "\n") {
		if c == '"' {
			quoted = !quoted
		}
		if c == '\n' && !quoted {
			break
		}
		if !quoted {
			counts[c]++
		}
	}
	best := byte(',')
	for _, c := range []byte(";\t") {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return rune(best)
}

// measure holds a text against the limits, without taking it apart.
func measure(text []byte, comma byte, limits Limits) error {
	lines, columns, cell, quoted := 0, 1, 0, false
	for i, c := range text {
		if c == '"' {
			quoted = !quoted
		}
		if !quoted && c == '\n' || i == len(text)-1 {
			lines++
		}
		switch {
		case !quoted && c == '\n':
			columns, cell = 1, 0
		case !quoted && c == comma:
			columns, cell = columns+1, 0
		default:
			cell++
		}
		switch {
		case lines > limits.Rows+1:
			return fault.Invalid("", "tabular.rows", "Max", limits.Rows)
		case columns > limits.Columns:
			return fault.Invalid("", "tabular.columns", "Line", lines+1, "Max", limits.Columns)
		case cell > limits.Cell:
			return fault.Invalid("", "tabular.cell", "Line", lines+1, "Max", limits.Cell)
		}
	}
	return nil
}

func parse(text []byte, comma rune) (Table, error) {
	reader := csv.NewReader(bytes.NewReader(text))
	reader.Comma, reader.FieldsPerRecord = comma, -1
	table := Table{Comma: comma}
	for {
		row, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if wrong := (*csv.ParseError)(nil); errors.As(err, &wrong) {
			return Table{}, fault.Invalid("", "tabular.quotes", "Line", wrong.StartLine)
		}
		if err != nil {
			return Table{}, fmt.Errorf("reading a table: %w", err)
		}
		if !slices.ContainsFunc(row, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
			continue
		}
		line, _ := reader.FieldPos(0)
		table.add(line, row)
	}
	if table.Head == nil {
		return Table{}, fault.Invalid("", "tabular.empty")
	}
	return table, nil
}

// add takes a row of the file: the first is the head.
func (t *Table) add(line int, row []string) {
	for i, cell := range row {
		row[i] = original(cell)
	}
	if t.Head == nil {
		t.Head = row
		return
	}
	for len(row) < len(t.Head) {
		row = append(row, "")
	}
	for len(row) > len(t.Head) && strings.TrimSpace(row[len(row)-1]) == "" {
		row = row[:len(row)-1]
	}
	t.Rows, t.Lines = append(t.Rows, row), append(t.Lines, line)
}
