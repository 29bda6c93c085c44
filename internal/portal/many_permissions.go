package portal

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/internal/rights"
	"habilis/internal/roles"
	"habilis/web/page"
	"habilis/web/ui"
)

// editManyPermissions is the form in which the same cells are set by hand for the
// people who were ticked in the list.
func (s *Server) editManyPermissions(v *visit) error {
	chosen, err := s.Roles.PreviewHands(v.ctx(), v.actor(), parseIDs(v.r.URL.Query()["id"]), roles.Hands{})
	if faults, ok := fault.As(err); ok && faults[0].Field == "people" { // nobody was ticked, or too many were
		return v.done(v.in("/people"), v.why(faults[0]))
	}
	if err != nil {
		return err
	}
	return v.ok(v.manyPermissionsForm(chosen, form.With()))
}

// saveManyPermissions takes the form of the cells of several people: it is shown
// for each before it is done, and done for all or for none.
func (s *Server) saveManyPermissions(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	ids := parseIDs(f.All("id"))
	people, err := s.Roles.PreviewHands(v.ctx(), v.actor(), ids, roles.Hands{})
	if err != nil {
		return err
	}
	hands, moved := pickedHands(f, people.Areas)
	if len(hands) == 0 && f.OK() && !f.Bool("again") {
		f.Fail(fault.Invalid("", "page.permissions.nothing"))
	}
	switch {
	case !f.OK() || f.Bool("again"):
		return v.manyPermissionsAgain(people, f)
	case !f.Bool("confirm"):
		return v.confirmManyPermissions(ids, f, hands, moved)
	}
	err = s.Roles.SetHands(v.ctx(), v.actor(), ids, hands, roles.SentHands{Versions: versions(f, ids), Submission: v.submission(f)})
	switch {
	case refusedOfSomeone(err):
		f.Fail(err)
		return v.confirmManyPermissions(ids, f, hands, moved)
	case f.Fail(err):
		return v.manyPermissionsAgain(people, f)
	case err != nil:
		return err
	}
	return v.done(v.in("/people"), v.say.T("page.permissions.many.saved", "Count", len(people.People), "Names", v.someNames(people)))
}

// someNames are the names of some people, as many as a sentence bears.
func (v *visit) someNames(people *roles.HandsPage) string {
	const most = 3
	var names []string
	for _, p := range people.People[:min(len(people.People), most)] {
		names = append(names, p.Person.Name())
	}
	if len(people.People) > most {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

// parseIDs reads identifiers; what is none is nobody's.
func parseIDs(texts []string) []uuid.UUID {
	var ids []uuid.UUID
	for _, text := range texts {
		if id, err := uuid.Parse(text); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

func versions(f *form.Form, ids []uuid.UUID) map[uuid.UUID]int {
	read := map[uuid.UUID]int{}
	for _, id := range ids {
		if n, err := strconv.Atoi(f.Get(versionField(id))); err == nil {
			read[id] = n
		}
	}
	return read
}

func versionField(id uuid.UUID) string { return "version." + id.String() }

func pickField(area grid.Area) string { return "pick." + string(area) }

// pickedHands are the cells of the areas that were ticked.
func pickedHands(f *form.Form, areas []rights.Area) (roles.Hands, []grid.Area) {
	said := readCells(f)
	moved := said.settle(f, areas, cells{})
	hands := roles.Hands{}
	for _, a := range areas {
		if f.Bool(pickField(a.Key)) {
			hands[a.Key] = said[a.Key]
		}
	}
	return hands, moved
}

func (v *visit) manyPermissionsAgain(people *roles.HandsPage, f *form.Form) error {
	f.Values.Del("submission")
	for _, one := range f.Faults {
		if one.Key == "roles.stale" {
			one.Key = "page.permissions.stale"
		}
	}
	view := v.manyPermissionsForm(people, f)
	if f.OK() {
		return v.ok(view)
	}
	return v.again(f, view)
}

// manyPermissionsForm is the form of the same cells for several people.
func (v *visit) manyPermissionsForm(people *roles.HandsPage, f *form.Form) templ.Component {
	title := v.say.T("page.permissions.many")
	view := page.EditPermissionsView{
		Title:  title,
		How:    v.say.T("page.permissions.many.how", "Count", len(people.People)),
		Action: v.in("/people/permissions"),
		Kept:   []ui.Hidden{{Name: "submission", Value: v.submission(f).String()}},
		Grid:   v.gridFormOf(people.Standing, f, title, people.Areas, cells{}, grid.Grid{}),
		Cancel: v.in("/people"),
		Save:   v.words(people.Standing).SavePermissions,
	}
	for _, p := range people.People {
		view.People = append(view.People, p.Person.Name())
		view.Kept = append(view.Kept, ui.Hidden{Name: "id", Value: p.Person.ID.String()},
			ui.Hidden{Name: versionField(p.Person.ID), Value: strconv.Itoa(p.Person.Version)})
	}
	v.pickRows(&view.Grid, f, people.Areas)
	return page.EditPermissions(v.frame(people.Standing, inPeople, title), f, view)
}

// pickRows puts before each area a box that makes it part of the change. What
// the roles give differs from one person to the next, and is not said.
func (v *visit) pickRows(g *ui.GridForm, f *form.Form, areas []rights.Area) {
	next := 0
	for _, group := range g.Groups {
		for i := range group.Rows {
			row := &group.Rows[i]
			row.Pick = pickField(areas[next].Key)
			row.Picked = f.Bool(row.Pick)
			for _, choice := range []*ui.GridChoice{&row.View, &row.Edit} {
				choice.Options[0].Word, choice.Options[0].Varies = v.say.T("portal.by_each_roles"), true
			}
			next++
		}
	}
}

// confirmManyPermissions shows what a form would change for each of some people;
// of one that was refused, also for whom it is.
func (v *visit) confirmManyPermissions(ids []uuid.UUID, f *form.Form, hands roles.Hands, moved []grid.Area) error {
	preview, err := v.Roles.PreviewHands(v.ctx(), v.actor(), ids, hands)
	if err != nil {
		return err
	}
	view := v.confirmView(preview, f, v.in("/people/permissions"), moved)
	view.Title, view.Cancel = v.say.T("page.permissions.many.confirm", "Count", len(preview.People)), v.in("/people")
	var same []string
	for _, p := range preview.People {
		if p.Refused == nil && len(p.Widened)+len(p.Narrowed) == 0 {
			same = append(same, p.Person.Name())
		}
	}
	if len(same) > 0 {
		view.Unchanged = v.say.T("page.permissions.many.same", "Names", strings.Join(same, ", "))
	}
	return v.confirming(f, page.ConfirmPermissions(v.frame(preview.Standing, inPeople, view.Title), view))
}
