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

// acts reports whether a spreadsheet might take a cell for a formula, were it not
// for the marks before it.
func acts(cell string) bool {
	bare := strings.TrimLeft(cell, mark)
	return bare != "" && strings.ContainsRune(acting, []rune(bare[:min(len(bare), 4)])[0])
}

// inert writes a cell so that it doesn't act. One that is marked already gets
// another mark, so that [original] has one to take away.
func inert(cell string) string {
	if acts(cell) {
		return mark + cell
	}
	return cell
}

// original is the cell of which inert was written.
func original(cell string) string {
	if strings.HasPrefix(cell, mark) && acts(cell) {
		return cell[len(mark):]
	}
	return cell
}
