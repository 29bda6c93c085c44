package roles

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/grid"
	"habilis/internal/i18n"
	"habilis/internal/rights"
)

// crowd is people whom the same roles and the same hands decide for: what a role
// changes is worked out once for all of them, be they 10,000.
type crowd struct {
	roles  []*rights.Role
	kept   []*rights.Role // those of them that have no planned end
	hands  map[grid.Area]grid.Override
	state  string // pending, active or archived
	people int
	first  []Member // the first ones of the list
}

// Member is someone who holds a role.
type Member struct {
	ID            uuid.UUID
	Family, Given string
}

// Name is how the person is called.
func (m Member) Name() string { return m.Given + " " + m.Family }

// FirstMembers is how many people of a crowd are named.
const FirstMembers = 50

// What decides for each of some people. They are put into crowds here, not there:
// sorting 10,000 arrays and names took PostgreSQL longer than all else.
const (
	readMembers = `
select p.id, p.family, p.given, p.state, h.roles, h.kept, o.areas, o.views, o.edits
  from role_grant g` + membersOf + `
 where g.role_id = @role and g.open and g.until > @now`

	// Who else may edit the settings, by a role or by a hand.
	readEditors = `
select p.id, p.family, p.given, p.state, h.roles, h.kept, o.areas, o.views, o.edits
  from (select g.tenant_id, g.resource_id from role_cell c
         cross join lateral (select tenant_id, resource_id from role_grant
                              where tenant_id = c.tenant_id and role_id = c.role_id and open and until > @now offset 0) g
         where c.area = @area and c.edit = 3 and c.open
         union
        select tenant_id, resource_id from override where area = @area and open
       except
        select tenant_id, resource_id from role_grant where role_id = @role and open and until > @now) g` + membersOf

	membersOf = `
 cross join lateral (select id, family, given, state from resource
                      where tenant_id = g.tenant_id and id = g.resource_id offset 0) p
 cross join lateral (select array_agg(role_id order by role_id) roles, array_agg(role_id order by role_id) filter (where until = 'infinity') kept
                       from role_grant
                      where tenant_id = g.tenant_id and resource_id = g.resource_id and open and until > @now offset 0) h
 cross join lateral (select array_agg(area order by area) areas, array_agg(view order by area) views, array_agg(edit order by area) edits
                       from override
                      where tenant_id = g.tenant_id and resource_id = g.resource_id and open offset 0) o`
)

// askCrowds queues the reading of those who hold a role, and of those who may
// edit the settings besides.
func askCrowds(q rights.Asker, c *rights.Catalogue, now time.Time, role uuid.UUID, members, editors *[]*crowd) {
	q.Query(readMembers, pgx.StrictNamedArgs{"role": role, "now": now}, func(rows pgx.Rows) (err error) {
		*members, err = gather(rows, c)
		return err
	})
	q.Query(readEditors, pgx.StrictNamedArgs{"role": role, "now": now, "area": access.Settings}, func(rows pgx.Rows) (err error) {
		*editors, err = gather(rows, c)
		return err
	})
}

// gather puts people into crowds. What decides for someone is compared as it came,
// and read once a crowd.
func gather(rows pgx.Rows, c *rights.Catalogue) ([]*crowd, error) {
	const firstDeciding = 3 // of the columns
	var crowds []*crowd
	alike, key := map[string]*crowd{}, []byte{}
	order := i18n.For("fr-CA")
	for rows.Next() {
		raw := rows.RawValues()
		key = key[:0]
		for _, value := range raw[firstDeciding:] {
			key = append(binary.AppendVarint(key, int64(len(value))), value...)
		}
		one := alike[string(key)]
		if one == nil {
			one = &crowd{}
			if err := one.scan(rows, c); err != nil {
				return nil, err
			}
			alike[string(key)], crowds = one, append(crowds, one)
		}
		one.people++
		one.name(order, Member{uuid.UUID(raw[0]), string(raw[1]), string(raw[2])})
	}
	return crowds, rows.Err()
}

// scan reads what decides for the people of the crowd from one of their rows.
func (w *crowd) scan(rows pgx.Rows, c *rights.Catalogue) error {
	var (
		roles, kept []uuid.UUID
		areas       []grid.Area
		views, edit []*int16
	)
	if err := rows.Scan(nil, nil, nil, &w.state, &roles, &kept, &areas, &views, &edit); err != nil {
		return err
	}
	for _, id := range roles {
		w.roles = append(w.roles, c.Role(id))
	}
	for _, id := range kept {
		w.kept = append(w.kept, c.Role(id))
	}
	w.hands = make(map[grid.Area]grid.Override, len(areas))
	for i, area := range areas {
		w.hands[area] = grid.Override{View: grid.ScopeOf(views[i]), Edit: grid.ScopeOf(edit[i])}
	}
	return nil
}

// name puts someone among the first of the crowd, if they are.
func (w *crowd) name(order *i18n.Printer, m Member) {
	full := len(w.first) == FirstMembers
	if full && inOrder(order, w.first[FirstMembers-1], m) <= 0 {
		return
	}
	at, _ := slices.BinarySearchFunc(w.first, m, func(a, b Member) int { return inOrder(order, a, b) })
	if full {
		w.first = w.first[:FirstMembers-1]
	}
	w.first = slices.Insert(w.first, at, m)
}

// inOrder compares people as the list does.
func inOrder(order *i18n.Printer, a, b Member) int {
	return cmp.Or(order.Compare(a.Family, b.Family), order.Compare(a.Given, b.Given), bytes.Compare(a.ID[:], b.ID[:]))
}

// grid is what the people of the crowd may do, with wanted in the place of the
// role that it changes; nil changes nothing.
func (w *crowd) grid(c *rights.Catalogue, wanted *rights.Role) grid.Grid {
	return effective(c, w.roles, w.hands, wanted)
}

// tenure is that of the people of the crowd, with wanted as in grid. What a role
// says of planned ends is for who is given it from then on.
func (w *crowd) tenure(c *rights.Catalogue, wanted *rights.Role) tenure {
	return tenureOf(w.state, w.grid(c, wanted), effective(c, w.kept, w.hands, wanted))
}

func effective(c *rights.Catalogue, roles []*rights.Role, hands map[grid.Area]grid.Override, wanted *rights.Role) grid.Grid {
	grids := make([]grid.Grid, len(roles))
	for i, r := range roles {
		grids[i] = r.Grid
		if wanted != nil && wanted.ID == r.ID {
			grids[i] = wanted.Grid
		}
	}
	return c.Rows.Effective(grids, hands)
}

// holds reports whether the people of the crowd hold a role.
func (w *crowd) holds(id uuid.UUID) bool {
	for _, r := range w.roles {
		if r.ID == id {
			return true
		}
	}
	return false
}
