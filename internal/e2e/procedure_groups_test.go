package e2e_test

import (
	"strings"
	"testing"

	"habilis/internal/browser"
	"habilis/internal/grid"
	"habilis/internal/pgtest/place"
	"habilis/internal/tenants/kinds"
)

// Procedure E.3, "a permission group opens tabs", by its text: Gestion,
// Utilisateurs, a group is chosen, shows its tabs before it is saved, and opens
// exactly those.

func TestAPermissionGroupOpensExactlyItsTabs(t *testing.T) {
	t.Parallel()
	for way, in := range ways {
		t.Run(way, func(t *testing.T) {
			a := in(t, "alerting")
			user := someone(t, a.place, "contact")
			b, h := a.enter(a.place.Pilot.Username, secret)
			held := a.place.Kind.DefaultRole()
			for _, group := range a.place.Kind.Roles[:3] {
				a.givesGroup(b, h, user, held, group)
				a.seesTabs(b, h, user, group)
				held = group
			}
		})
	}
}

// givesGroup puts a group in the place of the one held.
func (a *procedure) givesGroup(b *browser.Tab, h hand, user place.Person, held, group kinds.Role) {
	a.t.Helper()
	h.press("link", "Gestion")
	b.Has("heading", "Utilisateurs")
	h.press("link", "Liste des permissions : "+listed(user))
	b.Has("heading", "Liste des permissions")
	h.press("link", "Modifier un groupe de permission : "+held.Name.Fr)
	b.Has("heading", "Modifier un groupe de permission")
	h.choose(group.Name.Fr + "…")
	a.preview(h)
	b.See("Pour cette personne")
	a.look(b)
	h.press("button", "Sauvegarder")
	b.HasNot("heading", "Modifier un groupe de permission")
	b.See(group.Name.Fr + " est donné à")
}

// seesTabs looks at the grid of the user: each tab of the group is open, whole,
// and no other.
func (a *procedure) seesTabs(b *browser.Tab, h hand, user place.Person, group kinds.Role) {
	a.t.Helper()
	h.press("link", "Gestion")
	h.press("link", listed(user))
	h.press("link", "Permissions")
	b.At("/p/" + a.place.Number + "/people/" + user.Resource.String() + "/permissions")
	a.look(b)
	for _, tab := range a.place.Kind.AreasOf("alerts") {
		want := "Aucun"
		if group.Grid[tab.Key] == (grid.Cell{View: grid.All, Edit: grid.All}) {
			want = "Tout"
		}
		cells := b.Row(tab.Name.Fr)
		if len(cells) != 2 || !strings.HasPrefix(cells[0]+" ", want+" ") || !strings.HasPrefix(cells[1]+" ", want+" ") {
			a.t.Errorf("%s: %s is %q, want %s", group.Name.Fr, tab.Name.Fr, cells, want)
		}
	}
}
