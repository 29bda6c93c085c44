package portal

import (
	"cmp"
	"slices"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/internal/rights"
	"habilis/internal/roles"
	"habilis/web/page"
	"habilis/web/ui"
)

// savePermissions takes the form of a person's cells. What it would change is
// shown before it is done; done is what was confirmed.
func (s *Server) savePermissions(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	found, err := v.permissionsOf(s.Roles.EditPermissions)
	if err != nil {
		return err
	}
	if f.Bool("reset") {
		leaveToRoles(f, found.Areas)
	}
	hands, moved := chosenHands(f, found)
	if len(hands) == 0 && f.OK() && !f.Bool("reset") && !f.Bool("again") {
		f.Fail(fault.Invalid("", "page.permissions.nothing"))
	}
	switch {
	case !f.OK() || f.Bool("reset") || f.Bool("again"):
		return v.permissionsAgain(found, f, hands)
	case !f.Bool("confirm"):
		return v.confirmPermissions(found, f, hands, moved)
	}
	err = s.Roles.SetHands(v.ctx(), v.actor(), []uuid.UUID{found.Person.ID}, hands,
		roles.SentHands{Versions: map[uuid.UUID]int{found.Person.ID: version(f)}, Submission: v.submission(f)})
	switch {
	case isStaleHands(err):
		if found, err = v.permissionsOf(s.Roles.EditPermissions); err != nil {
			return err
		}
		hands, _ = chosenHands(f, found)
		return v.permissionsAgain(found, f, hands)
	case refusedOfSomeone(err):
		f.Fail(err)
		return v.confirmPermissions(found, f, hands, moved)
	case f.Fail(err):
		return v.permissionsAgain(found, f, hands)
	case err != nil:
		return err
	}
	return v.done(v.personPath(found.Person.ID, "/permissions"), v.say.T("page.permissions.saved", "Name", found.Person.Name()))
}

// refusedOfSomeone reports a refusal that is said of each person anew, where what
// was confirmed is shown again; the others are of the form, and are said on it.
func refusedOfSomeone(err error) bool {
	faults, ok := fault.As(err)
	return ok && faults.Kind() != fault.KindInvalid
}

// isStaleHands reports that someone changed meanwhile.
func isStaleHands(err error) bool {
	faults, ok := fault.As(err)
	return ok && faults[0].Key == "roles.stale"
}

// leaveToRoles puts the roles' choice in each cell of a form.
func leaveToRoles(f *form.Form, areas []rights.Area) {
	for _, a := range areas {
		for _, d := range grid.Directions {
			f.Values.Set(roles.CellField(a.Key, d), byRoles)
			f.Values.Del(ownField(roles.CellField(a.Key, d)))
		}
	}
}

// permissionsAgain shows the form again with all that was chosen. One that was
// filled from an older state is shown against the present one.
func (v *visit) permissionsAgain(found *roles.PermissionsPage, f *form.Form, hands roles.Hands) error {
	f.Values.Del("submission")
	checked := f
	if isStaleGrid(f) { // what the choices would change against the present
		checked = form.With()
	}
	effect, err := v.effectOf(found, checked, hands)
	if err != nil {
		return err
	}
	view := v.permissionsForm(found, f, effect)
	if f.OK() {
		return v.ok(view)
	}
	return v.again(f, view)
}

const staleGridKey = "page.permissions.stale"

func isStaleGrid(f *form.Form) bool {
	return slices.ContainsFunc(f.Faults, func(one *fault.Fault) bool { return one.Key == staleGridKey })
}

// staleGrid sets the choices of a form that was filled from an older state beside
// what holds now, and names what else changed meanwhile; nil of any other form.
func (v *visit) staleGrid(found *roles.PermissionsPage, f *form.Form) *page.StaleGrid {
	if !isStaleGrid(f) {
		return nil
	}
	stale, now := &page.StaleGrid{What: v.say.T(staleGridKey)}, handCells(found.Holding)
	for _, a := range found.Areas {
		for _, d := range grid.Directions {
			is, typed := cellValue(now[a.Key], d), f.Typed(roles.CellField(a.Key, d))
			one := page.Difference{Label: v.cellName(found.Standing, &a, d), Saved: v.cellWord(found, a.Key, d, is)}
			switch was := cmp.Or(f.Typed(wasField(a.Key, d)), byRoles); {
			case typed == "" && was != is:
				one.Typed = v.say.T("page.permissions.stale.untouched")
			case typed != "" && typed != is:
				one.Typed = v.cellWord(found, a.Key, d, typed)
			default:
				continue
			}
			stale.Differences = append(stale.Differences, one)
		}
	}
	return stale
}

// cellWord is a value of a cell in the words of its choices.
func (v *visit) cellWord(found *roles.PermissionsPage, area grid.Area, d grid.Direction, value string) string {
	if scope, err := grid.ParseScope(value); err == nil {
		return v.scopeName(found.Standing, area, scope)
	}
	return v.say.T("portal.by_roles", "Scope", v.scopeName(found.Standing, area, found.Why[area][d].Roles))
}

// confirmPermissions shows what a form would change for one person; one that was
// refused, with why.
func (v *visit) confirmPermissions(found *roles.PermissionsPage, f *form.Form, hands roles.Hands, moved grid.Changes) error {
	preview, err := v.Roles.PreviewHands(v.ctx(), v.actor(), []uuid.UUID{found.Person.ID}, hands)
	if err != nil {
		return err
	}
	head := v.headOf(found.Standing, &found.Person.Person, onPermissions)
	path := v.personPath(found.Person.ID, "/permissions")
	view := v.confirmView(preview, f, path, hands, moved)
	view.Title, view.Head, view.Cancel = v.say.T("page.permissions.confirm", "Name", found.Person.Name()), &head, path
	if len(preview.People[0].Widened)+len(preview.People[0].Narrowed) == 0 {
		view.Unchanged = v.say.T("page.permissions.same", "Name", found.Person.Name())
	}
	return v.confirming(f, page.ConfirmPermissions(v.frame(found.Standing, inPeople, view.Title), view))
}

// confirming shows what is to be confirmed, or what was and is refused.
func (v *visit) confirming(f *form.Form, confirm templ.Component) error {
	if f.OK() {
		return v.ok(confirm)
	}
	return v.again(f, confirm)
}

// confirmView is what is about to change, and the form that says yes to it. Of a
// form that was refused it says of whom, as that is now. What is refused here
// was only looked at: that is no act, and leaves no trace.
func (v *visit) confirmView(preview *roles.HandsPage, f *form.Form, path string, hands roles.Hands, moved grid.Changes) page.ConfirmPermissionsView {
	f.Values.Del("confirm")
	view := page.ConfirmPermissionsView{
		Action: path, Kept: keptAll(f), Back: v.say.T("page.permissions.back"),
		Save: v.say.T("page.permissions.confirm.save"), Note: v.say.T("page.permissions.when"),
	}
	view.Moved = v.sayMoved(preview.Standing, preview.Areas, moved)
	for _, p := range preview.People {
		change := page.PermissionsChange{
			Name: p.Person.Name(), URL: v.personPath(p.Person.ID, "/permissions"), Refused: v.whyBefore(p.Refused),
			Moved:   v.sayMoved(preview.Standing, preview.Areas, gaveWay(hands, slices.Concat(p.Widened, p.Narrowed))),
			Widened: v.cellChanges(preview.Standing, preview.Areas, p.Widened), Narrowed: v.cellChanges(preview.Standing, preview.Areas, p.Narrowed),
		}
		if p.Refused != nil || len(p.Faults) > 0 {
			view.Save = ""
		}
		if change.Refused != "" || len(p.Widened)+len(p.Narrowed) > 0 {
			view.People = append(view.People, change)
		}
	}
	switch {
	case f.OK():
	case view.Save == "": // the reason is below, with each person's name
		view.Refused = []string{v.say.T("page.permissions.refused")}
	default:
		view.Refused = v.sayAll(f.Faults)
	}
	return view
}

// gaveWay are the changes of what hands keep of someone: edit that narrows with
// its view, view that widens with its edit.
func gaveWay(hands roles.Hands, changes grid.Changes) grid.Changes {
	return slices.DeleteFunc(changes, func(ch grid.Change) bool {
		said := hands[ch.Area].View
		if ch.Direction == grid.Edit {
			said = hands[ch.Area].Edit
		}
		return said == nil || *said != roles.Kept || ch.Widens() != (ch.Direction == grid.View)
	})
}

// keptAll are the fields of a form, to be sent once more.
func keptAll(f *form.Form) []ui.Hidden {
	var kept []ui.Hidden
	for name, values := range f.Values {
		for _, value := range values {
			kept = append(kept, ui.Hidden{Name: name, Value: value})
		}
	}
	slices.SortFunc(kept, func(a, b ui.Hidden) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value)) })
	return kept
}

func (v *visit) cellChanges(s *access.Standing, areas []rights.Area, changes grid.Changes) []page.CellChange {
	heads := v.words(s)
	access := map[grid.Direction]string{grid.View: heads.ViewAccess, grid.Edit: heads.EditAccess}
	said := make([]page.CellChange, len(changes))
	for i, ch := range changes {
		cell := func(scope grid.Scope) ui.GridCell {
			return ui.GridCell{Scope: scope, Word: v.scopeName(s, ch.Area, scope)}
		}
		said[i] = page.CellChange{Area: v.areaName(areas, ch.Area), Access: access[ch.Direction], From: cell(ch.From), To: cell(ch.To)}
	}
	return said
}

func (v *visit) areaName(areas []rights.Area, key grid.Area) string {
	for _, a := range areas {
		if a.Key == key {
			return v.text(a.Name)
		}
	}
	return ""
}
