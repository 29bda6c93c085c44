package page

import (
	"habilis/internal/form"
	"habilis/web/ui"
)

// NewPersonView is the window in which a person is added.
type NewPersonView struct {
	Window      ui.WindowFrame
	Action      string
	Typed       *form.Form
	Kept        []ui.Hidden // sent along unseen: what makes the form count once
	NoEmail     bool        // the place lets people have no e-mail
	UsernameURL string
	Password    *PasswordByHand // nil where nobody chooses one for someone else
	Languages   []ui.Option
	Double      DoubleField
	Flags       []Flag
	Role        RoleField
	InUse       *InUse // the e-mail typed has an account elsewhere
	HereURL     string // sheet of the person here whose e-mail was typed, or empty
	DeskName    bool   // the name looks like a desk's: it is to be confirmed
	Save        string // "Enregistrer"
}

// onlyInUse reports whether nothing is wrong but an e-mail in use: that is said
// beside the field, with what to do, and not a second time above it.
func (v NewPersonView) onlyInUse() bool { return v.InUse != nil && len(v.Typed.Faults) == 1 }

// DoubleField is what a manager sets of a person's second factor.
type DoubleField struct {
	Options []ui.Option
	Mobile  bool   // texts can be sent
	Note    string // what follows from changing it; "" for nothing
}

// Flag is a box that the kind of place has for each person; Key is sent as flags.
type Flag struct{ Key, Label, Hint string }

// InUse offers to invite the person whose e-mail has an account already.
type InUse struct {
	Action string // where the invitation is posted
	Label  string // "Inviter elise@exemple.ca"
}

// RoleField lets one choose the role that a new person gets, and says what it means.
type RoleField struct {
	Label   string // "Rôle octroyé"
	Options []ui.Option
	URL     string // answers with the RoleMeaning of another choice
	Meaning RoleMeaning
	Section string    // heading of the ticks
	Ticks   *ui.Ticks // several roles, in place of the options
}

// RoleMeaning is what a role is and opens.
type RoleMeaning struct {
	Title       string // the roles, where several can be; or empty
	Description string
	Note        string      // "Par défaut, …", or empty
	Grid        ui.GridView // of the modules that it opens
	Closed      string      // which ones it doesn't open, or empty
	Impersonal  string      // said of what opens no personal data, or empty
	End         *ui.Input   // the day on which it ends by itself; nil for a role without a planned end
	Customise   *Customise  // nil for who may set nothing by hand
}

// Customise sets cells by hand for someone to come, beside the role.
type Customise struct {
	Label, How string
	Open       bool // something was set already
	Grid       ui.GridForm
	Against    *Against // what was set, or nil
}

// AgainstID is the element that says what cells set by hand change of the roles.
const AgainstID = "against"

// Against is what cells set by hand, for someone to come, change of what the roles
// chosen give.
type Against struct {
	Effect            Effect
	Moved             []string // what gave way to what was chosen, said
	Widened, Narrowed []CellChange
	Seen              ui.Hidden // sent with the form: this is what was seen
}

// unseen is what is to be seen before a form that was sent is saved, or nil.
func (m RoleMeaning) unseen(typed *form.Form) *Against {
	if m.Customise == nil || !typed.OK() {
		return nil
	}
	return m.Customise.Against
}
