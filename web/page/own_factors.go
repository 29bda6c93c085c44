package page

import (
	"time"

	"habilis/internal/form"
	"habilis/web/ui"
)

// OwnerView is the window that asks for all that an account has: see [ProofView].
type OwnerView struct {
	ProofView
	Password bool          // is asked for
	Factor   FactorView    // that is asked for; the zero one is none
	Methods  []OwnerMethod // in the place of the chosen one
}

// OwnerMethod is a way to show a second factor.
type OwnerMethod struct{ Value, Label string }

// OwnFactorsView is the section of one's second factors, but for passkeys.
type OwnFactorsView struct {
	Rows  []OwnFactorRow
	Codes *RecoveryView // nil where there is nothing that they could replace
	Add   []ui.Link     // what can be added
	Why   string        // why something can't; empty for nothing to say
}

// OwnFactorRow is one second factor.
type OwnFactorRow struct {
	Name, Detail          string
	Since                 time.Time
	Used                  time.Time // zero for never
	ReplaceURL, RemoveURL string    // empty where that can't be done
}

// RecoveryView is how many recovery codes are left.
type RecoveryView struct {
	Left     string
	Few      bool
	RenewURL string
}

// AddAppView is the window in which an authenticator app is set up.
type AddAppView struct {
	Window ui.WindowFrame
	Typed  *form.Form
	URL    string
	Notes  []string
	Enrolment
}

// AddSentView is the window in which codes by message are turned on.
type AddSentView struct {
	Window  ui.WindowFrame
	Typed   *form.Form
	URL     string // of the code; /send is that of what has it sent
	Why     string
	Mobile  bool // a number is asked for
	Waiting bool // a code is on its way, or there
	Refused bool // it was not taken
	Hint    string
	Said    string // where it went
}

// AskView is a window that asks for a yes.
type AskView struct {
	Window ui.WindowFrame
	Typed  *form.Form
	URL    string
	Notes  []string
	Yes    ui.Act

	Submission string // tells this yes from another; empty where that is no matter
}
