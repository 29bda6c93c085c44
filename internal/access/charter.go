package access

import (
	"cmp"
	"errors"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"habilis/internal/grid"
)

// Charter is what the modules and the roles of a place are called, and what its roles
// open: the same for all who ask, and whenever. It is read once and remembered by the
// edition that the place names, which every change of it changes, too. A page reads that
// with the standing of who asks, and one that was begun with another is read again.
// What is remembered is never written to.
type Charter struct {
	edition uuid.UUID
	Modules []*Module // in the place's order
	Offered []*Module // of these, the ones with roles that can be given, and only those
	roles   map[uuid.UUID]*Role
}

// Module is a module of a place.
type Module struct {
	Key, NameFr, NameEn string
	Roles               []*Role // in the place's order, retired ones too
	position            int
}

// Role is a role of a place.
type Role struct {
	ID             uuid.UUID
	NameFr, NameEn string
	Module         *Module
	SecondFactor   string // "", any or strong
	Grid           grid.Grid
	Retired        bool
	Rank           int // among the roles of all modules, those of each together
	position       int // in the place's order
}

// Role is nil for a role that the place doesn't have.
func (c *Charter) Role(id uuid.UUID) *Role { return c.roles[id] }

// mostCharters is how many are young in memory at most; one takes some 30 kilobytes.
const mostCharters = 256

// errEdition says that a page was begun with a charter that isn't the place's any more.
var errEdition = errors.New("the place has another edition than was known")

// current reports whether the charter, where there is one, is of the place's edition.
func (s *Standing) current() bool { return s.Charter == nil || s.Charter.edition == s.edition }

// readCharter has a row for each cell of each role, and one for a role without any,
// and for a module without any. An open cell holds, whatever the clock of who reads:
// neither does it begin later, nor is its end planned.
const readCharter = `
select t.edition, coalesce(m.module, ''), coalesce(m.name_fr, ''), coalesce(m.name_en, ''), coalesce(m.position, 0),
       r.id, coalesce(r.name_fr, ''), coalesce(r.name_en, ''), coalesce(r.second_factor, ''), coalesce(r.position, 0),
       coalesce(r.retired, false), coalesce(c.area, ''), coalesce(c.view, 0), coalesce(c.edit, 0)
  from tenant t
  left join lateral (select module, name_fr, name_en, position from module where tenant_id = t.tenant_id offset 0) m on true
  left join lateral (select id, name_fr, name_en, second_factor, position, retired_at is not null retired from role
                      where tenant_id = t.tenant_id and module = m.module offset 0) r on true
  left join lateral (select area, view, edit from role_cell
                      where tenant_id = t.tenant_id and role_id = r.id and open offset 0) c on true`

// queueCharter asks for the charter of a place, and has it remembered.
func (d *Door) queueCharter(b *pgx.Batch, s *Standing, place uuid.UUID) {
	b.Queue(readCharter).Query(func(rows pgx.Rows) (err error) {
		if s.Charter, err = collectCharter(rows); err == nil {
			d.charters.Learn(place, s.Charter)
		}
		return err
	})
}

func collectCharter(rows pgx.Rows) (*Charter, error) {
	var (
		c          = &Charter{roles: map[uuid.UUID]*Role{}}
		m          Module
		r          Role
		id         pgtype.UUID
		area       string
		view, edit int16
	)
	columns := []any{&c.edition, &m.Key, &m.NameFr, &m.NameEn, &m.position,
		&id, &r.NameFr, &r.NameEn, &r.SecondFactor, &r.position, &r.Retired, &area, &view, &edit}
	_, err := pgx.ForEachRow(rows, columns, func() error {
		if m.Key != "" {
			c.add(m, r, id)
		}
		if area != "" {
			c.roles[id.Bytes].Grid[grid.Area(area)] = grid.Cell{View: grid.Scope(view), Edit: grid.Scope(edit)}
		}
		return nil
	})
	slices.SortFunc(c.Modules, func(a, b *Module) int { return cmp.Or(a.position-b.position, cmp.Compare(a.Key, b.Key)) })
	rank := 0
	for _, m := range c.Modules {
		slices.SortFunc(m.Roles, inOrder)
		offered := *m
		offered.Roles = nil
		for _, r := range m.Roles {
			r.Rank, rank = rank, rank+1
			if !r.Retired {
				offered.Roles = append(offered.Roles, r)
			}
		}
		if len(offered.Roles) > 0 {
			c.Offered = append(c.Offered, &offered)
		}
	}
	return c, err
}

// add adds a module and, if there is one, its role, once each.
func (c *Charter) add(m Module, r Role, id pgtype.UUID) {
	at := slices.IndexFunc(c.Modules, func(known *Module) bool { return known.Key == m.Key })
	if at < 0 {
		at, c.Modules = len(c.Modules), append(c.Modules, &m)
	}
	if _, twice := c.roles[id.Bytes]; id.Valid && !twice {
		r.ID, r.Module, r.Grid = id.Bytes, c.Modules[at], grid.Grid{}
		c.roles[r.ID], r.Module.Roles = &r, append(r.Module.Roles, &r)
	}
}

// inOrder compares by the place's order.
func inOrder(a, b *Role) int {
	return cmp.Or(a.position-b.position, slices.Compare(a.ID[:], b.ID[:]))
}
