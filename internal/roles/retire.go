package roles

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/rights"
)

// RetirePage is the window that asks whether a role is to be given no more, or
// again.
type RetirePage struct {
	*access.Standing
	Role        *rights.Role
	Holders     int
	Invitations int          // pending, that carry it: accepted only while it is in use
	Final       bool         // who takes it out could not put it back
	Refused     fault.Faults // why it may not be
}

const countInvited = `select count(*) from invitation where role_id = @role and state = 'pending' and expires_at > @now`

// Retiring reads the window that asks whether a role leaves the catalogue.
func (s *Service) Retiring(ctx context.Context, a access.Actor, role uuid.UUID) (*RetirePage, error) {
	return s.moving(ctx, a, role, leaving)
}

// Reinstating reads the window that asks whether a retired role comes back to it.
func (s *Service) Reinstating(ctx context.Context, a access.Actor, role uuid.UUID) (*RetirePage, error) {
	return s.moving(ctx, a, role, returning)
}

// passage is a way out of the catalogue, or back into it.
type passage struct {
	act string
	may func(*drafting, giver, *access.Standing) fault.Faults // why the role may not go it
	out bool
}

var (
	leaving   = passage{"roles.define.retire", (*drafting).mayRetire, true}
	returning = passage{"roles.define.reinstate", (*drafting).mayReturn, false}
)

func (s *Service) moving(ctx context.Context, a access.Actor, role uuid.UUID, way passage) (*RetirePage, error) {
	page := &RetirePage{}
	var d *drafting
	standing, err := s.door.Read(ctx, a, NeedDefine, func(r *access.Reading) {
		d = askDrafting(r, r.Now(), uuid.Nil, a.Account())
		r.Query(countInvited, pgx.StrictNamedArgs{"role": role, "now": r.Now()}, func(rows pgx.Rows) (err error) {
			page.Invitations, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
			return err
		})
	})
	page.Standing = standing
	if err != nil {
		return page, err
	}
	if err := s.aim(d, standing, role); err != nil {
		return page, err
	}
	page.Role, page.Holders = d.role, d.holders[role]
	by := giverOf(a.Office(), standing)
	page.Refused = way.may(d, by, standing)
	page.Final = way.out && page.Refused == nil && d.final(by, standing)
	return page, nil
}

// final reports whether someone who retires the role could not reinstate it, things
// being as they are.
func (d *drafting) final(by giver, s *access.Standing) bool {
	d.role.Retired = true
	refused := d.mayReturn(by, s)
	d.role.Retired = false
	return refused != nil
}

// aim makes a drafting one of a role as it is.
func (s *Service) aim(d *drafting, standing *access.Standing, role uuid.UUID) error {
	if d.role = d.Role(role); d.role == nil {
		return fault.NotFound("roles.absent")
	}
	d.wanted = d.role
	d.kind, _ = s.kinds.Kind(standing.Tenant.Kind)
	return nil
}

// mayRetire says why the role has to stay in the catalogue, or nothing.
func (d *drafting) mayRetire(by giver, _ *access.Standing) fault.Faults {
	switch {
	case by.bound() && d.role.SupportAlone():
		return fault.Faults{fault.Forbidden("roles.defined_by_support")}
	case d.role.Retired:
		return fault.Faults{fault.Conflict("roles.retired_already")}
	case d.role.Default:
		return fault.Faults{fault.Conflict("roles.retire_default")}
	case d.role.MinHolders > 0:
		return fault.Faults{fault.Conflict("roles.retire_held")}
	}
	for _, other := range d.InUse() {
		if other != d.role && d.givenOnlyBy(other, d.role) {
			return fault.Faults{fault.Conflict("roles.retire_giver", "Role", other.Name.Fr)}
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

// mayReturn says why the role may not be given again, or nothing. It comes back as
// if it were defined anew, by the rules of defining, while the catalogue that it is
// judged beside does without it: what only roles of support reach by now stays so.
func (d *drafting) mayReturn(by giver, s *access.Standing) fault.Faults {
	was := d.role
	switch {
	case by.bound() && was.SupportAlone():
		return fault.Faults{fault.Forbidden("roles.defined_by_support")}
	case !was.Retired:
		return fault.Faults{fault.Conflict("roles.in_use_already")}
	case len(d.InUse()) >= maxRoles:
		return fault.Faults{fault.Conflict("roles.too_many", "Most", maxRoles)}
	case !was.SupportAlone() && !d.hasGiver(was):
		return fault.Faults{fault.Conflict("roles.reinstate_giver")}
	}
	for _, r := range d.InUse() {
		if alike(r.Name.Fr, was.Name.Fr) || alike(r.Name.En, was.Name.En) {
			return fault.Faults{fault.Conflict("roles.reinstate_name", "Role", r.Name.Fr)}
		}
	}
	back := *was
	back.Retired = false
	d.role, d.wanted = &back, &back
	faults := d.judge(by, s)
	d.role, d.wanted = was, was
	for _, f := range faults {
		f.On("") // there is nothing to type
	}
	return faults
}

// hasGiver reports whether some role in use, or a role itself, may give it.
func (d *drafting) hasGiver(r *rights.Role) bool {
	return slices.ContainsFunc(r.GivenBy, func(id uuid.UUID) bool { return id == r.ID || !d.Role(id).Retired })
}

const moveRole = `
update role set retired_at = @at, retired_by = @by, version = version + 1 where id = @id`

// Retire takes a role out of the catalogue: it is given no more. Who holds it
// keeps it, and what it allows, until it is ended for them.
func (s *Service) Retire(ctx context.Context, a access.Actor, role uuid.UUID, sent SentDefinition) error {
	return s.move(ctx, a, role, sent, leaving)
}

// Reinstate puts a retired role back into the catalogue as it was: it is given
// again.
func (s *Service) Reinstate(ctx context.Context, a access.Actor, role uuid.UUID, sent SentDefinition) error {
	return s.move(ctx, a, role, sent, returning)
}

func (s *Service) move(ctx context.Context, a access.Actor, role uuid.UUID, sent SentDefinition, way passage) error {
	return s.door.Enter(ctx, a, NeedDefine, func(v *access.Visit) error {
		if _, first, err := v.Once(ctx, sent.Submission, role.String()); err != nil || !first {
			v.Unchanged()
			return err
		}
		var b rights.Batch
		d := askDrafting(&b, v.Now, uuid.Nil, a.Account())
		if err := b.Send(ctx, v); err != nil {
			return fmt.Errorf("reading roles: %w", err)
		}
		if err := s.aim(d, v.Standing, role); err != nil {
			return err
		}
		name := d.role.Name.In(v.Tenant.Locale)
		v.Aim("role", role, name)
		if refused := way.may(d, giverOf(a.Office(), v.Standing), v.Standing); refused != nil {
			return refused
		}
		if d.role.Version != sent.Version {
			return fault.Conflict("roles.definition_stale")
		}
		if err := d.prove(v); err != nil {
			return err
		}
		args := pgx.StrictNamedArgs{"id": role, "at": nil, "by": nil}
		if way.out {
			_, by := v.By()
			args["at"], args["by"] = v.Now, by
		}
		if _, err := v.Exec(ctx, moveRole, args); err != nil {
			return fmt.Errorf("moving a role out of the catalogue or back: %w", err)
		}
		v.Record(access.Entry{Act: way.act, TargetKind: "role", Target: role, Label: name,
			After: map[string]any{"holders": d.holders[role]}})
		return nil
	})
}
