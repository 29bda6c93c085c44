package portal

import (
	"context"
	"strconv"
	"strings"

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

// permissions is the tab Permissions of a sheet: what the person may do now, or
// could on the day of the address.
func (s *Server) permissions(v *visit) error {
	if day := v.query("on"); day != "" {
		return v.permissionsOn(day)
	}
	found, err := v.permissionsOf(s.Roles.Permissions)
	if err != nil {
		return err
	}
	words, path := v.words(found.Standing), v.personPath(found.Person.ID, "/permissions")
	view := page.PermissionsView{
		Head:   v.headOf(found.Standing, &found.Person.Person, onPermissions),
		Title:  words.Permissions,
		What:   v.say.T("page.permissions.now", "Name", found.Person.Given),
		Closed: v.whyBefore(found.Refused),
		Grid:   v.explainedGrid(found.Standing, found.Person.Name(), found.Areas, found.Holding, found.Why, v.whyURL(found.Person.ID)),
		When:   v.questions(found.Standing, found.Person.ID),
	}
	if found.Dormant != nil {
		v.fillDormant(&view, found)
	}
	if found.Refused == nil {
		view.Acts = append(view.Acts, ui.Act{Label: words.EditDetails, URL: path + "/edit", Icon: ui.IconPencil, Tone: ui.Primary})
	}
	return v.ok(page.Permissions(v.sheetFrame(found.Standing, words.Permissions, found.Person.Name()), view))
}

// fillDormant says of someone archived that nothing holds, and what would if they
// came back.
func (v *visit) fillDormant(view *page.PermissionsView, found *roles.PermissionsPage) {
	given := found.Person.Given
	view.What, view.When = "", view.When[:len(view.When)-1] // nothing to try
	view.Closed = v.say.T("page.permissions.archived", "Name", found.Person.Name(), "Date", *found.Person.ArchivedAt)
	view.DormantTitle = v.say.T("page.permissions.dormant", "Name", given)
	dormant := v.explainedGrid(found.Standing, view.DormantTitle, found.Areas, found.Holding, found.Dormant, nil)
	view.Dormant = &dormant
}

// permissionsOf reads what the person of the address may do.
func (v *visit) permissionsOf(read func(context.Context, access.Actor, uuid.UUID) (*roles.PermissionsPage, error)) (*roles.PermissionsPage, error) {
	id, err := v.id("id")
	if err != nil {
		return nil, err
	}
	return read(v.ctx(), v.actor(), id)
}

// whyURL leads from a cell of a person's grid to the reason for it.
func (v *visit) whyURL(person uuid.UUID) func(grid.Area, grid.Direction) string {
	return func(area grid.Area, d grid.Direction) string {
		return v.personPath(person, "/permissions/why?area="+string(area)+"&direction="+d.String())
	}
}

// explainedGrid shows a grid, and under each of its cells where that comes from,
// with a link to the reason unless there is none to lead to.
func (v *visit) explainedGrid(s *access.Standing, caption string, areas []rights.Area, held *rights.Holding,
	why map[grid.Area][2]grid.Reason, link func(grid.Area, grid.Direction) string) ui.GridView {
	is := grid.Grid{}
	for area, reasons := range why {
		is[area] = grid.Cell{View: reasons[grid.View].Scope, Edit: reasons[grid.Edit].Scope}
	}
	view, next := v.gridView(s, caption, areas, is, nil), 0
	for _, group := range view.Groups {
		for i := range group.Rows {
			row, area := &group.Rows[i], areas[next].Key
			next++
			for d, cell := range map[grid.Direction]*ui.GridCell{grid.View: &row.View, grid.Edit: &row.Edit} {
				v.explainCell(s, cell, held, why[area][d])
				if link != nil {
					cell.WhyURL = link(area, d)
				}
			}
		}
	}
	return view
}

// explainCell says in a few words where a cell comes from.
func (v *visit) explainCell(s *access.Standing, cell *ui.GridCell, held *rights.Holding, why grid.Reason) {
	switch why.Cause {
	case grid.FromRoles:
		names := make([]string, len(why.Sources))
		for i, source := range why.Sources {
			names[i] = v.words(s).Role + " " + v.text(held.GrantOf(uuid.UUID(source.ID)).Role.Name)
		}
		cell.Source = strings.Join(names, ", ")
	case grid.FromHand, grid.Corrected:
		hand := held.Hands[why.Area]
		cell.Source, cell.SourceByHand = v.say.T("page.permissions.by_hand"), true
		if why.Cause == grid.Corrected {
			cell.Source = v.say.T("page.permissions.corrected")
		}
		cell.Detail = v.by(hand.By) + ", " + v.say.Date(hand.Since)
	}
}

// editPermissions is the form in which cells are set by hand; where scripts run,
// also what the choices made so far would change.
func (s *Server) editPermissions(v *visit) error {
	found, err := v.permissionsOf(s.Roles.EditPermissions)
	if err != nil {
		return err
	}
	if found.Refused != nil {
		return found.Refused
	}
	f := &form.Form{Values: v.r.URL.Query()}
	if !v.live() {
		return v.ok(v.permissionsForm(found, form.With(), nil))
	}
	hands, _ := chosenHands(f, found)
	effect, err := v.effectOf(found, f, hands)
	if err != nil {
		return err
	}
	return v.ok(page.PermissionsEffect(v.say, effect))
}

// chosenHands is what a form changes, the cells that it says otherwise than they
// are now; and what gave way to what was chosen. Of a form that was filled from an
// older state, what was not touched follows the present.
func chosenHands(f *form.Form, found *roles.PermissionsPage) (roles.Hands, grid.Changes) {
	said, now := readCells(f), handCells(found.Holding)
	if f.Typed("version") != "" && version(f) != found.Person.Version {
		said.keepTouched(f, now)
		f.Fail(fault.Conflict(staleGridKey))
	}
	moved := said.settle(f, found.Areas, now)
	return said.hands(now), moved
}

// handCells is what is set by hand now, as cells of a form.
func handCells(held *rights.Holding) cells {
	all := cells{}
	for area, hand := range held.Hands {
		all[area] = hand.Override
	}
	return all
}

// effectOf says what choices would change, nil for none.
func (v *visit) effectOf(found *roles.PermissionsPage, f *form.Form, hands roles.Hands) (*page.EffectView, error) {
	if !f.OK() {
		return &page.EffectView{Refused: v.sayAll(f.Faults)}, nil
	}
	if len(hands) == 0 {
		return nil, nil
	}
	preview, err := v.Roles.PreviewHands(v.ctx(), v.actor(), []uuid.UUID{found.Person.ID}, hands)
	if err != nil {
		return nil, err
	}
	one := preview.People[0]
	effect := &page.EffectView{Effect: page.Effect{Widened: len(one.Widened), Narrowed: len(one.Narrowed)}}
	if one.Refused != nil {
		effect.Refused = []string{v.whyBefore(one.Refused)}
	}
	effect.Refused = append(effect.Refused, v.sayAll(one.Faults)...)
	return effect, nil
}

// permissionsForm is the form of the cells of one person.
func (v *visit) permissionsForm(found *roles.PermissionsPage, f *form.Form, effect *page.EffectView) templ.Component {
	words, path := v.words(found.Standing), v.personPath(found.Person.ID, "/permissions")
	head, byTheRoles := v.headOf(found.Standing, &found.Person.Person, onPermissions), grid.Grid{}
	for area, reasons := range found.Why {
		byTheRoles[area] = grid.Cell{View: reasons[grid.View].Roles, Edit: reasons[grid.Edit].Roles}
	}
	view := page.EditPermissionsView{
		Head:   &head,
		Title:  words.Permissions,
		How:    v.say.T("page.permissions.how"),
		Action: path,
		Kept: append(handCells(found.Holding).hidden(),
			ui.Hidden{Name: "version", Value: strconv.Itoa(found.Person.Version)}, ui.Hidden{Name: "submission", Value: v.submission(f).String()}),
		Grid:   v.gridFormOf(found.Standing, f, found.Person.Name(), found.Areas, handCells(found.Holding), byTheRoles),
		Effect: effect,
		Stale:  v.staleGrid(found, f),
		Reset:  v.say.T("page.permissions.reset"),
		Cancel: path,
		Save:   words.SavePermissions,
	}
	view.Grid.Preview, view.Grid.PreviewTarget = path+"/edit", page.EffectID
	return page.EditPermissions(v.sheetFrame(found.Standing, words.EditDetails, found.Person.Name()), f, view)
}
