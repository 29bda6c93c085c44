package e2e_test

import (
	"strings"
	"testing"

	"habilis/internal/browser"
)

// hand is a way to use the portal: with the mouse or with the keyboard alone.
type hand interface {
	press(role, name string) // a link, a button, a menu
	fill(field, text string)
	choose(name string) // one of several cards
	pick(field, option string)
	set(group, choice string) // one of several choices of a group
	tick(box string)
}

type mouse struct{ *browser.Tab }

func (m mouse) press(role, name string)   { m.Click(role, name) }
func (m mouse) fill(field, text string)   { m.Fill(field, text) }
func (m mouse) choose(name string)        { m.Choose(name) }
func (m mouse) pick(field, option string) { m.Select(field, option) }
func (m mouse) set(group, choice string)  { m.In("group", group).Choose(choice) }
func (m mouse) tick(box string)           { m.Choose(box) }

type keyboard struct {
	*browser.Tab
	t testing.TB
}

func (k keyboard) press(role, name string) {
	k.t.Helper()
	k.Reach(role, name)
	k.Press("Enter")
}

func (k keyboard) fill(field, text string) {
	k.t.Helper()
	k.ReachField(field)
	k.Press("Ctrl+a", "Delete")
	k.Type(text)
}

// choose goes to the group of cards with Tab, and along it with the arrows.
func (k keyboard) choose(name string) {
	k.t.Helper()
	name = strings.ReplaceAll(name, "’", "'") // as the focus is told
	k.Has("radio", name)
	for range 250 {
		if role, _ := k.Focused(); role == "radio" {
			break
		}
		k.Press("Tab")
	}
	for range 60 {
		k.Press("ArrowDown")
		if role, focused := k.Focused(); role == "radio" && strings.HasPrefix(focused, strings.TrimSuffix(name, "…")) {
			return
		}
	}
	k.t.Fatalf("the card “%s” can't be reached with the arrows", name)
}

func (k keyboard) pick(field, option string) {
	k.t.Helper()
	k.ReachField(field)
	k.Type(option)
	k.Press("Enter")
}

// set goes to a group with Tab, and along it with the arrows, round at its end.
func (k keyboard) set(group, choice string) {
	k.t.Helper()
	k.In("group", group).Has("radio", choice)
	for range 250 {
		if k.FocusedIn() == group {
			break
		}
		k.Press("Tab")
	}
	for range 10 {
		if _, name := k.Focused(); name == choice && k.In("group", group).Is("checked", "radio", choice) {
			return
		}
		k.Press("ArrowDown")
	}
	k.t.Fatalf("“%s” of “%s” can't be reached with the arrows", choice, group)
}

func (k keyboard) tick(box string) {
	k.t.Helper()
	k.Reach("checkbox", box)
	k.Press("Space")
}
