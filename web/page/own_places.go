package page

import (
	"time"

	"habilis/internal/form"
	"habilis/web/ui"
)

// OwnPlacesView is where one belongs.
type OwnPlacesView struct {
	Tabs   []ui.Link
	Places []OwnPlace
}

// OwnPlace is one of one's places.
type OwnPlace struct {
	Name, Number, URL string
	LeaveURL          string
	Since             time.Time
	Locked            bool // a second factor is asked for before it says more
	Roles             []OwnRole
	Details           []ui.Fact // what the place has written of the person
	PhoneURL          string    // corrects the telephone
}

// OwnPhoneView is the window in which one corrects one's telephone in a place.
type OwnPhoneView struct {
	Window ui.WindowFrame
	Typed  *form.Form
	URL    string
}

// OwnRole is a role that one holds.
type OwnRole struct {
	Name         string
	Since, Until time.Time // zero where that isn't known, or not planned
	By           string    // who gave it
}
