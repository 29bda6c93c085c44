package portal

import (
	"habilis/internal/access"
	"habilis/internal/grid"
	"habilis/internal/roles"
	"habilis/internal/tabular"
	"habilis/web/page"
	"habilis/web/ui"
)

// matrix is all roles of the place beside all areas, on one page.
func (s *Server) matrix(v *visit) error {
	found, err := s.Roles.Catalogue(v.ctx(), v.actor())
	if err != nil {
		return err
	}
	words, title := v.words(found.Standing), v.say.T("page.matrix.title")
	view := page.MatrixView{
		Caption: title, AreaHead: words.AreaLabel, View: words.ViewAccess, Edit: words.EditAccess,
		Acts: []ui.Act{
			{Label: v.say.T("page.matrix.csv"), URL: v.in("/roles/matrix/export"), How: ui.Leaving, Icon: ui.IconDown},
			{Label: v.say.T("page.matrix.xlsx"), URL: v.in("/roles/matrix/export?as=" + asXLSX), How: ui.Leaving, Icon: ui.IconDown},
			{Label: v.say.T("page.audit.print"), How: ui.Printing},
		},
	}
	for _, r := range found.Roles {
		view.Roles = append(view.Roles, page.MatrixRole{Name: v.text(r.Name), URL: v.rolePage(r.ID), Holders: v.countHolders(words, r.Holders)})
	}
	module := ""
	for _, a := range found.Catalogue.Areas {
		if len(view.Modules) == 0 || a.Module != module {
			module = a.Module
			view.Modules = append(view.Modules, page.MatrixModule{Name: v.text(a.ModuleName)})
		}
		row := page.MatrixArea{Name: v.text(a.Name)}
		for _, r := range found.Roles {
			cell := func(scope grid.Scope) ui.GridCell {
				return ui.GridCell{Scope: scope, Word: v.scopeName(found.Standing, a.Key, scope)}
			}
			row.Cells = append(row.Cells, page.MatrixCell{View: cell(r.Grid[a.Key].View), Edit: cell(r.Grid[a.Key].Edit)})
		}
		last := &view.Modules[len(view.Modules)-1]
		last.Areas = append(last.Areas, row)
	}
	return v.ok(page.Matrix(v.frame(found.Standing, inRoles, title), view))
}

// exportMatrix is the matrix to take away: a row an area, two columns a role.
func (s *Server) exportMatrix(v *visit) error {
	found, err := s.Roles.Catalogue(v.ctx(), v.actor())
	if err != nil {
		return err
	}
	table := v.matrixTable(found)
	return v.takeAway(v.say.T("page.matrix.file", "Number", v.number), table,
		access.Entry{Act: "roles.export", TargetKind: "file", Label: table.Name}, nil)
}

func (v *visit) matrixTable(found *roles.CataloguePage) tabular.Table {
	words := v.words(found.Standing)
	table := tabular.Table{Name: v.say.T("page.matrix.title"), Head: []string{words.ModuleLabel, words.AreaLabel}}
	for _, r := range found.Roles {
		name := v.text(r.Name)
		table.Head = append(table.Head, name+" — "+words.ViewAccess, name+" — "+words.EditAccess)
	}
	for _, a := range found.Catalogue.Areas {
		row := []string{v.text(a.ModuleName), v.text(a.Name)}
		for _, r := range found.Roles {
			for _, d := range grid.Directions {
				row = append(row, v.scopeName(found.Standing, a.Key, r.Grid[a.Key].At(d)))
			}
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}
