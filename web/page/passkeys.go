package page

import (
	"time"

	"habilis/internal/form"
	"habilis/web/ui"
)

// PasskeyRow is a passkey of one's own.
type PasskeyRow struct {
	Name      string
	Kind      string // where it is: "Synchronisée entre vos appareils"
	Added     time.Time
	Used      time.Time // zero when it never was
	RenameURL string
	RemoveURL string
}

// PasskeyView is the window about one passkey, or about one to add.
type PasskeyView struct {
	Window ui.WindowFrame
	Typed  *form.Form
	URL    string // where the form goes
}
