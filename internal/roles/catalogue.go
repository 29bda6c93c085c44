package roles

import (
	"context"
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

// Role is a role of a place, as it is now.
type Role struct {
	ID           uuid.UUID
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
	GivenBy      []uuid.UUID // roles; none: support alone
	PairsWith    []uuid.UUID
	Grid         grid.Grid
}

// SupportAlone reports whether only support gives the role.
func (r *Role) SupportAlone() bool { return len(r.GivenBy) == 0 }

// calculus is the role as the calculus knows it.
func (r *Role) calculus() grid.Role {
	return grid.Role{ID: grid.ID(r.ID), Grid: r.Grid, Rules: grid.Rules{
		Exclusive: r.Exclusive, GivenBy: gridIDs(r.GivenBy), PairsWith: gridIDs(r.PairsWith), MinHolders: r.MinHolders}}
}

func gridIDs(ids []uuid.UUID) []grid.ID {
	converted := make([]grid.ID, len(ids))
	for i, id := range ids {
		converted[i] = grid.ID(id)
	}
	return converted
}

// catalogue is the areas and roles of a place, in its order.
type catalogue struct {
	areas []Area
	rows  grid.Catalogue
	roles []*Role // retired ones too: they may still be held
	names map[string]kinds.Text
}

func (c *catalogue) role(id uuid.UUID) *Role {
	for _, r := range c.roles {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// asker is a batch of queries: a page's [access.Reading], or an act's.
type asker interface {
	Query(sql string, args pgx.StrictNamedArgs, scan func(pgx.Rows) error)
}

const (
	readModules = `select module, name_fr, name_en from module`

	readAreas = `
select area, module, name_fr, name_en, view_ok, edit_ok from area order by position`

	readRoles = `
select id, module, name_fr, name_en, description_fr, description_en, is_default, exclusive, min_holders,
       second_factor, coalesce(expires_after, 0), retired_at is not null
  from role order by position`

	readCells = `
select role_id, array_agg(area), array_agg(view), array_agg(edit) from role_cell
 where open and since <= @now and until > @now group by role_id`

	readGivers = `select role_id, giver_id from role_giver`
	readPairs  = `select role_id, pair_id from role_pair`
)

// ask queues the reading of the catalogue. Single tables in one batch, put
// together here: see "generic plans under RLS" in docs/data-model.md.
func (c *catalogue) ask(q asker, now time.Time) {
	c.names = map[string]kinds.Text{}
	q.Query(readModules, nil, func(rows pgx.Rows) error {
		var module string
		var name kinds.Text
		_, err := pgx.ForEachRow(rows, []any{&module, &name.Fr, &name.En}, func() error {
			c.names[module] = name
			return nil
		})
		return err
	})
	q.Query(readAreas, nil, c.scanAreas)
	q.Query(readRoles, nil, c.scanRoles)
	q.Query(readCells, pgx.StrictNamedArgs{"now": now}, c.scanCells)
	c.askLinks(q, readGivers, func(r *Role, giver uuid.UUID) { r.GivenBy = append(r.GivenBy, giver) })
	c.askLinks(q, readPairs, func(r *Role, pair uuid.UUID) { r.PairsWith = append(r.PairsWith, pair) })
}

func (c *catalogue) scanAreas(rows pgx.Rows) error {
	var (
		a            Area
		views, edits int16
	)
	_, err := pgx.ForEachRow(rows, []any{&a.Key, &a.Module, &a.Name.Fr, &a.Name.En, &views, &edits}, func() error {
		a.ModuleName = c.names[a.Module]
		a.Admits = grid.Admits{View: grid.Scopes(views), Edit: grid.Scopes(edits)}
		c.areas = append(c.areas, a)
		c.rows = append(c.rows, grid.Row{Area: a.Key, Admits: a.Admits})
		return nil
	})
	return err
}

func (c *catalogue) scanRoles(rows pgx.Rows) error {
	var r Role
	var days int
	_, err := pgx.ForEachRow(rows, []any{&r.ID, &r.Module, &r.Name.Fr, &r.Name.En, &r.Description.Fr, &r.Description.En,
		&r.Default, &r.Exclusive, &r.MinHolders, &r.SecondFactor, &days, &r.Retired}, func() error {
		role := r
		role.ModuleName = c.names[r.Module]
		role.ExpiresAfter = time.Duration(days) * 24 * time.Hour
		c.roles = append(c.roles, &role)
		return nil
	})
	return err
}

func (c *catalogue) scanCells(rows pgx.Rows) error {
	var (
		id           uuid.UUID
		areas        []string
		views, edits []int16
	)
	_, err := pgx.ForEachRow(rows, []any{&id, &areas, &views, &edits}, func() error {
		c.role(id).Grid = access.GridOf(areas, views, edits)
		return nil
	})
	return err
}

func (c *catalogue) askLinks(q asker, sql string, link func(*Role, uuid.UUID)) {
	q.Query(sql, nil, func(rows pgx.Rows) error {
		var from, to uuid.UUID
		_, err := pgx.ForEachRow(rows, []any{&from, &to}, func() error {
			link(c.role(from), to)
			return nil
		})
		return err
	})
}

// CataloguePage is the page of the place's roles.
type CataloguePage struct {
	*access.Standing
	Areas []Area
	Roles []Listed
}

// Listed is a role and how many people hold it now.
type Listed struct {
	*Role
	Holders int
}

const countHolders = `
select r.id, h.n
  from role r
 cross join lateral (
   select count(*) n
     from role_grant g
    cross join lateral (select state from resource where tenant_id = g.tenant_id and id = g.resource_id offset 0) p
    where g.tenant_id = r.tenant_id and g.role_id = r.id and g.open and g.since <= @now and g.until > @now
      and p.state <> 'archived' offset 0) h
 where r.min_holders >= @least`

// askHolders queues the count of people who hold each role that asks for at
// least so many.
func askHolders(q asker, now time.Time, least int, into map[uuid.UUID]int) {
	q.Query(countHolders, pgx.StrictNamedArgs{"now": now, "least": least}, func(rows pgx.Rows) error {
		var id uuid.UUID
		var n int
		_, err := pgx.ForEachRow(rows, []any{&id, &n}, func() error {
			into[id] = n
			return nil
		})
		return err
	})
}

// Catalogue reads the page of the place's roles: those in use, in its order.
func (s *Service) Catalogue(ctx context.Context, a access.Actor) (*CataloguePage, error) {
	var c catalogue
	holders := map[uuid.UUID]int{}
	standing, err := s.door.Read(ctx, a, NeedCatalogue, func(r *access.Reading) {
		c.ask(r, r.Now())
		askHolders(r, r.Now(), 0, holders)
	})
	page := &CataloguePage{Standing: standing, Areas: c.areas}
	for _, r := range c.roles {
		if !r.Retired {
			page.Roles = append(page.Roles, Listed{r, holders[r.ID]})
		}
	}
	return page, err
}
