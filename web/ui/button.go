package ui

import (
	"strings"

	"github.com/a-h/templ"
)

// Tone is the weight of a button.
type Tone uint8

// The tones of buttons. A screen has one primary button at most.
const (
	Plain   Tone = iota
	Primary      // what one came for
	Danger       // what can't be undone, or only with effort
	Calm         // words alone, until pointed at
)

var toneClass = [...]string{
	Plain:   "button",
	Primary: "button primary",
	Danger:  "button danger",
	Calm:    "button quiet",
}

// How says where a link leads.
type How uint8

// The ways in which an Act's link opens.
const (
	AsPage   How = iota // as any link
	InWindow            // as a window over the page, or as a page without script
	Leaving             // as a page, even from inside a window
	Closing             // by closing the window it is in, or as a page
	Printing            // nowhere: it is a button that prints the page, where scripts run
)

var howAttribute = [...]string{
	AsPage:   ``,
	InWindow: ` data-window`,
	Leaving:  ` hx-boost="false"`,
	Closing:  ` data-close`,
}

// Act is something to press: a link when it has a URL, else a button that sends
// the form it is in, with Name and Value when several stand side by side.
type Act struct {
	Label       string
	URL         string
	How         How // of a link
	Name, Value string
	Icon        Icon
	Tone        Tone
}

// Button shows an act by its words, after its icon if it has one.
func Button(a Act) templ.Component {
	inner := templ.EscapeString(a.Label)
	if a.Icon != NoIcon {
		inner = iconMarkup(a.Icon) + inner
	}
	return markup(a.element(toneClass[a.Tone], "", inner))
}

// IconButton shows an act by its icon alone; its label is its tip, and so its name.
func IconButton(a Act) templ.Component {
	return markup(a.element("icon-button", ` title="`+templ.EscapeString(a.Label)+`"`, iconMarkup(a.Icon)))
}

// More is the link that stands for all of a row's acts on a telephone: it leads
// to the row's own page.
func More(label, url string) templ.Component {
	label = templ.EscapeString(label)
	return markup(`<a class="icon-button more" href="` + href(url) + `" aria-label="` + label + `">` + iconMarkup(IconDots) + `</a>`)
}

func (a Act) element(class, attributes, inner string) string {
	if a.How == Printing {
		return `<button type="button" class="` + class + ` script" data-print` + attributes + `>` + inner + `</button>`
	}
	if a.URL != "" {
		return `<a class="` + class + `" href="` + href(a.URL) + `"` + howAttribute[a.How] + attributes + `>` + inner + `</a>`
	}
	name := ""
	if a.Name != "" {
		name = ` name="` + templ.EscapeString(a.Name) + `" value="` + templ.EscapeString(a.Value) + `"`
	}
	return `<button class="` + class + `"` + name + attributes + `>` + inner + `</button>`
}

// RowAct is what each row of a list offers for what it is about, said once for
// all rows. Its label is a sentence with the row's name in it.
type RowAct struct {
	Before, After string // of the label, around the row's name: markup
	Path          string // after the row's address: markup
	Icon          Icon
}

// Hole stands for the name of the row in the label of its acts; it is in no name,
// and in no message.
const Hole = "\ue001"

// NewRowAct is an act whose label is a sentence with [Hole] in it.
func NewRowAct(sentence, path string, icon Icon) RowAct {
	before, after, _ := strings.Cut(templ.EscapeString(sentence), Hole)
	return RowAct{before, after, templ.EscapeString(path), icon}
}
