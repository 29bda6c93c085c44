package access

import (
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
	Charter       *Charter  // of the place; nil in an office, but for a guest
	Resource      *Resource // nil for who is not, or no longer, of the place
	Roles         []*Role   // held now, in the place's order
	Hat           uuid.UUID // the role acted in; zero when all are
	Grid          grid.Grid // effective, under the hat
	Overrides     map[grid.Area]grid.Override
	admits        grid.Catalogue // of the areas that have an override
	FactorAsked   Factor         // the second factor that the place asks of the person
	FactorMissing bool           // the session has shown less
	Operator      string         // the name of an operator of support, else empty
	Stay          *Stay          // of a guest; nil for who has none, or none any more
	Places        []Place        // the account's others; read for pages alone
	Now           time.Time
	edition       uuid.UUID // of the place
	held          []holding
}

// holding is a role's being held by who stands there.
type holding struct {
	role  uuid.UUID
	until *time.Time // when that is to end, nil if it isn't planned
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
	for _, h := range s.held {
		switch {
		case s.Hat != uuid.Nil && h.role != s.Hat:
		case h.until == nil:
			return time.Time{}, false
		case h.until.After(last):
			last = *h.until
		}
	}
	return last, !last.IsZero()
}

// settle draws the conclusions once all is read and the time is known. A hat that
// is no longer held falls back to the roles that are.
func (s *Standing) settle(a Actor) {
	s.held = slices.DeleteFunc(s.held, func(h holding) bool { return h.until != nil && !h.until.After(s.Now) })
	for _, h := range s.held {
		s.Roles = append(s.Roles, s.Charter.Role(h.role))
	}
	slices.SortFunc(s.Roles, inOrder)
	if slices.ContainsFunc(s.Roles, func(r *Role) bool { return r.ID == a.hat }) {
		s.Hat = a.hat
	}
	if s.Grid = s.under(s.Hat); a.office == Guest {
		s.Grid = shown()
	}
	s.FactorAsked = s.asksForFactor()
	if a.waiver.Owed {
		s.FactorAsked = max(s.FactorAsked, AnyFactor)
	}
	s.FactorMissing = max(a.factor, a.waiver.shown(s.Now, s.Tenant.RememberDays)) < s.FactorAsked
}

// asksForFactor is the second factor that the place asks of the person: what was
// set for them, and what the place asks of its people. Where it asks by roles, the
// right to change anything in the portal is asked for one too, whether it comes from a
// role or was set by hand, and whatever the hat: a strong one where the settings can
// be changed, since whoever may do that may do all.
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
func (s *Standing) FactorRoles() []*Role {
	var asking []*Role
	for _, r := range s.Roles {
		if s.FactorAsked > NoFactor && r.asksForFactor() == s.FactorAsked && s.Tenant.SecondFactor != "none" {
			asking = append(asking, r)
		}
	}
	return asking
}

func (r *Role) asksForFactor() Factor { return max(FactorNamed(r.SecondFactor), asksForFactor(r.Grid)) }

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
	readTenant = `
select tenant_id, number, kind, name, locale, time_zone, support, state, coalesce(policies->>'second_factor', 'roles'),
       coalesce((policies->>'remember_days')::int, 0), coalesce(policies->>'first_access', ''), edition
  from tenant`

	// A row for each role of the person and each cell set by hand, and one for who has
	// neither. An open fact holds, whatever the clock of who reads: it is never dated into
	// the future. Only a planned end is, and settle judges it. Lateral with offset 0: see
	// "generic plans under RLS" in docs/data-model.md.
	readPerson = `
select t.tenant_id, t.number, t.kind, t.name, t.locale, t.time_zone, t.support, t.state, coalesce(t.policies->>'second_factor', 'roles'),
       coalesce((t.policies->>'remember_days')::int, 0), coalesce(t.policies->>'first_access', ''), t.edition,
       p.id, coalesce(p.family, ''), coalesce(p.given, ''), coalesce(p.state, ''), coalesce(p.factor_asked, ''),
       f.role_id, nullif(f.until, 'infinity'), coalesce(f.area, ''), f.view, f.edit, coalesce(f.view_ok, 0), coalesce(f.edit_ok, 0)
  from tenant t
  left join lateral (select id, family, given, state, factor_asked from resource where account_id = @account offset 0) p on true
  left join lateral (
    select role_id, until, null::text area, null::smallint view, null::smallint edit, null::smallint view_ok, null::smallint edit_ok
      from role_grant where resource_id = p.id and open
     union all
    select null, null, area, view, edit, view_ok, edit_ok from override where resource_id = p.id and open offset 0) f on true`

	readPlaces   = `select * from identity.other_places(@account, @tenant, @now)`
	readOperator = `select given || ' ' || family from identity.account_get(@account) where operator`
)

// queue asks for the standing of an account, and for the place's charter if none is
// known; it is settled once that is read.
func (d *Door) queue(b *pgx.Batch, s *Standing, a Actor) {
	switch a.office {
	case Person:
		queue(b, readPerson, pgx.StrictNamedArgs{"account": a.account}).Query(s.scanPerson)
	case Guest:
		b.Queue(readTenant).Query(s.scanTenant)
		s.queueStay(b, a)
	case Support:
		queue(b, readOperator, pgx.StrictNamedArgs{"account": a.account}).Query(s.scanOperator)
		fallthrough
	default:
		b.Queue(readTenant).Query(s.scanTenant)
		return
	}
	if s.Charter = d.charters.Recall(a.tenant); s.Charter == nil {
		d.queueCharter(b, s, a.tenant)
	}
}

func (t *Tenant) columns() []any {
	return []any{&t.ID, &t.Number, &t.Kind, &t.Name, &t.Locale, &t.TimeZone, &t.Support, &t.State, &t.SecondFactor, &t.RememberDays, &t.FirstAccess}
}

func (s *Standing) scanTenant(rows pgx.Rows) error {
	_, err := pgx.ForEachRow(rows, append(s.Tenant.columns(), &s.edition), func() error { return nil })
	return err
}

func (s *Standing) scanPerson(rows pgx.Rows) error {
	var (
		id           pgtype.UUID
		found        Resource
		asked        string
		role         pgtype.UUID
		until        *time.Time
		row          grid.Row
		view, edit   *int16
		views, edits int16
	)
	s.Overrides = map[grid.Area]grid.Override{}
	columns := append(s.Tenant.columns(), &s.edition, &id, &found.Family, &found.Given, &found.State, &asked,
		&role, &until, &row.Area, &view, &edit, &views, &edits)
	_, err := pgx.ForEachRow(rows, columns, func() error {
		if id.Valid && found.State != archived {
			found.ID, found.FactorAsked = id.Bytes, FactorNamed(asked)
			s.Resource = &found
		}
		if role.Valid {
			s.held = append(s.held, holding{role.Bytes, until})
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

// GridOf builds a grid from the columns of role_cell.
func GridOf(areas []string, views, edits []int16) grid.Grid {
	g := make(grid.Grid, len(areas))
	for i, area := range areas {
		g[grid.Area(area)] = grid.Cell{View: grid.Scope(views[i]), Edit: grid.Scope(edits[i])}
	}
	return g
}
