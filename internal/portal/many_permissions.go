package portal

import (
	"cmp"
	"slices"
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
	hands, moved := chosenForMany(f, people.Areas)
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
	case isStaleHands(err):
		if people, err = s.Roles.PreviewHands(v.ctx(), v.actor(), ids, roles.Hands{}); err != nil {
			return err
		}
		f.Fail(fault.Conflict(staleManyKey, "Names", changedSince(f, people)))
		return v.manyPermissionsAgain(people, f)
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

const staleManyKey = "page.permissions.many.stale"

// changedSince are the names of those who changed since a form was filled.
func changedSince(f *form.Form, people *roles.HandsPage) string {
	var names []string
	for _, p := range people.People {
		if f.Get(versionField(p.Person.ID)) != strconv.Itoa(p.Person.Version) {
			names = append(names, p.Person.Name())
		}
	}
	return strings.Join(names, ", ")
}

// chosenForMany are the cells in which something was chosen; what was not stays as
// each person has it.
func chosenForMany(f *form.Form, areas []rights.Area) (roles.Hands, grid.Changes) {
	for name := range readCells(f) {
		for _, d := range grid.Directions {
			if field := roles.CellField(name, d); f.Typed(field) == "" {
				f.Values.Set(field, asIs)
			}
		}
	}
	said := readCells(f)
	moved := said.settle(f, areas, cells{})
	hands := roles.Hands{}
	for area, o := range said {
		if cellValue(o, grid.View) != asIs || cellValue(o, grid.Edit) != asIs {
			hands[area] = o
		}
	}
	return hands, moved
}

func (v *visit) manyPermissionsAgain(people *roles.HandsPage, f *form.Form) error {
	f.Values.Del("submission")
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
	v.keepRows(&view.Grid, f)
	for _, wrong := range f.Faults {
		if wrong.Key == staleManyKey {
			view.Stale = &page.StaleGrid{What: v.why(wrong)}
		}
	}
	return page.EditPermissions(v.frame(people.Standing, inPeople, title), f, view)
}

// keepRows lets each cell stay as each person has it, and has it so unless
// something is chosen. What the roles give differs from one person to the next,
// and is not said.
func (v *visit) keepRows(g *ui.GridForm, f *form.Form) {
	stays := ui.GridOption{Value: asIs, Word: v.say.T("page.permissions.many.as_is"), Varies: true}
	for _, group := range g.Groups {
		for i := range group.Rows {
			for _, c := range []*ui.GridChoice{&group.Rows[i].View, &group.Rows[i].Edit} {
				c.Options[0].Word, c.Options[0].Varies = v.say.T("portal.by_each_roles"), true
				c.Options = slices.Insert(c.Options, 0, stays)
				c.Was, c.Chosen = asIs, cmp.Or(f.Typed(c.Name), asIs)
			}
		}
	}
}

// confirmManyPermissions shows what a form would change for each of some people;
// of one that was refused, also for whom it is.
func (v *visit) confirmManyPermissions(ids []uuid.UUID, f *form.Form, hands roles.Hands, moved grid.Changes) error {
	preview, err := v.Roles.PreviewHands(v.ctx(), v.actor(), ids, hands)
	if err != nil {
		return err
	}
	view := v.confirmView(preview, f, v.in("/people/permissions"), hands, moved)
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
