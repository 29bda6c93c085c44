package page

import (
	"habilis/internal/form"
	"habilis/web/ui"
)

// SettingsView is the settings of a place.
type SettingsView struct {
	Visits    ui.Act // support's, of the place; without URL for who may not see them
	Action    string
	Typed     *form.Form
	Stale     *Stale // someone else saved meanwhile
	Locales   []ui.Option
	TimeZones []ui.Option
	Factors   []ui.Option // whom the place asks for a second factor

	FirstAccesses  []ui.Option // how a new person comes in
	UsernameStyles []ui.Option // how a user name is proposed

	NameLabel   string
	NumberLabel string
	Number      string
	Save        string    // empty where one may only look
	Facts       []ui.Fact // the settings, where one may only look
	Durations   []Duration
}

// Duration is a setting in whole hours, days or minutes.
type Duration struct{ Name, Label, Hint string }
