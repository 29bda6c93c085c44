package roles

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/tenants/kinds"
)

// Clock announces the planned end of roles, and notes it once it has come. Rights
// don't wait for it: they end at the very request. It acts in an office of its own,
// which may do nothing else.
type Clock struct {
	door *access.Door
	post post
}

// NewClock returns the clock of the places behind door, whose letters go to post.
func NewClock(door *access.Door, post post) *Clock { return &Clock{door, post} }

var needTick = access.Need{Act: "roles.expire", Also: access.Clock}

// warnings are how many days before the end of a role it is announced: to who
// holds it, and to who gave it. None is the end itself.
var warnings = []int{0, 1, 7}

// Tick does, in all places, what the time has made due: each letter and each line
// of the journal once, whatever stops in between, for what was done is marked in
// the same transaction.
func (c *Clock) Tick(ctx context.Context, now time.Time) error {
	rows, err := c.door.Identity().Query(ctx, `select identity.places_with_ends($1, $2)`, now, warnings)
	if err != nil {
		return fmt.Errorf("looking for planned ends: %w", err)
	}
	places, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return fmt.Errorf("looking for planned ends: %w", err)
	}
	var failed error // what fails in one place holds up no other
	for _, place := range places {
		failed = errors.Join(failed, c.door.Enter(ctx, access.Ticking(place), needTick, func(v *access.Visit) error { return c.tick(ctx, v) }))
	}
	return failed
}

// ending is a role held, or that was, whose end is near or has come.
type ending struct {
	ID             uuid.UUID // grant
	Since, Until   time.Time
	RoleFr, RoleEn string
	MustBeHeld     bool
	Told           []int32 // of the warnings
	Resource       uuid.UUID
	Account        uuid.UUID
	Name, Email    string
	Archived       bool
	By             *uuid.UUID // who gave it: resource, account and address, if it is someone of the place
	ByAccount      *uuid.UUID
	ByEmail        string
}

const readEndings = `
select g.id, g.since, g.until, r.name_fr role_fr, r.name_en role_en, r.min_holders > 0 must_be_held,
       array(select days from grant_notice where grant_id = g.id) told,
       p.id resource, p.account_id account, p.given || ' ' || p.family as name, p.email, p.state = 'archived' archived,
       b.id "by", b.account_id by_account, coalesce(b.email, '') by_email
  from role_grant g
 cross join lateral (select name_fr, name_en, min_holders from role where id = g.role_id offset 0) r
 cross join lateral (select id, account_id, given, family, email, state from resource where id = g.resource_id offset 0) p
  left join lateral (select id, account_id, email from resource where id = g.by_resource and state <> 'archived' offset 0) b on true
 where g.open and g.until < 'infinity' and g.until <= @soon
 order by g.until, g.id`

func (c *Clock) tick(ctx context.Context, v *access.Visit) error {
	v.Unchanged() // unless something is recorded
	rows, err := v.Query(ctx, readEndings, pgx.StrictNamedArgs{"soon": v.Now.AddDate(0, 0, warnings[len(warnings)-1])})
	if err != nil {
		return fmt.Errorf("reading planned ends: %w", err)
	}
	endings, err := pgx.CollectRows(rows, pgx.RowToStructByName[ending])
	if err != nil {
		return fmt.Errorf("reading planned ends: %w", err)
	}
	for _, e := range endings {
		days, due := e.due(v.Now)
		if !due {
			continue
		}
		if _, err := v.Exec(ctx, `insert into grant_notice (tenant_id, grant_id, days, at) values ($1, $2, $3, $4)`, v.Actor.Tenant(), e.ID, days, v.Now); err != nil {
			return fmt.Errorf("marking a planned end: %w", err)
		}
		do := c.warn
		if days == 0 {
			do = c.end
		}
		if err := do(ctx, v, e); err != nil {
			return err
		}
	}
	return nil
}

// due is which of the warnings is to be done, if one is: the nearest to the end.
// What was given for less time than that is not warned of so early, and what was
// done nearer to the end makes up for it.
func (e ending) due(now time.Time) (days int, due bool) {
	for _, days := range warnings {
		from := e.Until.AddDate(0, 0, -days)
		if now.Before(from) || from.Before(e.Since) {
			continue
		}
		done := slices.ContainsFunc(e.Told, func(told int32) bool { return int(told) <= days })
		return days, !done
	}
	return 0, false
}

func (e ending) role(locale string) string { return kinds.Text{Fr: e.RoleFr, En: e.RoleEn}.In(locale) }

func (e ending) record(v *access.Visit, act string) {
	v.Record(access.Entry{Act: act, TargetKind: "resource", Target: e.Resource, Label: e.Name,
		Before: map[string]any{"role": e.role(v.Tenant.Locale)}, After: map[string]any{"until": e.Until.Format(time.RFC3339)}})
}

// warn writes to who holds the role and to who gave it.
func (c *Clock) warn(ctx context.Context, v *access.Visit, e ending) error {
	if e.Archived {
		return nil
	}
	e.record(v, "roles.warn")
	until := e.Until.Format(time.RFC3339)
	if e.Email != "" {
		err := c.write(ctx, v, e.Account, mail.Letter{Template: mail.AccessEnding, Resource: e.Resource, Recipient: e.Email}, func(l i18n.Locale) map[string]string {
			return map[string]string{"role": e.role(string(l)), "until": until}
		})
		if err != nil {
			return err
		}
	}
	if e.By == nil || e.ByEmail == "" || *e.By == e.Resource {
		return nil
	}
	return c.write(ctx, v, *e.ByAccount, mail.Letter{Template: mail.AccessEndingOf, Resource: *e.By, Recipient: e.ByEmail}, func(l i18n.Locale) map[string]string {
		return map[string]string{"person": e.Name, "role": e.role(string(l)), "until": until, "resource": e.Resource.String()}
	})
}

func (c *Clock) write(ctx context.Context, v *access.Visit, account uuid.UUID, l mail.Letter, say func(i18n.Locale) map[string]string) error {
	locale, err := localeOf(ctx, v, account)
	if err != nil {
		return err
	}
	l.Locale, l.Params = locale, say(locale)
	_, err = c.post.Send(ctx, v, l)
	return err
}

// end closes what is over, and tells who held it. A role that someone must hold stays
// open until it is given again: it opens nothing any more.
func (c *Clock) end(ctx context.Context, v *access.Visit, e ending) error {
	e.record(v, "roles.expire")
	if e.Email != "" && !e.Archived {
		err := c.write(ctx, v, e.Account, mail.Letter{Template: mail.AccessEnded, Resource: e.Resource, Recipient: e.Email}, func(l i18n.Locale) map[string]string {
			return map[string]string{"role": e.role(string(l))}
		})
		if err != nil {
			return err
		}
	}
	if e.MustBeHeld {
		return nil
	}
	var b pgx.Batch
	b.Queue(`update role_grant set open = false where id = $1`, e.ID)
	b.Queue(bump, pgx.StrictNamedArgs{"resource": e.Resource, "lone": nil})
	if err := v.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("closing what has ended: %w", err)
	}
	return nil
}
