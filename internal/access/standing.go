package access

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"habilis/internal/grid"
)

// Tenant is the place as every page shows it.
type Tenant struct {
	ID           uuid.UUID
	Number       string
	Kind         string
	Name         string
	Locale       string
	TimeZone     string
	Support      string // an https address or an e-mail; "" is the site's own
	State        string // open or closed
	SecondFactor string // whom the place asks for one: none, roles or everyone
	RememberDays int    // for how long it takes a device's word for one; 0 is never
	FirstAccess  string // how a new person comes in: a policy of kinds
}

// Role is a role that a person holds now.
type Role struct {
	ID           uuid.UUID
	NameFr       string
	NameEn       string
	Module       string
	SecondFactor string // "", any or strong
	Grid         grid.Grid
	position     int        // in the place's order
	until        *time.Time // when the person's holding it is to end, nil if that isn't planned
}

// Resource is a person's place in the tenant.
type Resource struct {
	ID            uuid.UUID
	Family, Given string
	State         string
	FactorAsked   Factor // the second factor that was set for the person
}

// archived is the state of who is no longer of the place.
const archived = "archived"

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
	FactorAsked   Factor         // the second factor that the place asks of the person
	FactorMissing bool           // the session has shown less
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

// Until is when the last of the roles in use ends; false where one ends by no day,
// or none is held.
func (s *Standing) Until() (last time.Time, ends bool) {
	for _, r := range s.Roles {
		switch {
		case s.Hat != uuid.Nil && r.ID != s.Hat:
		case r.until == nil:
			return time.Time{}, false
		case r.until.After(last):
			last = *r.until
		}
	}
	return last, !last.IsZero()
}

// settle draws the conclusions once all is read and the time is known. A hat that
// is no longer held falls back to the roles that are.
func (s *Standing) settle(a Actor) {
	s.Roles = slices.DeleteFunc(s.Roles, func(r Role) bool { return r.until != nil && !r.until.After(s.Now) })
	if slices.ContainsFunc(s.Roles, func(r Role) bool { return r.ID == a.hat }) {
		s.Hat = a.hat
	}
	s.Grid = s.under(s.Hat)
	s.FactorAsked = s.asksForFactor()
	if a.waiver.Owed {
		s.FactorAsked = max(s.FactorAsked, AnyFactor)
	}
	s.FactorMissing = max(a.factor, a.waiver.shown(s.Now, s.Tenant.RememberDays)) < s.FactorAsked
}

// asksForFactor is the second factor that the place asks of the person: what was
// set for them, and what the place asks of its people. Where it asks by roles, the right to change anything in the portal is asked for one too,
// whether it comes from a role or was set by hand, and whatever the hat: a strong
// one where the settings can be changed, since whoever may do that may do all.
func (s *Standing) asksForFactor() Factor {
	asked := NoFactor
	if s.Resource != nil {
		asked = s.Resource.FactorAsked
	}
	switch s.Tenant.SecondFactor {
	case "none":
		return asked
	case "everyone":
		asked = max(asked, AnyFactor)
	}
	for _, r := range s.Roles {
		asked = max(asked, FactorNamed(r.SecondFactor))
	}
	return max(asked, asksForFactor(s.under(uuid.Nil)))
}

// FactorRoles are the roles for which the place asks the person for a second factor,
// as strong as it is. There are none when it asks everyone, or the person.
func (s *Standing) FactorRoles() []Role {
	var asking []Role
	for _, r := range s.Roles {
		if s.FactorAsked > NoFactor && r.asksForFactor() == s.FactorAsked && s.Tenant.SecondFactor != "none" {
			asking = append(asking, r)
		}
	}
	return asking
}

func (r Role) asksForFactor() Factor { return max(FactorNamed(r.SecondFactor), asksForFactor(r.Grid)) }

// asksForFactor is the second factor that the rights of a grid are asked for.
func asksForFactor(g grid.Grid) Factor {
	asked := NoFactor
	for _, c := range changeable {
		if g[c.area].Edit > grid.None {
			asked = max(asked, c.asks)
		}
	}
	return asked
}

// changeable are the areas of the module admin in which something can be changed,
// with the second factor that the right to do so is asked for.
var changeable = []struct {
	area grid.Area
	asks Factor
}{{People, AnyFactor}, {Roles, AnyFactor}, {Records, AnyFactor}, {Reviews, AnyFactor}, {Settings, StrongFactor}}

const (
	setTenant = `select set_config('habilis.tenant', $1, true)`

	readTenant = `
select tenant_id, number, kind, name, locale, time_zone, support, state, coalesce(policies->>'second_factor', 'roles'),
       coalesce((policies->>'remember_days')::int, 0), coalesce(policies->>'first_access', '')
  from tenant`

	// A row for each cell set by hand of the person, and one for who has none. Lateral
	// with offset 0: see "generic plans under RLS" in docs/data-model.md.
	readPerson = `
select t.tenant_id, t.number, t.kind, t.name, t.locale, t.time_zone, t.support, t.state, coalesce(t.policies->>'second_factor', 'roles'),
       coalesce((t.policies->>'remember_days')::int, 0), coalesce(t.policies->>'first_access', ''), p.id, coalesce(p.family, ''), coalesce(p.given, ''), coalesce(p.state, ''),
       coalesce(p.factor_asked, ''), coalesce(o.area, ''), o.view, o.edit, coalesce(o.view_ok, 0), coalesce(o.edit_ok, 0)
  from tenant t
  left join lateral (select id, family, given, state, factor_asked from resource where account_id = @account offset 0) p on true
  left join lateral (select area, view, edit, view_ok, edit_ok from override where resource_id = p.id and open offset 0) o on true`

	// An open fact holds, whatever the clock of who reads: it is never dated into
	// the future. Only a planned end is, and settle judges it.
	readRoles = `
select g.role_id, nullif(g.until, 'infinity'), r.position, r.name_fr, r.name_en, r.module, r.second_factor,
       coalesce(c.area, ''), coalesce(c.view, 0), coalesce(c.edit, 0)
  from role_grant g
 cross join lateral (select name_fr, name_en, module, second_factor, position from role
                      where tenant_id = g.tenant_id and id = g.role_id offset 0) r
  left join lateral (select area, view, edit from role_cell
                      where tenant_id = g.tenant_id and role_id = g.role_id and open offset 0) c on true
 where g.resource_id = (select id from resource where account_id = @account)
   and g.open`

	readPlaces   = `select * from identity.other_places(@account, @tenant, @now)`
	readOperator = `select given || ' ' || family from identity.account_get(@account) where operator`
)

// queue asks for the standing of an account; it is settled once that is read.
func (s *Standing) queue(b *pgx.Batch, a Actor) {
	if a.office != Person {
		b.Queue(readTenant).Query(s.scanTenant)
		if a.office == Support {
			queue(b, readOperator, pgx.StrictNamedArgs{"account": a.account}).Query(s.scanOperator)
		}
		return
	}
	args := pgx.StrictNamedArgs{"account": a.account}
	queue(b, readPerson, args).Query(s.scanPerson)
	queue(b, readRoles, args).Query(s.scanRoles)
}

func (t *Tenant) columns() []any {
	return []any{&t.ID, &t.Number, &t.Kind, &t.Name, &t.Locale, &t.TimeZone, &t.Support, &t.State, &t.SecondFactor, &t.RememberDays, &t.FirstAccess}
}

func (s *Standing) scanTenant(rows pgx.Rows) error {
	_, err := pgx.ForEachRow(rows, s.Tenant.columns(), func() error { return nil })
	return err
}

func (s *Standing) scanPerson(rows pgx.Rows) error {
	var (
		id           pgtype.UUID
		found        Resource
		asked        string
		row          grid.Row
		view, edit   *int16
		views, edits int16
	)
	s.Overrides = map[grid.Area]grid.Override{}
	columns := append(s.Tenant.columns(), &id, &found.Family, &found.Given, &found.State, &asked, &row.Area, &view, &edit, &views, &edits)
	_, err := pgx.ForEachRow(rows, columns, func() error {
		if id.Valid && found.State != archived {
			found.ID, found.FactorAsked = id.Bytes, FactorNamed(asked)
			s.Resource = &found
		}
		if row.Area != "" {
			row.Admits = grid.Admits{View: grid.Scopes(views), Edit: grid.Scopes(edits)}
			s.admits = append(s.admits, row)
			s.Overrides[row.Area] = grid.Override{View: grid.ScopeOf(view), Edit: grid.ScopeOf(edit)}
		}
		return nil
	})
	return err
}

func (s *Standing) scanOperator(rows pgx.Rows) error {
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err == nil && len(found) == 1 {
		s.Operator = found[0]
	}
	return err
}

// scanRoles reads a row for each cell of each role, and one for a role without
// any. To put the few into the place's order costs the database more than us.
func (s *Standing) scanRoles(rows pgx.Rows) error {
	var (
		r          Role
		area       string
		view, edit int16
	)
	_, err := pgx.ForEachRow(rows, []any{&r.ID, &r.until, &r.position, &r.NameFr, &r.NameEn, &r.Module, &r.SecondFactor, &area, &view, &edit}, func() error {
		at := slices.IndexFunc(s.Roles, func(known Role) bool { return known.ID == r.ID })
		if at < 0 {
			r.Grid = grid.Grid{}
			at, s.Roles = len(s.Roles), append(s.Roles, r)
		}
		if area != "" {
			s.Roles[at].Grid[grid.Area(area)] = grid.Cell{View: grid.Scope(view), Edit: grid.Scope(edit)}
		}
		return nil
	})
	slices.SortStableFunc(s.Roles, func(a, b Role) int { return cmp.Compare(a.position, b.position) })
	return err
}

// GridOf builds a grid from the columns of role_cell.
func GridOf(areas []string, views, edits []int16) grid.Grid {
	g := make(grid.Grid, len(areas))
	for i, area := range areas {
		g[grid.Area(area)] = grid.Cell{View: grid.Scope(views[i]), Edit: grid.Scope(edits[i])}
	}
	return g
}
