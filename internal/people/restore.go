package people

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/mail"
)

const (
	judgeReturn = `select verdict, email from identity.return_judge(@account, @email, @key, @now)`

	restore = `
update resource set state = @state, email = @email, search = @search, restored_at = @now, archived_at = null, archived_by = null, archived_why = '',
       version = version + 1 where id = @id`
)

// The verdicts of identity.return_judge.
const (
	returnOpen   = "open"   // the account is as its owner left it
	returnFresh  = "fresh"  // all by which it could be come into was taken away, for it is the place's alone
	returnProve  = "prove"  // whoever reads the address that the place knows must choose the password first
	returnTheirs = "theirs" // that address is not the account's any more
)

// Restore brings back someone archived, with the roles that they held, if who
// does it may give each of them. Someone who had never come in is sent afresh what
// lets them in.
//
// Another place may have laid hands on the account meanwhile, and this one must not
// be opened by that. So whoever reads the address that is known here is sent a link
// first, which is told as a Conflict, or what lets them in for the first time where
// nobody else counts on the account.
func (s *Service) Restore(ctx context.Context, a access.Actor, id uuid.UUID, version int) error {
	var told error // although what was noted of it commits
	err := s.door.Enter(ctx, a, NeedRestore, func(v *access.Visit) error {
		p, err := s.archived(ctx, v, id, version)
		if err != nil {
			return err
		}
		verdict, email, err := judge(ctx, v, p)
		if err != nil {
			return err
		}
		switch verdict {
		case returnTheirs:
			return fault.Conflict("people.restore_theirs", "Email", p.Email)
		case returnProve:
			told = fault.Conflict("people.restore_prove", "Name", p.name(), "Email", p.Email)
			return s.askProof(ctx, v, p)
		}
		p.Email = email
		return s.reopen(ctx, v, p, verdict)
	})
	if err == nil {
		err = told
	}
	return err
}

// archived finds who is to be brought back, and refuses whom the actor may not.
func (s *Service) archived(ctx context.Context, v *access.Visit, id uuid.UUID, version int) (found, error) {
	p, err := find(ctx, v, id)
	if err != nil {
		return p, err
	}
	if err := s.roles.MayReturn(ctx, v, id); err != nil {
		return p, err
	}
	switch {
	case p.State != Archived:
		return p, fault.Conflict("people.not_archived")
	case p.Version != version:
		return p, errStale()
	}
	return p, notTooOften(ctx, v, id)
}

// judge says whether the account may come back to the place as it is, and what its
// address is. It holds the account and its owner in each place.
func judge(ctx context.Context, v *access.Visit, p found) (verdict, email string, err error) {
	err = v.QueryRow(ctx, judgeReturn, pgx.StrictNamedArgs{"account": p.AccountID, "email": p.Email, "key": keyOf(p.Email), "now": v.Now}).Scan(&verdict, &email)
	if err != nil {
		return "", "", fmt.Errorf("judging a return: %w", refusedTwin(err))
	}
	return verdict, email, nil
}

// keyOf is the key of an address's mailbox; "" for none.
func keyOf(email string) string {
	known, err := ParseEmail(email)
	if err != nil {
		return ""
	}
	return known.Key()
}

// askProof sends a link to the address that is known here. The person stays archived
// until it was used.
func (s *Service) askProof(ctx context.Context, v *access.Visit, p found) error {
	v.Record(access.Entry{Act: "people.ask_proof", TargetKind: "resource", Target: p.ID, Label: p.name(), After: map[string]any{"email": p.Email}})
	return s.post.SendAccountSaying(ctx, v.Tx, p.AccountID, mail.ReturnAsked, map[string]string{"by": actorName(v), "where": v.Tenant.Name, "mailbox": keyOf(p.Email)})
}

// reopen gives the place back to someone, and tells them.
func (s *Service) reopen(ctx context.Context, v *access.Visit, p found, verdict string) error {
	known, err := accountHere(ctx, v, p.AccountID)
	if err != nil {
		return err
	}
	state := Pending
	if known.Activated {
		state = Active
	}
	_, err = v.Exec(ctx, restore, pgx.StrictNamedArgs{"id": p.ID, "state": string(state), "email": p.Email,
		"search": searchOf(p.Family, p.Given, p.Username, p.Email), "now": v.Now})
	if err != nil {
		return fmt.Errorf("restoring a person: %w", err)
	}
	done := access.Entry{TargetKind: "resource", Target: p.ID, Label: p.name(), Before: map[string]any{"state": Archived}, After: map[string]any{"state": state}}
	if verdict == returnFresh {
		done.Act = "people.restore_anew"
	}
	v.Record(done)
	if state == Pending {
		return s.sendFirst(ctx, v, p, known.Locale)
	}
	return s.tell(ctx, v, p, known, mail.AccountRestored)
}

// notTooOften keeps someone from being written to each time that they are brought
// back, five times an hour. Archiving is never held up.
func notTooOften(ctx context.Context, v *access.Visit, id uuid.UUID) error {
	ok, err := v.Spend(ctx, access.Limit{Key: "restore:" + id.String(), Free: 5, Base: 300, Most: 3600})
	if err == nil && !ok {
		return fault.Busy("people.restore_busy")
	}
	return err
}
