package page

import (
	"time"

	"habilis/web/ui"
)

// DashboardView is what a person finds when they come in.
type DashboardView struct {
	Hello   string
	As      string // the hat, and the place
	People  string // heading of the figures
	Figures []Figure
	Unsent  []UnsentRow
	Ending  []EndingRow
	Waiting []WaitingRow
	Acts    []ui.Act
	Mine    string // heading of the person's own grid
	Grid    ui.GridView
	Closed  ui.GridView // the modules in which nothing is open
	// ClosedWords names them; empty for none.
	ClosedWords string
	Until       string // until when the person may be here, or empty
	// Impersonal is said of a grid that opens no personal data; or empty.
	Impersonal string
	Stays      []StayRow // support's visits that are under way, for who may see the settings
	StaysURL   string
	NoRole     bool // the person holds no role: the grid is empty
}

// Figure is a count that leads to what it counts; a state by its shape.
type Figure struct {
	Shape      ui.Shape
	Count      string
	Label, URL string // URL may be empty
}

// WaitingRow is a role that was asked of support for someone.
type WaitingRow struct {
	Name, URL string
	Role      string
	At        time.Time
}

// EndingRow is a role of someone that ends by itself soon.
type EndingRow struct {
	Name, URL string
	Role      string
	Until     time.Time
	Prolong   ui.Act // without URL when not offered
}

// UnsentRow is someone whose first letter was refused.
type UnsentRow struct{ Name, URL, Answer string }
