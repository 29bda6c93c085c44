package e2e_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/browser"
	"habilis/internal/pgtest/place"
)

// Procedure C, "a person's permissions", by its text: menu of the people, a
// person's name, tab Permissions, Modifier les détails, a grid, Enregistrer les
// modifications.

func TestAPersonsPermissionsAreChangedByTheProcedure(t *testing.T) {
	t.Parallel()
	for way, in := range ways {
		t.Run(way, func(t *testing.T) {
			a := in(t, "clinic")
			member := someone(t, a.place, "clinician")
			b, h := a.enter(a.place.Pilot.Username, secret)
			a.opensPermissions(b, h, member)
			a.changesPermissions(b, h, member)
			a.returnsToTheRoles(b, h, member)
			a.assignsClients(b, h, member)
			a.customisesANewcomer(b, h)
		})
	}
}

// listed is how lists name someone; the sheet says the given name first.
func listed(p place.Person) string { return p.Family + ", " + p.Given }

// opensPermissions goes from the menu of the people to a person's grid.
func (a *procedure) opensPermissions(b *browser.Tab, h hand, member place.Person) {
	a.t.Helper()
	h.press("link", "Ton équipe")
	b.Has("heading", "Membres de l'équipe")
	h.press("link", listed(member))
	b.Has("heading", member.Given+" "+member.Family+"…")
	h.press("link", "Permissions")
	b.At("/p/" + a.place.Number + "/people/" + member.Resource.String() + "/permissions")
	b.Has("columnheader", "Accès en consultation")
	b.Has("columnheader", "Accès en modification")
	for _, area := range a.place.Kind.Areas[:5] {
		b.Has("rowheader", area.Name.Fr)
	}
	b.See("Calendrier personnel", "Affectés uniquement", "rôle Clinicien")
	a.look(b)
}

// changesPermissions widens some cells and narrows one. Nothing is changed before
// it was confirmed; then it holds from the person's very next request.
func (a *procedure) changesPermissions(b *browser.Tab, h hand, member place.Person) {
	a.t.Helper()
	theirs := a.server.signedIn(a.t, member) // and stays so
	people := "/p/" + a.place.Number + "/people"
	theirs.get(people).want(http.StatusForbidden)

	h.press("link", "Modifier les détails")
	b.Has("button", "Enregistrer les modifications")
	a.look(b)
	h.set("Accès en modification : Factures et paiements", "Affectés uniquement")
	if a.script && !b.In("group", "Accès en consultation : Factures et paiements").Is("checked", "radio", "Affectés uniquement") {
		a.t.Error("a wider edit does not widen the view")
	}
	h.set("Accès en consultation : Documentation des clients et des contacts", "Aucun")
	h.set("Accès en consultation : Membres de l'équipe", "Tout")
	a.look(b)
	h.press("button", "Enregistrer les modifications")
	b.See("Ce qui va changer", "Élargi", "Réduit", "Factures et paiements", "Membres de l'équipe")
	a.look(b)
	if n := a.byHand(member.Resource); n != 0 {
		a.t.Errorf("%d cells are set before it was confirmed", n)
	}
	h.press("button", "Confirmer les changements")
	b.See("Les permissions d'", "sont enregistrées", "réglé à la main")
	a.look(b)
	if n := a.byHand(member.Resource); n != 3 {
		a.t.Errorf("%d cells are set", n)
	}
	theirs.get(people).want(http.StatusOK)
}

// byHand is how many cells of a person are set by hand.
func (a *procedure) byHand(person uuid.UUID) int {
	return query[int](a.t, `select count(*) from override where tenant_id = $1 and resource_id = $2 and open`, a.place.ID, person)
}

func (a *procedure) returnsToTheRoles(b *browser.Tab, h hand, member place.Person) {
	a.t.Helper()
	theirs := a.server.signedIn(a.t, member)
	h.press("link", "Modifier les détails")
	h.press("button", "Tout remettre selon les rôles")
	b.Has("button", "Enregistrer les modifications")
	h.press("button", "Enregistrer les modifications")
	b.See("Élargi", "Réduit")
	h.press("button", "Confirmer les changements")
	b.See("sont enregistrées")
	b.SeeNot("réglé à la main")
	if n := a.byHand(member.Resource); n != 0 {
		a.t.Errorf("%d cells are set", n)
	}
	theirs.get("/p/" + a.place.Number + "/people").want(http.StatusForbidden)
}

// Who may not edit the workspace's settings is offered nothing, and refused.
func TestWhoDoesNotEditTheSettingsChangesNobodysPermissions(t *testing.T) {
	t.Parallel()
	a := ways["mouse"](t, "clinic")
	member, coordinator := someone(t, a.place, "clinician"), someone(t, a.place, "coordinator")
	b, h := a.enter(coordinator.Username, secret)
	a.opensPermissions(b, h, member)
	b.See("Seules les personnes qui peuvent modifier les paramètres changent les permissions.")
	b.HasNot("link", "Modifier les détails")

	v := a.server.signedIn(t, coordinator)
	path := "/p/" + a.place.Number + "/people/" + member.Resource.String() + "/permissions"
	v.get(path + "/edit").want(http.StatusForbidden)
	v.post(path, url.Values{"cell.billing.view": {"all"}, "version": {"1"}, "confirm": {"1"}}).want(http.StatusForbidden)
	if n := a.byHand(member.Resource); n != 0 {
		t.Errorf("%d cells are set", n)
	}

	h.press("link", "Membres de l'équipe")
	h.press("link", "Ajouter un membre de l'équipe")
	b.Has("heading", "Ajout d'un membre de l'équipe")
	b.HasNot("DisclosureTriangle", "Personnaliser les permissions")
}

// Assigner des clients gives access to particular clients.
func (a *procedure) assignsClients(b *browser.Tab, h hand, member place.Person) {
	a.t.Helper()
	client := a.addRecord("Gosselin, Zoé", "GZ-1")
	a.assign(member, a.addRecord("Nguyễn, Bảo", "NB-7"))
	h.press("link", "Clients affectés")
	b.Has("heading", "Clients affectés")
	a.look(b)
	h.press("link", "Assigner des clients")
	b.Has("heading", "Assigner des clients")
	a.look(b)
	h.tick("Gosselin, Zoé GZ-1")
	h.press("button", "Assigner des clients")
	b.HasNot("heading", "Assigner des clients")
	b.See("Gosselin, Zoé")
	a.look(b)
	if n := query[int](a.t, `select count(*) from assignment where tenant_id = $1 and resource_id = $2 and record_id = $3 and open`,
		a.place.ID, member.Resource, client); n != 1 {
		a.t.Errorf("%d clients are assigned", n)
	}
}

// addRecord adds a record to the place.
func (a *procedure) addRecord(label, reference string) uuid.UUID {
	a.t.Helper()
	id := access.NewID()
	a.place.Write(a.t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `
insert into record (tenant_id, id, reference, reference_key, label, search, created_at) values ($1, $2, $3, lower($3), $4, lower($4), $5)`,
			a.place.ID, id, reference, label, v.Now)
		return err
	})
	return id
}

// assign assigns a record to someone, past the portal.
func (a *procedure) assign(member place.Person, record uuid.UUID) {
	a.t.Helper()
	a.place.Write(a.t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `insert into assignment (tenant_id, resource_id, record_id, since, by_kind) values ($1, $2, $3, $4, 'console')`,
			a.place.ID, member.Resource, record, v.Now)
		return err
	})
}

// Personnaliser les permissions: the same grid stands where someone is added.
func (a *procedure) customisesANewcomer(b *browser.Tab, h hand) {
	a.t.Helper()
	h.press("link", "Ton équipe")
	h.press("link", "Ajouter un membre de l'équipe")
	b.Has("heading", "Ajout d'un membre de l'équipe")
	h.press("DisclosureTriangle", "Personnaliser les permissions")
	a.look(b)
	h.set("Accès en modification : Factures et paiements", "Tout")
	if a.script {
		b.See("Par rapport aux rôles choisis : 2 permissions élargies, aucune réduite.", "↑ élargi")
	}
	h.fill("Nom", "Lœvenbruck")
	h.fill("Prénom", "Maïté")
	h.fill("Courriel", a.address())
	h.fill("Nom d'utilisateur", a.username())
	h.press("button", "Enregistrer")
	if !a.script {
		b.See("Par rapport aux rôles choisis : 2 permissions élargies, aucune réduite.", "Rien n'est encore enregistré")
		h.press("button", "Enregistrer")
	}
	b.See("Lœvenbruck, Maïté")
	const hands = `
select string_agg(format('%s %s %s', area, view, edit), ', ') from override o join resource p on (p.tenant_id, p.id) = (o.tenant_id, o.resource_id)
 where o.tenant_id = $1 and p.username = $2 and open`
	if got := query[*string](a.t, hands, a.place.ID, a.username()); got == nil || *got != "billing 3 3" && *got != "billing  3" {
		a.t.Errorf("the newcomer's cells set by hand are %v", got)
	}
}
