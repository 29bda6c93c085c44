package rights

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/grid"
)

// By is who made something so.
type By struct {
	Kind     string // person, support or console
	Resource *uuid.UUID
	Name     string // of a person
}

func (b By) calculus() grid.By {
	by := grid.By{Kind: b.Kind}
	if b.Resource != nil {
		by.Person = grid.ID(*b.Resource)
	}
	return by
}

// Grant is a role that is held at the instant of the reading.
type Grant struct {
	ID    uuid.UUID
	Role  *Role
	Since time.Time
	Until *time.Time // its end, planned or since come; nil if there is none
	By    By
}

// Hand is a cell that is set by hand at the instant of the reading.
type Hand struct {
	grid.Override
	Since time.Time
	By    By
}

// Holding is all that decides what one person may do.
type Holding struct {
	Grants []Grant // in the place's order
	Hands  map[grid.Area]Hand
}

// Facts is the holding as the calculus knows it.
func (h *Holding) Facts() grid.Facts {
	f := grid.Facts{ByHand: make(map[grid.Area]grid.ByHand, len(h.Hands))}
	for _, g := range h.Grants {
		f.Held = append(f.Held, grid.Held{Role: g.Role.Calculus(), Since: g.Since, By: g.By.calculus()})
	}
	for area, hand := range h.Hands {
		f.ByHand[area] = grid.ByHand{Override: hand.Override, Since: hand.Since, By: hand.By.calculus()}
	}
	return f
}

// GrantOf is the grant of a role, nil if it is not held.
func (h *Holding) GrantOf(role uuid.UUID) *Grant {
	for i := range h.Grants {
		if h.Grants[i].Role.ID == role {
			return &h.Grants[i]
		}
	}
	return nil
}

const (
	readGrants = `
select g.resource_id, g.id, g.role_id, g.since, nullif(g.until, 'infinity'), g.by_kind, g.by_resource, coalesce(b.name, '')
  from role_grant g
  left join lateral (select given || ' ' || family as name from resource
                      where tenant_id = g.tenant_id and id = g.by_resource offset 0) b on true
 where g.resource_id = any (@resources) and g.since <= @at and g.until > @at`

	readHands = `
select o.resource_id, o.area, o.view, o.edit, o.since, o.by_kind, o.by_resource, coalesce(b.name, '')
  from override o
  left join lateral (select given || ' ' || family as name from resource
                      where tenant_id = o.tenant_id and id = o.by_resource offset 0) b on true
 where o.resource_id = any (@resources) and o.since <= @at and o.until > @at`
)

// AskHolding queues the reading of what one person holds at an instant, in the
// words of a catalogue that was asked for before it.
func AskHolding(q Asker, c *Catalogue, at time.Time, resource uuid.UUID) *Holding {
	return AskHoldings(q, c, at, []uuid.UUID{resource})[resource]
}

// AskHoldings is AskHolding for several people at once: each has a holding, if
// only an empty one.
func AskHoldings(q Asker, c *Catalogue, at time.Time, resources []uuid.UUID) map[uuid.UUID]*Holding {
	all := make(map[uuid.UUID]*Holding, len(resources))
	for _, id := range resources {
		all[id] = &Holding{Hands: map[grid.Area]Hand{}}
	}
	args := pgx.StrictNamedArgs{"resources": resources, "at": at}
	q.Query(readGrants, args, func(rows pgx.Rows) error { return scanGrants(rows, c, all) })
	q.Query(readHands, args, func(rows pgx.Rows) error { return scanHands(rows, all) })
	return all
}

func scanGrants(rows pgx.Rows, c *Catalogue, all map[uuid.UUID]*Holding) error {
	var resource, role uuid.UUID
	var g Grant
	_, err := pgx.ForEachRow(rows, []any{&resource, &g.ID, &role, &g.Since, &g.Until, &g.By.Kind, &g.By.Resource, &g.By.Name}, func() error {
		g.Role = c.Role(role)
		all[resource].Grants = append(all[resource].Grants, g)
		return nil
	})
	for _, h := range all {
		slices.SortFunc(h.Grants, func(a, b Grant) int {
			return cmp.Compare(slices.Index(c.Roles, a.Role), slices.Index(c.Roles, b.Role))
		})
	}
	return err
}

func scanHands(rows pgx.Rows, all map[uuid.UUID]*Holding) error {
	var (
		resource   uuid.UUID
		area       grid.Area
		view, edit *int16
		hand       Hand
	)
	_, err := pgx.ForEachRow(rows, []any{&resource, &area, &view, &edit, &hand.Since, &hand.By.Kind, &hand.By.Resource, &hand.By.Name}, func() error {
		hand.Override = grid.Override{View: grid.ScopeOf(view), Edit: grid.ScopeOf(edit)}
		all[resource].Hands[area] = hand
		return nil
	})
	return err
}
