package portal

import (
	"habilis/internal/access"
	"habilis/internal/grid"
	"habilis/internal/rights"
	"habilis/web/ui"
)

// gridView shows what a grid opens, area by area, in the words of the place of
// the standing. With was, which may be empty but not nil, it is a preview, and
// marks what differs from it.
func (v *visit) gridView(s *access.Standing, caption string, areas []rights.Area, is, was grid.Grid) ui.GridView {
	words := v.words(s)
	view := ui.GridView{Caption: caption, Heads: ui.GridHeads{Area: words.AreaLabel, View: words.ViewAccess, Edit: words.EditAccess}}
	module := ""
	for _, a := range areas {
		if len(view.Groups) == 0 || a.Module != module {
			module = a.Module
			view.Groups = append(view.Groups, ui.GridGroup{Name: v.either(a.ModuleName.Fr, a.ModuleName.En)})
		}
		group := &view.Groups[len(view.Groups)-1]
		group.Rows = append(group.Rows, v.gridRow(s, a, is, was))
	}
	return view
}

func (v *visit) gridRow(s *access.Standing, a rights.Area, is, was grid.Grid) ui.GridRow {
	cell := func(d grid.Direction) ui.GridCell {
		c := ui.GridCell{Scope: is[a.Key].At(d)}
		c.Word = v.scopeName(s, a.Key, c.Scope)
		if before := was[a.Key].At(d); was != nil && before != c.Scope {
			c.Was, c.WasWord = &before, v.scopeName(s, a.Key, before)
		}
		return c
	}
	return ui.GridRow{Name: v.either(a.Name.Fr, a.Name.En), View: cell(grid.View), Edit: cell(grid.Edit)}
}

// linkCells leads from each cell of a grid to the reason for it.
func (v *visit) linkCells(view *ui.GridView, areas []rights.Area, link func(grid.Area, grid.Direction) string) {
	next := 0
	for _, group := range view.Groups {
		for i := range group.Rows {
			row, area := &group.Rows[i], areas[next].Key
			row.View.WhyURL, row.Edit.WhyURL = link(area, grid.View), link(area, grid.Edit)
			next++
		}
	}
}

func (v *visit) scopeName(s *access.Standing, area grid.Area, scope grid.Scope) string {
	return v.Tenants.ScopeName(s.Tenant.Kind, area, scope, v.say.Locale())
}
