package page

import (
	"time"

	"habilis/web/ui"
)

// JournalView is a page of the journal.
type JournalView struct {
	Person      string // filtered by, or empty
	PersonClear string // address of the list without that filter
	Find        JournalFind
	Menus       []ui.Filter
	Lines       []JournalLine
	Newest      string // address of the first page, when this isn't it
	Older       string // address of the next page, or empty
}

// JournalFind chooses a person by name.
type JournalFind struct {
	Action string
	Kept   []ui.Hidden // the other filters
	Typed  string
	Meant  []ui.Link // whom the name may mean, when several
	More   bool      // so many that Meant doesn't have them all
}

// JournalLine is one act. All its texts are fit to be shown: characters that
// would not be seen are written out.
type JournalLine struct {
	At        time.Time
	Who       string
	Initials  string
	Icon      ui.Icon // of an office that is nobody's, instead of initials
	As        string  // hat or office
	What      string  // "a octroyé un rôle à"
	Whom      string
	WhomURL   string // of the person's sheet, or empty
	Refused   bool
	Changes   []JournalChange
	Reason    string
	Address   string
	RequestID string
}

// JournalChange is a field that an act changed. Was or Is is empty when there
// was, or is, nothing.
type JournalChange struct{ Field, Was, Is string }
