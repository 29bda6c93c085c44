// Package tabular reads tables that people send and writes those that they take
// away: CSV both ways, XLSX out.
//
// What is read is bounded before it is parsed, and handed over row by row. What is written can't act: a cell
// that a spreadsheet would take for a formula is written as the text that it is,
// and reading it again gives the cell as it was.
package tabular

import "strings"

// Table is a head and rows of cells, all text.
type Table struct {
	Name  string // of the sheet, in files that have one
	Comma rune   // between cells in CSV: ',', ';' or '\t'; 0 is ','
	Head  []string
	Rows  [][]string
}

// acting are the first characters of what spreadsheets may take for a formula,
// in ASCII and at full width.
const acting = "=+-@\t\r\n＝＋－＠"

// mark is what people and spreadsheets put before a cell that is text.
const mark = "'"

// breaks are where a reader that expects other separators than ours begins a cell
// in the midst of one, whatever the quotes around it.
const breaks = ",;\t\n"

// acts reports whether a spreadsheet might take a cell for a formula, were it not
// for the characters before it.
func acts(cell, before string) bool {
	bare := strings.TrimLeft(cell, before)
	return bare != "" && strings.ContainsRune(acting, []rune(bare[:min(len(bare), 4)])[0])
}

// inert writes a cell so that it doesn't act, nor what follows a break in it. What
// is marked already gets another mark, so that [original] has one to take away.
func inert(cell string) string { return eachPart(cell, acts, mark, 0) }

// original is the cell of which inert was written.
func original(cell string) string {
	return eachPart(cell, func(part, before string) bool { return strings.HasPrefix(part, mark) && acts(part, before) }, "", len(mark))
}

// eachPart writes with, in place of so many bytes, where a cell begins and after
// each break in it, if its rest from there on is one to change. Before a part that
// is not the first, quotes may stand that only delimit it.
func eachPart(cell string, change func(part, before string) bool, with string, skip int) string {
	var b strings.Builder
	written, before := 0, mark
	for at := 0; ; before = mark + `"` {
		if change(cell[at:], before) {
			b.WriteString(cell[written:at])
			b.WriteString(with)
			written = at + skip
		}
		next := strings.IndexAny(cell[at:], breaks)
		if next < 0 {
			break
		}
		at += next + 1
	}
	b.WriteString(cell[written:])
	return b.String()
}
