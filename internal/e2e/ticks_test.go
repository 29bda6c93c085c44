package e2e_test

import (
	"testing"

	"habilis/internal/browser"
	"habilis/internal/pgtest/place"
)

// Several people are ticked in the list, by any way, and what is done next is
// about them.
func TestSeveralPeopleAreTickedInTheList(t *testing.T) {
	t.Parallel()
	for way, in := range ways {
		t.Run(way, func(t *testing.T) {
			a := in(t, "planner")
			one, two := a.place.Person(t, "booking"), a.place.Person(t, "consultation_2")
			b, h := a.enter(a.place.Pilot.Username, secret)
			b.Has("heading", "Bonjour…")
			b.Open("/p/" + a.place.Number + "/people")
			b.HasNot("button", "Modifier les permissions")
			a.look(b)
			h.tick("Choisir " + one.Given + " " + one.Family)
			h.tick("Choisir " + two.Given + " " + two.Family)
			b.Has("button", "Modifier les permissions")
			if a.script {
				b.See("Sélection : 2")
			}
			a.look(b)
			b.Screenshot("ticks " + way)
			h.press("button", "Modifier les permissions")
			b.See(one.Family, two.Family, "pour les 2 personnes")
		})
	}
}

func TestTheBoxInTheHeadTicksThePageAndSaysSo(t *testing.T) {
	t.Parallel()
	b, people := ticking(t)
	b.Choose("Choisir toute la page")
	b.See("Sélection : 3")
	b.Choose("Choisir " + people[0].Given + " " + people[0].Family)
	b.See("Sélection : 2")
	b.Choose("Choisir toute la page")
	b.Choose("Choisir toute la page")
	b.HasNot("button", "Modifier les permissions")
	b.Fill("Nom, courriel ou nom d'utilisateur", people[1].Username)
	b.SeeNot(people[0].Username)
	b.Choose("Choisir toute la page")
	b.See("Sélection : 1")
}

func TestTheArrowsGoFromBoxToBox(t *testing.T) {
	t.Parallel()
	b, _ := ticking(t)
	b.Reach("checkbox", "Choisir toute la page")
	b.Press("Tab", "Tab", "Tab") // past the heads that sort
	_, first := b.Focused()
	b.Press("Space", "ArrowDown", "Space")
	role, second := b.Focused()
	if role != "checkbox" || second == first {
		t.Errorf("after “%s” comes the %s “%s”", first, role, second)
	}
	b.See("Sélection : 2")
}

func TestTicksFitATelephone(t *testing.T) {
	t.Parallel()
	b, people := ticking(t, browser.Phone)
	b.Choose("Choisir " + people[0].Given + " " + people[0].Family)
	b.See("Sélection : 1")
	b.InSight("button", "Modifier les permissions")
	b.Axe()
	b.Screenshot("ticks phone")
	if wide := b.Overflow(); wide > 0 {
		t.Errorf("the page is %d pixels too wide", wide)
	}
}

// ticking is the list of a place of three, seen by its pilot.
func ticking(t *testing.T, options ...browser.Option) (*browser.Tab, [2]place.Person) {
	t.Helper()
	a := procedureIn(t, "planner", func(b *browser.Tab) hand { return mouse{b} }, options...)
	people := [2]place.Person{a.place.Person(t, "booking"), a.place.Person(t, "consultation_2")}
	b, _ := a.enter(a.place.Pilot.Username, secret)
	b.Has("heading", "Bonjour…")
	b.Open("/p/" + a.place.Number + "/people")
	return b, people
}
