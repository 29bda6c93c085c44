package people

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/roles"
	"habilis/internal/tenants"
)

// InvitePage is the window in which someone is invited.
type InvitePage struct {
	*access.Standing
	RoleOffer
	Days       int // that an invitation can be answered for
	Submission uuid.UUID
}

// InviteForm reads the window in which someone is invited.
func (s *Service) InviteForm(ctx context.Context, a access.Actor) (*InvitePage, error) {
	var offer *roles.Offer
	var policies tenants.Policies
	standing, err := s.door.Read(ctx, a, NeedInvite, func(r *access.Reading) {
		offer = s.roles.Offer(r)
		askPolicies(r, &policies)
	})
	if err != nil {
		return &InvitePage{Standing: standing}, err
	}
	return &InvitePage{standing, s.offerOf(offer, a, standing), policies.InvitationDays, access.NewID()}, nil
}

// Guest is someone to invite, as typed. Faults stand beside email, role and hands,
// and beside cells as those of a [Newcomer].
type Guest struct {
	Email      string
	Roles      []uuid.UUID // none is the place's default role
	Hands      roles.Hands
	Submission uuid.UUID // the same for a form that is sent twice
}

const (
	// An invitation that has expired makes room for a new one.
	closeExpired = `
update invitation set state = 'withdrawn', answered_at = expires_at, version = version + 1
 where email_key = @key and state = 'pending' and expires_at <= @now`

	findPending = `select id from invitation where email_key = $1 and state = 'pending'`

	insertInvitationCells = `
insert into invitation_cell (tenant_id, invitation_id, area, view, edit, view_ok, edit_ok)
select @tenant, @id, a.area, h.view, h.edit, a.view_ok, a.edit_ok
  from unnest(@areas::text[], @views::smallint[], @edits::smallint[]) h(area, view, edit)
 cross join lateral (select area, view_ok, edit_ok from area where area = h.area offset 0) a`

	insertInvitationRoles = `
insert into invitation_role (tenant_id, invitation_id, role_id) select @tenant, @id, unnest(@roles::uuid[])`

	insertInvitation = `
insert into invitation (tenant_id, id, email, email_key, role_id, invited_by, created_at, expires_at)
values (@tenant, @id, @email, @key, @role, @by, @now, @expires)`
)

// Invite invites the owner of an address to the place. It answers the same, in
// the same way, whether the address has an account somewhere or none.
func (s *Service) Invite(ctx context.Context, a access.Actor, g Guest) (id uuid.UUID, err error) {
	err = s.door.Enter(ctx, a, NeedInvite, func(v *access.Visit) error {
		before, again, err := earlier(ctx, v, g.Submission)
		if again || err != nil {
			id = before
			v.Unchanged()
			return err
		}
		email, gets, wrong, err := s.examineGuest(ctx, v, g)
		if err != nil {
			return err
		}
		if len(wrong) > 0 {
			return wrong
		}
		if err := gets.Prove(v); err != nil {
			return err
		}
		id = access.NewID()
		if _, _, err := v.Once(ctx, g.Submission, id.String()); err != nil {
			return err
		}
		return s.invite(ctx, v, id, email, gets, g.Hands)
	})
	if err != nil {
		return uuid.Nil, err
	}
	return id, nil
}

// examineGuest finds all that is wrong before anything is touched, else what the
// guest would get.
func (s *Service) examineGuest(ctx context.Context, v *access.Visit, g Guest) (email Email, gets *roles.Done, wrong fault.Faults, err error) {
	email, err = ParseEmail(g.Email)
	if err := wrong.Add(err); err != nil {
		return email, nil, nil, err
	}
	gets, err = s.roles.MayGive(ctx, v, roles.Change{Give: g.Roles, Hands: g.Hands})
	if err := on("role", err, &wrong); err != nil {
		return email, nil, nil, err
	}
	if email == (Email{}) {
		return email, nil, wrong, nil
	}
	refused, err := memberWith(ctx, v, email)
	if err == nil && refused == nil {
		refused, err = pendingWith(ctx, v, email)
	}
	if err == nil && refused == nil && len(wrong) == 0 {
		refused, err = flooding(ctx, v, email)
	}
	if refused != nil {
		wrong = append(wrong, refused.On("email"))
	}
	return email, gets, wrong, err
}

// pendingWith is the refusal of an address whose answer is awaited; its argument
// Invitation says to which invitation. It is nil for any other address.
func pendingWith(ctx context.Context, v *access.Visit, email Email) (*fault.Fault, error) {
	if _, err := v.Exec(ctx, closeExpired, pgx.StrictNamedArgs{"key": email.Key(), "now": v.Now}); err != nil {
		return nil, fmt.Errorf("closing expired invitations: %w", err)
	}
	var id uuid.UUID
	err := v.QueryRow(ctx, findPending, email.Key()).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for an invitation: %w", err)
	}
	refused := fault.Conflict("invitations.already_pending")
	refused.Args = map[string]any{"Invitation": id}
	return refused, nil
}

// flooding counts a letter to an address, and those of one manager; it is the
// refusal of one too many.
func flooding(ctx context.Context, v *access.Visit, email Email) (*fault.Fault, error) {
	for _, l := range []access.Limit{
		{Key: "invite:" + v.Actor.Tenant().String() + ":" + email.Key(), Free: 5, Base: 300, Most: 3600},
		{Key: "invite_by:" + v.Actor.Account().String(), Free: 100, Base: 60, Most: 3600},
	} {
		if ok, err := v.Spend(ctx, l); err != nil || !ok {
			return fault.Busy("invitations.busy"), err
		}
	}
	return nil, nil
}

func (s *Service) invite(ctx context.Context, v *access.Visit, id uuid.UUID, email Email, gets *roles.Done, hands roles.Hands) error {
	i := invitation{ID: id, Email: email.String(), RoleFr: strings.Join(gets.Names("fr"), ", "), RoleEn: strings.Join(gets.Names("en"), ", ")}
	for _, role := range gets.Given {
		i.Roles = append(i.Roles, role.ID)
	}
	var err error
	if i.ExpiresAt, err = expiry(ctx, v); err != nil {
		return err
	}
	areas, views, edits := roles.HandColumns(hands)
	var b pgx.Batch
	b.Queue(insertInvitation, pgx.StrictNamedArgs{
		"tenant": v.Actor.Tenant(), "id": id, "email": i.Email, "key": email.Key(), "role": i.Roles[0],
		"by": v.Resource.ID, "now": v.Now, "expires": i.ExpiresAt})
	b.Queue(insertInvitationRoles, pgx.StrictNamedArgs{"tenant": v.Actor.Tenant(), "id": id, "roles": i.Roles[1:]})
	b.Queue(insertInvitationCells, pgx.StrictNamedArgs{"tenant": v.Actor.Tenant(), "id": id, "areas": areas, "views": views, "edits": edits})
	if err := v.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("inviting: %w", err)
	}
	i.record(v, gets.Facts(v.Tenant.Locale, map[string]any{"email": i.Email}))
	return s.sendInvitation(ctx, v, i)
}

// expiry is until when an invitation sent now can be answered.
func expiry(ctx context.Context, v *access.Visit) (time.Time, error) {
	policies, err := policiesOf(ctx, v)
	return v.Now.AddDate(0, 0, policies.InvitationDays), err
}

// sendInvitation writes in the place's language: that of an account, if there is
// one, would betray it.
func (s *Service) sendInvitation(ctx context.Context, v *access.Visit, i invitation) error {
	locale := i18n.Locale(v.Tenant.Locale)
	letter, err := s.post.Send(ctx, v, mail.Letter{
		Template: mail.Invitation, Recipient: AddressOf(i.Email), Locale: locale,
		Params: map[string]string{
			"by": actorName(v), "role": i.role(v.Tenant.Locale), "invitation": i.ID.String(), "expires": i.ExpiresAt.Format(time.RFC3339)}})
	if err != nil {
		return err
	}
	if _, err := v.Exec(ctx, `update invitation set mail_id = $2 where id = $1`, i.ID, letter); err != nil {
		return fmt.Errorf("noting an invitation's letter: %w", err)
	}
	return nil
}
