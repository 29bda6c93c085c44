package page

import (
	"slices"
	"strconv"

	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/web/ui"
)

// CatalogueView is the roles of the place.
type CatalogueView struct {
	Acts    []ui.Act
	Heads   CatalogueHeads
	Modules []CatalogueModule
	Retired []CatalogueRow // given no more
}

// CatalogueHeads are the heads of the list of roles.
type CatalogueHeads struct{ Role, Holders, GivenBy string }

// CatalogueModule is the roles of one module.
type CatalogueModule struct {
	Name  string
	Roles []CatalogueRow
}

// CatalogueRow is one role in the list.
type CatalogueRow struct {
	Name, Description, URL string
	Chips                  []string
	Holders                string // said: "12 personnes"
	HoldersURL             string // the list of them, or empty
	GivenBy                string
}

// RoleView is the page of one role.
type RoleView struct {
	Name, Description string
	Chips             []string
	Acts              []ui.Act
	Closed            string // why it may not be defined here, or empty
	Facts             []ui.Fact
	Rules             []string
	Grid              ui.GridView
}

// DefineRoleView is the form of a role.
type DefineRoleView struct {
	Action, Cancel string
	Kept           []ui.Hidden
	How            string // what a copy starts from, or empty
	Stale          *Stale
	Modules        []ui.Option
	ModuleLabel    string
	Grid           ui.GridForm
	Factors        []ui.Option
	Givers, Pairs  Ticks
	Save           string
}

// Ticks are boxes of which several may be ticked.
type Ticks struct {
	Name, Legend, Hint string
	Options            []ui.Option
}

// ConfirmRoleView is what a definition would do, before it is saved.
type ConfirmRoleView struct {
	Action, Cancel string
	Kept           []ui.Hidden
	Summary        string   // "412 personnes ont ce rôle; …"
	Moved          []string // what gave way in the grid
	Broken         []string
	Rules          []RuleChange
	Cells          []CellCount
	PeopleTitle    string
	People         []AffectedPerson
	More           string // of people who are not named, or empty
	Heads          AffectedHeads
	Back, Save     string
	Note           string
}

// RuleChange is a rule of a role that would be another.
type RuleChange struct{ Rule, Was, Is string }

// AffectedHeads are the heads of the tables of what a definition would do.
type AffectedHeads struct{ Rule, Area, Before, After, Gaining, Losing, Person, Changes string }

// CellCount is for how many people one direction of a cell changes, and how the
// role's own cell does.
type CellCount struct {
	Area, Access    string
	From, To        ui.GridCell
	Gaining, Losing string // counted, or empty for nobody
}

// AffectedPerson is someone whose rights would change.
type AffectedPerson struct{ Name, URL, Changes string }

// PassageView is the window that asks whether a role leaves the catalogue, or
// comes back to it.
type PassageView struct {
	Window     ui.WindowFrame
	Action     string
	Version    string
	Submission string
	Refused    []string
	Facts      []string
	Keep       string
	Do         ui.Act
}

// MatrixView is all roles beside all areas, or those roles that were chosen.
type MatrixView struct {
	Acts       []ui.Act
	Action     string // address of all roles
	Typed      *form.Form
	Choose     Ticks
	Chosen     bool // some of them only
	Caption    string
	AreaHead   string
	View, Edit string // what the two marks of a cell stand for
	Roles      []MatrixRole
	Modules    []MatrixModule
}

// MatrixRole is a column.
type MatrixRole struct{ Name, URL, Holders string }

// MatrixModule is a group of rows.
type MatrixModule struct {
	Name  string
	Areas []MatrixArea
}

// MatrixArea is a row: a cell for each role.
type MatrixArea struct {
	Name  string
	Cells []MatrixCell
}

// MatrixCell is what one role allows in one area.
type MatrixCell struct{ View, Edit ui.GridCell }

// shut reports a role that opens nothing there.
func (c MatrixCell) shut() bool { return c.View.Scope == grid.None && c.Edit.Scope == grid.None }

// closed reports an area that none of the roles opens.
func (a MatrixArea) closed() bool {
	return !slices.ContainsFunc(a.Cells, func(c MatrixCell) bool { return !c.shut() })
}

// legend is the cells of the matrix as a grid, for the legend to say their words.
func (v MatrixView) legend() ui.GridView {
	var group ui.GridGroup
	for _, m := range v.Modules {
		for _, a := range m.Areas {
			for _, c := range a.Cells {
				group.Rows = append(group.Rows, ui.GridRow{View: c.View, Edit: c.Edit})
			}
		}
	}
	return ui.GridView{Groups: []ui.GridGroup{group}}
}

// columns is how many columns the matrix has.
func columns(v MatrixView) string { return strconv.Itoa(1 + len(v.Roles)) }
