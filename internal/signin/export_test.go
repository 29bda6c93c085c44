package signin

import (
	"context"

	"github.com/google/uuid"
)

// Hit notes a right password, as SignIn does once it was compared.
func (s *Service) Hit(ctx context.Context, id uuid.UUID, address string) error {
	found := &account{ID: id, named: id.String()}
	return s.welcome(ctx, found, attemptOf(found, address))
}

// Miss notes a wrong one.
func (s *Service) Miss(ctx context.Context, id uuid.UUID, address string) error {
	return s.count(ctx, attemptOf(&account{ID: id, named: id.String()}, address), id)
}
