package page

import (
	"github.com/a-h/templ"

	"habilis/internal/form"
	"habilis/web/ui"
)

// ProofView is the window that asks who is there, before an act.
type ProofView struct {
	Window   ui.WindowFrame
	Why      string
	Action   string      // where the proof goes, with what is kept
	Kept     []ui.Hidden // what was typed before, to be sent on
	Typed    *form.Form
	Username string          // for the browser's keeper of passwords
	Passkey  templ.Component // asks the browser for one; nil for who has none
}
