package roles

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/rights"
	"habilis/internal/tenants/kinds"
)

// Choice is a role that one may choose, or see why not.
type Choice struct {
	*rights.Role
	Held      bool
	Refused   *fault.Fault // nil: this actor may give it to this person now
	Excess    grid.Changes // for roles.excess: what the actor lacks
	MayAsk    bool         // support alone gives it, and it can be asked for
	Requested bool         // it was asked for, and support has not answered
	Givers    []Giver      // for roles.not_giver: who could
}

// Giver is a role whose holders may give, and some of them.
type Giver struct {
	Role   kinds.Text
	People []string
}

// choices are the roles in use, each judged for the person.
func (d *desk) choices(by giver, replacing []uuid.UUID) ([]Choice, error) {
	var choices []Choice
	for _, role := range d.Roles {
		if role.Retired {
			continue
		}
		r, err := d.judge(by, Change{Give: []uuid.UUID{role.ID}, End: replacing})
		if err != nil {
			return nil, err
		}
		c := Choice{Role: role, Held: d.GrantOf(role.ID) != nil, Refused: r.refused, Excess: r.excess, Requested: d.asked(role)}
		c.MayAsk = role.SupportAlone() && !c.Held && !c.Requested && d.person != nil && !d.person.Archived()
		choices = append(choices, c)
	}
	return choices, nil
}

// ChoicesPage is the window in which a role is chosen for a person.
type ChoicesPage struct {
	*access.Standing
	Person   *Person
	Replaced *rights.Grant // the role to be put another in place of; nil to add one
	Areas    []rights.Area
	Choices  []Choice
	Preview  *Preview // of the role chosen; nil while none is
}

// Choices reads the window in which a role is chosen: one to add, or one in
// place of the grant that c.End names. With c.Give it shows what that would do.
func (s *Service) Choices(ctx context.Context, a access.Actor, resource uuid.UUID, c Change) (*ChoicesPage, error) {
	var d *desk
	people := map[uuid.UUID][]string{}
	standing, err := s.door.Read(ctx, a, NeedChange, func(r *access.Reading) {
		d = newDesk(r, r.Now(), resource)
		askGivers(r, people)
	})
	page := &ChoicesPage{Standing: standing}
	if err != nil {
		return page, err
	}
	by := giverOf(a.Office(), standing)
	page.Person, page.Areas = d.person, d.Areas
	if page.Choices, err = d.choices(by, c.End); err != nil {
		return page, err
	}
	d.nameGivers(page.Choices, people)
	for i := range d.Grants {
		if slices.Contains(c.End, d.Grants[i].ID) {
			page.Replaced = &d.Grants[i]
		}
	}
	if len(c.Give) > 0 {
		page.Preview, err = d.preview(by, c)
	}
	return page, err
}

const readGiverPeople = `
select r.id, p.name
  from role r
 cross join lateral (
   select p.name
     from role_grant g
    cross join lateral (select given || ' ' || family as name, state from resource
                         where tenant_id = g.tenant_id and id = g.resource_id offset 0) p
    where g.tenant_id = r.tenant_id and g.role_id = r.id and g.open and g.until > @now
      and p.state <> 'archived'
    limit 3) p
 where r.id = any (array(select giver_id from role_giver))`

// askGivers queues the reading of a few holders of each role that gives others.
func askGivers(r *access.Reading, people map[uuid.UUID][]string) {
	r.Query(readGiverPeople, pgx.StrictNamedArgs{"now": r.Now()}, func(rows pgx.Rows) error {
		var role uuid.UUID
		var name string
		_, err := pgx.ForEachRow(rows, []any{&role, &name}, func() error {
			people[role] = append(people[role], name)
			return nil
		})
		return err
	})
}

func (d *desk) nameGivers(choices []Choice, people map[uuid.UUID][]string) {
	for i := range choices {
		c := &choices[i]
		if c.Refused == nil || c.Refused.Key != "roles.not_giver" {
			continue
		}
		for _, id := range c.GivenBy {
			c.Givers = append(c.Givers, Giver{d.Role(id).Name, people[id]})
		}
	}
}
