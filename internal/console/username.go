package console

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"habilis/internal/fault"
	"habilis/internal/people"
)

// tries is how many names are proposed before someone has to think of one.
const tries = 20

// settle proposes a user name that nobody has, where none was typed.
func (a *account) settle(ctx context.Context, tx pgx.Tx) error {
	if a.username.String() != "" {
		return nil
	}
	refused := map[string]bool{}
	for range tries {
		proposal := people.ProposeUsername(a.given, a.family, func(key string) bool { return refused[key] })
		if proposal == "" {
			break
		}
		username, err := people.ParseUsername(proposal)
		if err != nil {
			return err
		}
		var taken bool
		err = tx.QueryRow(ctx, `select exists (select from identity.usernames_taken($1))`, []string{username.Key()}).Scan(&taken)
		if err != nil {
			return fmt.Errorf("looking for a free user name: %w", err)
		}
		if !taken {
			a.username = username
			return nil
		}
		refused[username.Key()] = true
	}
	return fault.Invalid("username", "field.required")
}

// refusals are the constraints that a newcomer can run into.
var refusals = map[string]*fault.Fault{
	"account_username_taken": fault.Conflict("people.username_taken").On("username"),
	"account_email_taken":    fault.Conflict("people.email_in_use").On("email"),
	"resource_once":          fault.Conflict("people.already_here").On("email"),
}

// refusal turns the database's into a fault; another error is wrapped with what
// was being done.
func refusal(doing string, err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && refusals[pg.ConstraintName] != nil {
		return refusals[pg.ConstraintName]
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
