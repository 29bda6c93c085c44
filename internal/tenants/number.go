package tenants

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"habilis/internal/fault"
)

// ByNumber finds a place by its public number. A number that nobody bears is a
// fault; only known ones are remembered, so that guessing fills nothing.
func (s *Service) ByNumber(ctx context.Context, number string) (uuid.UUID, error) {
	if id, ok := s.numbers.Load(number); ok {
		return id.(uuid.UUID), nil
	}
	if !soundNumber.MatchString(number) {
		return uuid.Nil, fault.NotFound("access.no_place")
	}
	var id *uuid.UUID
	if err := s.door.Identity().QueryRow(ctx, `select identity.tenant_by_number($1)`, number).Scan(&id); err != nil {
		return uuid.Nil, fmt.Errorf("finding a place: %w", err)
	}
	if id == nil {
		return uuid.Nil, fault.NotFound("access.no_place")
	}
	s.numbers.Store(number, *id)
	return *id, nil
}
