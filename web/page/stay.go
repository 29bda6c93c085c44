package page

import (
	"time"

	"habilis/web/ui"
)

// UnderWay is the visit that an operator makes of a place.
type UnderWay struct {
	What      string
	URL       string // to go on with it; empty where it is of another session
	Elsewhere string // says so
	LeaveURL  string // posted to
}

// FindPlaceView is where an operator looks for a place.
type FindPlaceView struct {
	Words string // looked for
	Found []FoundPlace
	Under *UnderWay // nil for none
	Back  ui.Act
}

// FoundPlace is a place that was found.
type FoundPlace struct {
	Name, Number, Kind string
	Visit              ui.Act // without URL where the place is closed
}

// StaysView is support's visits of a place, newest first.
type StaysView struct {
	Stays []StayRow
	Back  ui.Act
}

// StayRow is one of them.
type StayRow struct {
	Name, Initials string
	Reason, Ticket string
	Since          time.Time
	Shape          ui.Shape
	State          string
	Until          string // the hour
	Ended          *time.Time
	End            string // posted to; empty where there is nothing to end, or by someone else
}
