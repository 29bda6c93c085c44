package page

import (
	"habilis/internal/form"
	"habilis/web/ui"
)

// HelpView is what can be done, from the tab Accès, for a person who can't get in.
type HelpView struct {
	Fine  string // nothing keeps them out; empty where something does
	Mails []Post // what can be sent to them
	Acts  []ui.Act
	Why   string // why not; empty when all is
}

// none reports whether there is nothing to offer.
func (v HelpView) none() bool { return len(v.Mails)+len(v.Acts) == 0 }

// HelpWindow is a window in which a person is helped.
type HelpWindow struct {
	Window ui.WindowFrame
	Action string
	Typed  *form.Form
	Kept   []ui.Hidden
	What   []string // what will happen
	Care   string   // what to be sure of first; empty for nothing
	Told   string   // who is told
	Read   string   // who reads the reason, where it isn't the person
	Send   ui.Act
}

// BackupView is the window in which a backup address is named.
type BackupView struct {
	HelpWindow
	Anyway   bool   // someone else here has the address typed: it is to be confirmed
	Present  string // the address named before; empty when there is none
	Withdraw *Post
}

// ByHandView is the window in which a password is set.
type ByHandView struct {
	HelpWindow
	Password PasswordByHand
}

// PasswordByHand is a password that is chosen for someone else.
type PasswordByHand struct {
	Proposed bool   // it was drawn, and is shown this once
	Meter    string // the address that judges it as it is typed
	Strength ui.PasswordStrength
}

// AskHelpView is the window in which support is asked to help.
type AskHelpView struct {
	HelpWindow
	What []ui.Option
}
