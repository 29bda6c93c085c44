package mail

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Address is one of an account's addresses.
type Address string

// The addresses of an account.
const (
	ToMain    Address = ""        // the one that it signs in with
	ToBackup  Address = "backup"  // for when the main one is lost
	ToPending Address = "pending" // asked for as the main one, not confirmed yet
	ToFormer  Address = "former"  // the main one before
)

// mailboxes are where an account may be written to.
type mailboxes struct {
	Username, Locale    string
	Email, EmailKey     string
	EmailVerified       bool
	BackupEmail         string
	BackupEmailKey      string
	BackupEmailSetAt    *time.Time
	BackupEmailVerified bool
	BackupResets        bool // it may receive the link to another password by now: identity.backup_for_reset
	Settles             bool // someone else gave the main one, less than a day ago
	PendingEmail        string
	PendingEmailKey     string
	PasswordSetAt       *time.Time
	Former              string `db:"-"` // read when it is written to
	Open                bool   // may come in somewhere
}

// querier is a connection or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// mailboxesOf is nil for an account that is gone.
func mailboxesOf(ctx context.Context, from querier, account uuid.UUID, now time.Time) (*mailboxes, error) {
	rows, err := from.Query(ctx, `select m.*, identity.backup_for_reset($1, $2) is not null backup_resets, identity.email_settles($1, $2) settles from identity.mailboxes($1) m`, account, now)
	if err != nil {
		return nil, fmt.Errorf("reading an account's addresses: %w", err)
	}
	m, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[mailboxes])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading an account's addresses: %w", err)
	}
	return m, nil
}

// pick is an address and the key of its mailbox; "" when the account has none
// that may receive the purpose's secret. What sets a password goes to a confirmed
// address alone, and to a backup address a day after that was confirmed; what lets
// someone in for the first time goes to no backup address that nobody confirmed; what
// confirms an address goes there, and nowhere else.
func (m *mailboxes) pick(to Address, purpose string) (address, key string) {
	if purpose == "reset" && !m.mayReset(to) || to == ToBackup && !m.BackupEmailVerified {
		return "", ""
	}
	switch to {
	case ToBackup:
		return m.BackupEmail, m.BackupEmailKey
	case ToPending:
		return m.PendingEmail, m.PendingEmailKey
	case ToFormer:
		return m.Former, ""
	}
	return m.Email, m.EmailKey
}

func (m *mailboxes) mayReset(to Address) bool {
	switch to {
	case ToMain:
		return m.Open && m.EmailVerified && !m.Settles
	case ToBackup:
		return m.Open && m.BackupResets
	}
	return false
}

// readFormer reads the address before the present one, as long as it may be told.
func (m *mailboxes) readFormer(ctx context.Context, from querier, account uuid.UUID, now time.Time) error {
	rows, err := from.Query(ctx, `select coalesce(identity.email_former($1, $2), '')`, account, now)
	if err != nil {
		return fmt.Errorf("reading an account's former address: %w", err)
	}
	m.Former, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
	return err
}

// keyOf is the key of the account's mailbox that a place's letter takes a secret of
// the purpose to; "" when it is not one of the account's, or a backup address that may
// not be sent it.
func (m *mailboxes) keyOf(recipient, purpose string) string {
	same := func(address string) bool {
		return address != "" && strings.EqualFold(inASCII(address), inASCII(recipient))
	}
	switch {
	case same(m.Email):
		return m.EmailKey
	case same(m.BackupEmail) && (purpose == "backup_email" || m.BackupResets):
		return m.BackupEmailKey
	}
	return ""
}
