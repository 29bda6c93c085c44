package tabular

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// WriteCSV writes a table in UTF-8 with a byte order mark, by which spreadsheets
// know it. Line breaks within cells become \n.
func WriteCSV(w io.Writer, t Table) error {
	out := bufio.NewWriter(w) // its first error comes out of Flush
	_, _ = out.WriteString(byteOrders[0].mark)
	writeRow(out, t.Head, t.Comma)
	for _, cells := range t.Rows {
		writeRow(out, cells, t.Comma)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing a table: %w", err)
	}
	return nil
}

// writeRow puts in quotes whatever some reader, [sniff] among them, might take
// for more than a cell.
func writeRow(out *bufio.Writer, cells []string, comma rune) {
	for i, cell := range cells {
		if i > 0 {
			_, _ = out.WriteRune(separator(comma))
		}
		cell = inert(oneBreak.Replace(cell))
		if cell == "" && len(cells) == 1 || strings.ContainsAny(cell, ",;\t\n\"") {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		_, _ = out.WriteString(cell)
	}
	_, _ = out.WriteString("\r\n")
}

// separator is what stands between cells, for a Table.Comma.
func separator(comma rune) rune {
	if comma == 0 {
		return ','
	}
	return comma
}

var oneBreak = strings.NewReplacer("\r\n", "\n", "\r", "\n")
