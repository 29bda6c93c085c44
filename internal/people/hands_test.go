package people_test

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/people"
	"habilis/internal/pgtest/place"
	"habilis/internal/roles"
)

func hand(view, edit grid.Scope) grid.Override { return grid.Override{View: &view, Edit: &edit} }

// may is a person's cell, all together.
func may(t *testing.T, p *place.Place, resource uuid.UUID, area grid.Area) grid.Cell {
	t.Helper()
	held := column[string](t, `select coalesce(o.view, 9) || '/' || coalesce(o.edit, 9) from override o where resource_id = $1 and area = $2 and open`, resource, string(area))
	if len(held) == 0 {
		return grid.Cell{}
	}
	return grid.Cell{View: grid.Scope(held[0][0] - '0'), Edit: grid.Scope(held[0][2] - '0')}
}

func TestAPersonIsAddedWithCellsSetByHand(t *testing.T) {
	p := place.Of(t, "clinic")
	s := peopleOf(t, p)
	n := elise()
	n.Hands = roles.Hands{"billing": hand(grid.Assigned, grid.None), "journal": {}}
	id := create(t, s, p.Pilot.Actor(), n)
	if got := may(t, p, id, "billing"); got != (grid.Cell{View: grid.Assigned}) {
		t.Errorf("may %v", got)
	}
	by := column[uuid.UUID](t, `select by_resource from override where tenant_id = $1`, p.ID)
	if len(by) != 1 || by[0] != p.Pilot.Resource {
		t.Errorf("set by %v", by)
	}
	said := column[string](t, `select facts::json->'after'->>'Factures et paiements, en consultation' from journal where tenant_id = $1 and act = 'people.create'`, p.ID)
	if len(said) != 1 || said[0] != "Affectés uniquement, à la main" {
		t.Errorf("the journal says %q", said)
	}
	if got := letters(t, p); len(got) != 1 { // the temporary password: nobody learns of a change
		t.Errorf("the mails are %q", got)
	}
}

func TestCellsOfSomeoneToComeAreJudgedWithTheirRole(t *testing.T) {
	clinic, planner := place.Of(t, "clinic"), place.Of(t, "planner")
	coordinator := clinic.Person(t, "coordinator")
	some := roles.Hands{"billing": hand(grid.Assigned, grid.None)}
	for _, c := range []struct {
		name  string
		of    *place.Place
		by    access.Actor
		role  string
		hands roles.Hands
		want  []string
	}{
		{"without the settings", clinic, coordinator.Actor(), "intern", some, []string{"hands: roles.hands_settings"}},
		{"nothing said, without the settings", clinic, coordinator.Actor(), "intern", roles.Hands{"billing": {}}, nil},
		{"cells that can't be", clinic, clinic.Pilot.Actor(), "intern", roles.Hands{"billing": hand(grid.Own, grid.None), "roles": hand(grid.None, grid.All)},
			[]string{"cell.billing.view: roles.cell_scope", "cell.roles.edit: roles.cell_wider"}},
		{"areas of another kind", clinic, clinic.Pilot.Actor(), "intern", roles.Hands{"slots": hand(grid.All, grid.All)}, []string{"hands: roles.cell_unknown"}},
		{"what support alone gives", planner, planner.Pilot.Actor(), "coordination", roles.Hands{"settings": hand(grid.All, grid.All)}, []string{"hands: roles.reserved"}},
		{"and the role", planner, planner.Pilot.Actor(), "pilot", roles.Hands{"people": hand(grid.All, grid.None)}, []string{"role: roles.support_only"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, n := peopleOf(t, c.of), elise()
			n.Roles, n.Hands = []uuid.UUID{c.of.Role(t, c.role)}, c.hands
			_, err := s.Create(t.Context(), c.by, n)
			_, invited := s.Invite(t.Context(), c.by, people.Guest{Email: guest(t, c.of).Email, Roles: n.Roles, Hands: c.hands, Submission: access.NewID()})
			if len(c.want) == 0 {
				if err != nil || invited != nil {
					t.Errorf("%v, %v", err, invited)
				}
				return
			}
			wantFault(t, err, c.want...)
			wantFault(t, invited, c.want...)
		})
	}
	if n := column[int](t, `select (select count(*) from override where tenant_id = $1)::int + (select count(*) from invitation_cell where tenant_id = $1)::int`, clinic.ID); n[0] != 0 {
		t.Errorf("%d cells were set", n[0])
	}
}

func TestAnInvitationBringsItsCellsIfItsInviterMayStillSetThem(t *testing.T) {
	p := place.Of(t, "clinic")
	s, second := peopleOf(t, p), p.Person(t, "administrator", "coordinator")
	first, late := guest(t, p), guest(t, p)
	var ids []uuid.UUID
	for _, who := range []place.Person{first, late} {
		view := grid.All
		id, err := s.Invite(t.Context(), second.Actor(), people.Guest{Email: who.Email, Roles: []uuid.UUID{p.Role(t, "intern")},
			Hands: roles.Hands{"calendar": {View: &view}, "billing": hand(grid.All, grid.Assigned), "journal": {}}, Submission: access.NewID()})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := s.Accept(t.Context(), first.Signed(), p.ID, ids[0]); err != nil {
		t.Fatal(err)
	}
	joined := column[uuid.UUID](t, `select id from resource where tenant_id = $1 and account_id = $2`, p.ID, first.Account)[0]
	if got := may(t, p, joined, "billing"); got != (grid.Cell{View: grid.All, Edit: grid.Assigned}) {
		t.Errorf("may %v", got)
	}
	if got := may(t, p, joined, "calendar"); got != (grid.Cell{View: grid.All, Edit: 9}) {
		t.Errorf("may %v, and edit as the roles say", got)
	}
	if by := column[uuid.UUID](t, `select distinct by_resource from override where tenant_id = $1`, p.ID); len(by) != 1 || by[0] != second.Resource {
		t.Errorf("set by %v", by)
	}
	p.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `update role_grant set open = false, until = $3 where resource_id = $1 and role_id = $2`,
			second.Resource, p.Role(t, "administrator"), v.Now)
		return err
	})
	wantFault(t, s.Accept(t.Context(), late.Signed(), p.ID, ids[1]), "roles.inviter_may_not")
	wantFault(t, errorOf(s.ResendInvitation(t.Context(), second.Actor(), ids[1], 1)), "hands: roles.hands_settings")
	if _, err := s.ResendInvitation(t.Context(), p.Pilot.Actor(), ids[1], 1); err != nil {
		t.Error(err)
	}
}

func TestWhoAloneEditsTheSettingsIsNotArchivedNorBroughtBackByAnyone(t *testing.T) {
	p := place.Of(t, "clinic")
	s, other := peopleOf(t, p), p.Person(t, "administrator")
	coordinator, renee := p.Person(t, "coordinator"), p.Person(t, "intern")
	setByHand(t, p, other, "settings", 3)
	setByHand(t, p, p.Pilot, "settings", 0)
	wantFault(t, s.Archive(t.Context(), p.Pilot.Actor(), other.Resource, "", 1), "roles.above")
	setByHand(t, p, coordinator, "settings", 3)
	if err := s.Archive(t.Context(), coordinator.Actor(), other.Resource, "", 1); err != nil {
		t.Fatal(err)
	}
	setByHand(t, p, renee, "people", 3)
	if err := s.Archive(t.Context(), coordinator.Actor(), renee.Resource, "", 1); err != nil {
		t.Fatal(err)
	}
	reception := p.Person(t, "coordinator")
	if err := s.Restore(t.Context(), reception.Actor(), renee.Resource, 2); !fault.Is(err, fault.KindForbidden) {
		t.Errorf("what a hand gave was brought back: %v", err)
	}
	if err := s.Restore(t.Context(), coordinator.Actor(), renee.Resource, 2); err != nil {
		t.Error(err)
	}
}

// setByHand sets a cell past all rules, view and edit alike.
func setByHand(t *testing.T, p *place.Place, who place.Person, area string, scope int) {
	t.Helper()
	p.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `insert into override (tenant_id, resource_id, area, view, edit, view_ok, edit_ok, since, by_kind)
select tenant_id, $1, area, $3, $3, view_ok, edit_ok, $4, 'console' from area where area = $2`, who.Resource, area, scope, v.Now)
		return err
	})
}
