package people

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"habilis/internal/access"
	"habilis/internal/fault"
)

// checkUsername refuses one that could be taken for another's, and proposes a
// free one; it fills in one that was left empty.
func (s *Service) checkUsername(ctx context.Context, v *access.Visit, n Newcomer, make style, c *candidate, wrong *fault.Faults) (err error) {
	if n.Username == "" {
		if c.family == "" || c.given == "" {
			return nil // there is no name yet to make one of
		}
		if n.Username, err = propose(ctx, v, make, c.given, c.family); err != nil {
			return err
		}
	}
	c.username, err = ParseUsername(n.Username)
	if err != nil {
		return wrong.Add(err)
	}
	taken, err := takenAmong(ctx, v, []string{c.username.Key()})
	if err != nil || len(taken) == 0 {
		return err
	}
	proposal, err := propose(ctx, v, make, c.given, c.family)
	*wrong = append(*wrong, errUsernameTaken(proposal).On("username"))
	return err
}

func errUsernameTaken(proposal string) *fault.Fault {
	if proposal == "" {
		return fault.Conflict("people.username_taken")
	}
	return fault.Conflict("people.username_taken_try", "Proposal", proposal)
}

// probing bounds how often one manager can learn that an address has an account
// somewhere: thirty times an hour, then more and more slowly.
func probing(v *access.Visit) access.Limit {
	return access.Limit{Key: "email_in_use:" + v.Actor.Account().String(), Free: 30, Base: 60, Most: 3600}
}

// checkEmail refuses an address that has an account. Of someone of this place it
// says who; otherwise that it is in use, and nothing more.
func checkEmail(ctx context.Context, v *access.Visit, email Email, wrong *fault.Faults) error {
	if email == (Email{}) {
		return nil
	}
	refused, err := memberWith(ctx, v, email)
	if err != nil {
		return err
	}
	if refused != nil {
		*wrong = append(*wrong, refused.On("email"))
		return nil
	}
	ok, err := v.Within(ctx, probing(v))
	if err != nil {
		return err
	}
	if !ok {
		*wrong = append(*wrong, fault.Busy("people.email_busy").On("email"))
		return nil
	}
	var taken bool
	if err := v.QueryRow(ctx, `select identity.email_taken($1)`, email.Key()).Scan(&taken); err != nil {
		return fmt.Errorf("looking up an address: %w", err)
	}
	if taken {
		*wrong = append(*wrong, fault.Conflict("people.email_in_use").On("email"))
	}
	return nil
}

// memberWith is the refusal of an address that someone of this place has; its
// argument Resource says who. It is nil for any other address.
func memberWith(ctx context.Context, v *access.Visit, email Email) (*fault.Fault, error) {
	var id *uuid.UUID
	var state *State
	err := v.QueryRow(ctx, `
select r.id, r.state from (select identity.member_by_email($1) id) m left join resource r on r.id = m.id`, email.Key()).Scan(&id, &state)
	if err != nil {
		return nil, fmt.Errorf("looking for a person by address: %w", err)
	}
	if id == nil {
		return nil, nil
	}
	refused := fault.Conflict("people.already_here")
	if *state == Archived {
		refused = fault.Conflict("people.archived_here")
	}
	refused.Args = map[string]any{"Resource": *id}
	return refused, nil
}

// noteInUse counts and records that the actor learned that an address is in use.
func noteInUse(ctx context.Context, v *access.Visit, email Email) error {
	v.Record(access.Entry{Act: "people.email_in_use", TargetKind: "email", Label: email.String()})
	_, err := v.Spend(ctx, probing(v))
	return err
}

// refusedTwin turns the refusal of an account made at the same time elsewhere
// into the fault that looking first would have found.
func refusedTwin(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	switch pg.ConstraintName {
	case "account_username_taken":
		return errUsernameTaken("").On("username")
	case "account_email_taken":
		return fault.Conflict("people.email_in_use").On("email")
	}
	return err
}
