package signin

import (
	"context"

	"github.com/google/uuid"

	"habilis/internal/access"
)

// Hit notes a right password, as SignIn does once it was compared.
func (s *Service) Hit(ctx context.Context, id uuid.UUID, address string) error {
	return s.settledAs(ctx, id, address, true)
}

// Miss notes a wrong one.
func (s *Service) Miss(ctx context.Context, id uuid.UUID, address string) error {
	return s.settledAs(ctx, id, address, false)
}

func (s *Service) settledAs(ctx context.Context, id uuid.UUID, address string, right bool) error {
	try := attemptOf(&account{ID: id, named: id.String()}, address, nil)
	if _, _, err := s.mustWait(ctx, &try); err != nil {
		return err
	}
	_, err := s.settle(ctx, &try, right, new(bool))
	return err
}

// TryCode spends a try at a code of someone, and Forgive forgets what they spent.
func (s *Service) TryCode(ctx context.Context, who access.Signed) error {
	return s.spendOwnTry(ctx, who, codes(who.Account), errSlow())
}

func (s *Service) Forgive(ctx context.Context, who access.Signed) error {
	return s.forgiveOwn(ctx, who, codes(who.Account))
}
