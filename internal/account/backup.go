package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/mail"
)

// Backup is the backup address that someone named for an account.
type Backup struct {
	Email    string
	Verified bool // whoever reads it has confirmed it
	Stands   bool // nobody but the place that named it counts on the account
}

// BackupEmail is the backup address of an account, nil for none.
func (s *Service) BackupEmail(ctx context.Context, id uuid.UUID) (*Backup, error) {
	rows, err := s.door.Identity().Query(ctx, `select * from identity.own_backup($1)`, id)
	if err != nil {
		return nil, fmt.Errorf("reading a backup address: %w", err)
	}
	b, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[Backup])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return b, err
}

// RemoveBackup takes one's own backup address away, and what was sent to it. Its
// owner is told at the main one, and their places note it.
func (s *Service) RemoveBackup(ctx context.Context, who access.Signed) error {
	return s.within(ctx, func(tx pgx.Tx) error {
		var was *string
		if err := tx.QueryRow(ctx, `select identity.own_backup_remove($1, $2)`, who.Account, s.clock()).Scan(&was); err != nil {
			return fmt.Errorf("removing a backup address: %w", err)
		}
		if was == nil {
			return fault.Conflict("account.backup.none")
		}
		if err := s.post.SendAccountSaying(ctx, tx, who.Account, mail.BackupRemoved, map[string]string{"address": *was}); err != nil {
			return err
		}
		return s.signin.Note(ctx, tx, who, "account.backup_removed", nil)
	})
}
