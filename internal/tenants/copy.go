package tenants

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/tenants/kinds"
)

const (
	insertModule = `
insert into module (tenant_id, module, position, name_fr, name_en) values ($1, $2, $3, $4, $5)`

	insertArea = `
insert into area (tenant_id, area, module, position, name_fr, name_en, view_ok, edit_ok)
values ($1, $2, $3, $4, $5, $6, $7, $8)`

	insertRole = `
insert into role (tenant_id, id, preset, module, position, name_fr, name_en, description_fr, description_en,
                  is_default, exclusive, min_holders, second_factor, expires_after)
values (@tenant, @id, @preset, @module, @position, @name_fr, @name_en, @description_fr, @description_en,
        @is_default, @exclusive, @min_holders, @second_factor, nullif(@expires_after, 0))`

	insertCell = `
insert into role_cell (tenant_id, role_id, area, view, edit, view_ok, edit_ok, since, by_kind)
values ($1, $2, $3, $4, $5, $6, $7, $8, 'console')`

	insertGiver = `insert into role_giver (tenant_id, role_id, giver_id) values ($1, $2, $3)`
	insertPair  = `insert into role_pair (tenant_id, role_id, pair_id) values ($1, $2, $3)`
)

// copyKind gives the place a catalogue of its own, which it may change later
// without a word to other places of the kind.
func copyKind(ctx context.Context, v *access.Visit, k kinds.Kind) error {
	c := copying{tenant: v.Actor.Tenant(), kind: k, visit: v, ids: map[string]uuid.UUID{}}
	for i, m := range k.Modules {
		c.Queue(insertModule, c.tenant, m.Key, i, m.Name.Fr, m.Name.En)
	}
	for i, a := range k.Areas {
		c.Queue(insertArea, c.tenant, a.Key, a.Module, i, a.Name.Fr, a.Name.En, int16(a.View), int16(a.Edit))
	}
	for i, r := range k.Roles {
		c.ids[r.Key] = access.NewID()
		c.role(i, r)
	}
	for _, r := range k.Roles { // once all roles are there to be named
		c.rules(r)
	}
	return v.SendBatch(ctx, &c.Batch).Close()
}

// copying is the batch that copies a kind.
type copying struct {
	pgx.Batch
	tenant uuid.UUID
	kind   kinds.Kind
	visit  *access.Visit
	ids    map[string]uuid.UUID // of the roles, by key
}

func (c *copying) role(position int, r kinds.Role) {
	c.Queue(insertRole, pgx.StrictNamedArgs{
		"tenant": c.tenant, "id": c.ids[r.Key], "preset": r.Key, "module": r.Module, "position": position,
		"name_fr": r.Name.Fr, "name_en": r.Name.En, "description_fr": r.Description.Fr, "description_en": r.Description.En,
		"is_default": r.Default, "exclusive": r.Exclusive, "min_holders": r.MinHolders,
		"second_factor": string(r.SecondFactor), "expires_after": r.ExpiresAfter,
	})
	for _, a := range c.kind.Areas {
		if cell, ok := r.Grid[a.Key]; ok {
			c.Queue(insertCell, c.tenant, c.ids[r.Key], a.Key, int16(cell.View), int16(cell.Edit), int16(a.View), int16(a.Edit), c.visit.Now)
		}
	}
}

func (c *copying) rules(r kinds.Role) {
	for _, giver := range r.GrantedBy {
		c.Queue(insertGiver, c.tenant, c.ids[r.Key], c.ids[giver])
	}
	if r.PairsWith != "" {
		c.Queue(insertPair, c.tenant, c.ids[r.Key], c.ids[r.PairsWith])
	}
}
