package portal

import (
	"strconv"

	"habilis/internal/form"
	"habilis/internal/roles"
	"habilis/web/page"
	"habilis/web/ui"
)

// endRoleForm asks whether a role is to end.
func (s *Server) endRoleForm(v *visit) error { return s.showEndRole(v, form.With()) }

func (s *Server) showEndRole(v *visit, f *form.Form) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	grant, err := v.id("grant")
	if err != nil {
		return err
	}
	preview, err := s.Roles.Preview(v.ctx(), v.actor(), id, roles.Ending(grant))
	if err != nil {
		return err
	}
	frame := v.frame(preview.Standing, inPeople, v.words(preview.Standing).EndRole)
	window := page.EndRole(frame, f, v.endRoleView(preview, f), v.inWindow())
	if f.OK() {
		return v.ok(window)
	}
	return v.again(f, window)
}

func (v *visit) endRoleView(preview *roles.PreviewPage, f *form.Form) page.EndRoleView {
	words, person := v.words(preview.Standing), preview.Person
	view := page.EndRoleView{
		Window:     v.personWindow(&person.Person, words.EndRole, person.Name(), v.personPath(person.ID, "/roles")),
		Action:     v.rolePath(person.ID, preview.Named[0].ID) + "/end",
		Version:    strconv.Itoa(person.Version),
		Submission: v.submission(f).String(),
		Meaning:    v.changeMeaning(preview.Standing, preview.Areas, preview.Preview, f),
		End:        words.EndRole,
		Keep:       v.say.T("page.roles.keep"),
		Note:       v.toldByMail(person),
	}
	view.Meaning.Grid = onlyChanged(view.Meaning.Grid)
	view.Window.Wide = len(view.Meaning.Grid.Groups) > 0
	return view
}

// onlyChanged leaves out of a preview what would stay as it is.
func onlyChanged(g ui.GridView) ui.GridView {
	changed := ui.GridView{Caption: g.Caption, Heads: g.Heads}
	for _, group := range g.Groups {
		kept := ui.GridGroup{Name: group.Name}
		for _, row := range group.Rows {
			if row.View.Was != nil || row.Edit.Was != nil {
				kept.Rows = append(kept.Rows, row)
			}
		}
		if len(kept.Rows) > 0 {
			changed.Groups = append(changed.Groups, kept)
		}
	}
	return changed
}

// endRole ends a role.
func (s *Server) endRole(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	grant, err := v.id("grant")
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	done, err := s.Roles.Apply(v.ctx(), v.actor(), id, roles.Ending(grant), roles.Sent{Version: version(f), Submission: v.submission(f)})
	if f.Fail(err) {
		return s.showEndRole(v, f)
	}
	if err != nil {
		return err
	}
	return v.done(v.personPath(id, "/roles"), v.changed(done))
}
