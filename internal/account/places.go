package account

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
)

// Membership is one's place among one's own: since when, and what one holds there.
type Membership struct {
	access.Place
	Standing *access.Standing // nil where the place asks for a second factor first
	Since    time.Time
	Grants   []Grant
	Written  Written
}

// Written is what a place has written of a person.
type Written struct {
	Family, Given string
	Function      string
	Phone         string
}

// Grant is a role that one holds.
type Grant struct {
	NameFr, NameEn string
	Since          time.Time
	Until          *time.Time // nil for no planned end
	ByKind         string     // person, support or console
	By             string     // the giver's name, where the place shows people to who asks
	ByOneself      bool
}

var needMember = access.Need{Member: true}

const (
	readWritten = `select created_at, family, given, function, phone from resource where account_id = @account`

	readGrants = `
select r.name_fr, r.name_en, g.since, nullif(g.until, 'infinity') as until, g.by_kind, coalesce(b.name, '') as by, g.by_resource is not distinct from g.resource_id as by_oneself
  from role_grant g
 cross join lateral (select name_fr, name_en, position from role where tenant_id = g.tenant_id and id = g.role_id offset 0) r
  left join lateral (select given || ' ' || family as name from resource where tenant_id = g.tenant_id and id = g.by_resource offset 0) b on true
 where g.resource_id = (select id from resource where account_id = @account) and g.open and g.until > @now
 order by r.position`
)

// Memberships are the open places of who is signed in, with the roles held there,
// since when and by whom they were given. It looks into each place: people have few.
func (s *Service) Memberships(ctx context.Context, who access.Signed) ([]Membership, error) {
	places, err := s.signin.Places(ctx, who)
	if err != nil {
		return nil, err
	}
	all := make([]Membership, len(places))
	for i, p := range places {
		all[i].Place = p
		if err := s.look(ctx, who, p.TenantID, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// look reads what a place says of who is signed in; nothing where it asks them for
// a second factor that they have not shown.
func (s *Service) look(ctx context.Context, who access.Signed, tenant uuid.UUID, m *Membership) error {
	who.Hat = uuid.Nil
	standing, err := s.door.Read(ctx, who.In(tenant), needMember, func(r *access.Reading) {
		args := pgx.StrictNamedArgs{"account": who.Account}
		r.Query(readWritten, args, func(rows pgx.Rows) error {
			_, err := pgx.ForEachRow(rows, []any{&m.Since, &m.Written.Family, &m.Written.Given, &m.Written.Function, &m.Written.Phone}, func() error { return nil })
			return err
		})
		access.All(r, &m.Grants, readGrants, pgx.StrictNamedArgs{"account": who.Account, "now": r.Now()})
	})
	if errors.Is(err, access.ErrFactor) {
		return nil
	}
	if err != nil {
		return err
	}
	m.Standing = standing
	if !access.ViewOf(access.People).Met(standing.Grid) {
		for i := range m.Grants {
			m.Grants[i].By = ""
		}
	}
	return nil
}
