package roles

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/rights"
)

// Sent is what the form of a change carries beside the change.
type Sent struct {
	Version    int         // of the person, when the form was filled
	Submission uuid.UUID   // the same for a form that is sent twice
	Ends       []uuid.UUID // grants that an exclusive role would end, as they were shown
}

// Done is a change that was made.
type Done struct {
	Person *Person
	Given  []*rights.Role // in the place's order
	Ended  []*rights.Role // in the place's order
	Until  *time.Time     // the planned end of those given that have one
	cells  map[string]any // set by hand, for someone new
	weighs bool           // it asks who is there
}

// Facts adds to what the journal says of someone new, in a locale, the role that
// they were given and the cells that were set for them by hand.
func (d *Done) Facts(locale string, known map[string]any) map[string]any {
	maps.Copy(known, d.cells)
	if names := d.Names(locale); len(names) > 0 {
		known["role"] = strings.Join(names, ", ")
	}
	return known
}

// Names are the names of the roles given, in a locale.
func (d *Done) Names(locale string) []string {
	names := make([]string, len(d.Given))
	for i, role := range d.Given {
		names[i] = role.Name.In(locale)
	}
	return names
}

// Apply changes a person's roles, and tells them by mail; what is set by hand is
// left to [Service.SetHands]. A form begun from an older state is a conflict, as is a list of ends that is no longer what would
// end; then nothing is changed. A form sent twice is answered twice, though what
// an exclusive role ended besides is told the first time alone.
func (s *Service) Apply(ctx context.Context, a access.Actor, resource uuid.UUID, c Change, sent Sent) (*Done, error) {
	var done *Done
	c.Hands = nil
	err := s.door.Enter(ctx, a, NeedChange, func(v *access.Visit) error {
		_, first, err := v.Once(ctx, sent.Submission, resource.String())
		if err != nil {
			return err
		}
		d, err := openDesk(ctx, v, resource)
		if err != nil {
			return err
		}
		if !first {
			v.Unchanged()
			done, err = d.doneBefore(ctx, v, c)
			return err
		}
		if d.person.Version != sent.Version {
			return fault.Conflict("roles.stale")
		}
		r, err := d.judge(giverOf(a.Office(), v.Standing), c)
		switch {
		case err != nil:
			return err
		case r.refused != nil:
			return r.refused
		case !r.confirmed(sent.Ends):
			return fault.Conflict("roles.confirm_ends")
		}
		if err := c.notTooOften(ctx, v, resource); err != nil {
			return err
		}
		if err := d.prove(v, r); err != nil {
			return err
		}
		kind, by := v.By()
		if err := d.carryOut(ctx, v, r, rights.By{Kind: kind, Resource: by}); err != nil {
			return err
		}
		d.record(v, c.act(), r, "")
		done = &Done{Person: d.person, Given: r.gives, Ended: d.ended(r), Until: r.ending(v.Now)}
		return s.tell(ctx, v, d, r)
	})
	return done, err
}

// ended are the roles that a change ends.
func (d *desk) ended(r *ruling) []*rights.Role {
	var ended []*rights.Role
	for _, held := range r.forecast.Ends {
		ended = append(ended, d.Role(uuid.UUID(held.ID)))
	}
	return ended
}

// doneBefore is a change whose form was sent already.
func (d *desk) doneBefore(ctx context.Context, v *access.Visit, c Change) (*Done, error) {
	done := &Done{Person: d.person}
	for _, id := range c.Give {
		role := d.Role(id)
		if role == nil {
			return nil, fault.NotFound("roles.absent")
		}
		done.Given = append(done.Given, role)
	}
	for _, grant := range c.End {
		var ended uuid.UUID
		err := v.QueryRow(ctx, `select role_id from role_grant where id = $1 and resource_id = $2`, grant, d.person.ID).Scan(&ended)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return nil, fault.Conflict("roles.ended")
		case err != nil:
			return nil, fmt.Errorf("reading an ended role: %w", err)
		}
		done.Ended = append(done.Ended, d.Role(ended))
	}
	return done, nil
}

// notTooOften keeps someone from being written to at each turn of roles given and
// ended, sixty times an hour. Ending one is never held up.
func (c Change) notTooOften(ctx context.Context, v *access.Visit, resource uuid.UUID) error {
	if len(c.Give) == 0 {
		return nil
	}
	ok, err := v.Spend(ctx, turns(resource.String()))
	if err == nil && !ok {
		return fault.Busy("roles.give_busy")
	}
	return err
}

// turns is how often what someone may do is changed within an hour: each time they
// are written to.
func turns(resource string) access.Limit {
	return access.Limit{Key: "give:" + resource, Free: 60, Base: 60, Most: 3600}
}

// act is the change's name in the journal.
func (c Change) act() string {
	switch {
	case len(c.End) == 0:
		return "roles.give"
	case len(c.Give) == 0:
		return "roles.end"
	}
	return "roles.replace"
}

// confirmed reports whether exactly what would end was seen.
func (r *ruling) confirmed(seen []uuid.UUID) bool {
	for _, g := range r.ends {
		if !slices.Contains(seen, g.ID) {
			return false
		}
	}
	return len(seen) == len(r.ends)
}

const (
	// A grant past its planned end stays open until another needs its room.
	closeExpired = `
update role_grant set open = false where resource_id = @resource and open and until <= @now`

	closeGrant = `
update role_grant set open = false, until = greatest(@now, since), ended_kind = @kind, ended_resource = @by
 where id = any (@ids)`

	bump = `
update resource set version = version + 1, lone = coalesce(@lone, lone) where id = @resource`

	insertGrant = `
insert into role_grant (tenant_id, id, resource_id, role_id, exclusive, since, until, by_kind, by_resource)
values (@tenant, @id, @resource, @role, @exclusive, @now, coalesce(@until, timestamptz 'infinity'), @kind, @by)`
)

// carryOut writes a change that was not refused.
func (d *desk) carryOut(ctx context.Context, v *access.Visit, r *ruling, by rights.By) error {
	var b pgx.Batch
	d.queue(&b, v, r, by)
	if err := v.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("changing roles: %w", err)
	}
	return nil
}

// queue adds a change that was not refused to what is to be written.
func (d *desk) queue(b *pgx.Batch, v *access.Visit, r *ruling, by rights.By) {
	var lone *bool
	if len(r.gives) > 0 {
		alone := r.exclusive() != nil
		lone = &alone
		b.Queue(closeExpired, pgx.StrictNamedArgs{"resource": d.person.ID, "now": v.Now})
	}
	if len(r.forecast.Ends) > 0 {
		var ids []uuid.UUID
		for _, held := range r.forecast.Ends {
			ids = append(ids, d.GrantOf(uuid.UUID(held.ID)).ID)
		}
		b.Queue(closeGrant, pgx.StrictNamedArgs{"ids": ids, "now": v.Now, "kind": by.Kind, "by": by.Resource})
	}
	b.Queue(bump, pgx.StrictNamedArgs{"resource": d.person.ID, "lone": lone})
	for _, role := range r.gives {
		b.Queue(insertGrant, pgx.StrictNamedArgs{
			"tenant": v.Actor.Tenant(), "id": access.NewID(), "resource": d.person.ID, "role": role.ID,
			"exclusive": role.Exclusive, "now": v.Now, "until": r.until(role, v.Now), "kind": by.Kind, "by": by.Resource})
	}
	d.queueHands(b, v, r, by)
}

// after are the roles held once the change is done, in the place's order.
func (d *desk) after(r *ruling) []rights.Grant {
	var after []rights.Grant
	for _, role := range d.Roles {
		if !r.forecast.Facts.Holds(role.Calculus().ID) {
			continue
		}
		if g := d.GrantOf(role.ID); g != nil {
			after = append(after, *g)
		} else {
			after = append(after, rights.Grant{Role: role})
		}
	}
	return after
}

// record notes the change, with the roles held before and after it.
func (d *desk) record(v *access.Visit, act string, r *ruling, reason string) {
	locale := v.Tenant.Locale
	v.Record(access.Entry{
		Act: act, TargetKind: "resource", Target: d.person.ID, Label: d.person.Name(), Reason: reason,
		Before: map[string]any{"roles": roleNames(d.Grants, locale)},
		After:  map[string]any{"roles": roleNames(d.after(r), locale)},
	})
}

// tell writes to the person what changed.
func (s *Service) tell(ctx context.Context, v *access.Visit, d *desk, r *ruling) error {
	if d.person.Email == "" {
		return nil
	}
	locale, err := localeOf(ctx, v, d.person.Account)
	if err != nil {
		return err
	}
	params := map[string]string{"by": ByName(v, locale)}
	if len(r.gives) > 0 {
		params["given"] = strings.Join((&Done{Given: r.gives}).Names(string(locale)), "\n")
	}
	if end := r.ending(v.Now); end != nil {
		params["until"] = end.Format(time.RFC3339)
	}
	var ended []rights.Grant
	for _, held := range r.forecast.Ends {
		ended = append(ended, *d.GrantOf(uuid.UUID(held.ID)))
	}
	if len(ended) > 0 {
		params["ended"] = strings.Join(roleNames(ended, string(locale)), "\n")
	}
	_, err = s.post.Send(ctx, v, mail.Letter{
		Template: mail.RoleChanged, Resource: d.person.ID, Recipient: d.person.Email, Locale: locale, Params: params})
	return err
}

// localeOf is the language of an account.
func localeOf(ctx context.Context, v *access.Visit, account uuid.UUID) (i18n.Locale, error) {
	var locale i18n.Locale
	if err := v.QueryRow(ctx, `select locale from identity.account_get($1)`, account).Scan(&locale); err != nil {
		return "", fmt.Errorf("reading a person's language: %w", err)
	}
	return locale, nil
}

// ByName is who acts, as a letter says it.
func ByName(v *access.Visit, locale i18n.Locale) string {
	if v.Actor.Office() == access.Person {
		return v.Resource.Given + " " + v.Resource.Family
	}
	return i18n.For(locale).T("roles.by_support")
}
