package portal

import (
	"bytes"
	"fmt"
	"mime"
	"strconv"

	"habilis/internal/access"
	"habilis/internal/tabular"
)

// The forms in which a table can be taken away, as addresses ask for them (?as=).
const (
	asCSV  = "csv"
	asXLSX = "xlsx"
)

// takeAway answers with a table of what the place knows, once the journal says that
// it leaves: what was asked for, and how many rows there are.
func (v *visit) takeAway(file string, t tabular.Table, e access.Entry, asked map[string]string) error {
	after := map[string]any{"rows": len(t.Rows)}
	for name, value := range asked {
		if value != "" {
			after[name] = value
		}
	}
	e.After = after
	if err := v.Journal.NoteExport(v.ctx(), v.actor(), v.need, e); err != nil {
		return err
	}
	return v.download(file, t)
}

// download answers with a table to take away, in the form that the address asks
// for, else as CSV. file is its name, without what tells the form.
func (v *visit) download(file string, t tabular.Table) error {
	var b bytes.Buffer
	form, media, write := asCSV, "text/csv; charset=utf-8", tabular.WriteCSV
	if v.query("as") == asXLSX {
		form, media, write = asXLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", tabular.WriteXLSX
	}
	if t.Comma == 0 && v.say.Locale().French() { // what spreadsheets in French expect
		t.Comma = ';'
	}
	if err := write(&b, t); err != nil {
		return fmt.Errorf("writing %s: %w", v.r.URL.Path, err)
	}
	h := v.w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file + "." + form}))
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	if _, err := v.w.Write(b.Bytes()); err != nil {
		v.log.Debug("answer cut", "request", originOf(v.r).id, "error", err)
	}
	return nil
}
