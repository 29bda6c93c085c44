package audit

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/grid"
	"habilis/internal/rights"
)

// WhyPage explains one cell of one person.
type WhyPage struct {
	*access.Standing
	*File
	Area    *rights.Area
	Reason  grid.Reason
	Past    bool
	Own     bool     // it is about who asks, in the role that they act in
	Missing *Missing // what would let them do more; nil of a past day, or when there is no more
}

// Missing is what someone lacks to reach further in an area, and who could give it.
type Missing struct {
	Ways []Way
	Hand []Giver // who may set the cell by hand; empty when nobody is known to
	// Barred says that a hand decides the cell, whatever roles are given.
	Barred bool
	// Alone is a role that is held and excludes all others, or nil.
	Alone *rights.Role
}

// WithoutNames leaves out who holds the roles that could give what is missing.
func (m *Missing) WithoutNames() {
	nameless := func(givers []Giver) {
		for i := range givers {
			givers[i].People = nil
		}
	}
	for _, w := range m.Ways {
		nameless(w.Givers)
	}
	nameless(m.Hand)
}

// Way is a role that would be enough.
type Way struct {
	Role   *rights.Role
	Reach  grid.Scope // how far it would lead
	Givers []Giver    // none: support alone
}

// Giver is a role whose holders could, and a few of them.
type Giver struct {
	Role   *rights.Role
	People []string
}

// Why explains why a person may, or may not, view or edit an area at an instant;
// zero is now.
func (s *Service) Why(ctx context.Context, a access.Actor, person uuid.UUID, area grid.Area, d grid.Direction, on time.Time) (*WhyPage, error) {
	page := &WhyPage{Past: !on.IsZero()}
	var holders names
	var err error
	page.Standing, err = s.door.Read(ctx, a, NeedWhy, func(r *access.Reading) {
		page.File = askFile(r, on, person)
		holders = askNames(r, person)
	})
	if err != nil {
		return page, err
	}
	if page.Area, err = page.File.area(area); err != nil {
		return page, err
	}
	page.Reason = page.Rows.Explain(page.Facts(), area, d)
	if !page.Past && page.Present() && page.Reason.Scope < page.Area.Admits.Of(d).Widest() {
		page.Missing = page.missing(area, d, page.Reason.Scope+1, holders)
	}
	return page, nil
}

// OwnWhy explains a cell to the person whose it is, as they act now. It names the
// roles that would do more, and nobody who holds them.
func (s *Service) OwnWhy(ctx context.Context, a access.Actor, area grid.Area, d grid.Direction) (*WhyPage, error) {
	page := &WhyPage{Own: true}
	self, err := s.self(ctx, a)
	if err != nil {
		return page, err
	}
	page.Standing, err = s.door.Read(ctx, a, NeedOwnWhy, func(r *access.Reading) {
		page.File = askFile(r, time.Time{}, self)
	})
	if err != nil {
		return page, err
	}
	if page.Area, err = page.File.area(area); err != nil {
		return page, err
	}
	if hat := page.Hat; hat != uuid.Nil {
		page.Grants = slices.DeleteFunc(page.Grants, func(g rights.Grant) bool { return g.Role.ID != hat })
	}
	page.Reason = page.Rows.Explain(page.Facts(), area, d)
	if page.Hat == uuid.Nil && page.Reason.Scope < page.Area.Admits.Of(d).Widest() {
		page.Missing = page.missing(area, d, page.Reason.Scope+1, nil)
	}
	return page, nil
}

// missing says what the person lacks to reach at least a scope.
func (f *File) missing(area grid.Area, d grid.Direction, needed grid.Scope, holders names) *Missing {
	facts := f.Facts()
	var candidates []grid.Role
	for _, role := range f.InUse() {
		candidates = append(candidates, role.Calculus())
	}
	refusal := f.Rows.Missing(facts, area, d, needed, candidates)
	m := &Missing{Hand: f.handlers(area, d, needed, candidates, holders)}
	for _, remedy := range refusal.Remedies {
		role := f.Role(uuid.UUID(remedy.ID))
		forecast, _ := f.Rows.Preview(facts, grid.Give{Held: grid.Held{Role: remedy}}) // Missing did the same
		m.Ways = append(m.Ways, Way{role, forecast.After[area].At(d), f.givers(role, holders)})
	}
	for _, g := range f.Grants {
		if g.Role.Exclusive {
			m.Alone = g.Role
		}
	}
	m.Barred = len(m.Ways) == 0 && refusal.Hand != nil
	return m
}

// givers are the roles whose holders may give a role: those that reach as far
// themselves, so that none is named in vain; all that it names if none does.
func (f *File) givers(role *rights.Role, holders names) []Giver {
	var able, all []Giver
	for _, id := range role.GivenBy {
		by := f.Role(id)
		if by.Retired {
			continue
		}
		giver := Giver{by, holders[id]}
		all = append(all, giver)
		if by.Grid[access.Roles].Edit == grid.All && len(f.Rows.MayGive(by.Grid, role.Grid)) == 0 {
			able = append(able, giver)
		}
	}
	if len(able) > 0 {
		return able
	}
	return all
}

// handlers are the roles whose holders may set the cell by hand: those that may
// edit all settings. What only roles given by support reach, nobody sets by hand.
func (f *File) handlers(area grid.Area, d grid.Direction, needed grid.Scope, candidates []grid.Role, holders names) []Giver {
	admits, _ := f.Rows.Find(area)
	cell := admits.WithView(grid.Cell{}, admits.View.AtLeast(needed))
	if d == grid.Edit {
		cell = admits.WithEdit(grid.Cell{}, admits.Edit.AtLeast(needed))
	}
	if len(f.Rows.Reserved(candidates, grid.Grid{area: cell})) > 0 {
		return nil
	}
	var able []Giver
	for _, role := range f.InUse() {
		if role.Grid[access.Settings].Edit == grid.All {
			able = append(able, Giver{role, holders[role.ID]})
		}
	}
	return able
}

// names are a few of the people who hold each role now.
type names map[uuid.UUID][]string

// Those whose rights over roles were set by hand are left out: their roles alone
// don't say what they may do.
const readNames = `
select r.id, p.name
  from role r
 cross join lateral (
   select p.name
     from role_grant g
    cross join lateral (select given || ' ' || family as name, state from resource
                         where tenant_id = g.tenant_id and id = g.resource_id offset 0) p
     left join lateral (select true as by_hand from override
                         where tenant_id = g.tenant_id and resource_id = g.resource_id and area in ('roles', 'settings')
                           and open limit 1) o on true
    where g.tenant_id = r.tenant_id and g.role_id = r.id and g.open and g.until > @now
      and g.resource_id <> @but and p.state <> 'archived' and o.by_hand is null
    limit 3) p
 where r.retired_at is null`

// askNames queues the reading of a few holders of each role, but for one person,
// who can't widen their own rights.
func askNames(r *access.Reading, but uuid.UUID) names {
	found := names{}
	r.Query(readNames, pgx.StrictNamedArgs{"now": r.Now(), "but": but}, func(rows pgx.Rows) error {
		var role uuid.UUID
		var name string
		_, err := pgx.ForEachRow(rows, []any{&role, &name}, func() error {
			found[role] = append(found[role], name)
			return nil
		})
		return err
	})
	return found
}
