package roles

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/rights"
)

// Refused is a request that support refused, where it is the last one for its role.
type Refused struct {
	Role   *rights.Role
	Reason string
	At     time.Time
	By     string // who asked
}

// readRefused reads what is worth saying for a quarter of a year, or until the role is
// asked for again.
const readRefused = `
select q.role_id, q.reason, q.answered_at, b.name
  from (select distinct on (role_id) role_id, reason, answered_at, state, requested_by, tenant_id
          from request where resource_id = @resource order by role_id, created_at desc) q
 cross join lateral (select given || ' ' || family as name from resource
                      where tenant_id = q.tenant_id and id = q.requested_by offset 0) b
 where q.state = 'refused' and q.answered_at > @now::timestamptz - interval '90 days'
 order by q.answered_at desc`

// refusedRow is a Refused as the database gives it.
type refusedRow struct {
	Role   uuid.UUID `db:"role_id"`
	Reason string
	At     time.Time `db:"answered_at"`
	By     string    `db:"name"`
}

// refusals are those of roles that the person has not got since.
func (d *desk) refusals(rows []refusedRow) []Refused {
	var all []Refused
	for _, r := range rows {
		if role := d.Role(r.Role); role != nil && d.GrantOf(role.ID) == nil {
			all = append(all, Refused{role, r.Reason, r.At, r.By})
		}
	}
	return all
}

// WithdrawRequest takes back a request for a role of someone that support has not
// answered. Whoever could have asked may.
func (s *Service) WithdrawRequest(ctx context.Context, a access.Actor, resource, request uuid.UUID) error {
	return s.door.Enter(ctx, a, NeedWithdrawRequest, func(v *access.Visit) error {
		q, err := findAsked(ctx, v, request)
		if err != nil {
			return err
		}
		if q.ResourceID != resource {
			return fault.NotFound("roles.no_request")
		}
		d, err := openDesk(ctx, v, q.ResourceID)
		if err != nil {
			return err
		}
		_, err = v.Exec(ctx, `update request set state = 'withdrawn', answered_at = @now where id = @id`, pgx.StrictNamedArgs{"id": request, "now": v.Now})
		if err != nil {
			return fmt.Errorf("withdrawing a request: %w", err)
		}
		v.Record(access.Entry{TargetKind: "resource", Target: q.ResourceID, Label: d.person.Name(),
			Before: map[string]any{"role": d.Role(q.RoleID).Name.In(v.Tenant.Locale)}})
		return nil
	})
}
