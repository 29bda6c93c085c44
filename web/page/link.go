package page

import (
	"habilis/internal/form"
	"habilis/web/ui"
)

// LinkPasswordView is a link that came by mail and lets one choose a password.
type LinkPasswordView struct {
	Why      string
	Facts    []ui.Fact
	Typed    *form.Form
	Username string // for password managers
	Strength ui.PasswordStrength
	Save     string
}

// LinkConfirmView is a link that asks for a yes and nothing else.
type LinkConfirmView struct {
	Why   string
	Facts []ui.Fact
	Yes   string
}

// LinkDeadView is a link that can't be used: why, and what to do.
type LinkDeadView struct {
	Why   string
	Again string // the words of the button that has another one sent; "" where it isn't offered
	Acts  []ui.Act
}
