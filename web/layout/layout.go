// Package layout holds the frames that screens stand in: a page with the place,
// the hat and the menus, and a bare one for signing in. Every frame has a link
// past its menus, the way to support, and the choice of a language.
//
// A screen that is a window is rendered by [Window]: alone when it is asked for
// by a window (the request's HX-Target is ui.WindowID), else as a page of its own.
package layout

import (
	"time"

	"github.com/a-h/templ"

	"habilis/internal/i18n"
	"habilis/web/static"
	"habilis/web/ui"
)

// Frame is what a page says around its content. Words that vary with the kind of
// place come from the caller.
type Frame struct {
	Printer *i18n.Printer
	Title   string // of the page; the place's name and the product's follow it
	Now     time.Time
	Path    string // of the page, for coming back after a change of language

	Place  *Place // nil outside places
	Person *Person
	Places []PlaceLink // the person's other places
	Stay   *Stay       // nil but for support, visiting the place

	Nav          []NavItem
	SubNav       []ui.Link
	SearchAction string // address of the list that the search leads to, or empty
	SearchLabel  string // "Chercher une personne…"
	SupportURL   string // of the place, or of the installation
	AccountURL   string // of the person's own account, or empty

	Script string // file that the page needs besides, or empty

	Flash string // what was just done, or empty
	Lost  string // that what was just sent was not done, and why; or empty
	Demo  bool   // link to the demonstration's own mailbox

	Passkeys string // the origin at which browsers have passkeys for us, or empty
}

// Place is where one is, and the hat that one acts in there.
type Place struct {
	Name       string
	NumberLine string // "Application nº 1042"
	Number     string // "nº 1042", for telephones
	Base       string // "/p/1042"
	Hat        string // "Pilote"
	Hats       []HatChoice
}

// Stay is what each page of a place says to support, who visits it.
type Stay struct {
	Reason   string
	Ticket   string // or empty
	Until    string // the hour
	LeaveURL string // posted to, to end it
}

// HatChoice is a role that one may act in; ID is sent to {Base}/hat as role.
type HatChoice struct {
	ID, Name string
	Current  bool
}

// Person is who is signed in.
type Person struct{ Name, Initials string }

// PlaceLink is another place that the person belongs to, with their roles there.
type PlaceLink struct {
	Name, Number, URL string
	Hats              []HatChoice // posted to {URL}hat: there at once, in that role
}

// NavItem is one entry of the main menu. Badge is a short count of what needs a
// look, and BadgeLabel says so in words ("6 à voir").
type NavItem struct {
	Label, URL        string
	Current           bool
	Badge, BadgeLabel string
}

// DemoMailPath is the page that shows the mails of the demonstration.
const DemoMailPath = "/demo/mail"

// htmxConfig keeps htmx within the content security policy, keeps pages with
// people's data out of its history, and shows refusals where they belong.
const htmxConfig = `{"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false,"selfRequestsOnly":true,` +
	`"attributesToSettle":["class"],"historyCacheSize":0,"refreshOnHistoryMiss":true,"scrollIntoViewOnBoost":false,"timeout":20000,` +
	`"responseHandling":[{"code":"204","swap":false},{"code":"...","swap":true}]}`

// PasskeyScriptFor has a window fetch the script that asks the browser for passkeys,
// over whichever page it is.
func PasskeyScriptFor(f Frame) templ.Attributes {
	return templ.Attributes{"data-script": static.URL("passkey.js"), "data-passkeys": f.Passkeys}
}

// title is the page's, then the place's, then the product's: tabs of the same
// page in two places differ.
func (f Frame) title() string {
	if f.Place == nil {
		return f.Title + " · Habilis"
	}
	return f.Title + " · " + f.Place.Name + " · Habilis"
}
