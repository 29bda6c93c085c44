// Package page holds the screens: one file each, typed arguments, complete
// without script. They are given words and values; they know no rule of the
// domain and read nothing by themselves.
package page

import "habilis/web/layout"

// Enrolment is a secret to put into an authenticator app.
type Enrolment struct {
	QR    string // SVG
	Typed string // in groups of four
	URI   string // opens the app of the device that shows the page
}

// PlacesView is where a person may go.
type PlacesView struct {
	Places      []layout.PlaceLink
	Invitations []InvitationCard
	Operator    bool // may open support's queue
	Unverified  bool // their address is not confirmed: invitations to it are not shown
}

// InvitationCard is an invitation to answer.
type InvitationCard struct {
	Place    string
	Sentence string // "Luc Roy vous invite avec le rôle Pilote."
	Until    string // said: "jusqu'au 28 novembre"
	URL      string // of its page
}
