package portal

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/records"
	"habilis/web/page"
	"habilis/web/ui"
)

// importForm is the page on which a file of records is chosen.
func (s *Server) importForm(v *visit) error { return s.showImport(v, form.With()) }

func (s *Server) showImport(v *visit, f *form.Form) error {
	standing, err := s.Records.ImportForm(v.ctx(), v.actor())
	if err != nil {
		return err
	}
	fr := v.frame(standing, inRecords, v.say.T("page.import.title", "What", v.words(standing).Records))
	reference, label := v.say.T("page.records.reference"), v.say.T("page.records.label")
	return v.answerForm(f, page.Import(fr, page.ImportView{
		Action: v.in("/records/import"), Typed: f, Template: v.in("/records/import/template"), Back: v.in("/records"),
		What: []string{
			v.say.T("page.import.what.columns", "Reference", reference, "Label", label),
			v.say.T("page.import.what.same"),
			v.say.T("page.import.what.most", "Rows", records.FileLimits.Rows, "Megabytes", records.FileLimits.Bytes>>20),
			v.say.T("page.import.what.first"),
		},
	}))
}

// importTemplate is a file to fill.
func (s *Server) importTemplate(v *visit) error {
	standing, err := s.Records.ImportForm(v.ctx(), v.actor())
	if err != nil {
		return err
	}
	table := v.recordsTable(v.words(standing))
	return v.download(table.Name, table)
}

// uploadRecords reads a file and goes to its preview.
func (s *Server) uploadRecords(v *visit) error {
	f := form.With()
	if _, err := s.Records.ImportForm(v.ctx(), v.actor()); err != nil {
		return err
	}
	file, err := v.upload("file")
	var id uuid.UUID
	if err == nil {
		id, err = s.Records.Upload(v.ctx(), v.actor(), file.FileName(), file)
	}
	var cut *http.MaxBytesError
	if errors.As(err, &cut) {
		err = fault.Invalid("file", "tabular.too_large", "Megabytes", records.FileLimits.Bytes>>20)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) { // the person went away
		err = fault.Invalid("file", "form.malformed")
	}
	if f.Fail(err) {
		return s.showImport(v, f)
	}
	if err != nil {
		return err
	}
	return v.goTo(v.in("/records/import/%s", id))
}

// upload is the file that a form has in a field. Nothing of it is kept on disk:
// it is read as it comes.
func (v *visit) upload(field string) (*multipart.Part, error) {
	const rest = 64 << 10 // of the form, around the file
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, records.FileLimits.Bytes+rest)
	parts, err := v.r.MultipartReader()
	if err != nil {
		return nil, fault.Invalid(field, "records.import.no_file")
	}
	part, err := parts.NextPart()
	if err != nil || part.FormName() != field || part.FileName() == "" {
		return nil, fault.Invalid(field, "records.import.no_file")
	}
	return part, nil
}

// importPreview says what importing a file would do.
func (s *Server) importPreview(v *visit) error {
	id, err := v.id("draft")
	if err != nil {
		return err
	}
	return s.showPreview(v, id, form.With())
}

func (s *Server) showPreview(v *visit, id uuid.UUID, f *form.Form) error {
	number, _ := strconv.Atoi(v.query("page"))
	draft, err := s.Records.Preview(v.ctx(), v.actor(), id, records.Outcome(v.query("only")), number)
	if err != nil {
		return err
	}
	fr := v.frame(draft.Standing, inRecords, v.say.T("page.import.title", "What", v.words(draft.Standing).Records))
	return v.answerForm(f, page.ImportPreview(fr, v.previewView(draft, f)))
}

func (v *visit) previewView(draft *records.ImportPage, f *form.Form) page.PreviewView {
	c := draft.Counts
	view := page.PreviewView{
		File: draft.File, Typed: f, Hidden: []ui.Hidden{{Name: "edition", Value: strconv.Itoa(draft.Edition)}}, Action: v.in("/records/import/%s", draft.ID), Back: v.in("/records"), Again: v.in("/records/import"),
		About: v.say.T("page.import.page", "Number", draft.Number, "Pages", draft.Pages),
	}
	if n := c.Added + c.Changed; n > 0 {
		view.Confirm = v.say.T("page.import.confirm", "Count", n)
	} else {
		view.Nothing = v.say.T("page.import.nothing")
	}
	if c.Wrong > 0 {
		view.Wrong = v.say.T("page.import.wrong", "Count", c.Wrong)
	}
	if len(draft.Ignored) > 0 {
		view.Ignored = v.say.T("page.import.ignored", "Columns", strings.Join(draft.Ignored, ", "))
	}
	view.Groups = []ui.Link{{Label: v.say.T("page.import.all", "Count", c.Of("")), URL: v.previewURL(draft, "", 1), Current: draft.Only == ""}}
	for _, outcome := range records.Outcomes() {
		view.Groups = append(view.Groups, ui.Link{
			Label: v.say.T("page.import.many."+string(outcome), "Count", c.Of(outcome)), URL: v.previewURL(draft, outcome, 1), Current: draft.Only == outcome})
	}
	if draft.Number > 1 {
		view.Previous = v.previewURL(draft, draft.Only, draft.Number-1)
	}
	if draft.Number < draft.Pages {
		view.Next = v.previewURL(draft, draft.Only, draft.Number+1)
	}
	for _, r := range draft.Rows {
		view.Rows = append(view.Rows, page.ImportRow{
			Number: v.say.Number(r.Number), Reference: r.Reference, Label: r.Label, Was: r.Was, Tint: outcomeTints[r.Outcome],
			Outcome: v.say.T("page.import.one." + string(r.Outcome)), Why: v.why(r.Why)})
	}
	return view
}

var outcomeTints = map[records.Outcome]ui.Tint{
	records.Added: ui.TintAccent, records.Changed: ui.TintLook, records.Unchanged: ui.TintPlain, records.Wrong: ui.TintStop,
}

func (v *visit) previewURL(draft *records.ImportPage, only records.Outcome, number int) string {
	q := url.Values{}
	if only != "" {
		q.Set("only", string(only))
	}
	if number > 1 {
		q.Set("page", strconv.Itoa(number))
	}
	path := v.in("/records/import/%s", draft.ID)
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// confirmImport imports a file that was looked at.
func (s *Server) confirmImport(v *visit) error {
	id, err := v.id("draft")
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	seen, err := strconv.Atoi(f.Get("edition"))
	if err != nil {
		seen = 0 // no edition is
	}
	done, err := s.Records.Confirm(v.ctx(), v.actor(), id, seen)
	if fault.Is(err, fault.KindConflict) {
		f.Fail(err)
		return s.showPreview(v, id, f)
	}
	if err != nil {
		return err
	}
	return v.done(v.in("/records"), v.say.T("page.import.done", "Added", v.say.Number(done.Added), "Changed", v.say.Number(done.Changed), "Wrong", done.Wrong))
}
