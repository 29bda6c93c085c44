package people

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/roles"
)

// NeedLeave is anyone of the place, about themselves.
var NeedLeave = access.Need{Act: "people.leave", Member: true, Proof: access.ProofAtTime}

// Leaving is what someone who leaves a place would lose there.
type Leaving struct {
	*access.Standing
	Records int      // that they are assigned
	Cells   int      // of permissions set by hand for them
	Others  int      // places that stay theirs
	Invited []string // places that invite them
}

const readLeaving = `
select (select count(*) from assignment where resource_id = p.id and open)::int,
       (select count(*) from override where resource_id = p.id and open)::int
  from resource p where account_id = @account`

// LeaveForm is what someone loses who leaves the place.
func (s *Service) LeaveForm(ctx context.Context, a access.Actor) (*Leaving, error) {
	page := &Leaving{}
	var err error
	page.Standing, err = s.door.Read(ctx, a, NeedLeave, func(r *access.Reading) {
		r.Query(readLeaving, pgx.StrictNamedArgs{"account": a.Account()}, func(rows pgx.Rows) error {
			_, err := pgx.ForEachRow(rows, []any{&page.Records, &page.Cells}, func() error { return nil })
			return err
		})
		r.Query(`select place from identity.invitations(@account, @now)`, pgx.StrictNamedArgs{"account": a.Account(), "now": r.Now()}, func(rows pgx.Rows) (err error) {
			page.Invited, err = pgx.CollectRows(rows, pgx.RowTo[string])
			return err
		})
	})
	if page.Standing != nil {
		page.Others = len(page.Places)
	}
	return page, err
}

// Leave archives who asks for it, by the rules of being archived: the last holder of
// a role that must be held stays, and so does the last who may edit the settings.
// Whoever may bring someone back may bring them back.
func (s *Service) Leave(ctx context.Context, a access.Actor) error {
	return s.door.Enter(ctx, a, NeedLeave, func(v *access.Visit) error {
		p, err := find(ctx, v, v.Resource.ID)
		if err != nil {
			return err
		}
		if err := s.roles.MayLeave(ctx, v, p.ID); err != nil {
			return ofOneself(err)
		}
		if err := v.Prove(); err != nil {
			return err
		}
		known, err := accountHere(ctx, v, p.AccountID)
		if err != nil {
			return err
		}
		answerable, err := roles.Editors(ctx, v)
		if err != nil {
			return err
		}
		var b pgx.Batch
		b.Queue(archive, pgx.StrictNamedArgs{"id": p.ID, "now": v.Now, "by": p.ID, "why": ""})
		b.Queue(endSessions, pgx.StrictNamedArgs{"account": p.AccountID, "now": v.Now})
		b.Queue(voidTokens, pgx.StrictNamedArgs{"account": p.AccountID, "tenant": v.Actor.Tenant(), "now": v.Now})
		if err := v.SendBatch(ctx, &b).Close(); err != nil {
			return fmt.Errorf("leaving a place: %w", err)
		}
		v.Record(access.Entry{TargetKind: "resource", Target: p.ID, Label: p.name(),
			Before: map[string]any{"state": p.State}, After: map[string]any{"state": Archived}})
		if err := s.tellLeft(ctx, v, p, known.Locale); err != nil {
			return err
		}
		return s.tellOfManager(ctx, v, p, answerable)
	})
}

// ofOneself says to whoever may not leave that it is because of them.
func ofOneself(err error) error {
	if faults, ok := fault.As(err); ok && faults[0].Key == "roles.last_holder" {
		return fault.Conflict("account.leave.last_holder")
	}
	return err
}

// tellOfManager tells those who answer for the place that one of them has left it.
func (s *Service) tellOfManager(ctx context.Context, v *access.Visit, p found, answerable []roles.Editor) error {
	if !slices.ContainsFunc(answerable, func(e roles.Editor) bool { return e.ID == p.ID }) {
		return nil
	}
	var letters []mail.Letter
	for _, e := range answerable {
		if e.ID != p.ID {
			letters = append(letters, mail.Letter{Template: mail.ManagerLeft, Resource: e.ID, Recipient: e.Email, Locale: e.Locale,
				Params: map[string]string{"person": p.name()}})
		}
	}
	return s.post.SendAll(ctx, v, letters)
}

// tellLeft confirms it to who left: someone else may have done it in their session.
func (s *Service) tellLeft(ctx context.Context, v *access.Visit, p found, locale i18n.Locale) error {
	if p.Email == "" {
		return nil
	}
	var last bool
	err := v.QueryRow(ctx, `select not exists (select from identity.other_places($1, $2, $3))`, p.AccountID, v.Actor.Tenant(), v.Now).Scan(&last)
	if err != nil {
		return fmt.Errorf("reading someone's other places: %w", err)
	}
	letter := mail.Letter{Template: mail.PlaceLeft, Resource: p.ID, Recipient: AddressOf(p.Email), Locale: locale}
	if last {
		letter.Params = map[string]string{"last": "yes"}
	}
	_, err = s.post.Send(ctx, v, letter)
	return err
}
