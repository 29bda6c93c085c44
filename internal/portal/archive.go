package portal

import (
	"strconv"

	"github.com/google/uuid"

	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/people"
	"habilis/web/page"
	"habilis/web/ui"
)

// archiveForm is the window that asks whether a person is to be archived.
func (s *Server) archiveForm(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	return s.showArchive(v, id, form.With())
}

func (s *Server) showArchive(v *visit, id uuid.UUID, f *form.Form) error {
	edit, err := s.People.EditForm(v.ctx(), v.actor(), id)
	if err != nil {
		return err
	}
	p, words := edit.Person, v.words(edit.Standing)
	if p.State == people.Archived && f.OK() {
		return fault.Conflict("people.archived")
	}
	f.Values.Set("version", strconv.Itoa(p.Version))
	fr := v.frame(edit.Standing, inPeople, words.Archive)
	told := v.say.T("page.archive.told", "Address", p.Email)
	if p.Email == "" {
		told = v.say.T("page.archive.told_nobody")
	}
	view := page.ArchiveView{
		Window: ui.WindowFrame{Title: words.Archive, Subtitle: p.Name(), Initials: ui.Initials(p.Given, p.Family), Close: v.in("/people/%s", id)},
		Action: v.in("/people/%s/archive", id), Typed: f,
		Goes:    []string{v.say.T("page.archive.goes.access"), v.say.T("page.archive.goes.sessions")},
		Stays:   []string{v.say.T("page.archive.stays.sheet"), v.say.T("page.archive.stays.roles")},
		Told:    told,
		Confirm: v.say.T("page.archive.confirm", "Name", p.Name()),
	}
	window := page.Archive(fr, view, v.inWindow())
	if f.OK() {
		return v.ok(window)
	}
	return v.again(f, window)
}

// archive ends someone's access to the place.
func (s *Server) archive(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	reason := f.Text("reason")
	if f.OK() {
		err = s.People.Archive(v.ctx(), v.actor(), id, reason, version(f))
	}
	if f.Fail(err) || err == nil && !f.OK() {
		return s.showArchive(v, id, f)
	}
	if err != nil {
		return err
	}
	return v.doneWith(v.underneath(v.in("/people")), id, "page.person.archived")
}

// restore brings back someone archived.
func (s *Server) restore(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	if err := s.People.Restore(v.ctx(), v.actor(), id, version(f)); err != nil {
		return err
	}
	return v.doneWith(v.in("/people/%s", id), id, "page.person.restored")
}

// doneWith says what was done with a person, by name.
func (v *visit) doneWith(path string, id uuid.UUID, said string) error {
	sheet, err := v.People.Sheet(v.ctx(), v.actor(), id)
	if err != nil {
		return err
	}
	return v.done(path, v.say.T(said, "Name", sheet.Person.Name()))
}
