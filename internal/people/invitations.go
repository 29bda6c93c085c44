package people

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/roles"
	"habilis/internal/tenants/kinds"
)

// InvitationState is what became of an invitation.
type InvitationState string

// The states of an invitation.
const (
	Awaited   InvitationState = "pending"
	Expired   InvitationState = "expired"
	Accepted  InvitationState = "accepted"
	Declined  InvitationState = "declined"
	Withdrawn InvitationState = "withdrawn"
)

// InvitationStates are what the list can be asked for, besides all of them ("").
func InvitationStates() []InvitationState {
	return []InvitationState{Awaited, Expired, Accepted, Declined, Withdrawn}
}

// Invitation is an invitation in the list of the place.
type Invitation struct {
	ID         uuid.UUID
	Email      string
	Role       kinds.Text
	State      InvitationState
	By         string
	CreatedAt  time.Time
	ExpiresAt  time.Time
	AnsweredAt *time.Time
	Mail       *Sending // of the last letter
	Version    int
}

// InvitationFilter says which invitations to list.
type InvitationFilter struct {
	State  InvitationState // "" is all
	Cursor string          // InvitationsPage.Next; "" is the first page
}

// InvitationsPage is a page of the place's invitations, newest first.
type InvitationsPage struct {
	*access.Standing
	Filter InvitationFilter // as understood
	Rows   []Invitation
	Next   string // "" at the end
}

// stateNow is the state that people are told. One that gave way to a newer one
// after it had expired, has expired.
const stateNow = `
case when state = 'pending' and expires_at <= @now or state = 'withdrawn' and answered_at = expires_at then 'expired' else state end`

// invitedRoles are the roles of the invitation i, and their names in the place's order.
const invitedRoles = `select array_agg(id order by position) ids, string_agg(name_fr, ', ' order by position) name_fr,
                            string_agg(name_en, ', ' order by position) name_en
                       from role
                      where id = any (array(select i.role_id union all select role_id from invitation_role where invitation_id = i.id)) offset 0`

const listInvitations = `
select i.id, i.email, r.name_fr role_fr, r.name_en role_en, i.state, b.name "by", i.created_at, i.expires_at, i.answered_at, i.version,
       m.state mail_state, m.answer mail_answer, m.changed_at mail_at
  from (select id, email, role_id, ` + stateNow + ` state, invited_by, created_at, expires_at, answered_at, mail_id, version from invitation
         where (@state = '' or ` + stateNow + ` = @state)
           and (@before::timestamptz is null or created_at <= @before and (created_at < @before or id > @after))
         order by created_at desc, id limit @limit) i
 cross join lateral (` + invitedRoles + `) r
 cross join lateral (select given || ' ' || family as name from resource where id = i.invited_by offset 0) b
  left join lateral (select state, answer, changed_at from mail where id = i.mail_id offset 0) m on true
 order by i.created_at desc, i.id`

type invitationRow struct {
	ID             uuid.UUID
	Email          string
	RoleFr, RoleEn string
	State          InvitationState
	By             string
	CreatedAt      time.Time
	ExpiresAt      time.Time
	AnsweredAt     *time.Time
	Version        int
	MailState      *string
	MailAnswer     *string
	MailAt         *time.Time
}

// Invitations returns a page of the place's invitations.
func (s *Service) Invitations(ctx context.Context, a access.Actor, f InvitationFilter) (*InvitationsPage, error) {
	if !slices.Contains(InvitationStates(), f.State) {
		f.State = ""
	}
	before, after := invitationCursor(f.Cursor)
	var listed []invitationRow
	standing, err := s.door.Read(ctx, a, NeedInvitations, func(r *access.Reading) {
		access.All(r, &listed, listInvitations, pgx.StrictNamedArgs{
			"now": r.Now(), "state": string(f.State), "before": before, "after": after, "limit": PageSize + 1})
	})
	page := &InvitationsPage{Standing: standing, Filter: f}
	if len(listed) > PageSize {
		listed = listed[:PageSize]
		last := listed[PageSize-1]
		page.Next = base64.RawURLEncoding.EncodeToString([]byte(last.CreatedAt.Format(time.RFC3339Nano) + " " + last.ID.String()))
	}
	for _, l := range listed {
		page.Rows = append(page.Rows, l.invitation())
	}
	return page, err
}

// invitationCursor is the row that a page begins after; nil when it can't be read.
func invitationCursor(text string) (at *time.Time, id uuid.UUID) {
	plain, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(plain) < 40 || len(plain) > 100 {
		return nil, id
	}
	split := len(plain) - 37
	when, err := time.Parse(time.RFC3339Nano, string(plain[:split]))
	id, wrong := uuid.Parse(string(plain[split+1:]))
	if err != nil || wrong != nil || when.Year() < 1970 {
		return nil, uuid.Nil
	}
	return &when, id
}

func (l invitationRow) invitation() Invitation {
	i := Invitation{ID: l.ID, Email: l.Email, Role: kinds.Text{Fr: l.RoleFr, En: l.RoleEn}, State: l.State, By: l.By,
		CreatedAt: l.CreatedAt, ExpiresAt: l.ExpiresAt, AnsweredAt: l.AnsweredAt, Version: l.Version}
	if l.MailState != nil {
		i.Mail = &Sending{*l.MailState, *l.MailAnswer, *l.MailAt}
	}
	return i
}

// invitation is an invitation within an act.
type invitation struct {
	ID             uuid.UUID
	Email          string
	EmailKey       string
	Roles          []uuid.UUID
	RoleFr, RoleEn string // their names
	State          InvitationState
	Open           bool // neither answered nor taken back nor replaced, expired or not
	InvitedBy      uuid.UUID
	ExpiresAt      time.Time
	Version        int
}

func (i invitation) role(locale string) string {
	return kinds.Text{Fr: i.RoleFr, En: i.RoleEn}.In(locale)
}

func (i invitation) record(v *access.Visit, after map[string]any) {
	v.Record(access.Entry{TargetKind: "invitation", Target: i.ID, Label: i.Email, After: after})
}

const findInvitation = `
select i.id, i.email, i.email_key, r.ids roles, r.name_fr role_fr, r.name_en role_en, ` + stateNow + ` state, state = 'pending' "open", i.invited_by, i.expires_at, i.version
  from invitation i
 cross join lateral (` + invitedRoles + `) r
 where i.id = @id`

func findInvited(ctx context.Context, v *access.Visit, id uuid.UUID) (invitation, error) {
	rows, err := v.Query(ctx, findInvitation, pgx.StrictNamedArgs{"id": id, "now": v.Now})
	if err != nil {
		return invitation{}, fmt.Errorf("reading an invitation: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[invitation])
	if err != nil {
		return invitation{}, fmt.Errorf("reading an invitation: %w", err)
	}
	if len(all) == 0 {
		return invitation{}, errNotInvited()
	}
	return all[0], nil
}

// errNotInvited is the answer to an invitation that is not there, or not for
// this person.
func errNotInvited() error { return fault.NotFound("invitations.absent") }

const readInvitationCells = `
select coalesce(array_agg(area), '{}'), coalesce(array_agg(view), '{}'), coalesce(array_agg(edit), '{}')
  from invitation_cell where invitation_id = $1`

// handsOf are the cells that come with an invitation by hand.
func handsOf(ctx context.Context, v *access.Visit, invitation uuid.UUID) (roles.Hands, error) {
	var areas []string
	var views, edits []*int16
	if err := v.QueryRow(ctx, readInvitationCells, invitation).Scan(&areas, &views, &edits); err != nil {
		return nil, fmt.Errorf("reading an invitation's cells: %w", err)
	}
	return roles.HandsOf(areas, views, edits), nil
}

// settled says that an invitation was answered or is over; it is nil while an
// answer is awaited.
func (s InvitationState) settled() *fault.Fault {
	switch s {
	case Expired:
		return fault.Conflict("invitations.expired")
	case Accepted:
		return fault.Conflict("invitations.accepted")
	case Declined:
		return fault.Conflict("invitations.declined")
	case Withdrawn:
		return fault.Conflict("invitations.withdrawn")
	}
	return nil
}

const (
	renew  = `update invitation set expires_at = @expires, version = version + 1 where id = @id`
	settle = `update invitation set state = @state, answered_at = @now, version = version + 1 where id = @id`
)

// ResendInvitation sends an invitation again, and lets it be answered for as
// long as a new one. An expired one comes back to life, unless a newer one took
// its place. It returns the address that it goes to.
func (s *Service) ResendInvitation(ctx context.Context, a access.Actor, id uuid.UUID, version int) (to string, err error) {
	err = s.door.Enter(ctx, a, NeedReinvite, func(v *access.Visit) error {
		i, err := s.openInvitation(ctx, v, id, version)
		if err != nil {
			return err
		}
		email, err := ParseEmail(i.Email)
		if err != nil {
			return err
		}
		hands, err := handsOf(ctx, v, id)
		if err != nil {
			return err
		}
		if _, err := s.roles.MayGive(ctx, v, roles.Change{Give: i.Roles, Hands: hands}); err != nil {
			return err
		}
		if refused, err := memberWith(ctx, v, email); refused != nil || err != nil {
			return refusal(refused, err)
		}
		if refused, err := flooding(ctx, v, email); refused != nil || err != nil {
			return refusal(refused, err)
		}
		if i.ExpiresAt, err = expiry(ctx, v); err != nil {
			return err
		}
		if _, err := v.Exec(ctx, renew, pgx.StrictNamedArgs{"id": id, "expires": i.ExpiresAt}); err != nil {
			return fmt.Errorf("renewing an invitation: %w", err)
		}
		i.record(v, map[string]any{"expires": i.ExpiresAt.Format(time.RFC3339)})
		to = i.Email
		return s.sendInvitation(ctx, v, i)
	})
	return to, err
}

func refusal(refused *fault.Fault, err error) error {
	if err != nil {
		return err
	}
	return refused
}

// openInvitation finds one whose answer is awaited, or was until it expired.
func (s *Service) openInvitation(ctx context.Context, v *access.Visit, id uuid.UUID, version int) (invitation, error) {
	i, err := findInvited(ctx, v, id)
	if err != nil {
		return i, err
	}
	if !i.Open {
		return i, i.State.settled()
	}
	if i.Version != version {
		return i, fault.Conflict("invitations.stale")
	}
	return i, nil
}

// Withdraw takes an invitation back; who opens it learns that it was. It returns the
// address that it went to.
func (s *Service) Withdraw(ctx context.Context, a access.Actor, id uuid.UUID, version int) (to string, err error) {
	err = s.door.Enter(ctx, a, NeedWithdraw, func(v *access.Visit) error {
		i, err := s.openInvitation(ctx, v, id, version)
		if err != nil {
			return err
		}
		if _, err := v.Exec(ctx, settle, pgx.StrictNamedArgs{"id": id, "state": string(Withdrawn), "now": v.Now}); err != nil {
			return fmt.Errorf("withdrawing an invitation: %w", err)
		}
		i.record(v, map[string]any{"state": Withdrawn})
		to = i.Email
		return nil
	})
	return to, err
}
