package portal

import (
	"net/url"
	"slices"

	"habilis/internal/access"
	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/internal/roles"
	"habilis/internal/tabular"
	"habilis/web/page"
	"habilis/web/ui"
)

// fieldCompared names the roles that the address of a matrix chooses; all of them if
// it chooses none.
const fieldCompared = "role"

// matrix is the roles of the place beside all areas, on one page.
func (s *Server) matrix(v *visit) error {
	found, err := s.Roles.Catalogue(v.ctx(), v.actor())
	if err != nil {
		return err
	}
	words, title, path := v.words(found.Standing), v.say.T("page.matrix.title"), v.in("/roles/matrix")
	typed := &form.Form{Values: v.r.URL.Query()}
	choose := page.Ticks{Name: fieldCompared, Legend: v.say.T("page.matrix.which")}
	for _, r := range found.Roles {
		choose.Options = append(choose.Options, ui.Option{Value: r.ID.String(), Label: v.text(r.Name)})
	}
	taken := v.shownRoles(found)
	view := page.MatrixView{
		Action: path, Typed: typed, Choose: choose, Chosen: len(taken) > 0,
		Caption: title, AreaHead: words.AreaLabel, View: words.ViewAccess, Edit: words.EditAccess,
		Acts: []ui.Act{
			{Label: v.say.T("page.matrix.csv"), URL: path + "/export?" + url.Values{"as": {asCSV}, fieldCompared: taken}.Encode(), How: ui.Leaving, Icon: ui.IconDown},
			{Label: v.say.T("page.matrix.xlsx"), URL: path + "/export?" + url.Values{"as": {asXLSX}, fieldCompared: taken}.Encode(), How: ui.Leaving, Icon: ui.IconDown},
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

// shownRoles leaves of the roles those that the address chooses, and returns them.
func (v *visit) shownRoles(found *roles.CataloguePage) (chosen []string) {
	wanted := v.r.URL.Query()[fieldCompared]
	shown := slices.DeleteFunc(slices.Clone(found.Roles), func(r roles.Listed) bool { return !slices.Contains(wanted, r.ID.String()) })
	if len(shown) == 0 {
		return nil
	}
	for _, r := range shown {
		chosen = append(chosen, r.ID.String())
	}
	found.Roles = shown
	return chosen
}

// exportMatrix is the matrix to take away: a row an area, two columns a role.
func (s *Server) exportMatrix(v *visit) error {
	found, err := s.Roles.Catalogue(v.ctx(), v.actor())
	if err != nil {
		return err
	}
	v.shownRoles(found)
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
