// Package ui holds the controls that every screen is made of: fields, buttons,
// states, tables' parts, windows, the grid of permissions. They know nothing of
// the domain: words come from the caller, or from messages named "ui.…".
//
// Every control is usable without script and has an accessible name. Nothing
// here writes a style attribute or an inline handler: the content security
// policy forbids both. What is drawn many times on a page (icons, states,
// avatars) is written in one piece, not as nested templates.
//
// Tables are plain <table class="list"> inside <div class="card clip">: the name
// cell is a <th scope="row"> with a [Who], the last cell is <td class="actions">
// with [IconButton]s and, for telephones, a [More] link to the row's own page.
// There a row becomes a card: two cells of the class narrow-half share a line, and
// those of the class narrow-gone (head and body) are left out.
package ui

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// WindowID is the id of the dialog that windows are shown in, and so the value
// of the header HX-Target in requests that come from one.
const WindowID = "window"

// markup is finished HTML; whoever makes one has escaped what is in it.
type markup string

// Render writes the markup as it is.
func (m markup) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, string(m))
	return err
}

// Shape is how a state looks: a shape and a colour, which its word goes with.
type Shape uint8

// The shapes of states.
const (
	Good    Shape = iota // a filled disc, green: active, sent
	Waiting              // a dashed ring, amber: pending, invited, queued
	Stopped              // a cross, red: blocked, refused
	Quiet                // a bar, grey: archived, ended
)

var shapeOpen = [...]string{
	Good:    `<span class="state good">`,
	Waiting: `<span class="state waiting">`,
	Stopped: `<span class="state stopped">`,
	Quiet:   `<span class="state quiet">`,
}

// State tells a state by its shape, its colour and its word.
func State(shape Shape, word string) templ.Component {
	return markup(AppendState(nil, shape, word))
}

// Tint is the colour of a chip.
type Tint uint8

// The tints of chips.
const (
	TintPlain  Tint = iota
	TintAccent      // what has authority
	TintLook        // what deserves a look
	TintStop        // what is wrong
)

var chipOpen = [...]string{
	TintPlain:  `<span class="chip">`,
	TintAccent: `<span class="chip accent">`,
	TintLook:   `<span class="chip look">`,
	TintStop:   `<span class="chip stop">`,
}

// Chip is a short label, such as a role; more is said after it in a lower voice
// ("fin le 12 déc.") and may be empty.
func Chip(tint Tint, label, more string) templ.Component {
	return markup(AppendChip(nil, tint, label, more))
}

// Avatar shows a person's initials. It is decoration: the name stands beside it.
func Avatar(initials string) templ.Component {
	return markup(`<span class="avatar" aria-hidden="true">` + templ.EscapeString(initials) + `</span>`)
}

// LargeAvatar is the Avatar at the head of a person's sheet.
func LargeAvatar(initials string) templ.Component {
	return markup(`<span class="avatar large" aria-hidden="true">` + templ.EscapeString(initials) + `</span>`)
}

// Who is the cell that names a row: initials, the name as a link, and a second
// line, such as an e-mail address.
func Who(initials, name, url, second string) templ.Component {
	return markup(`<div class="who"><span class="avatar" aria-hidden="true">` + templ.EscapeString(initials) +
		`</span><a href="` + href(url) + `">` + templ.EscapeString(name) +
		`</a><small>` + templ.EscapeString(second) + `</small></div>`)
}

// Initials are the first letters of the given names, two at most: "MB".
func Initials(names ...string) string { return string(AppendInitials(nil, names...)) }

// href is an address fit for an attribute; one that would run a script is refused.
func href(url string) string { return templ.EscapeString(string(templ.URL(url))) }
