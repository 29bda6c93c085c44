package access

import (
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/grid"
)

// Tenant is the place as every page shows it.
type Tenant struct {
	ID           uuid.UUID `db:"tenant_id"`
	Number       string
	Kind         string
	Name         string
	Locale       string
	TimeZone     string
	Support      string // an https address or an e-mail; "" is the site's own
	State        string // open or closed
	SecondFactor string // whom the place asks for one: none, roles or everyone
}

// Role is a role that a person holds now.
type Role struct {
	ID           uuid.UUID
	NameFr       string
	NameEn       string
	Module       string
	SecondFactor string // "", any or strong
	Grid         grid.Grid
}

// Resource is a person's place in the tenant.
type Resource struct {
	ID            uuid.UUID
	Family, Given string
	State         string
}

// Standing is what someone is and may do in a place at an instant. It is read
// in the transaction that uses it and never kept.
type Standing struct {
	Tenant        Tenant
	Resource      *Resource // nil for who is not, or no longer, of the place
	Roles         []Role    // held now, in the place's order
	Hat           uuid.UUID // the role acted in; zero when all are
	Grid          grid.Grid // effective, under the hat
	Overrides     map[grid.Area]grid.Override
	admits        grid.Catalogue // of the areas that have an override
	FactorMissing bool           // the place asks for a second factor, which the session lacks
	Operator      string         // the name of an operator of support, else empty
	Places        []Place        // the account's others; read for pages alone
	Now           time.Time
}

// Place is another place of the account, for the menu.
type Place struct {
	TenantID   uuid.UUID
	Number     string
	Kind       string
	Name       string
	ResourceID uuid.UUID
	RoleIds    []uuid.UUID
	RolesFr    []string
	RolesEn    []string
}

// under is the effective grid when acting in one role, or in all for the zero UUID.
func (s *Standing) under(hat uuid.UUID) grid.Grid {
	grids := make([]grid.Grid, 0, len(s.Roles))
	for _, r := range s.Roles {
		if hat == uuid.Nil || r.ID == hat {
			grids = append(grids, r.Grid)
		}
	}
	return s.admits.Effective(grids, s.Overrides)
}

// ActingRoles are the roles in use under the hat.
func (s *Standing) ActingRoles() []uuid.UUID {
	var ids []uuid.UUID
	for _, r := range s.Roles {
		if s.Hat == uuid.Nil || r.ID == s.Hat {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// settle draws the conclusions once all is read. A hat that is no longer held
// falls back to the roles that are.
func (s *Standing) settle(hat uuid.UUID, factor bool) {
	for _, r := range s.Roles {
		if r.ID == hat {
			s.Hat = hat
		}
		if s.Tenant.SecondFactor == "roles" && r.SecondFactor != "" && !factor {
			s.FactorMissing = true
		}
	}
	if s.Tenant.SecondFactor == "everyone" && !factor {
		s.FactorMissing = true
	}
	s.Grid = s.under(s.Hat)
}

const (
	setTenant = `select set_config('habilis.tenant', $1, true)`

	readTenant = `
select tenant_id, number, kind, name, locale, time_zone, support, state, coalesce(policies->>'second_factor', 'roles') second_factor
  from tenant`

	readResource = `
select id, family, given, state from resource where account_id = @account and state <> 'archived'`

	// Lateral with offset 0: see "generic plans under RLS" in docs/data-model.md.
	readRoles = `
select g.role_id id, r.name_fr, r.name_en, r.module, r.second_factor, c.areas, c.views, c.edits
  from role_grant g
 cross join lateral (select name_fr, name_en, module, second_factor, position from role
                      where tenant_id = g.tenant_id and id = g.role_id offset 0) r
 cross join lateral (select array_agg(area) areas, array_agg(view) views, array_agg(edit) edits from role_cell
                      where tenant_id = g.tenant_id and role_id = g.role_id and open and since <= @now and until > @now offset 0) c
 where g.resource_id = (select id from resource where account_id = @account)
   and g.open and g.since <= @now and g.until > @now
 order by r.position`

	readOverrides = `
select area, view, edit, view_ok, edit_ok from override
 where resource_id = (select id from resource where account_id = @account)
   and open and since <= @now and until > @now`

	readPlaces   = `select * from identity.other_places(@account, @tenant, @now)`
	readOperator = `select given || ' ' || family from identity.account_get(@account) where operator`
)

// queue asks for the standing of an account; it is settled once the batch is closed.
func (s *Standing) queue(b *pgx.Batch, a Actor) {
	b.Queue(readTenant).Query(func(rows pgx.Rows) error { return s.scanTenant(rows) })
	switch a.office {
	case Person:
		args := pgx.StrictNamedArgs{"account": a.account, "now": s.Now}
		queue(b, readResource, pgx.StrictNamedArgs{"account": a.account}).Query(s.scanResource)
		queue(b, readRoles, args).Query(s.scanRoles)
		queue(b, readOverrides, args).Query(s.scanOverrides)
	case Support:
		queue(b, readOperator, pgx.StrictNamedArgs{"account": a.account}).Query(s.scanOperator)
	}
}

func (s *Standing) scanTenant(rows pgx.Rows) error {
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[Tenant])
	if err == nil && len(found) == 1 {
		s.Tenant = found[0]
	}
	return err
}

func (s *Standing) scanResource(rows pgx.Rows) error {
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[Resource])
	if err == nil && len(found) == 1 {
		s.Resource = &found[0]
	}
	return err
}

func (s *Standing) scanOperator(rows pgx.Rows) error {
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err == nil && len(found) == 1 {
		s.Operator = found[0]
	}
	return err
}

func (s *Standing) scanRoles(rows pgx.Rows) error {
	for rows.Next() {
		var (
			r            Role
			areas        []string
			views, edits []int16
		)
		if err := rows.Scan(&r.ID, &r.NameFr, &r.NameEn, &r.Module, &r.SecondFactor, &areas, &views, &edits); err != nil {
			return err
		}
		r.Grid = GridOf(areas, views, edits)
		s.Roles = append(s.Roles, r)
	}
	return rows.Err()
}

func (s *Standing) scanOverrides(rows pgx.Rows) error {
	s.Overrides = map[grid.Area]grid.Override{}
	for rows.Next() {
		var (
			row          grid.Row
			view, edit   *int16
			views, edits int16
		)
		if err := rows.Scan(&row.Area, &view, &edit, &views, &edits); err != nil {
			return err
		}
		row.Admits = grid.Admits{View: grid.Scopes(views), Edit: grid.Scopes(edits)}
		s.admits = append(s.admits, row)
		s.Overrides[row.Area] = grid.Override{View: scope(view), Edit: scope(edit)}
	}
	return rows.Err()
}

// GridOf builds a grid from the columns of role_cell.
func GridOf(areas []string, views, edits []int16) grid.Grid {
	g := make(grid.Grid, len(areas))
	for i, area := range areas {
		g[grid.Area(area)] = grid.Cell{View: grid.Scope(views[i]), Edit: grid.Scope(edits[i])}
	}
	return g
}

func scope(n *int16) *grid.Scope {
	if n == nil {
		return nil
	}
	s := grid.Scope(*n)
	return &s
}
