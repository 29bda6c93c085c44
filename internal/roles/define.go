package roles

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/i18n"
	"habilis/internal/rights"
)

// NeedDefine is what defining the roles of a place asks for. Support defines
// those that it alone gives.
var NeedDefine = access.Need{Act: "roles.define", Area: access.Settings, View: grid.All, Edit: grid.All, Also: access.Support, Proof: access.ProofAtTime}

// SentDefinition is what the form of a definition carries beside it.
type SentDefinition struct {
	Version    int       // of the role, when the form was filled; 0 for a new one
	Submission uuid.UUID // the same for a form that is sent twice
	Affected   int       // people whose rights would change, as that was shown
}

// maxRoles is how many roles a place may have in use.
const maxRoles = 200

// DefiningPage is what the form of a role is filled from.
type DefiningPage struct {
	*access.Standing
	Catalogue *rights.Catalogue
	Role      *rights.Role // nil for a new one
	Refused   *fault.Fault // why this actor may not define it
}

// Defining reads the form of a role; the zero role is a new one.
func (s *Service) Defining(ctx context.Context, a access.Actor, role uuid.UUID) (*DefiningPage, error) {
	page := &DefiningPage{}
	var err error
	page.Standing, err = s.door.Read(ctx, a, NeedDefine, func(r *access.Reading) {
		page.Catalogue = rights.AskCatalogue(r, r.Now())
	})
	if err != nil || role == uuid.Nil {
		return page, err
	}
	if page.Role = page.Catalogue.Role(role); page.Role == nil {
		return page, fault.NotFound("roles.absent")
	}
	d := &drafting{Catalogue: page.Catalogue, role: page.Role}
	page.Refused = d.closed(giverOf(a.Office(), page.Standing))
	return page, nil
}

// closed says why the role may not be defined by someone, whatever they write.
func (d *drafting) closed(by giver) *fault.Fault {
	if d.role == nil {
		return nil
	}
	if by.bound() && d.role.SupportAlone() {
		return fault.Forbidden("roles.defined_by_support")
	}
	if d.role.Retired {
		return fault.Conflict("roles.retired_fixed")
	}
	return nil
}

// DefinitionPage is a definition that is looked at before it is saved.
type DefinitionPage struct {
	*access.Standing
	Catalogue *rights.Catalogue
	Role      *rights.Role // as it is; nil for a new one
	Wanted    Definition   // tidied
	Impact    Impact       // of a definition that is refused: nothing
	Refused   fault.Faults // why it may not be saved
}

// PreviewDefinition works out, in one round trip, what a definition would do. The
// zero role is a new one.
func (s *Service) PreviewDefinition(ctx context.Context, a access.Actor, role uuid.UUID, wanted Definition) (*DefinitionPage, error) {
	var d *drafting
	standing, err := s.door.Read(ctx, a, NeedDefine, func(r *access.Reading) {
		d = askDrafting(r, r.Now(), role, a.Account())
	})
	page := &DefinitionPage{Standing: standing}
	if err != nil {
		return page, err
	}
	kind, _ := s.kinds.Kind(standing.Tenant.Kind)
	if err := d.draft(kind, role, wanted); err != nil {
		return page, err
	}
	page.Catalogue, page.Role, page.Wanted = d.Catalogue, d.role, DefinitionOf(d.wanted)
	if page.Refused = d.judge(giverOf(a.Office(), standing), standing); page.Refused == nil {
		page.Impact = d.impact()
	}
	return page, nil
}

// Define makes a role, for the zero identifier, or changes one, and returns its
// identifier. A form begun from an older state is a conflict, as is one that saw
// other people concerned than there are; then nothing is changed.
func (s *Service) Define(ctx context.Context, a access.Actor, role uuid.UUID, wanted Definition, sent SentDefinition) (uuid.UUID, error) {
	id := role
	if role == uuid.Nil {
		id = access.NewID()
	}
	err := s.door.Enter(ctx, a, NeedDefine, func(v *access.Visit) error {
		earlier, first, err := v.Once(ctx, sent.Submission, id.String())
		if err != nil {
			return err
		}
		if !first {
			v.Unchanged()
			id, err = uuid.Parse(earlier)
			return err
		}
		d, err := s.openDrafting(ctx, v, role, wanted)
		if err != nil {
			return err
		}
		if faults := d.judge(giverOf(a.Office(), v.Standing), v.Standing); faults != nil {
			return faults
		}
		switch {
		case d.role == nil && len(d.InUse()) >= maxRoles:
			return fault.Conflict("roles.too_many", "Most", maxRoles)
		case d.role != nil && d.role.Version != sent.Version:
			return fault.Conflict("roles.definition_stale")
		case d.impact().Affected != sent.Affected:
			return fault.Conflict("roles.impact_unseen")
		}
		if err := d.prove(v); err != nil {
			return err
		}
		d.wanted.ID = id
		return s.inscribe(ctx, v, d)
	})
	if err != nil {
		return uuid.Nil, err
	}
	return id, nil
}

// openDrafting reads what a definition is judged by within an act, under the lock
// of the place.
func (s *Service) openDrafting(ctx context.Context, v *access.Visit, role uuid.UUID, wanted Definition) (*drafting, error) {
	var b rights.Batch
	d := askDrafting(&b, v.Now, role, v.Actor.Account())
	if err := b.Send(ctx, v); err != nil {
		return nil, fmt.Errorf("reading roles: %w", err)
	}
	kind, _ := s.kinds.Kind(v.Tenant.Kind)
	if err := d.draft(kind, role, wanted); err != nil {
		return nil, err
	}
	v.Aim("role", role, d.wanted.Name.In(v.Tenant.Locale))
	return d, nil
}

const (
	insertRole = `
insert into role (tenant_id, id, module, position, name_fr, name_en, description_fr, description_en,
                  is_default, exclusive, min_holders, second_factor, expires_after, created_at, created_by)
values (@tenant, @id, @module, coalesce((select max(position) from role where module = @module), (select max(position) from role), 0),
        @name_fr, @name_en, @description_fr, @description_en, @is_default, @exclusive, @min_holders, @second_factor,
        nullif(@expires_after, 0), @now, @by)`

	updateRole = `
update role set module = @module,
       position = case module when @module then position
                  else coalesce((select max(position) from role where module = @module), position) end,
       name_fr = @name_fr, name_en = @name_en, description_fr = @description_fr, description_en = @description_en,
       is_default = @is_default, exclusive = @exclusive, min_holders = @min_holders, second_factor = @second_factor,
       expires_after = nullif(@expires_after, 0), version = version + 1
 where id = @id`

	// There is one default role: the mark leaves the other first.
	moveDefault = `
update role set is_default = false, version = version + 1 where is_default and id <> @id`

	deleteGivers = `delete from role_giver where role_id = @id`
	insertGivers = `
insert into role_giver (tenant_id, role_id, giver_id) select @tenant, @id, unnest(@others::uuid[])`

	// Pairs go both ways; the other half's form is stale once its pairs change.
	deletePairs = `delete from role_pair where role_id = @id or pair_id = @id`
	insertPairs = `
insert into role_pair (tenant_id, role_id, pair_id)
select @tenant::uuid, @id::uuid, unnest(@others::uuid[]) union all select @tenant::uuid, unnest(@others::uuid[]), @id::uuid`
	touchPairs = `
update role set version = version + 1 where id = any (@others)`

	// What is past its planned end would still stand beside an exclusive role.
	closeExpiredBeside = `
update role_grant set open = false where open and until <= @now
   and resource_id = any (array(select resource_id from role_grant where role_id = @id and open))`
	setLone = `
update resource set lone = @exclusive where lone <> @exclusive
   and id = any (array(select resource_id from role_grant where role_id = @id and open))`
)

// inscribe writes a definition that was not refused, and records it.
func (s *Service) inscribe(ctx context.Context, v *access.Visit, d *drafting) error {
	before, after := d.told(s.words(v.Tenant.Kind, i18n.Locale(v.Tenant.Locale)))
	if len(after) == 0 && len(before) == 0 {
		v.Unchanged()
		return nil
	}
	var b pgx.Batch
	d.queue(&b, v)
	if err := v.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("defining a role: %w", err)
	}
	act := "roles.define.edit"
	if d.role == nil {
		act = "roles.define.create"
	}
	v.Record(access.Entry{Act: act, TargetKind: "role", Target: d.wanted.ID, Label: d.wanted.Name.In(v.Tenant.Locale), Before: before, After: after})
	return nil
}

func (d *drafting) queue(b *pgx.Batch, v *access.Visit) {
	_, by := v.By()
	is, was := DefinitionOf(d.wanted), d.before()
	id := pgx.StrictNamedArgs{"id": d.wanted.ID}
	args := pgx.StrictNamedArgs{"id": d.wanted.ID, "module": is.Module, "name_fr": is.Name.Fr, "name_en": is.Name.En,
		"description_fr": is.Description.Fr, "description_en": is.Description.En, "is_default": is.Default, "exclusive": is.Exclusive,
		"min_holders": is.MinHolders, "second_factor": is.SecondFactor, "expires_after": is.ExpiresAfter}
	if is.Default && !was.Default {
		b.Queue(moveDefault, id)
	}
	if d.role == nil {
		args["tenant"], args["now"], args["by"] = v.Actor.Tenant(), v.Now, by
		b.Queue(insertRole, args)
	} else {
		if is.Exclusive && !was.Exclusive {
			b.Queue(closeExpiredBeside, pgx.StrictNamedArgs{"id": d.wanted.ID, "now": v.Now})
		}
		b.Queue(updateRole, args)
		if is.Exclusive != was.Exclusive {
			b.Queue(setLone, pgx.StrictNamedArgs{"id": d.wanted.ID, "exclusive": is.Exclusive})
		}
	}
	if !sameIDs(is.GivenBy, was.GivenBy) {
		b.Queue(deleteGivers, id)
		b.Queue(insertGivers, pgx.StrictNamedArgs{"tenant": v.Actor.Tenant(), "id": d.wanted.ID, "others": is.GivenBy})
	}
	if !sameIDs(is.PairsWith, was.PairsWith) {
		b.Queue(deletePairs, id)
		b.Queue(insertPairs, pgx.StrictNamedArgs{"tenant": v.Actor.Tenant(), "id": d.wanted.ID, "others": is.PairsWith})
		b.Queue(touchPairs, pgx.StrictNamedArgs{"others": changedIDs(is.PairsWith, was.PairsWith)})
	}
	d.queueCells(b, v)
}

func sameIDs(one, other []uuid.UUID) bool { return len(changedIDs(one, other)) == 0 }

// changedIDs are those that only one of two lists has.
func changedIDs(one, other []uuid.UUID) []uuid.UUID {
	changed := []uuid.UUID{}
	for _, id := range one {
		if !slices.Contains(other, id) {
			changed = append(changed, id)
		}
	}
	for _, id := range other {
		if !slices.Contains(one, id) {
			changed = append(changed, id)
		}
	}
	return changed
}

const (
	closeCells = `
update role_cell set open = false, until = greatest(@now, since), ended_kind = @kind, ended_resource = @by
 where role_id = @id and area = any (@areas) and open`

	// A cell that changes twice in one instant is, after it, as it was said last.
	insertCells = `
insert into role_cell (tenant_id, role_id, area, view, edit, view_ok, edit_ok, since, by_kind, by_resource)
select @tenant, @id, a.area, c.view, c.edit, a.view_ok, a.edit_ok, @now, @kind, @by
  from unnest(@areas::text[], @views::smallint[], @edits::smallint[]) c (area, view, edit)
  join area a on a.tenant_id = @tenant and a.area = c.area
    on conflict (tenant_id, role_id, area, since) do update
   set view = excluded.view, edit = excluded.edit, view_ok = excluded.view_ok, edit_ok = excluded.edit_ok, until = 'infinity',
       open = true, by_kind = excluded.by_kind, by_resource = excluded.by_resource, ended_kind = null, ended_resource = null`
)

// queueCells ends the cells that change and begins those that are to hold; the
// others are not touched.
func (d *drafting) queueCells(b *pgx.Batch, v *access.Visit) {
	kind, by := v.By()
	old, said := d.before().Grid, d.wanted.Grid
	var ended, begun []string
	var views, edits []int16
	for _, a := range d.Areas {
		if old[a.Key] == said[a.Key] {
			continue
		}
		ended = append(ended, string(a.Key))
		if cell, ok := said[a.Key]; ok {
			begun, views, edits = append(begun, string(a.Key)), append(views, int16(cell.View)), append(edits, int16(cell.Edit))
		}
	}
	if len(ended) > 0 && d.role != nil {
		b.Queue(closeCells, pgx.StrictNamedArgs{"id": d.wanted.ID, "areas": ended, "now": v.Now, "kind": kind, "by": by})
	}
	if len(begun) > 0 {
		b.Queue(insertCells, pgx.StrictNamedArgs{"tenant": v.Actor.Tenant(), "id": d.wanted.ID, "areas": begun, "views": views,
			"edits": edits, "now": v.Now, "kind": kind, "by": by})
	}
}
