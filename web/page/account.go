package page

import (
	"time"

	"habilis/internal/form"
	"habilis/web/ui"
)

// AccountView is one's own account.
type AccountView struct {
	Tabs     []ui.Link
	Devices  []DeviceRow // that are remembered
	Facts    []ui.Fact
	Passkeys []PasskeyRow
	Sessions []SessionRow // this one among them
	Pending  *PendingEmail
	Backup   *BackupEmail
	Factors  OwnFactorsView
}

// PendingEmail is an address that was asked for and is not confirmed.
type PendingEmail struct {
	Sentence string
	KeepURL  string // takes it back
}

// BackupEmail is a backup address that someone named for who looks.
type BackupEmail struct {
	Mood      ui.Mood
	Sentence  string
	RemoveURL string
}

// ChangeEmailView is the window in which one asks for another address.
type ChangeEmailView struct {
	Window ui.WindowFrame
	Typed  *form.Form
	Notes  []string // what will happen
}

// SessionRow is a place where one is signed in.
type SessionRow struct {
	Browser     string // "Firefox sur Windows"
	Address     string
	Places      []string // that it came to
	Began, Seen time.Time
	This        bool   // the one that looks
	EndURL      string // closes it; empty for this one
}

// ChangePasswordView is the window that replaces one's password.
type ChangePasswordView struct {
	Window   ui.WindowFrame
	Typed    *form.Form
	Username string // for the browser's keeper of passwords
	Strength ui.PasswordStrength
}

// DeviceRow is a browser that is remembered.
type DeviceRow struct {
	Browser, Address string
	Seen, Remembered time.Time
	ForgetURL        string
}
