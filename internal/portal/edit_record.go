package portal

import (
	"strconv"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/web/page"
	"habilis/web/ui"
)

// newRecord is the window in which a record is added.
func (s *Server) newRecord(v *visit) error {
	return s.showNewRecord(v, form.With("submission", access.NewID().String()))
}

func (s *Server) showNewRecord(v *visit, f *form.Form) error {
	standing, err := s.Records.Blank(v.ctx(), v.actor())
	if err != nil {
		return err
	}
	words := v.words(standing)
	view := page.RecordFormView{
		Window: ui.WindowFrame{Title: words.AddRecord, Close: v.in("/records")},
		Action: v.in("/records"), Typed: f, Save: words.Save,
	}
	return v.answerForm(f, page.RecordForm(v.frame(standing, inRecords, words.AddRecord), view, v.inWindow()))
}

// answerForm shows a form, anew or as it was refused.
func (v *visit) answerForm(f *form.Form, window templ.Component) error {
	if f.OK() {
		return v.ok(window)
	}
	return v.again(f, window)
}

// addRecord adds a record.
func (s *Server) addRecord(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	reference, label, submission := f.Get("reference"), f.Get("label"), v.submission(f)
	var id uuid.UUID
	if f.OK() {
		id, err = s.Records.Add(v.ctx(), v.actor(), reference, label, submission)
	}
	if f.Fail(err) || err == nil && !f.OK() {
		return s.showNewRecord(v, f)
	}
	if err != nil {
		return err
	}
	return v.done(v.recordPath(id, ""), v.say.T("page.records.added", "Name", label))
}

// editRecord is the window in which a record is corrected.
func (s *Server) editRecord(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	return s.showEditRecord(v, id, nil)
}

// showEditRecord fills the window with what is saved, or with what was refused.
func (s *Server) showEditRecord(v *visit, id uuid.UUID, f *form.Form) error {
	edit, err := s.Records.EditForm(v.ctx(), v.actor(), id)
	if err != nil {
		return err
	}
	saved := form.With("reference", edit.Record.Reference, "label", edit.Record.Label, "version", strconv.Itoa(edit.Record.Version))
	title := v.say.T("page.records.edit")
	view := page.RecordFormView{
		Window: ui.WindowFrame{Title: title, Subtitle: edit.Record.Label, Close: v.recordPath(id, "")},
		Action: v.recordPath(id, "/edit"), Typed: saved, Save: v.words(edit.Standing).Save,
	}
	if f != nil {
		view.Typed = f
		if isStale(f) {
			f.Values.Set("version", saved.Typed("version"))
			view.Stale = &page.Stale{Differences: v.recordDifferences(f, saved)}
		}
	}
	return v.answerForm(view.Typed, page.RecordForm(v.frame(edit.Standing, inRecords, title), view, v.inWindow()))
}

func isStale(f *form.Form) bool {
	for _, one := range f.Faults {
		if one.Key == "records.stale" {
			return true
		}
	}
	return false
}

func (v *visit) recordDifferences(typed, saved *form.Form) []page.Difference {
	var all []page.Difference
	for _, name := range []string{"reference", "label"} {
		if typed.Typed(name) != saved.Typed(name) {
			all = append(all, page.Difference{Label: v.say.T("page.records." + name), Typed: typed.Typed(name), Saved: saved.Typed(name)})
		}
	}
	return all
}

// saveRecord corrects a record. When someone else did so meanwhile, both versions
// are shown, and saving again keeps the one that was typed.
func (s *Server) saveRecord(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	reference, label := f.Get("reference"), f.Get("label")
	if f.OK() {
		err = s.Records.Edit(v.ctx(), v.actor(), id, reference, label, version(f))
	}
	if f.Fail(err) || err == nil && !f.OK() {
		if fault.Is(err, fault.KindNotFound) || fault.Is(err, fault.KindForbidden) {
			return err
		}
		return s.showEditRecord(v, id, f)
	}
	if err != nil {
		return err
	}
	return v.done(v.underneath(v.recordPath(id, "")), v.say.T("page.records.saved", "Name", label))
}
