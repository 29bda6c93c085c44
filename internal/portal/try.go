package portal

import (
	"slices"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/audit"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/internal/rights"
	"habilis/web/page"
	"habilis/web/ui"
)

// try is « Essayer »: what would be so if, and nothing of it saved. The address
// is all of it.
func (s *Server) try(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	typed := form.With("give", v.query("give"), "end", v.query("end"), "area", v.query("area"), "view", v.query("view"), "edit", v.query("edit"))
	if v.live() { // what may be said in the area that is chosen now
		return v.tryReaches(id, typed)
	}
	found, err := s.Audit.Try(v.ctx(), v.actor(), id, trialOf(typed))
	if found.Standing == nil || err != nil && !fault.Is(err, fault.KindInvalid) {
		return err
	}
	typed.Fail(v.inWords(found.Standing, found.Catalogue, err))
	frame := v.sheetFrame(found.Standing, v.say.T("page.audit.try"), found.Person.Name())
	return v.filled(typed, page.Try(frame, v.tryView(found, typed)))
}

// tryReaches is the part of the form that depends on its area.
func (v *visit) tryReaches(id uuid.UUID, typed *form.Form) error {
	found, err := v.Audit.Try(v.ctx(), v.actor(), id, audit.Trial{})
	if err != nil {
		return err
	}
	for _, d := range grid.Directions { // what the area doesn't admit is chosen no more
		if scope := readCellOf(typed, d.String()); scope != nil && !slices.Contains(admitted(found.Catalogue, typed.Get("area"), d), *scope) {
			typed.Values.Set(d.String(), byRoles)
		}
	}
	return v.ok(page.TryReaches(v.say, v.tryView(found, typed)))
}

// inWords puts the words of the place into what is said of a scope that its area
// doesn't admit.
func (v *visit) inWords(s *access.Standing, c *rights.Catalogue, err error) error {
	faults, _ := fault.As(err)
	for _, f := range faults {
		if f.Key != audit.NotAdmitted {
			continue
		}
		area := c.Area(grid.Area(f.Args["Area"].(string)))
		scope, _ := grid.ParseScope(f.Args["Scope"].(string)) // as audit wrote it
		f.Args = map[string]any{"Area": v.text(area.Name), "Scope": v.scopeName(s, area.Key, scope)}
	}
	return err
}

// trialOf reads a trial from what was typed. A cell is tried once something is
// said of it.
func trialOf(typed *form.Form) audit.Trial {
	var t audit.Trial
	t.Give, t.End = role(typed, "give"), role(typed, "end")
	t.Hand = grid.Override{View: readCellOf(typed, "view"), Edit: readCellOf(typed, "edit")}
	if typed.Get("view") != "" || typed.Get("edit") != "" {
		t.Area = grid.Area(typed.Get("area"))
	}
	return t
}

func role(typed *form.Form, name string) uuid.UUID {
	id, err := uuid.Parse(typed.Get(name))
	if err != nil && typed.Get(name) != "" {
		typed.Fail(fault.Invalid(name, "audit.no_role"))
	}
	return id
}

// readCellOf is a scope, or nil for what is left to the roles or not said.
func readCellOf(typed *form.Form, name string) *grid.Scope {
	value := typed.Get(name)
	if value == "" || value == byRoles {
		return nil
	}
	scope, err := grid.ParseScope(value)
	if err != nil {
		typed.Fail(fault.Invalid(name, "audit.reach"))
		return nil
	}
	return &scope
}

func (v *visit) tryView(found *audit.TryPage, typed *form.Form) page.TryView {
	words, id := v.words(found.Standing), found.Person.ID
	view := page.TryView{
		Head: v.headOf(found.Standing, found.Person, onPermissions), Action: v.personPath(id, "/try"), Fresh: v.personPath(id, "/try"),
		Form: typed, Labels: page.TryLabels{Area: words.AreaLabel, View: words.ViewAccess, Edit: words.EditAccess},
		Areas: append([]ui.Option{{Label: v.say.T("page.audit.try.none")}}, v.areaOptions(found.Areas)...),
		Give:  []ui.Option{{Label: v.say.T("page.audit.try.none")}}, End: []ui.Option{{Label: v.say.T("page.audit.try.none")}},
		Tried: !found.Trial.Empty(),
	}
	for _, r := range found.InUse() {
		if found.GrantOf(r.ID) == nil {
			view.Give = append(view.Give, ui.Option{Value: r.ID.String(), Label: v.text(r.Name)})
		}
	}
	for _, g := range found.Grants {
		view.End = append(view.End, ui.Option{Value: g.Role.ID.String(), Label: v.text(g.Role.Name)})
	}
	view.Give, view.End = v.keepRole(view.Give, found.Catalogue, typed.Typed("give")), v.keepRole(view.End, found.Catalogue, typed.Typed("end"))
	view.View, view.Edit = v.reachOptions(found, typed, grid.View), v.reachOptions(found, typed, grid.Edit)
	before, after := found.Forecast.Before, found.Forecast.After
	if after == nil { // what was typed could not be tried
		before, after = found.Effective(), found.Effective()
	}
	view.Grid = v.gridView(found.Standing, v.say.T("page.audit.try.grid"), found.Areas, after, before)
	if view.Tried && typed.OK() {
		view.Effect = &page.Effect{Widened: len(found.Forecast.Changes.Widened()), Narrowed: len(found.Forecast.Changes.Narrowed())}
		for _, f := range found.Findings {
			view.Findings = append(view.Findings, v.finding(f, "page.audit.finding."+string(f.Rule)))
		}
		for _, f := range found.Settled {
			view.Settled = append(view.Settled, v.finding(f, "page.audit.settled."+string(f.Rule)))
		}
	}
	return view
}

// keepRole keeps the role that was asked for among the options, if the place has
// it: what is wrong with it is said beside it.
func (v *visit) keepRole(options []ui.Option, c *rights.Catalogue, typed string) []ui.Option {
	id, _ := uuid.Parse(typed)
	role := c.Role(id)
	if role == nil || slices.ContainsFunc(options, func(o ui.Option) bool { return o.Value == id.String() }) {
		return options
	}
	return append(options, ui.Option{Value: id.String(), Label: v.text(role.Name)})
}

// areaOptions are the areas to choose among, each before its module.
func (v *visit) areaOptions(areas []rights.Area) []ui.Option {
	var options []ui.Option
	for _, a := range areas {
		options = append(options, ui.Option{Value: string(a.Key), Label: joined(v.text(a.Name), v.text(a.ModuleName))})
	}
	return options
}

// reachOptions are what the cell that is tried may say: what its area admits, any
// scope as long as none is chosen, and what was typed.
func (v *visit) reachOptions(found *audit.TryPage, typed *form.Form, d grid.Direction) []ui.Option {
	area := typed.Get("area")
	options := []ui.Option{{Value: byRoles, Label: v.say.T("page.audit.try.by_roles")}}
	return append(options, v.scopeOptions(found.Standing, grid.Area(area), admitted(found.Catalogue, area, d), typed.Typed(d.String()))...)
}

// admitted are the scopes that an area admits; all of them while none is chosen.
func admitted(c *rights.Catalogue, area string, d grid.Direction) []grid.Scope {
	if admits, ok := c.Rows.Find(grid.Area(area)); ok {
		return admits.Of(d).List()
	}
	return []grid.Scope{grid.None, grid.Own, grid.Assigned, grid.All}
}

// scopeOptions are scopes to choose among, in the words of an area; one that was
// typed stays among them, whatever is said of it.
func (v *visit) scopeOptions(s *access.Standing, area grid.Area, scopes []grid.Scope, typed string) []ui.Option {
	if scope, err := grid.ParseScope(typed); err == nil && !slices.Contains(scopes, scope) {
		scopes = append(slices.Clip(scopes), scope)
	}
	var options []ui.Option
	for _, scope := range scopes {
		options = append(options, ui.Option{Value: scope.String(), Label: v.scopeName(s, area, scope)})
	}
	return options
}

// finding says something that a trial would bring about, or settle.
func (v *visit) finding(f audit.Finding, key string) page.FindingView {
	view := page.FindingView{Mood: ui.Look,
		What: v.say.T(key, "Role", v.roleName(f.Role), "Other", v.roleName(f.Other), "Count", f.Count, "Least", f.Least)}
	if f.Refused() {
		view.Mood = ui.Wrong
	}
	return view
}
