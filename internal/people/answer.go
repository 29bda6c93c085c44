package people

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/roles"
)

// Invited is an invitation as the invited person sees it.
type Invited struct {
	TenantID          uuid.UUID
	ID                uuid.UUID
	Number            string // of the place
	Place             string // its name
	RoleFr            string
	RoleEn            string
	RoleDescriptionFr string
	RoleDescriptionEn string
	Inviter           string
	CreatedAt         time.Time
	ExpiresAt         time.Time
	State             InvitationState
	ByHandFr          []string // areas in which cells were set by hand, beside the role
	ByHandEn          []string
	Unproved          bool // it is answered once its mailbox was proved: someone else laid hands on the account
}

const invitedColumns = `tenant_id, id, number, place, role_fr, role_en, role_description_fr, role_description_en, inviter, created_at, expires_at`

// MyInvitations are the invitations that a signed-in person may answer, to the
// address that they have confirmed; newest first. One that awaits a proof of their
// mailbox is not among them.
func (s *Service) MyInvitations(ctx context.Context, who access.Signed, now time.Time) ([]Invited, error) {
	rows, err := s.door.Identity().Query(ctx, `select `+invitedColumns+`, 'pending' state, '{}'::text[] by_hand_fr, '{}'::text[] by_hand_en, false unproved from identity.invitations($1, $2)`, who.Account, now)
	if err != nil {
		return nil, fmt.Errorf("reading a person's invitations: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Invited])
}

const readInvited = `
select ` + invitedColumns + `, state, coalesce(fr, '{}') by_hand_fr, coalesce(en, '{}') by_hand_en, unproved
  from identity.invitation_find($1, $2)
 cross join (select array_agg(name_fr) fr, array_agg(name_en) en from identity.invitation_areas($1, $2)) by_hand`

// MyInvitation is one invitation to the address of a signed-in person, whatever
// became of it. Anybody else's is absent.
func (s *Service) MyInvitation(ctx context.Context, who access.Signed, id uuid.UUID, now time.Time) (*Invited, error) {
	rows, err := s.door.Identity().Query(ctx, readInvited, who.Account, id)
	if err != nil {
		return nil, fmt.Errorf("reading an invitation: %w", err)
	}
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[Invited])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errNotInvited()
	}
	if err != nil {
		return nil, fmt.Errorf("reading an invitation: %w", err)
	}
	if found.State == Awaited && !found.ExpiresAt.After(now) {
		found.State = Expired
	}
	return found, nil
}

// owner is the account that answers an invitation.
type owner struct {
	Username      string
	Family, Given string
	Email         string
	EmailKey      string
	EmailVerified bool
	Locale        i18n.Locale
	Factor        bool
}

const readOwner = `
select username, family, given, email, email_key, email_verified, locale, factor from identity.account_get(@account)`

// mine finds the invitation that the actor answers. It is for the owner of the
// address alone, once they have confirmed it; for others it is absent.
func mine(ctx context.Context, v *access.Visit, id uuid.UUID) (i invitation, o owner, err error) {
	if i, err = findInvited(ctx, v, id); err != nil {
		return i, o, err
	}
	rows, err := v.Query(ctx, readOwner, pgx.StrictNamedArgs{"account": v.Actor.Account()})
	if err != nil {
		return i, o, fmt.Errorf("reading an account: %w", err)
	}
	if o, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[owner]); err != nil {
		return i, o, fmt.Errorf("reading an account: %w", err)
	}
	if o.EmailKey != i.EmailKey {
		return i, o, errNotInvited()
	}
	if err := proved(ctx, v, i); err != nil {
		return i, o, err
	}
	if !o.EmailVerified {
		return i, o, errNotInvited()
	}
	if refused := i.State.settled(); refused != nil {
		return i, o, refused
	}
	return i, o, nil
}

// proved refuses who comes in by what another place did to the account, and has not
// shown since that they read the mailbox that was invited. It holds the account.
func proved(ctx context.Context, v *access.Visit, i invitation) error {
	var may bool
	if err := v.QueryRow(ctx, `select identity.may_join($1, $2)`, v.Actor.Account(), i.EmailKey).Scan(&may); err != nil {
		return fmt.Errorf("judging who answers: %w", err)
	}
	if !may {
		return fault.Conflict("invitations.prove")
	}
	return nil
}

// Accept makes the invited person one of the place, with the role that they were
// invited to and what comes with it by hand, if their inviter may still give both.
func (s *Service) Accept(ctx context.Context, who access.Signed, tenant, id uuid.UUID) error {
	return s.door.Enter(ctx, who.Invited(tenant), NeedAccept, func(v *access.Visit) error {
		i, o, err := mine(ctx, v, id)
		if err != nil {
			return err
		}
		if err := notMember(ctx, v); err != nil {
			return err
		}
		resource := access.NewID()
		given, err := s.join(ctx, v, resource, i, o)
		if err != nil {
			return err
		}
		v.Standing.Resource = &access.Resource{ID: resource, Family: o.Family, Given: o.Given, State: string(Active)} // known here from now on
		return s.answer(ctx, v, i, Accepted, access.Entry{
			TargetKind: "resource", Target: resource, Label: o.Given + " " + o.Family,
			After: given.Facts(v.Tenant.Locale, map[string]any{"email": i.Email})})
	})
}

// notMember refuses who belongs to the place already, or did.
func notMember(ctx context.Context, v *access.Visit) error {
	var state State
	err := v.QueryRow(ctx, `select state from resource where account_id = $1`, v.Actor.Account()).Scan(&state)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("looking for a person: %w", err)
	case state == Archived:
		return fault.Conflict("invitations.archived")
	}
	return fault.Conflict("invitations.member")
}

func (s *Service) join(ctx context.Context, v *access.Visit, resource uuid.UUID, i invitation, o owner) (*roles.Done, error) {
	hands, err := handsOf(ctx, v, i.ID)
	if err != nil {
		return nil, err
	}
	m := Member{ID: resource, Account: v.Actor.Account(), Family: o.Family, Given: o.Given, Username: o.Username, Email: o.Email,
		State: Active, By: &i.InvitedBy}
	var b pgx.Batch
	m.Queue(&b, v)
	if o.Factor {
		b.Queue(`select identity.mark_factor($1)`, m.Account)
	}
	if err := v.SendBatch(ctx, &b).Close(); err != nil {
		return nil, fmt.Errorf("joining a place: %w", err)
	}
	return s.roles.GiveFor(ctx, v, i.InvitedBy, resource, roles.Change{Give: i.Roles, Hands: hands})
}

// Decline answers no.
func (s *Service) Decline(ctx context.Context, who access.Signed, tenant, id uuid.UUID) error {
	return s.door.Enter(ctx, who.Invited(tenant), NeedDecline, func(v *access.Visit) error {
		i, _, err := mine(ctx, v, id)
		if err != nil {
			return err
		}
		return s.answer(ctx, v, i, Declined, access.Entry{TargetKind: "invitation", Target: i.ID, Label: i.Email})
	})
}

// answer settles the invitation and tells the inviter, of the invited person
// nothing but the address that the inviter typed.
func (s *Service) answer(ctx context.Context, v *access.Visit, i invitation, state InvitationState, e access.Entry) error {
	if _, err := v.Exec(ctx, settle, pgx.StrictNamedArgs{"id": i.ID, "state": string(state), "now": v.Now}); err != nil {
		return fmt.Errorf("answering an invitation: %w", err)
	}
	v.Record(e)
	inviter, err := find(ctx, v, i.InvitedBy)
	if err != nil || inviter.Email == "" || inviter.State == Archived {
		return err
	}
	known, err := accountHere(ctx, v, inviter.AccountID)
	if err != nil {
		return err
	}
	_, err = s.post.Send(ctx, v, mail.Letter{
		Template: mail.InvitationAnswered, Resource: inviter.ID, Recipient: AddressOf(inviter.Email), Locale: known.Locale,
		Params: map[string]string{"email": i.Email, "role": i.role(string(known.Locale)), "answer": string(state)}})
	return err
}
