package portal

import (
	"github.com/google/uuid"

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
	found, err := s.Audit.Try(v.ctx(), v.actor(), id, trialOf(typed))
	if found.Standing == nil || err != nil && !fault.Is(err, fault.KindInvalid) {
		return err
	}
	typed.Fail(err)
	frame := v.sheetFrame(found.Standing, v.say.T("page.audit.try"), found.Person.Name())
	return v.filled(typed, page.Try(frame, v.tryView(found, typed)))
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
	view.View, view.Edit = v.reachOptions(found, grid.View), v.reachOptions(found, grid.Edit)
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

// areaOptions are the areas to choose among, each before its module.
func (v *visit) areaOptions(areas []rights.Area) []ui.Option {
	var options []ui.Option
	for _, a := range areas {
		options = append(options, ui.Option{Value: string(a.Key), Label: joined(v.text(a.Name), v.text(a.ModuleName))})
	}
	return options
}

// reachOptions are what the cell that is tried may say: what its area admits, or
// any scope as long as none is chosen.
func (v *visit) reachOptions(found *audit.TryPage, d grid.Direction) []ui.Option {
	options := []ui.Option{{Value: byRoles, Label: v.say.T("page.audit.try.by_roles")}}
	scopes := grid.SetOf(grid.None, grid.Own, grid.Assigned, grid.All)
	if admits, ok := found.Rows.Find(grid.Area(v.query("area"))); ok {
		scopes = admits.Of(d)
	}
	for _, s := range scopes.List() {
		options = append(options, ui.Option{Value: s.String(), Label: v.scopeName(found.Standing, grid.Area(v.query("area")), s)})
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
