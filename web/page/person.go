package page

import (
	"time"

	"habilis/internal/form"
	"habilis/web/ui"
)

// PersonHead is the head of a person's sheet, the same above each of its tabs.
type PersonHead struct {
	Name, Initials string
	Shape          ui.Shape
	State          string
	Line           string // "Ergothérapeute · SDesrosiers · connexion il y a 20 min"
	TabsName       string
	Tabs           []ui.Link
	Acts           []ui.Act
	Troubles       []Trouble // what is wrong, and what to do about it
}

// Trouble is something wrong with a person's access, and what to do about it.
type Trouble struct {
	Mood       ui.Mood
	What, Next string
	Acts       []ui.Act
	Post       *Post
}

// Post is a button that sends a form of its own to URL, with a version where the
// act asks for one.
type Post struct{ Label, URL, Version string }

// ProfileView is the tab Profil of a sheet.
type ProfileView struct {
	Head  PersonHead
	Facts []ui.Fact
	Acts  []ui.Act
}

// AccessView is the tab Accès of a sheet.
type AccessView struct {
	Head  PersonHead
	Facts []ui.Fact
	Help  HelpView
	Mails []MailRow
	Why   string // what sending the first letter again does
}

// MailRow is a letter and its fate.
type MailRow struct {
	What   string // "Mot de passe temporaire"
	To     string
	Shape  ui.Shape
	State  string
	Answer string // of the mail server
	Tries  string // "3 essais", or empty
	At     time.Time
	Again  *Post // sends it once more; nil where that is not offered
}

// EditPersonView is the window in which a person is edited.
type EditPersonView struct {
	Window    ui.WindowFrame
	Action    string
	Typed     *form.Form
	Email     ui.Input
	Fixed     []ui.Fact   // what is the account's, and not the place's to change
	Languages []ui.Option // none once the person has come in
	Double    DoubleField
	Flags     []Flag
	Stale     *Stale // someone else saved meanwhile; else nil
	Save      string
}

// Stale shows what was saved meanwhile beside what was typed, where they differ.
type Stale struct{ Differences []Difference }

// Difference is a field of which two versions exist.
type Difference struct{ Label, Typed, Saved string }

// ArchiveView is the window that asks whether a person is to be archived.
type ArchiveView struct {
	Window  ui.WindowFrame
	Action  string
	Typed   *form.Form
	Goes    []string // what ends
	Stays   []string // what is kept
	Told    string   // who is told
	Confirm string   // "Archiver Maude Bélanger"
}
