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
// any of it is taken apart.
type Limits struct {
	Bytes   int64
	Rows    int // without the head
	Columns int
	Cell    int // bytes in a cell, as they stand in the file
}

// Load takes in a file as it comes, up to its limit. What is too large is a
// fault; its field is empty.
func Load(r io.Reader, limits Limits) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limits.Bytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading a file: %w", err)
	}
	if int64(len(raw)) > limits.Bytes {
		return nil, fault.Invalid("", "tabular.too_large", "Megabytes", limits.Bytes>>20)
	}
	return raw, nil
}

// Rows take a file as it is read: its head once, then each row with the number of
// its line, from 1. A row that is shorter than the head comes with empty cells at
// its end. Cells are only lent: what is kept of them is to be cloned. An error ends
// the reading.
type Rows interface {
	Head(cells []string) error
	Row(line int, cells []string) error
}

// Read reads CSV: UTF-8 or UTF-16 with or without a byte order mark, else
// Windows-1252; cells between commas, semicolons or tabs, whichever the first
// line has most of. Rows without anything are left out. What can't be read is a
// fault; its field is empty.
func Read(raw []byte, limits Limits, into Rows) error {
	text, err := decode(raw)
	if err != nil {
		return err
	}
	comma := sniff(text)
	if err := measure(text, byte(comma), limits); err != nil {
		return err
	}
	return parse(text, comma, into)
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
	if bytes.IndexByte(text, '\r') >= 0 {
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
		text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	}
	return text, nil
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

func parse(text []byte, comma rune, into Rows) error {
	reader := csv.NewReader(bytes.NewReader(text))
	reader.Comma, reader.FieldsPerRecord, reader.ReuseRecord = comma, -1, true
	heads := 0 // of the file; 0 before there are any
	for {
		row, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if wrong := (*csv.ParseError)(nil); errors.As(err, &wrong) {
			return fault.Invalid("", "tabular.quotes", "Line", wrong.StartLine)
		}
		if err != nil {
			return fmt.Errorf("reading a table: %w", err)
		}
		if !slices.ContainsFunc(row, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
			continue
		}
		line, _ := reader.FieldPos(0)
		for i, cell := range row {
			row[i] = original(cell)
		}
		if heads == 0 {
			heads, err = len(row), into.Head(row)
		} else {
			err = into.Row(line, fitted(row, heads))
		}
		if err != nil {
			return err
		}
	}
	if heads == 0 {
		return fault.Invalid("", "tabular.empty")
	}
	return nil
}

// fitted is a row with as many cells as there are heads, if nothing is lost by it.
func fitted(row []string, heads int) []string {
	for len(row) < heads {
		row = append(row, "")
	}
	for len(row) > heads && strings.TrimSpace(row[len(row)-1]) == "" {
		row = row[:len(row)-1]
	}
	return row
}
