// Package account is what people do to their own account, outside places: another
// address, what is known of them, and leaving a place. Passwords and second factors
// are [signin]'s, which this room stands above.
package account

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/mail"
	"habilis/internal/signin"
)

// Post tells an account's owner, in the same transaction, of a change to it.
type Post interface {
	SendAccountTo(ctx context.Context, tx pgx.Tx, account uuid.UUID, template string, to mail.Address) error
	SendAccountSaying(ctx context.Context, tx pgx.Tx, account uuid.UUID, template string, about map[string]string) error
}

// Service is one's own account.
type Service struct {
	door   *access.Door
	signin *signin.Service
	post   Post
	clock  func() time.Time
}

// New returns the accounts behind door.
func New(door *access.Door, ways *signin.Service, post Post, clock func() time.Time) *Service {
	return &Service{door, ways, post, clock}
}

func (s *Service) within(ctx context.Context, do func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, s.door.Identity(), do)
}
