package roles

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
	"habilis/internal/rights"
	"habilis/internal/tenants/kinds"
)

// drafting is all that is needed to judge a definition.
type drafting struct {
	*rights.Catalogue
	now     time.Time
	kind    kinds.Kind
	role    *rights.Role      // as it is; nil for a new one
	wanted  *rights.Role      // as it would be
	holders map[uuid.UUID]int // of each role
	crowds  []*crowd          // who holds the role
	editors []*crowd          // who else may come to edit the settings
	unready int               // holders without a second factor
	own     []ownGrant        // of who defines
}

// ownGrant is a role that the definer holds, and its planned end.
type ownGrant struct {
	role  uuid.UUID
	until *time.Time
}

const (
	readOwnGrants = `
select role_id, nullif(until, 'infinity') from role_grant
 where resource_id = (select id from resource where account_id = @account and state <> 'archived')
   and open and until > @now`

	countUnready = `
select count(*)
  from (select id from resource where state <> 'archived'
           and id = any (array(select resource_id from role_grant where role_id = @role and open and until > @now))) h
 cross join lateral (select 1 from presence where resource_id = h.id and second_factor = '' offset 0) p`
)

// askDrafting queues the reading of what a definition is judged by; role is zero
// for a new one.
func askDrafting(q rights.Asker, now time.Time, role, account uuid.UUID) *drafting {
	d := &drafting{now: now, Catalogue: rights.AskCatalogue(q, now)}
	d.holders = rights.AskHolders(q, now, 0)
	q.Query(readOwnGrants, pgx.StrictNamedArgs{"account": account, "now": now}, d.scanOwn)
	if role == uuid.Nil {
		return d
	}
	askCrowds(q, d.Catalogue, now, role, &d.crowds, &d.editors)
	q.Query(countUnready, pgx.StrictNamedArgs{"role": role, "now": now}, func(rows pgx.Rows) (err error) {
		d.unready, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
		return err
	})
	return d
}

func (d *drafting) scanOwn(rows pgx.Rows) error {
	var g ownGrant
	_, err := pgx.ForEachRow(rows, []any{&g.role, &g.until}, func() error {
		d.own = append(d.own, g)
		return nil
	})
	return err
}

// draft is what a definition makes of a role of a place of some kind, once all was read.
func (d *drafting) draft(kind kinds.Kind, role uuid.UUID, wanted Definition) error {
	if d.role = d.Role(role); d.role == nil && role != uuid.Nil {
		return fault.NotFound("roles.absent")
	}
	d.kind, d.wanted = kind, wanted.tidy(d.Catalogue).role(d.role)
	return nil
}

// clauses are the rules of defining, in the order in which they are looked at. The
// first that says something is heard, with all that it has to say at once.
var clauses = []func(*drafting, giver, *access.Standing) fault.Faults{
	(*drafting).open, (*drafting).wellFormed, (*drafting).notReserved, (*drafting).notOwnGrid,
	(*drafting).notShared, (*drafting).keepsEditor,
}

// judge says why the definition may not be, or nothing. It is the one place where
// the rules of defining roles are asked.
func (d *drafting) judge(by giver, s *access.Standing) fault.Faults {
	for _, clause := range clauses {
		if faults := clause(d, by, s); len(faults) > 0 {
			return faults
		}
	}
	return nil
}

// open refuses what nobody of the place defines: a role that support alone gives,
// and one that was retired.
func (d *drafting) open(by giver, _ *access.Standing) fault.Faults {
	if refused := d.closed(by); refused != nil {
		return fault.Faults{refused}
	}
	return nil
}

func (d *drafting) wellFormed(by giver, _ *access.Standing) fault.Faults {
	return DefinitionOf(d.wanted).check(d.Catalogue, d.kind, d.role, by)
}

// notReserved refuses what support alone gives, under whatever name.
func (d *drafting) notReserved(by giver, _ *access.Standing) fault.Faults {
	if !by.bound() {
		return nil
	}
	var faults fault.Faults
	for _, ch := range d.Catalogue.Reserved(d.wanted.Grid) {
		faults = append(faults, fault.Forbidden("roles.reserved").On(CellField(ch.Area, ch.Direction)))
	}
	return faults
}

// notOwnGrid refuses a definition that widens what its author may do, now or once
// roles of theirs that have a planned end are over.
func (d *drafting) notOwnGrid(by giver, s *access.Standing) fault.Faults {
	if !by.bound() {
		return nil
	}
	instants := []time.Time{d.now}
	for _, g := range d.own {
		if g.until != nil {
			instants = append(instants, *g.until)
		}
	}
	for _, at := range instants {
		held := d.ownAt(at)
		before, after := effective(d.Catalogue, held, s.Overrides, nil), effective(d.Catalogue, held, s.Overrides, d.wanted)
		if !before.Covers(after) {
			return fault.Faults{fault.Forbidden("roles.own_rights")}
		}
	}
	return nil
}

// ownAt are the roles that the author still holds at an instant to come.
func (d *drafting) ownAt(at time.Time) []*rights.Role {
	var held []*rights.Role
	for _, g := range d.own {
		if g.until == nil || g.until.After(at) {
			held = append(held, d.Role(g.role))
		}
	}
	return held
}

// notShared refuses to make a role exclusive whose holders have others, and names
// some: archived people too, since their roles come back with them.
func (d *drafting) notShared(_ giver, _ *access.Standing) fault.Faults {
	if d.role == nil || !d.wanted.Exclusive || d.role.Exclusive {
		return nil
	}
	count, names := 0, []Member{}
	for _, w := range d.crowds {
		if len(w.roles) > 1 {
			count += w.people
			names = append(names, w.first...)
		}
	}
	if count == 0 {
		return nil
	}
	return fault.Faults{fault.Conflict("roles.exclusive_shared", "Count", count, "People", someNames(names)).On("exclusive")}
}

// someNames are the first five of some people by name, in the list's order.
func someNames(people []Member) string {
	order := i18n.For("fr-CA")
	slices.SortFunc(people, func(a, b Member) int { return inOrder(order, a, b) })
	var names []string
	for _, m := range people[:min(len(people), 5)] {
		names = append(names, m.Name())
	}
	return strings.Join(names, ", ")
}

// keepsEditor refuses to leave the place without anyone who may edit its
// settings, or with one who is less to be counted on than there was.
func (d *drafting) keepsEditor(_ giver, _ *access.Standing) fault.Faults {
	var was, becomes tenure
	for _, w := range d.editors {
		was = max(was, w.tenure(d.Catalogue, nil))
	}
	becomes = was
	for _, w := range d.crowds {
		was = max(was, w.tenure(d.Catalogue, nil))
		becomes = max(becomes, w.tenure(d.Catalogue, d.wanted))
	}
	if was <= becomes {
		return nil
	}
	return fault.Faults{fault.Conflict("roles.last_editor")}
}
