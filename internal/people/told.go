package people

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/i18n"
)

// Told is an address at which the owner of an account is told of what becomes of
// their access.
type Told struct {
	Address string // as people read it
	Locale  i18n.Locale
}

// ToldAt are all of them, the main one first; none for who has no address.
func ToldAt(ctx context.Context, v *access.Visit, account uuid.UUID) ([]Told, error) {
	rows, err := v.Query(ctx, `select address, locale from identity.told_at($1)`, account)
	if err != nil {
		return nil, fmt.Errorf("reading a person's addresses: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Told])
	if err != nil {
		return nil, fmt.Errorf("reading a person's addresses: %w", err)
	}
	return all, nil
}
