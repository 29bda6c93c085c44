package portal

import (
	"errors"
	"net/http"
	netmail "net/mail"
	"regexp"
	"strings"

	"github.com/go-chi/chi/v5"

	"habilis/internal/fault"
	"habilis/internal/mail"
	"habilis/web/layout"
	"habilis/web/page"
	"habilis/web/ui"
)

// mailbox lists the letters of the demonstration.
func (s *Server) mailbox(v *visit) error {
	kept, err := s.Mailbox.List()
	if err != nil {
		return err
	}
	rows := make([]page.MailboxRow, len(kept))
	for i, k := range kept {
		rows[i] = page.MailboxRow{URL: layout.DemoMailPath + "/" + k.ID, To: bareAddress(k.To), Subject: k.Subject, At: k.Date, Initials: ui.Initials(bareAddress(k.To))}
	}
	texts, err := v.texts()
	if err != nil {
		return err
	}
	return v.ok(page.Mailbox(v.bare(v.say.T("page.mailbox.title")), rows, texts))
}

// texts are the text messages of the demonstration; nil where none are kept.
func (v *visit) texts() ([]page.TextRow, error) {
	if v.Texts == nil {
		return nil, nil
	}
	kept, err := v.Texts.List()
	if err != nil {
		return nil, err
	}
	rows := make([]page.TextRow, len(kept))
	for i, k := range kept {
		rows[i] = page.TextRow{To: k.To, Text: k.Text, At: k.At}
	}
	return rows, nil
}

// letterPolicy is the content security policy of a letter's HTML: nothing runs,
// nothing is fetched, and its links open as any link does.
const letterPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
	"sandbox allow-top-navigation-by-user-activation allow-popups allow-popups-to-escape-sandbox"

// letter shows a letter as text, or its HTML alone.
func (s *Server) letter(v *visit) error {
	kept, err := s.Mailbox.Read(chi.URLParam(v.r, "id"))
	if errors.Is(err, mail.ErrNotKept) {
		return fault.NotFound("portal.absent")
	}
	if err != nil {
		return err
	}
	if v.query("as") == "html" {
		h := v.w.Header()
		h.Set("Content-Security-Policy", letterPolicy)
		h.Set("Content-Type", "text/html; charset=utf-8")
		v.w.WriteHeader(http.StatusOK)
		_, _ = v.w.Write([]byte(kept.HTML)) // a reader who went away needs no answer
		return nil
	}
	view := page.LetterView{From: bareAddress(kept.From), To: bareAddress(kept.To), ReplyTo: bareAddress(kept.ReplyTo), At: kept.Date, HTMLURL: v.r.URL.Path + "?as=html"}
	for line := range strings.Lines(kept.Text) {
		view.Text = append(view.Text, pieces(strings.TrimRight(line, "\r\n")))
	}
	return v.ok(page.Letter(v.bare(kept.Subject), view))
}

// bareAddress is an address as people write it, without a header's quotes and
// needless brackets.
func bareAddress(header string) string {
	a, err := netmail.ParseAddress(header)
	switch {
	case err != nil:
		return header
	case a.Name == "":
		return a.Address
	}
	return a.Name + " <" + a.Address + ">"
}

var address = regexp.MustCompile(`https?://[^\s<>"]+`)

// pieces cuts a line into text and the addresses in it.
func pieces(line string) page.LetterLine {
	var cut page.LetterLine
	from := 0
	for _, at := range address.FindAllStringIndex(line, -1) {
		if at[0] > from {
			cut = append(cut, page.LetterPiece{Text: line[from:at[0]]})
		}
		url := line[at[0]:at[1]]
		cut = append(cut, page.LetterPiece{Text: url, URL: url})
		from = at[1]
	}
	if from < len(line) {
		cut = append(cut, page.LetterPiece{Text: line[from:]})
	}
	return cut
}
