package page

import (
	"context"
	"encoding/hex"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"habilis/internal/i18n"
	"habilis/web/ui"
)

// peopleRows are the rows of the list of people, written in one piece: as
// templates they took most of the time of the page that is read most.
type peopleRows struct {
	say  *i18n.Printer
	now  time.Time
	view PeopleView
}

var rowSheets = sync.Pool{New: func() any { return new([]byte) }}

// Render writes the rows.
func (p peopleRows) Render(_ context.Context, w io.Writer) error {
	sheet := rowSheets.Get().(*[]byte)
	defer rowSheets.Put(sheet)
	t := rowWriter{b: *sheet, peopleRows: p, never: p.say.T("page.people.never"), noFactor: p.say.T("page.people.factor.none")}
	for row := range p.view.Rows {
		t.b = t.b[:0]
		t.row(row)
		if _, err := w.Write(t.b); err != nil {
			return err
		}
	}
	*sheet = t.b
	return nil
}

// rowWriter writes a row to the end of b.
type rowWriter struct {
	b []byte
	peopleRows
	never, noFactor string
	name, url       []byte // of the present row, escaped: each is said five times
}

func (t *rowWriter) row(r *PersonRow) {
	t.name = ui.AppendText(append(ui.AppendText(t.name[:0], r.Family), ", "...), r.Given)
	t.url = appendID(append(t.url[:0], t.view.Sheets...), r.ID)
	t.put(`<tr>`)
	t.tick(r)
	t.put(`<th scope="row">`)
	t.who(r)
	t.put(`</th><td>`)
	t.roles(r)
	t.put(`</td><td class="narrow-half">`)
	t.b = ui.AppendState(t.b, r.Shape, r.State)
	t.put(`</td><td class="narrow-half">`)
	t.seen(r)
	t.put(`</td><td class="narrow-gone">`)
	t.factor(r)
	t.put(`</td><td class="actions">`)
	t.acts(r)
	t.put(`</td></tr>`)
}

func (t *rowWriter) put(markup string) { t.b = append(t.b, markup...) }

// appendID appends an identifier as [uuid.UUID.String] writes it.
func appendID(b []byte, id uuid.UUID) []byte {
	b = append(hex.AppendEncode(b, id[:4]), '-')
	b = append(hex.AppendEncode(b, id[4:6]), '-')
	b = append(hex.AppendEncode(b, id[6:8]), '-')
	b = append(hex.AppendEncode(b, id[8:10]), '-')
	return hex.AppendEncode(b, id[10:])
}

func (t *rowWriter) text(s string) { t.b = ui.AppendText(t.b, s) }

// tick is the box that makes the row one of those that the bulk form is about.
func (t *rowWriter) tick(r *PersonRow) {
	if t.view.Bulk == nil {
		return
	}
	t.put(`<td class="pick">`)
	if r.Tickable {
		t.put(`<label><input type="checkbox" name="id" form="bulk" value="`)
		t.b = appendID(t.b, r.ID)
		t.put(`" aria-label="`)
		t.put(t.view.Bulk.Tick.Before)
		t.text(r.Given)
		t.put(` `)
		t.text(r.Family)
		t.put(t.view.Bulk.Tick.After)
		t.put(`"></label>`)
	}
	t.put(`</td>`)
}

func (t *rowWriter) who(r *PersonRow) {
	t.put(`<div class="who"><span class="avatar" aria-hidden="true">`)
	t.b = ui.AppendInitials(t.b, r.Given, r.Family)
	t.put(`</span><a href="`)
	t.b = append(t.b, t.url...)
	t.put(`">`)
	t.b = append(t.b, t.name...)
	t.put(`</a><small>`)
	t.text(r.Email)
	if r.Email != "" {
		t.put(` · `)
	}
	t.text(r.Username)
	t.put(`</small></div>`)
}

func (t *rowWriter) roles(r *PersonRow) {
	if r.NoRole != "" {
		t.text(r.NoRole)
		return
	}
	t.put(`<div class="chips">`)
	for i := range r.Roles {
		tag := &r.Roles[i]
		if tag.Module != "" {
			t.put(`<small>`)
			t.text(tag.Module)
			t.put(`</small> `)
		}
		t.b = ui.AppendChip(t.b, tag.Tint, tag.Name, tag.More)
	}
	if r.More != "" {
		t.put(`<span class="chip" title="`)
		t.text(r.MoreNames)
		t.put(`"><span aria-hidden="true">`)
		t.text(r.More)
		t.put(`</span><span class="visually-hidden">`)
		t.text(r.MoreNames)
		t.put(`</span></span>`)
	}
	t.put(`</div>`)
}

// seen says when someone last came; of someone awaited, what became of the letter.
func (t *rowWriter) seen(r *PersonRow) {
	switch {
	case r.Mail != "" && r.MailShape == ui.Good:
		t.text(r.Mail)
	case r.Mail != "":
		t.b = ui.AppendState(t.b, r.MailShape, r.Mail)
	case r.Seen.IsZero():
		t.text(t.never)
	default:
		t.b = ui.AppendTime(t.b, t.say, r.Seen, t.now)
	}
}

func (t *rowWriter) factor(r *PersonRow) {
	if r.Factor != "" {
		t.text(r.Factor)
		return
	}
	t.put(`<span aria-hidden="true">–</span><span class="visually-hidden">`)
	t.text(t.noFactor)
	t.put(`</span>`)
}

func (t *rowWriter) acts(r *PersonRow) {
	for i := range r.Acts {
		a := &r.Acts[i]
		t.put(`<a class="icon-button" href="`)
		t.address(a)
		t.put(`" data-window`)
		t.tip(a)
		t.put(`</a>`)
	}
	if r.Restorable { // a button of the form that all rows share
		a := &t.view.Restore
		t.put(`<button class="icon-button" form="restore" formaction="`)
		t.address(a)
		t.put(`" name="version" value="`)
		t.b = strconv.AppendInt(t.b, int64(r.Version), 10)
		t.put(`"`)
		t.tip(a)
		t.put(`</button>`)
	}
	t.put(`<a class="icon-button more" href="`)
	t.address(&t.view.Open)
	t.put(`" aria-label="`)
	t.label(&t.view.Open)
	t.put(`">`)
	t.b = ui.AppendIcon(t.b, t.view.Open.Icon)
	t.put(`</a>`)
}

func (t *rowWriter) address(a *ui.RowAct) {
	t.b = append(t.b, t.url...)
	t.put(a.Path)
}

func (t *rowWriter) label(a *ui.RowAct) {
	t.put(a.Before)
	t.b = append(t.b, t.name...)
	t.put(a.After)
}

// tip ends the opening tag of what is shown by an icon alone, and shows it.
func (t *rowWriter) tip(a *ui.RowAct) {
	t.put(` title="`)
	t.label(a)
	t.put(`">`)
	t.b = ui.AppendIcon(t.b, a.Icon)
}
