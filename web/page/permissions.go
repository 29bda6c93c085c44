package page

import (
	"habilis/web/ui"
)

// PermissionsView is the tab Permissions of a sheet: what a person may do, and
// where it comes from.
type PermissionsView struct {
	Head   PersonHead
	Title  string
	What   string   // "Ce que Maude peut faire maintenant…"
	When   []ui.Act // now, and on another day
	Acts   []ui.Act
	Closed string // why nothing may be changed here; empty when something may
	Grid   ui.GridView
	// Of someone archived: what they could do again, and its heading.
	Dormant      *ui.GridView
	DormantTitle string
}

// EditPermissionsView is the form in which cells are set by hand, for one person
// or the same for several.
type EditPermissionsView struct {
	Head       *PersonHead // of the one person; nil for several
	Title, How string
	People     []string // the names of several people
	Action     string
	Kept       []ui.Hidden
	Grid       ui.GridForm
	Effect     *EffectView
	Stale      *StaleGrid // someone else changed what it was filled from, or nil
	Reset      string     // label of the button that leaves all cells to the roles, or empty
	Cancel     string     // where to go back to
	Save       string
}

// StaleGrid is what was chosen beside what holds now, where they differ.
type StaleGrid struct {
	What        string
	Differences []Difference
}

// EffectID is the element that says what the choices made so far would change.
const EffectID = "permissions-effect"

// EffectView is what the choices made so far would change.
type EffectView struct {
	Effect  Effect
	Refused []string // why it may not be done; empty when it may
}

// ConfirmPermissionsView shows what is about to change, for each of the people it
// is about, before it is done.
type ConfirmPermissionsView struct {
	Title      string
	Head       *PersonHead // of the one person; nil for several
	Action     string
	Kept       []ui.Hidden // what was chosen
	Moved      []string    // what gave way to what was chosen, said
	People     []PermissionsChange
	Unchanged  string   // said of those for whom nothing changes, or empty
	Refused    []string // why nothing can be saved; empty when it can
	Back, Save string
	Cancel     string
	Note       string
}

// PermissionsChange is what changes for one person.
type PermissionsChange struct {
	Name, URL string
	Refused   string   // why not, or empty
	Moved     []string // what of theirs gives way to what was chosen, said
	Widened   []CellChange
	Narrowed  []CellChange
}

// CellChange is one cell that changes.
type CellChange struct {
	Area, Access string
	From, To     ui.GridCell
}
