package page

import (
	"time"

	"habilis/internal/form"
	"habilis/web/ui"
)

// RecordsView is the list of a place's records.
type RecordsView struct {
	Count     string // "412"
	CountLine string // "412 clients"
	Acts      []ui.Act
	Filters   ui.Filters
	State     ui.Filter
	Exports   []ui.Link
	Rows      []RecordRow
	Previous  string // address of the page before, or empty
	Next      string
	Empty     Empty
}

// RecordRow is one record in the list.
type RecordRow struct {
	Label, Reference, URL string
	People                string // to how many it is assigned, or empty
	Shape                 ui.Shape
	State                 string
	Edit                  *ui.Act
	Open                  string // what the row's link says on telephones
}

// RecordView is the page of a record.
type RecordView struct {
	Label, Reference string
	Shape            ui.Shape
	State            string
	Acts             []ui.Act
	Post             *Post // archives it, or brings it back
	Facts            []ui.Fact
	People           []AssigneeRow
	PeopleTitle      string
	More             string // that there are others than those named, or empty
}

// AssigneeRow is someone to whom a record is assigned.
type AssigneeRow struct {
	Name, Initials, URL string
	Second              string
	Since               time.Time
	By                  string
}

// RecordFormView is the window in which a record is added or corrected.
type RecordFormView struct {
	Window ui.WindowFrame
	Action string
	Typed  *form.Form
	Stale  *Stale // someone else saved meanwhile; else nil
	Save   string
}

// AssignedView is the tab of a person's sheet with what is assigned to them.
type AssignedView struct {
	Head      PersonHead
	Title     string
	Count     string
	CountLine string
	Acts      []ui.Act
	Closed    string // why nothing can be assigned here, or empty
	Filters   ui.Filters
	Rows      []AssignedRow
	Withdraw  string // where ticked records are sent; empty where none can be withdrawn
	Previous  string
	Next      string
	Empty     Empty
}

// WithdrawView is the window that asks whether records are to be withdrawn from
// someone.
type WithdrawView struct {
	Window  ui.WindowFrame
	Action  string
	Records []string // their identifiers
	Goes    string
	Stays   string
	Confirm string // "Retirer 3 affectations"
}

// AssignedRow is a record that is assigned.
type AssignedRow struct {
	ID, Label, Reference, URL string
	Archived                  string // said of one that is archived, or empty
	Since                     time.Time
	By                        string
	Pick, Withdraw            string // names of its box and of its button
}

// AssignView is the window in which records are assigned to a person.
type AssignView struct {
	Window ui.WindowFrame
	Action string // posts the choice; with /new after it, looks for more
	Typed  *form.Form
	Closed string
	Found  ChoicesView
	Save   string
}

// ChoicesView are the records that can be ticked.
type ChoicesView struct {
	Legend string
	Chosen []RecordChoice
	Found  []RecordChoice
	Count  string // how many are ticked
	Note   string // that there are more, or nothing
}

// RecordChoice is a record to tick.
type RecordChoice struct{ ID, Label, Reference string }

// ImportView is the page on which a file of records is chosen.
type ImportView struct {
	Action   string
	Typed    *form.Form
	Template string // address of a file to fill
	Back     string
	What     []string // what a file must be
}

// PreviewView is what importing a file would do.
type PreviewView struct {
	File     string
	Ignored  string // which columns are left out, or empty
	Groups   []ui.Link
	Rows     []ImportRow
	About    string // "Lignes 1 à 50 de 412"
	Previous string
	Next     string
	Typed    *form.Form
	Action   string
	Hidden   []ui.Hidden
	Confirm  string // "Importer 12 lignes"; empty where there is nothing to import
	Wrong    string // what becomes of the lines that are wrong, or empty
	Nothing  string // that nothing would change, or empty
	Back     string
	Again    string // address where another file is chosen
}

// ImportRow is a line of a file.
type ImportRow struct {
	Number           string
	Reference, Label string
	Was              string // what it would take the place of
	Tint             ui.Tint
	Outcome          string
	Why              string
}
