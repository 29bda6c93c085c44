package rights

import (
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/grid"
	"habilis/internal/tenants/kinds"
)

// Area is a row of the grids of a place.
type Area struct {
	Key        grid.Area
	Name       kinds.Text
	Module     string
	ModuleName kinds.Text
	Admits     grid.Admits
}

// Module is an application that areas and roles belong to.
type Module struct {
	Key  string
	Name kinds.Text
}

// Role is a role of a place: its words and rules as they are today, its grid as
// it is at the instant of the catalogue.
type Role struct {
	ID           uuid.UUID
	Preset       string // the kind's role that it was copied from, "" for the place's own
	Module       string
	ModuleName   kinds.Text
	Name         kinds.Text
	Description  kinds.Text
	Default      bool
	Exclusive    bool
	MinHolders   int
	SecondFactor string        // "", any or strong
	ExpiresAfter time.Duration // 0: a grant ends by no planned end
	Retired      bool
	Version      int
	GivenBy      []uuid.UUID // roles; none: support alone
	PairsWith    []uuid.UUID
	Grid         grid.Grid
}

// SupportAlone reports whether only support gives the role.
func (r *Role) SupportAlone() bool { return len(r.GivenBy) == 0 }

// Calculus is the role as the calculus knows it.
func (r *Role) Calculus() grid.Role {
	return grid.Role{ID: grid.ID(r.ID), Grid: r.Grid, Rules: grid.Rules{
		Exclusive: r.Exclusive, GivenBy: IDs(r.GivenBy), PairsWith: IDs(r.PairsWith), MinHolders: r.MinHolders}}
}

// IDs are identifiers as the calculus knows them.
func IDs(ids []uuid.UUID) []grid.ID {
	converted := make([]grid.ID, len(ids))
	for i, id := range ids {
		converted[i] = grid.ID(id)
	}
	return converted
}

// Catalogue is the modules, areas and roles of a place, in its order.
type Catalogue struct {
	Modules []Module
	Areas   []Area
	Rows    grid.Catalogue // the areas as the calculus knows them
	Roles   []*Role        // retired ones too: they may still be held
}

// Role is the role with an identifier, nil if there is none.
func (c *Catalogue) Role(id uuid.UUID) *Role {
	for _, r := range c.Roles {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// Area is the area with a key, nil if there is none.
func (c *Catalogue) Area(key grid.Area) *Area {
	for i := range c.Areas {
		if c.Areas[i].Key == key {
			return &c.Areas[i]
		}
	}
	return nil
}

// DefaultRole is what a new person gets, nil if the place has no such role.
func (c *Catalogue) DefaultRole() *Role {
	for _, r := range c.Roles {
		if r.Default {
			return r
		}
	}
	return nil
}

// InUse are the roles that were not retired.
func (c *Catalogue) InUse() []*Role {
	var roles []*Role
	for _, r := range c.Roles {
		if !r.Retired {
			roles = append(roles, r)
		}
	}
	return roles
}

// Reserved is what of a grid only roles that support alone gives reach: what
// nobody of the place hands out. A retired role that people gave counts no more.
func (c *Catalogue) Reserved(gives grid.Grid) grid.Changes {
	var roles []grid.Role
	for _, role := range c.Roles {
		if !role.Retired || role.SupportAlone() {
			roles = append(roles, role.Calculus())
		}
	}
	return c.Rows.Reserved(roles, gives)
}

const (
	readModules = `select module, name_fr, name_en from module order by position`

	readAreas = `
select area, module, name_fr, name_en, view_ok, edit_ok from area order by position`

	readRoles = `
select id, coalesce(preset, ''), module, name_fr, name_en, description_fr, description_en, is_default, exclusive, min_holders,
       second_factor, coalesce(expires_after, 0), retired_at is not null, version
  from role order by position, id`

	readCells = `
select role_id, array_agg(area), array_agg(view), array_agg(edit) from role_cell
 where since <= @at and until > @at group by role_id`

	readGivers = `select role_id, giver_id from role_giver`
	readPairs  = `select role_id, pair_id from role_pair`
)

// AskAreas queues the reading of a catalogue's modules and areas alone.
func AskAreas(q Asker) *Catalogue {
	c := &Catalogue{}
	q.Query(readModules, nil, c.scanModules)
	q.Query(readAreas, nil, c.scanAreas)
	return c
}

// AskCatalogue queues the reading of the catalogue as it is at an instant; it is
// filled once the batch is closed. Single tables in one batch, put together here:
// see "generic plans under RLS" in docs/data-model.md.
func AskCatalogue(q Asker, at time.Time) *Catalogue {
	c := AskAreas(q)
	q.Query(readRoles, nil, c.scanRoles)
	q.Query(readCells, pgx.StrictNamedArgs{"at": at}, c.scanCells)
	c.askLinks(q, readGivers, func(r *Role, giver uuid.UUID) { r.GivenBy = append(r.GivenBy, giver) })
	c.askLinks(q, readPairs, func(r *Role, pair uuid.UUID) { r.PairsWith = append(r.PairsWith, pair) })
	return c
}

func (c *Catalogue) scanModules(rows pgx.Rows) error {
	var m Module
	_, err := pgx.ForEachRow(rows, []any{&m.Key, &m.Name.Fr, &m.Name.En}, func() error {
		c.Modules = append(c.Modules, m)
		return nil
	})
	return err
}

func (c *Catalogue) moduleName(key string) kinds.Text {
	for _, m := range c.Modules {
		if m.Key == key {
			return m.Name
		}
	}
	return kinds.Text{}
}

func (c *Catalogue) scanAreas(rows pgx.Rows) error {
	var (
		a            Area
		views, edits int16
	)
	_, err := pgx.ForEachRow(rows, []any{&a.Key, &a.Module, &a.Name.Fr, &a.Name.En, &views, &edits}, func() error {
		a.ModuleName = c.moduleName(a.Module)
		a.Admits = grid.Admits{View: grid.Scopes(views), Edit: grid.Scopes(edits)}
		c.Areas = append(c.Areas, a)
		c.Rows = append(c.Rows, grid.Row{Area: a.Key, Admits: a.Admits})
		return nil
	})
	return err
}

func (c *Catalogue) scanRoles(rows pgx.Rows) error {
	var r Role
	var days int
	_, err := pgx.ForEachRow(rows, []any{&r.ID, &r.Preset, &r.Module, &r.Name.Fr, &r.Name.En, &r.Description.Fr, &r.Description.En,
		&r.Default, &r.Exclusive, &r.MinHolders, &r.SecondFactor, &days, &r.Retired, &r.Version}, func() error {
		role := r
		role.ModuleName = c.moduleName(r.Module)
		role.ExpiresAfter = time.Duration(days) * 24 * time.Hour
		c.Roles = append(c.Roles, &role)
		return nil
	})
	return err
}

func (c *Catalogue) scanCells(rows pgx.Rows) error {
	var (
		id           uuid.UUID
		areas        []string
		views, edits []int16
	)
	_, err := pgx.ForEachRow(rows, []any{&id, &areas, &views, &edits}, func() error {
		c.Role(id).Grid = access.GridOf(areas, views, edits)
		return nil
	})
	return err
}

func (c *Catalogue) askLinks(q Asker, sql string, link func(*Role, uuid.UUID)) {
	q.Query(sql, nil, func(rows pgx.Rows) error {
		var from, to uuid.UUID
		_, err := pgx.ForEachRow(rows, []any{&from, &to}, func() error {
			link(c.Role(from), to)
			return nil
		})
		return err
	})
}

const countHolders = `
select r.id, h.n
  from role r
 cross join lateral (
   select count(*) n
     from role_grant g
    cross join lateral (select state from resource where tenant_id = g.tenant_id and id = g.resource_id offset 0) p
    where g.tenant_id = r.tenant_id and g.role_id = r.id and g.open and g.until > @now
      and p.state <> 'archived' offset 0) h
 where r.min_holders >= @least`

// AskHolders queues the count of people who hold each role now, of those roles
// that ask for at least so many holders.
func AskHolders(q Asker, now time.Time, least int) map[uuid.UUID]int {
	holders := map[uuid.UUID]int{}
	q.Query(countHolders, pgx.StrictNamedArgs{"now": now, "least": least}, func(rows pgx.Rows) error {
		var id uuid.UUID
		var n int
		_, err := pgx.ForEachRow(rows, []any{&id, &n}, func() error {
			holders[id] = n
			return nil
		})
		return err
	})
	return holders
}
