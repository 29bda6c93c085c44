package page

import (
	"bytes"
	"context"
	"io"
	"sync"
	"time"

	"habilis/internal/i18n"
	"habilis/web/ui"
)

// peopleRows are the rows of the list of people, written in one piece. As
// templates they took most of the time of the page that is read most; what they
// say here of a name and of a button is what [ui.Who], [ui.IconButton] and
// [ui.More] say, and a test compares them.
type peopleRows struct {
	say  *i18n.Printer
	now  time.Time
	rows []PersonRow
}

var rowBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Render writes the rows.
func (p peopleRows) Render(ctx context.Context, w io.Writer) error {
	b := rowBuffers.Get().(*bytes.Buffer)
	defer rowBuffers.Put(b)
	b.Reset()
	t := rowWriter{b, ctx, p.say, p.now, p.say.T("page.people.never"), p.say.T("page.people.factor.none")}
	for i := range p.rows {
		t.row(&p.rows[i])
	}
	_, err := w.Write(b.Bytes())
	return err
}

// rowWriter writes into a buffer, which never fails.
type rowWriter struct {
	*bytes.Buffer
	ctx             context.Context
	say             *i18n.Printer
	now             time.Time
	never, noFactor string
}

func (t rowWriter) row(r *PersonRow) {
	t.WriteString(`<tr><th scope="row">`)
	t.who(r)
	t.WriteString(`</th><td>`)
	t.roles(r)
	t.WriteString(`</td><td class="narrow-half">`)
	_ = ui.State(r.Shape, r.State).Render(t.ctx, t)
	t.WriteString(`</td><td class="narrow-half">`)
	t.seen(r)
	t.WriteString(`</td><td class="narrow-gone">`)
	t.factor(r)
	t.WriteString(`</td><td class="actions">`)
	t.acts(r)
	t.WriteString(`</td></tr>`)
}

func (t rowWriter) who(r *PersonRow) {
	t.WriteString(`<div class="who"><span class="avatar" aria-hidden="true">`)
	t.text(r.Initials)
	t.WriteString(`</span><a href="`)
	t.text(r.URL)
	t.WriteString(`">`)
	t.text(r.Name)
	t.WriteString(`</a><small>`)
	t.text(r.Second)
	t.WriteString(`</small></div>`)
}

func (t rowWriter) roles(r *PersonRow) {
	if r.NoRole != "" {
		t.text(r.NoRole)
		return
	}
	t.WriteString(`<div class="chips">`)
	for _, tag := range r.Roles {
		if tag.Module != "" {
			t.WriteString(`<small>`)
			t.text(tag.Module)
			t.WriteString(`</small> `)
		}
		_ = ui.Chip(tag.Tint, tag.Name, tag.More).Render(t.ctx, t)
	}
	if r.More != "" {
		t.WriteString(`<span class="chip" title="`)
		t.text(r.MoreNames)
		t.WriteString(`"><span aria-hidden="true">`)
		t.text(r.More)
		t.WriteString(`</span><span class="visually-hidden">`)
		t.text(r.MoreNames)
		t.WriteString(`</span></span>`)
	}
	t.WriteString(`</div>`)
}

// seen says when someone last came; of someone awaited, what became of the letter.
func (t rowWriter) seen(r *PersonRow) {
	switch {
	case r.Mail != "" && r.MailShape == ui.Good:
		t.text(r.Mail)
	case r.Mail != "":
		_ = ui.State(r.MailShape, r.Mail).Render(t.ctx, t)
	case r.Seen.IsZero():
		t.text(t.never)
	default:
		_ = ui.Time(t.say, r.Seen, t.now).Render(t.ctx, t)
	}
}

func (t rowWriter) factor(r *PersonRow) {
	if r.Factor != "" {
		t.text(r.Factor)
		return
	}
	t.WriteString(`<span aria-hidden="true">–</span><span class="visually-hidden">`)
	t.text(t.noFactor)
	t.WriteString(`</span>`)
}

func (t rowWriter) acts(r *PersonRow) {
	for i := range r.Acts {
		a := &r.Acts[i]
		t.WriteString(`<a class="icon-button" href="`)
		t.text(a.URL)
		t.WriteString(`" data-window`)
		t.named(a.Label, a.Icon)
		t.WriteString(`</a>`)
	}
	if a := r.Restore; a != nil { // a button of the form that all rows share
		t.WriteString(`<button class="icon-button" form="restore" formaction="`)
		t.text(a.URL)
		t.WriteString(`" name="` + a.Name + `" value="` + a.Value + `"`)
		t.named(a.Label, ui.IconRestore)
		t.WriteString(`</button>`)
	}
	t.WriteString(`<a class="icon-button more" href="`)
	t.text(r.URL)
	t.WriteString(`" aria-label="`)
	t.text(r.Open)
	t.WriteString(`">`)
	t.icon(ui.IconDots)
	t.WriteString(`</a>`)
}

// named ends the opening tag of what is shown by an icon alone, and shows it.
func (t rowWriter) named(label string, icon ui.Icon) {
	t.WriteString(` aria-label="`)
	t.text(label)
	t.WriteString(`" title="`)
	t.text(label)
	t.WriteString(`">`)
	t.icon(icon)
}

func (t rowWriter) icon(icon ui.Icon) {
	t.WriteString(`<svg class="icon" aria-hidden="true"><use href="#i-`)
	t.WriteString(string(icon))
	t.WriteString(`"></use></svg>`)
}

// text writes what isn't markup, as html.EscapeString does.
func (t rowWriter) text(s string) {
	written := 0
	for i := range len(s) {
		var as string
		switch s[i] {
		case '&':
			as = "&amp;"
		case '<':
			as = "&lt;"
		case '>':
			as = "&gt;"
		case '"':
			as = "&#34;"
		case '\'':
			as = "&#39;"
		default:
			continue
		}
		t.WriteString(s[written:i])
		t.WriteString(as)
		written = i + 1
	}
	t.WriteString(s[written:])
}
