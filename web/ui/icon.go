package ui

import (
	"maps"
	"slices"
	"strings"

	"github.com/a-h/templ"
)

// Icon names a drawing. They were drawn for Habilis on a grid of 16, and are
// under its licence.
type Icon string

// The icons in use.
const (
	NoIcon       Icon = ""
	IconAlert    Icon = "alert"
	IconArchive  Icon = "archive"
	IconArrow    Icon = "arrow"
	IconBack     Icon = "back"
	IconBuilding Icon = "building"
	IconCheck    Icon = "check"
	IconChevron  Icon = "chevron"
	IconClock    Icon = "clock"
	IconClose    Icon = "close"
	IconCopy     Icon = "copy"
	IconDots     Icon = "dots"
	IconDown     Icon = "down"
	IconEye      Icon = "eye"
	IconGlobe    Icon = "globe"
	IconInfo     Icon = "info"
	IconKey      Icon = "key"
	IconLock     Icon = "lock"
	IconMail     Icon = "mail"
	IconNext     Icon = "next"
	IconPencil   Icon = "pencil"
	IconPlus     Icon = "plus"
	IconQuestion Icon = "question"
	IconRestore  Icon = "restore"
	IconSearch   Icon = "search"
	IconSignOut  Icon = "signout"
	IconTrash    Icon = "trash"
	IconUp       Icon = "up"
	IconUser     Icon = "user"
	IconUsers    Icon = "users"
)

// drawings are the icons' outlines in a box of 16.
var drawings = map[Icon]string{
	IconAlert:    `<path d="M8 2.3 1.7 13.4h12.6ZM8 6.6v3M8 11.5v.1"/>`,
	IconArchive:  `<rect x="1.5" y="2.5" width="13" height="3.5" rx="1"/><path d="M2.8 6v6.5a1 1 0 0 0 1 1h8.4a1 1 0 0 0 1-1V6M6.3 9h3.4"/>`,
	IconArrow:    `<path d="M3 8h10M9 4l4 4-4 4"/>`,
	IconBack:     `<path d="m10 4-4 4 4 4"/>`,
	IconBuilding: `<path d="M3 14V3a1 1 0 0 1 1-1h5a1 1 0 0 1 1 1v11M10 6.5h2.5a1 1 0 0 1 1 1V14M1.5 14h13M5.5 5h2M5.5 8h2M5.5 11h2"/>`,
	IconCheck:    `<path d="m3 8.5 3.2 3.2L13 4.8"/>`,
	IconChevron:  `<path d="m4 6 4 4 4-4"/>`,
	IconClock:    `<circle cx="8" cy="8" r="6.3"/><path d="M8 4.5V8l2.5 1.5"/>`,
	IconClose:    `<path d="m3.5 3.5 9 9M12.5 3.5l-9 9"/>`,
	IconCopy:     `<rect x="5.5" y="5.5" width="8.5" height="8.5" rx="1.5"/><path d="M10.5 5.5V3.5a1.5 1.5 0 0 0-1.5-1.5H3.5A1.5 1.5 0 0 0 2 3.5V9a1.5 1.5 0 0 0 1.5 1.5h2"/>`,
	IconDots:     `<path stroke-width="2" d="M3 8h.01M8 8h.01M13 8h.01"/>`,
	IconDown:     `<path d="M8 3v10M4 9l4 4 4-4"/>`,
	IconEye:      `<path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8Z"/><circle cx="8" cy="8" r="2"/>`,
	IconGlobe:    `<circle cx="8" cy="8" r="6.3"/><path d="M1.7 8h12.6M8 1.7c3.6 3.8 3.6 8.8 0 12.6-3.6-3.8-3.6-8.8 0-12.6"/>`,
	IconInfo:     `<circle cx="8" cy="8" r="6.3"/><path d="M8 7.3v3.7M8 5v.1"/>`,
	IconKey:      `<circle cx="5" cy="11" r="3"/><path d="m7.2 8.8 6.3-6.3M10.8 5.2l2.2 2.2"/>`,
	IconLock:     `<rect x="3" y="7" width="10" height="7" rx="1.5"/><path d="M5 7V5a3 3 0 0 1 6 0v2"/>`,
	IconMail:     `<rect x="1.7" y="3" width="12.6" height="10" rx="1.5"/><path d="m2 4.8 6 4.2 6-4.2"/>`,
	IconNext:     `<path d="m6 4 4 4-4 4"/>`,
	IconPencil:   `<path d="M11.2 2.5a1.6 1.6 0 0 1 2.3 2.3l-8.3 8.3-3 .7.7-3ZM9.8 4l2.2 2.2"/>`,
	IconPlus:     `<path d="M8 3v10M3 8h10"/>`,
	IconQuestion: `<circle cx="8" cy="8" r="6.3"/><path d="M6.2 6.2a1.85 1.85 0 1 1 2.7 1.7c-.6.3-.9.7-.9 1.3M8 11.3v.1"/>`,
	IconRestore:  `<path d="M2.5 8a5.5 5.5 0 1 0 1.7-4L2.5 5.5M2.5 2.5v3h3"/>`,
	IconSearch:   `<circle cx="7" cy="7" r="4.5"/><path d="m10.4 10.4 3.6 3.6"/>`,
	IconSignOut:  `<path d="M6 14H3.5a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1H6M10.5 11l3-3-3-3M13.5 8H6"/>`,
	IconTrash:    `<path d="M2.2 4h11.6M5.8 4V2.8a.8.8 0 0 1 .8-.8h2.8a.8.8 0 0 1 .8.8V4M3.6 4l.5 9a1 1 0 0 0 1 1h5.8a1 1 0 0 0 1-1l.5-9M6.5 7v4M9.5 7v4"/>`,
	IconUp:       `<path d="M8 13V3M4 7l4-4 4 4"/>`,
	IconUser:     `<circle cx="8" cy="5" r="2.8"/><path d="M2.8 14a5.2 5.2 0 0 1 10.4 0"/>`,
	IconUsers:    `<circle cx="6" cy="5" r="2.6"/><path d="M1.5 13.5a4.5 4.5 0 0 1 9 0M10.5 2.7a2.6 2.6 0 0 1 0 4.6M12 9.4a4.5 4.5 0 0 1 2.5 4.1"/>`,
}

// scopeDrawings are the quarters that fill a scope's circle.
var scopeDrawings = [...]string{
	`<circle cx="8" cy="8" r="6.5" fill="none"/>`,
	`<circle cx="8" cy="8" r="6.5" fill="none"/><path stroke="none" d="M8 8V1.5A6.5 6.5 0 0 1 14.5 8Z"/>`,
	`<circle cx="8" cy="8" r="6.5" fill="none"/><path stroke="none" d="M8 1.5a6.5 6.5 0 0 1 0 13Z"/>`,
	`<circle cx="8" cy="8" r="6.5"/>`,
}

// sprite holds every drawing once; icons refer to it.
var sprite = func() markup {
	var b strings.Builder
	b.WriteString(`<svg hidden aria-hidden="true">`)
	for _, name := range slices.Sorted(maps.Keys(drawings)) {
		b.WriteString(`<symbol id="i-` + string(name) + `" viewBox="0 0 16 16">` + drawings[name] + `</symbol>`)
	}
	for s, drawing := range scopeDrawings {
		b.WriteString(`<symbol id="s-` + scopeNames[s] + `" viewBox="0 0 16 16">` + drawing + `</symbol>`)
	}
	b.WriteString(`</svg>`)
	return markup(b.String())
}()

// Sprite is the drawings of all icons; a page holds it once, before its content.
func Sprite() templ.Component { return sprite }

// Draw shows an icon that says nothing by itself: words stand beside it.
func Draw(icon Icon) templ.Component {
	if icon == NoIcon {
		return templ.NopComponent
	}
	return drawn[icon]
}

// drawn are the icons as they stand in pages: a page draws dozens.
var drawn = func() map[Icon]templ.Component {
	all := make(map[Icon]templ.Component, len(drawings))
	for name := range drawings {
		all[name] = markup(iconMarkup(name))
	}
	return all
}()

// NamedIcon shows an icon that stands for the given words.
func NamedIcon(icon Icon, name string) templ.Component {
	return markup(`<svg class="icon" role="img" aria-label="` + templ.EscapeString(name) + `"><use href="#i-` + string(icon) + `"/></svg>`)
}

// Mark is the place before a menu's line, ticked for the current one.
func Mark(current bool) templ.Component {
	if current {
		return ticked
	}
	return unticked
}

var (
	ticked   templ.Component = markup(`<span class="mark">` + iconMarkup(IconCheck) + `</span>`)
	unticked templ.Component = markup(`<span class="mark"></span>`)
)

func iconMarkup(icon Icon) string { return string(AppendIcon(make([]byte, 0, 96), icon)) }
