package page

import (
	"iter"
	"time"

	"github.com/google/uuid"

	"habilis/web/ui"
)

// PeopleView is the list of a place's people, narrowed and sorted.
type PeopleView struct {
	Count     string // "412"
	CountLine string // "412 ressources"
	Acts      []ui.Act
	Filters   ui.Filters
	Menus     []ui.Filter
	RolesHead string // the kind's word for roles
	ByName    SortLink
	BySeen    SortLink
	Sheets    string               // what the addresses of all sheets begin with, seen from the list's: markup
	Rows      iter.Seq[*PersonRow] // nil for none; each is gone with the next
	Open      ui.RowAct            // what stands for a row's acts on telephones
	Restore   ui.RowAct            // a post, for rows that are Restorable
	Bulk      *Bulk                // what may be done to several at once; nil for nothing
	Previous  string               // address of the page before, or empty
	Next      string
	Empty     Empty
}

// Bulk is what one can do to the people that are ticked: a form, which is sent
// their identifiers, shown once there are any.
type Bulk struct {
	Action, Act string    // its address, and what its button says
	Tick        ui.RowAct // the label of a row's box
	TickAll     string    // and of the box for all rows
	Ticked      string    // said before how many are: "Sélection :"
}

// SortLink is a column's head: where it leads, and how the list is sorted by it
// now: "ascending", "descending" or not at all.
type SortLink struct{ URL, Direction string }

// Empty is what an empty list says, and the next step.
type Empty struct {
	Title, Text string
	Acts        []ui.Act
}

// PersonRow is one person in the list.
type PersonRow struct {
	Family, Given string
	Email         string // "" for none
	Username      string
	ID            uuid.UUID // what ticking sends, and the end of the sheet's address
	Tickable      bool
	Roles         []RoleTag
	More          string // "+2": roles that aren't shown
	MoreNames     string // which those are
	NoRole        string // said where there is no role at all
	Shape         ui.Shape
	State         string
	Seen          time.Time // last sign-in; zero for none
	Mail          string    // what became of the first letter, for who is awaited; empty for others
	MailShape     ui.Shape
	Factor        string // "" for none
	Acts          []ui.RowAct
	Restorable    bool
	Version       int // sent when restoring
}

// RoleTag is a role that a person holds. Module is said before the first role of
// each module, where the place has several; More after it ("fin le 12 déc.").
type RoleTag struct {
	Module, Name, More string
	Tint               ui.Tint
}
