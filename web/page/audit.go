package page

import (
	"time"

	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/web/ui"
)

// WhyView explains one cell of one person.
type WhyView struct {
	Window  ui.WindowFrame
	Scope   grid.Scope
	Word    string   // of the scope
	Says    string   // "peut consulter", in words
	On      string   // "le 3 mars 2026", of a past day
	Because []string // where it comes from, a sentence each
	Missing *MissingView
	Acts    []ui.Act // where to go on
}

// MissingView is what would let someone do more, and who could give it.
type MissingView struct {
	Lead string // "Pour aller plus loin, l'un de ces rôles suffirait :"
	Ways []WayView
	Else []string // sentences: by hand, or what stands in the way
}

// WayView is a role that would be enough.
type WayView struct {
	Scope grid.Scope
	Word  string // of the scope that it leads to; empty where all lead to the same
	Role  string
	By    string // "Donné par : Pilote (Maude Bélanger, Luc Roy)."
}

// WhoView is the question « Qui peut… ? » and its answer.
type WhoView struct {
	Action     string
	Form       *form.Form
	Areas      []ui.Option
	Directions []ui.Option
	Reaches    []ui.Option
	AreaLabel  string
	Record     string // label of the field: "Dossier"; empty for who may not ask about one
	Chosen     string // the record in question, or empty
	ChosenID   string
	Clear      string // address of the question without it
	Choices    []ui.Link
	NoChoice   string // says that no record fits what was typed
	Answer     *WhoAnswer
}

// WhoAnswer is who can.
type WhoAnswer struct {
	Sentence string
	Note     string // on what the answer says and does not
	Apart    string // says that the record in question doesn't matter here, or empty
	People   []AbleView
	PersonAs string // head of the first column
	Exports  []ui.Act
	First    string // address of the first page, when this isn't it
	Next     string // address of the next page, or empty
}

// AbleView is someone who can.
type AbleView struct {
	Name, Initials string
	Username, URL  string
	State          string // of someone who has never signed in, or is archived since; else empty
	Scope          grid.Scope
	Word           string
	How            []SourceView
	Why            ui.Act
}

// SourceView is one of the ways in which someone can.
type SourceView struct {
	What   string // "rôle Pilote"
	ByHand bool
	Since  time.Time
}

// AsOfView is what one person could do on a day.
type AsOfView struct {
	Head     PersonHead
	Ask      DayForm
	Sentence string
	Absent   string // why they could do nothing at all, or empty
	Roles    []SourceView
	Hands    string // "3 cases étaient réglées à la main", or empty
	Grid     ui.GridView
	Acts     []ui.Act
}

// DayForm asks for a day, or for two.
type DayForm struct {
	Action string
	Form   *form.Form
	From   bool // two days
	Today  string
	Acts   []ui.Act
}

// ChangesView is what changed between two days, and who changed it.
type ChangesView struct {
	Head     PersonHead
	Ask      DayForm
	Sentence string
	Events   []EventView
	Cut      string // says that there are older ones, or empty
	Effect   *Effect
	Grid     ui.GridView
	Acts     []ui.Act
}

// EventView is one of the things that happened.
type EventView struct {
	At      time.Time
	Icon    ui.Icon
	What    string
	By      string
	Changes []JournalChange // of a cell
}

// TryView is what would be so if.
type TryView struct {
	Head      PersonHead
	Action    string
	Give, End Ticks
	Cells     ui.GridForm
	Open      bool     // the cells are shown
	Moved     []string // what gave way to what was chosen, said
	Tried     bool
	Refused   []string // why nothing could be tried, or none
	Effect    Effect
	Findings  []FindingView
	Settled   []FindingView
	Grid      ui.GridView
	Fresh     string // address without any trial
}

// The elements that hold what a trial would do, and that with the cells that may
// be set besides.
const (
	TriedID      = "tried"
	TriedPartsID = "tried-parts"
)

// FindingView is something that a trial would bring about.
type FindingView struct {
	Mood ui.Mood
	What string
}
