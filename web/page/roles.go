package page

import (
	"time"

	"habilis/web/ui"
)

// HeldView is the roles that a person holds.
type HeldView struct {
	RoleLabel string // heading of their names
	Modules   []HeldModule
	NoRole    string // said when there is none
	Closed    string // why nothing may be changed here; empty when something may
	Acts      []ui.Act
	Pending   []PendingRole
	Denied    []DeniedRole
	Grid      ui.GridView // what all of it comes to
}

// HeldModule is the roles held in one module.
type HeldModule struct {
	Name  string
	Roles []HeldRole
}

// HeldRole is a role held.
type HeldRole struct {
	Name, Description string
	Since             time.Time
	Until             *time.Time // planned end, or nil
	By                string
	Prolong           ui.Act // of what ends by itself; without URL when not offered
	Change, End       ui.Act // without URL when not offered
}

// PendingRole is a role that support was asked for.
type PendingRole struct {
	Role, By, Note string
	At             time.Time
	Withdraw       *Post // nil for who may not
}

// DeniedRole is a role that support refused.
type DeniedRole struct {
	Role, By, Reason string
	At               time.Time
}

// ChooseRoleView is the window in which a role is chosen for a person.
type ChooseRoleView struct {
	Window     ui.WindowFrame
	Action     string // where the choice is sent
	Cards      ui.Cards
	Several    bool      // several are ticked at once
	Ticks      *ui.Ticks // all roles at once, in place of the cards
	Version    string
	Submission string
	Meaning    ChangeMeaning
	End        ui.Act // ends the role instead; without URL when there is none to end
	Save       string
	Note       string // on what saving does besides
}

// The elements that hold what the chosen role means, and the detail of that, to
// which a link leads on telephones: there one line alone stays in sight.
const (
	MeaningID = "change-meaning"
	DetailID  = "change-detail"
)

// ChangeMeaning is what a role is, and what giving it would change.
type ChangeMeaning struct {
	Title, Description string
	Label              string   // before the title, in a low voice, or empty
	Refused            []string // why it may not be given; empty when it may
	Effect             *Effect  // nil when nothing would change yet
	Ends               []EndingRole
	Confirmed          bool        // the box under Ends was ticked
	End                *ui.Input   // the day on which it ends by itself, or nil
	Impersonal         string      // said of what opens no personal data, or empty
	ConfirmFault       string      // said beside that box, or empty
	Grid               ui.GridView // without groups when there is nothing to show
	DetailID           string      // of what follows the effect, where a link leads there; else empty
}

// Effect is how many permissions a change would widen and narrow.
type Effect struct{ Widened, Narrowed int }

// EndingRole is a role that would end with the change.
type EndingRole struct{ Grant, Name string }

// ProlongView is the window in which a role that ends by itself is given for longer.
type ProlongView struct {
	Window  ui.WindowFrame
	Action  string
	Version string
	Now     string // when it ends as it is
	End     *ui.Input
	Refused string // why it can't be prolonged; or empty
	Note    string
}

// EndRoleView is the window that asks whether a role is to end.
type EndRoleView struct {
	Window     ui.WindowFrame
	Action     string
	Version    string
	Submission string
	Meaning    ChangeMeaning
	End, Keep  string
	Note       string
}
