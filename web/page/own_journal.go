package page

import "habilis/web/ui"

// OwnJournalView is a page of what was done by its reader, and on them.
type OwnJournalView struct {
	Tabs   []ui.Link
	Menus  []ui.Filter
	Lines  []OwnLine
	Locked []ui.Link // places that ask for a second factor before they say anything
	Newest string    // address of the first page, when this isn't it
	Older  string    // address of the next page, or empty
}

// OwnLine is one act.
type OwnLine struct {
	JournalLine
	Mine     bool   // the reader did it
	Where    string // the place, or that it was outside
	WhereURL string // or empty
	Device   string // "Firefox sur Windows", where that is kept
}
