package page

import (
	"time"

	"habilis/internal/form"
	"habilis/web/ui"
)

// InvitationsView is the list of a place's invitations.
type InvitationsView struct {
	Acts     []ui.Act
	Menu     ui.Filter // by state
	RoleHead string
	Rows     []InvitationRow
	Next     string // address of the next page, or empty
	First    string // address of the first page, where this isn't it
	Empty    Empty
}

// InvitationRow is one invitation in the list.
type InvitationRow struct {
	Email, Role, By string
	Shape           ui.Shape
	State           string
	Mail            string // what became of the letter; empty when it doesn't matter any more
	MailShape       ui.Shape
	CreatedAt       time.Time
	Expires         time.Time // or when it was answered
	ExpiresLabel    string    // "expire", "expirée", "répondue"
	Version         string
	Resend          *ui.Act // posts, as does Withdraw; nil where it makes no sense any more
	Withdraw        *ui.Act
}

// InviteView is the window in which someone is invited.
type InviteView struct {
	Window  ui.WindowFrame
	Action  string
	Typed   *form.Form
	Kept    []ui.Hidden
	Role    RoleField
	HereURL string // sheet of the person here whose e-mail was typed, or empty
	Pending string // address of the invitations, when one to this e-mail is awaited
	Send    string
}

// InvitedView is an invitation as the invited person sees it.
type InvitedView struct {
	Place, Number     string
	Sentence          string // who invites, with which role
	Role, Description string
	Means             []string // what accepting means
	Until             string
	Over              string // why it can't be answered any more; empty when it can
	AcceptURL         string
	DeclineURL        string
	Go                ui.Act // where to go on from, once it is over
}
