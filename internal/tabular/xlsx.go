package tabular

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What a sheet holds at most (ECMA-376, as Excel applies it).
const (
	maxSheetRows = 1 << 20
	maxSheetCell = 32767 // characters
	maxSheetName = 31    // characters
)

// parts are the files of a workbook of one sheet, besides the sheet.
var parts = []struct{ name, text string }{
	{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>` +
		`</Types>`},
	{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>` +
		`</Relationships>`},
	{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>` +
		`</Relationships>`},
	// The styles of cells: 0 plain, 1 the head, 2 text that looks like a formula.
	{"xl/styles.xml", `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
		`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
		`<cellXfs count="3"><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>` +
		`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" quotePrefix="1"/></cellXfs>` +
		`</styleSheet>`},
}

const (
	plainStyle = iota
	headStyle
	markedStyle // the mark of tabular.go, as workbooks have it: part of the style, not of the text
)

// WriteXLSX writes a table as a workbook of one sheet, its head kept in sight.
// All cells are text, those that look like a formula marked as such. A cell
// longer than a sheet can hold is cut.
func WriteXLSX(w io.Writer, t Table) error {
	if len(t.Rows) >= maxSheetRows {
		return fmt.Errorf("writing a workbook: %d rows are more than a sheet holds", len(t.Rows))
	}
	archive := zip.NewWriter(w)
	for _, part := range parts {
		if err := addPart(archive, part.name, part.text); err != nil {
			return err
		}
	}
	if err := addPart(archive, "xl/workbook.xml", workbook(t.Name)); err != nil {
		return err
	}
	file, err := archive.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return fmt.Errorf("writing a workbook: %w", err)
	}
	sheet := sheetWriter{bufio.NewWriter(file)}
	sheet.write(t)
	if err := sheet.Flush(); err != nil {
		return fmt.Errorf("writing a sheet: %w", err)
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("writing a workbook: %w", err)
	}
	return nil
}

func addPart(archive *zip.Writer, name, text string) error {
	file, err := archive.Create(name)
	if err == nil {
		_, err = io.WriteString(file, xml.Header+text)
	}
	if err != nil {
		return fmt.Errorf("writing a workbook: %w", err)
	}
	return nil
}

var sheetName = strings.NewReplacer("[", "(", "]", ")", ":", " ", "*", " ", "?", " ", "/", "-", `\`, "-", "'", "’")

func workbook(name string) string {
	name = strings.TrimSpace(cut(sheetName.Replace(name), maxSheetName))
	if name == "" {
		name = "1"
	}
	return `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" ` +
		`xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">` +
		`<sheets><sheet name="` + escaped(name) + `" sheetId="1" r:id="r1"/></sheets></workbook>`
}

// sheetWriter writes the rows of a sheet; its errors come out of Flush.
type sheetWriter struct{ *bufio.Writer }

func (s sheetWriter) write(t Table) {
	_, _ = s.WriteString(xml.Header + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
		`<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>`)
	s.columns(t)
	_, _ = s.WriteString(`<sheetData>`)
	s.row(1, t.Head, headStyle)
	for i, cells := range t.Rows {
		s.row(i+2, cells, plainStyle)
	}
	_, _ = s.WriteString(`</sheetData></worksheet>`)
}

// columns makes each column as wide as its first cells, within reason.
func (s sheetWriter) columns(t Table) {
	if len(t.Head) == 0 {
		return
	}
	_, _ = s.WriteString(`<cols>`)
	for column, head := range t.Head {
		width := utf8.RuneCountInString(head)
		for _, cells := range t.Rows[:min(len(t.Rows), 200)] {
			if column < len(cells) {
				width = max(width, utf8.RuneCountInString(cells[column]))
			}
		}
		at := strconv.Itoa(column + 1)
		_, _ = s.WriteString(`<col min="` + at + `" max="` + at + `" width="` + strconv.Itoa(min(max(width+2, 10), 60)) + `" customWidth="1"/>`)
	}
	_, _ = s.WriteString(`</cols>`)
}

func (s sheetWriter) row(number int, cells []string, style int) {
	_, _ = s.WriteString(`<row r="` + strconv.Itoa(number) + `">`)
	for column, cell := range cells {
		as := style
		if as == plainStyle && acts(cell, mark) {
			as = markedStyle
		}
		_, _ = s.WriteString(`<c r="` + columnName(column) + strconv.Itoa(number) + `" s="` + strconv.Itoa(as) + `" t="inlineStr"><is><t xml:space="preserve">`)
		_, _ = s.WriteString(escaped(cut(cell, maxSheetCell)))
		_, _ = s.WriteString(`</t></is></c>`)
	}
	_, _ = s.WriteString(`</row>`)
}

// columnName is A, B, … Z, AA, … for columns from 0.
func columnName(column int) string {
	name := string(rune('A' + column%26))
	if column >= 26 {
		name = columnName(column/26-1) + name
	}
	return name
}

// escaped is text within XML. What spreadsheets would read as a character by its
// number (_x0041_ for A) is written with its first underscore by number.
func escaped(s string) string {
	var b strings.Builder
	from := 0
	for i := range len(s) {
		if s[i] == '_' && numbered.MatchString(s[i:min(len(s), i+7)]) {
			_ = xml.EscapeText(&b, []byte(s[from:i])) // a Builder never fails
			_, _ = b.WriteString("_x005F_")
			from = i + 1
		}
	}
	_ = xml.EscapeText(&b, []byte(s[from:]))
	return b.String()
}

var numbered = regexp.MustCompile(`^_x[0-9A-Fa-f]{4}_$`)

// cut keeps the first most characters.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}
