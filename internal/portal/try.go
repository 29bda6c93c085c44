package portal

import (
	"net/http"
	"net/url"
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
// is all of it; one that says more than it must leads to the short one.
func (s *Server) try(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	found, err := s.Audit.Try(v.ctx(), v.actor(), id)
	if err != nil {
		return err
	}
	typed := &form.Form{Values: v.r.URL.Query()}
	now := handCells(found.Holding)
	said := saidCells(typed, now)
	trial := audit.Trial{Give: triedRoles(typed, "give"), End: triedRoles(typed, "end")}
	address := v.personPath(id, "/try") + tryQuery(typed, trial, said, now)
	if !v.live() && typed.OK() && address != v.r.URL.RequestURI() {
		http.Redirect(v.w, v.r, address, http.StatusSeeOther)
		return nil
	}
	moved := said.settle(typed, found.Areas, now)
	trial.Hands = said.hands(now)
	if typed.OK() {
		typed.Fail(v.inWords(found.Standing, found.Catalogue, found.If(trial)))
	}
	view := v.tryView(found, typed)
	view.Moved = v.sayMoved(found.Standing, found.Areas, moved)
	if v.live() {
		v.w.Header().Set("HX-Replace-Url", address)
		return v.ok(page.Tried(v.say, typed, view, v.r.Header.Get("HX-Target") == page.TriedPartsID))
	}
	return v.filled(typed, page.Try(v.sheetFrame(found.Standing, v.say.T("page.audit.try"), found.Person.Name()), typed, view))
}

// saidCells are the cells that an address says; a direction that it leaves out
// stays as it is set now.
func saidCells(typed *form.Form, now cells) cells {
	said := readCells(typed)
	for area, o := range said {
		if typed.Typed(audit.CellField(area, grid.View)) == "" {
			o.View = now[area].View
		}
		if typed.Typed(audit.CellField(area, grid.Edit)) == "" {
			o.Edit = now[area].Edit
		}
		said[area] = o
	}
	return said
}

// triedRoles are the roles that were ticked.
func triedRoles(typed *form.Form, name string) []uuid.UUID {
	var ids []uuid.UUID
	for _, value := range typed.All(name) {
		id, err := uuid.Parse(value)
		if err != nil {
			typed.Fail(fault.Invalid(name, "audit.no_role"))
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// tryQuery is the shortest that tries what a form does, and shows the cells if it
// does.
func tryQuery(typed *form.Form, trial audit.Trial, said, now cells) string {
	short := url.Values{}
	for name, ids := range map[string][]uuid.UUID{"give": trial.Give, "end": trial.End} {
		for _, id := range ids {
			short.Add(name, id.String())
		}
	}
	for area, o := range said {
		for _, d := range grid.Directions {
			if value := cellValue(o, d); value != cellValue(now[area], d) {
				short.Set(audit.CellField(area, d), value)
			}
		}
	}
	if typed.Bool("cells") {
		short.Set("cells", "1")
	}
	if len(short) == 0 {
		return ""
	}
	return "?" + short.Encode()
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

func (v *visit) tryView(found *audit.TryPage, typed *form.Form) page.TryView {
	path, now := v.personPath(found.Person.ID, "/try"), handCells(found.Holding)
	byTheRoles := grid.Facts{Held: found.Forecast.Facts.Held}.Grid(found.Rows)
	view := page.TryView{
		Head: v.headOf(found.Standing, found.Person, onPermissions), Action: path, Fresh: path,
		Give:  page.Ticks{Name: "give", Legend: v.say.T("page.audit.try.give")},
		End:   page.Ticks{Name: "end", Legend: v.say.T("page.audit.try.end")},
		Cells: v.gridFormOf(found.Standing, typed, v.say.T("page.audit.try.cells"), found.Areas, now, byTheRoles),
		Open:  typed.Bool("cells") || len(readCells(typed).hands(now)) > 0,
		Tried: !found.Trial.Empty() || !typed.OK(),
		Grid:  v.gridView(found.Standing, v.say.T("page.audit.try.grid"), found.Areas, found.Forecast.After, found.Forecast.Before),
	}
	view.Cells.Preview, view.Cells.PreviewTarget = path, page.TriedID
	for _, r := range found.Catalogue.Roles {
		option := ui.Option{Value: r.ID.String(), Label: v.text(r.Name)}
		if held := found.GrantOf(r.ID) != nil; held || typed.Chose("end", option.Value) {
			view.End.Options = append(view.End.Options, option)
		} else if !r.Retired || typed.Chose("give", option.Value) {
			view.Give.Options = append(view.Give.Options, option)
		}
	}
	if !typed.OK() {
		view.Refused = v.sayAll(typed.Faults)
		return view
	}
	view.Effect = page.Effect{Widened: len(found.Forecast.Changes.Widened()), Narrowed: len(found.Forecast.Changes.Narrowed())}
	for _, f := range found.Findings {
		view.Findings = append(view.Findings, v.finding(found, f, "page.audit.finding."+string(f.Rule)))
	}
	for _, f := range found.Settled {
		view.Settled = append(view.Settled, v.finding(found, f, "page.audit.settled."+string(f.Rule)))
	}
	return view
}

// finding says something that a trial would bring about, or settle.
func (v *visit) finding(found *audit.TryPage, f audit.Finding, key string) page.FindingView {
	view := page.FindingView{Mood: ui.Look,
		What: v.say.T(key, "Role", v.roleName(f.Role), "Other", v.roleName(f.Other), "Area", v.areaName(found.Areas, f.Area), "Count", f.Count, "Least", f.Least)}
	if f.Refused() {
		view.Mood = ui.Wrong
	}
	return view
}
