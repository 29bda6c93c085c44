package e2e_test

import (
	"testing"

	"habilis/internal/browser"
	"habilis/internal/pgtest/place"
)

const (
	viewOfBilling = "Accès en consultation : Factures et paiements"
	editOfBilling = "Accès en modification : Factures et paiements"
)

// editing is the form of the permissions of someone who was given the billing by
// hand, view and edit, as far as what they are assigned.
func editing(t *testing.T, options ...browser.Option) (a *procedure, b *browser.Tab, who place.Person) {
	t.Helper()
	a = procedureIn(t, "clinic", func(b *browser.Tab) hand { return mouse{b} }, options...)
	who = someone(t, a.place, "intern")
	a.server.signedIn(t, a.place.Pilot).get(permissionsOf(a.place, who)+"/edit").form("/permissions").
		with("cell.billing.view", "assigned", "cell.billing.edit", "assigned", "confirm", "1").send()
	b, _ = a.enter(a.place.Pilot.Username, secret)
	b.Has("heading", "Bonjour…")
	b.Open(permissionsOf(a.place, who))
	b.Open(permissionsOf(a.place, who) + "/edit")
	return a, b, who
}

// holds fails the test unless the cells of the billing are chosen so.
func holds(t *testing.T, b *browser.Tab, view, edit string) {
	t.Helper()
	b.Has("group", viewOfBilling)
	for group, want := range map[string]string{viewOfBilling: view, editOfBilling: edit} {
		if !b.In("group", group).Is("checked", "radio", want) {
			t.Errorf("“%s” is not “%s”", group, want)
		}
	}
}

func TestWhoGoesPastAChoiceWithTheArrowsChangesNothingElse(t *testing.T) {
	t.Parallel()
	_, b, _ := editing(t)
	b.In("group", viewOfBilling).Choose("Affectés uniquement")
	b.Press("ArrowUp")
	holds(t, b, "Aucun", "Rôles : Aucun")
	b.Press("ArrowDown", "ArrowDown")
	holds(t, b, "Tout", "Affectés uniquement")
	b.Press("ArrowUp")
	b.In("group", editOfBilling).Choose("Affectés uniquement")
	b.Press("ArrowDown")
	holds(t, b, "Tout", "Tout")
	b.Press("ArrowUp")
	holds(t, b, "Affectés uniquement", "Affectés uniquement")
}

func TestWhatAChoiceMovedComesBackWithIt(t *testing.T) {
	t.Parallel()
	_, b, _ := editing(t)
	view, edit := b.In("group", viewOfBilling), b.In("group", editOfBilling)
	edit.Choose("Tout")
	holds(t, b, "Tout", "Tout")
	edit.Choose("Rôles : Aucun")
	holds(t, b, "Affectés uniquement", "Rôles : Aucun")
	edit.Choose("Affectés uniquement")
	view.Choose("Aucun")
	holds(t, b, "Aucun", "Rôles : Aucun")

	b.Click("button", "Enregistrer les modifications") // also when the form is shown again
	b.Click("button", "Revenir à la grille")
	holds(t, b, "Aucun", "Rôles : Aucun")
	b.In("group", viewOfBilling).Choose("Affectés uniquement")
	holds(t, b, "Affectés uniquement", "Affectés uniquement")

	b.In("group", editOfBilling).Choose("Tout") // what gave way and is chosen stays
	b.In("group", viewOfBilling).Choose("Tout")
	b.In("group", editOfBilling).Choose("Aucun")
	holds(t, b, "Tout", "Aucun")
}

func TestWhoGoesBackFromWhatWillChangeFindsTheirChoices(t *testing.T) {
	t.Parallel()
	a, b, who := editing(t)
	b.In("group", viewOfBilling).Choose("Tout")
	b.Click("button", "Enregistrer les modifications")
	b.See("Ce qui va changer", "Valable dès la prochaine page.")
	if role, name := b.Focused(); role != "heading" || name != "Ce qui va changer pour "+who.Given+" "+who.Family {
		t.Errorf("the focus is on the %s “%s”", role, name)
	}
	b.Press("Tab")
	if _, name := b.Focused(); name != "Confirmer les changements" {
		t.Errorf("the next thing is “%s”", name)
	}
	b.Reload()
	b.See("Ce qui va changer", "Factures et paiements")
	b.Back()
	holds(t, b, "Tout", "Affectés uniquement")
	b.Reload()
	b.SeeNot("Ce qui va changer")
	holds(t, b, "Tout", "Affectés uniquement")
	b.In("group", editOfBilling).Choose("Aucun")
	b.Click("button", "Enregistrer les modifications")
	b.See("Ce qui va changer", "Élargi", "Réduit")
	b.Back()
	holds(t, b, "Tout", "Aucun")
	b.Click("button", "Enregistrer les modifications")
	b.Click("button", "Confirmer les changements")
	b.See("sont enregistrées")
	b.Back() // what was saved is not offered again
	holds(t, b, "Tout", "Aucun")
	b.SeeNot("Ce qui va changer")
	b.See("Rien n'est changé pour l'instant.")
	if n := a.byHand(who.Resource); n != 1 {
		t.Errorf("%d cells are set", n)
	}
}

// Choices for several people count without script as they do with it.
func TestAScopeChosenForSeveralCountsByItself(t *testing.T) {
	t.Parallel()
	for way, in := range ways {
		t.Run(way, func(t *testing.T) {
			a := in(t, "clinic")
			one, two := someone(t, a.place, "intern"), someone(t, a.place, "clinician")
			b, h := a.enter(a.place.Pilot.Username, secret)
			b.Has("heading", "Bonjour…")
			b.Open("/p/" + a.place.Number + "/people/permissions?id=" + one.Resource.String() + "&id=" + two.Resource.String())
			holds(t, b, "Ne pas changer", "Ne pas changer")
			a.look(b)
			h.set(viewOfBilling, "Affectés uniquement")
			holds(t, b, "Affectés uniquement", "Ne pas changer")
			h.press("button", "Enregistrer les modifications")
			b.See("Ce qui va changer pour 2 personnes", one.Family, two.Family)
			a.look(b)
			h.press("button", "Confirmer les changements")
			b.See("Les permissions de 2 personnes sont enregistrées")
			for _, who := range []place.Person{one, two} {
				if saved := handsOf(t, who); saved != "billing 2-" {
					t.Errorf("saved: %s", saved)
				}
			}
		})
	}
}
