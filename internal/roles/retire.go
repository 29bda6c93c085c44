package roles

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/rights"
)

// RetirePage is the window that asks whether a role is to be given no more.
type RetirePage struct {
	*access.Standing
	Role        *rights.Role
	Holders     int
	Invitations int          // that carry it, and could no longer be accepted
	Refused     *fault.Fault // why it may not be retired
}

const countInvited = `select count(*) from invitation where role_id = @role and state = 'pending' and expires_at > @now`

// Retiring reads that window.
func (s *Service) Retiring(ctx context.Context, a access.Actor, role uuid.UUID) (*RetirePage, error) {
	page := &RetirePage{}
	var d *drafting
	standing, err := s.door.Read(ctx, a, NeedDefine, func(r *access.Reading) {
		d = &drafting{Catalogue: rights.AskCatalogue(r, r.Now()), holders: rights.AskHolders(r, r.Now(), 0)}
		r.Query(countInvited, pgx.StrictNamedArgs{"role": role, "now": r.Now()}, func(rows pgx.Rows) (err error) {
			page.Invitations, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
			return err
		})
	})
	page.Standing = standing
	if err != nil {
		return page, err
	}
	if page.Role = d.Role(role); page.Role == nil {
		return page, fault.NotFound("roles.absent")
	}
	page.Holders = d.holders[role]
	page.Refused = d.mayRetire(giverOf(a.Office(), standing), page.Role)
	return page, nil
}

// mayRetire says why a role has to stay in the catalogue, or nothing.
func (d *drafting) mayRetire(by giver, r *rights.Role) *fault.Fault {
	switch {
	case by.bound() && r.SupportAlone():
		return fault.Forbidden("roles.defined_by_support")
	case r.Retired:
		return fault.Conflict("roles.retired_already")
	case r.Default:
		return fault.Conflict("roles.retire_default")
	case r.MinHolders > 0:
		return fault.Conflict("roles.retire_held")
	}
	for _, other := range d.InUse() {
		if other != r && d.givenOnlyBy(other, r) {
			return fault.Conflict("roles.retire_giver", "Role", other.Name.Fr)
		}
	}
	return nil
}

// givenOnlyBy reports whether nobody but the holders of giver could come to give
// a role: every other role that may is retired.
func (d *drafting) givenOnlyBy(r, giver *rights.Role) bool {
	only := false
	for _, id := range r.GivenBy {
		switch {
		case id == giver.ID:
			only = true
		case !d.Role(id).Retired:
			return false
		}
	}
	return only
}

const retireRole = `
update role set retired_at = @now, retired_by = @by, version = version + 1 where id = @id`

// Retire takes a role out of the catalogue: it is given no more. Who holds it
// keeps it, and what it allows, until it is ended for them.
func (s *Service) Retire(ctx context.Context, a access.Actor, role uuid.UUID, sent SentDefinition) error {
	return s.door.Enter(ctx, a, NeedDefine, func(v *access.Visit) error {
		if _, first, err := v.Once(ctx, sent.Submission, role.String()); err != nil || !first {
			v.Unchanged()
			return err
		}
		var b rights.Batch
		d := &drafting{Catalogue: rights.AskCatalogue(&b, v.Now), holders: rights.AskHolders(&b, v.Now, 0)}
		if err := b.Send(ctx, v); err != nil {
			return fmt.Errorf("reading roles: %w", err)
		}
		r := d.Role(role)
		if r == nil {
			return fault.NotFound("roles.absent")
		}
		name := r.Name.In(v.Tenant.Locale)
		v.Aim("role", role, name)
		if refused := d.mayRetire(giverOf(a.Office(), v.Standing), r); refused != nil {
			return refused
		}
		if r.Version != sent.Version {
			return fault.Conflict("roles.definition_stale")
		}
		_, by := v.By()
		if _, err := v.Exec(ctx, retireRole, pgx.StrictNamedArgs{"id": role, "now": v.Now, "by": by}); err != nil {
			return fmt.Errorf("retiring a role: %w", err)
		}
		v.Record(access.Entry{Act: "roles.define.retire", TargetKind: "role", Target: role, Label: name,
			After: map[string]any{"holders": d.holders[role]}})
		return nil
	})
}
