package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/mail"
	"habilis/internal/people"
	"habilis/internal/signin"
)

// Pending is an address that was asked for, and not confirmed yet.
type Pending struct {
	Email   string
	AskedAt time.Time
}

// PendingEmail is the address that an account asked for, nil for none.
func (s *Service) PendingEmail(ctx context.Context, id uuid.UUID) (*Pending, error) {
	rows, err := s.door.Identity().Query(ctx, `select * from identity.email_pending($1)`, id)
	if err != nil {
		return nil, fmt.Errorf("reading an address: %w", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[Pending])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return p, err
}

// asking bounds how many strangers one account can have written to: five times,
// then with a wait that grows.
func asking(id uuid.UUID) access.Limit {
	return access.Limit{Key: "own_email:" + id.String(), Free: 4, Base: 300, Most: 3600}
}

// AskEmail asks for another address. It counts once it is confirmed by the link
// that it receives; the present one is told at once. Whether someone else has it is
// found out by who can read what it receives, and by nobody else.
func (s *Service) AskEmail(ctx context.Context, who access.Signed, typed string) error {
	email, err := people.ParseEmail(typed)
	if err != nil {
		return err
	}
	return s.within(ctx, func(tx pgx.Tx) error {
		var free, done bool
		l := asking(who.Account)
		if err := tx.QueryRow(ctx, `select identity.throttle_take($1, $2, $3, $4, $5)`, l.Key, l.Free, l.Base, l.Most, s.clock()).Scan(&free); err != nil {
			return fmt.Errorf("counting addresses asked for: %w", err)
		}
		if !free {
			return fault.Busy("account.email.busy").On("email")
		}
		if err := tx.QueryRow(ctx, `select identity.email_propose($1, $2, $3, $4)`, who.Account, email.String(), email.Key(), s.clock()).Scan(&done); err != nil {
			return fmt.Errorf("asking for an address: %w", err)
		}
		if !done {
			return fault.Conflict("account.email.same").On("email")
		}
		if err := s.post.SendAccountTo(ctx, tx, who.Account, mail.ConfirmEmail, mail.ToPending); err != nil {
			return err
		}
		if err := s.post.SendAccountTo(ctx, tx, who.Account, mail.EmailAsked, mail.ToMain); err != nil {
			return err
		}
		return s.signin.NoteOwn(ctx, tx, who, "account.email_asked", map[string]any{"email": email.String()})
	})
}

// KeepEmail takes back what was asked for; its link is void.
func (s *Service) KeepEmail(ctx context.Context, who access.Signed) error {
	return s.within(ctx, func(tx pgx.Tx) error {
		var kept bool
		if err := tx.QueryRow(ctx, `select identity.email_keep($1, $2)`, who.Account, s.clock()).Scan(&kept); err != nil {
			return fmt.Errorf("keeping an address: %w", err)
		}
		if !kept {
			return nil
		}
		return s.signin.NoteOwn(ctx, tx, who, "account.email_kept", nil)
	})
}

const confirmEmail = `select identity.email_confirm($1, $2, $3, $4, $5, $6, $7)`

// ConfirmEmail uses the link that an address received: it becomes the account's,
// in each of its places, and the one before is told. What left for that one is void,
// and the sessions end; the generation is that of one that may go on.
func (s *Service) ConfirmEmail(ctx context.Context, l *signin.Link, email string, o access.Origin) (generation int, err error) {
	err = s.signin.Use(ctx, l, signin.ToConfirmEmail, func(tx pgx.Tx) error {
		tenants, search, err := searched(ctx, tx, l.AccountID, email)
		if err != nil {
			return err
		}
		var fresh *int
		err = tx.QueryRow(ctx, confirmEmail, l.AccountID, l.Mailbox, tenants, search, o.RequestID, o.Address, s.clock()).Scan(&fresh)
		if err != nil {
			return refused(err)
		}
		if fresh == nil {
			return fault.Conflict("link.dead")
		}
		generation = *fresh
		for _, to := range []mail.Address{mail.ToFormer, mail.ToMain} {
			if err := s.post.SendAccountTo(ctx, tx, l.AccountID, mail.EmailChanged, to); err != nil {
				return err
			}
		}
		return nil
	})
	return generation, err
}

// searched is what the list of each place will find its owner by.
func searched(ctx context.Context, tx pgx.Tx, id uuid.UUID, email string) (tenants []uuid.UUID, search []string, err error) {
	rows, err := tx.Query(ctx, `select tenant_id, family, given, username from identity.people_of($1)`, id)
	if err != nil {
		return nil, nil, fmt.Errorf("reading an account's people: %w", err)
	}
	var tenant uuid.UUID
	var family, given, username string
	_, err = pgx.ForEachRow(rows, []any{&tenant, &family, &given, &username}, func() error {
		tenants, search = append(tenants, tenant), append(search, people.SearchKey(family, given, username, email))
		return nil
	})
	return tenants, search, err
}

// refused is why an address that is confirmed can't be the account's.
func refused(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.ConstraintName {
		case "account_email_taken":
			return fault.Conflict("account.email.taken")
		case "account_two_mailboxes":
			return fault.Conflict("account.email.same")
		}
	}
	return fmt.Errorf("changing an address: %w", err)
}
