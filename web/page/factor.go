package page

import "github.com/a-h/templ"

// FactorView is the page that asks for a second factor.
type FactorView struct {
	Method       string // the one chosen; "" when none can be used
	Why          string // what to do, or why nothing can be done here
	Hint         string // of the code
	Sent         *SentCode
	Others       []FactorChoice
	RememberDays int             // for which this device can be remembered; 0 for not at all
	Special      templ.Component // what is shown in the place of a code to type
}

// FactorChoice is another method.
type FactorChoice struct{ Label, URL string }

// SentCode is where a code goes, and what became of the last one.
type SentCode struct {
	To      string // masked
	Gone    bool   // one is on its way, or there
	Refused bool   // it was not taken
}
