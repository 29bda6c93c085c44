package tenants

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/fault"
)

// Place is what is known of a place before anyone comes in. It never changes.
type Place struct {
	ID   uuid.UUID
	Kind string // key of a kind
}

const findPlace = `select id, identity.tenant_kind(id) from identity.tenant_by_number($1) id where id is not null`

// ByNumber finds a place by its public number. A number that nobody bears is a
// fault; only known ones are remembered, so that guessing fills nothing.
func (s *Service) ByNumber(ctx context.Context, number string) (Place, error) {
	if found, ok := s.numbers.Load(number); ok {
		return found.(Place), nil
	}
	if !soundNumber.MatchString(number) {
		return Place{}, fault.NotFound("access.no_place")
	}
	var found Place
	err := s.door.Identity().QueryRow(ctx, findPlace, number).Scan(&found.ID, &found.Kind)
	if errors.Is(err, pgx.ErrNoRows) {
		return Place{}, fault.NotFound("access.no_place")
	}
	if err != nil {
		return Place{}, fmt.Errorf("finding a place: %w", err)
	}
	s.numbers.Store(number, found)
	return found, nil
}
