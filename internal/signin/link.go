package signin

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/fault"
	"habilis/internal/secret/token"
)

// Purpose is what a link that comes by mail is for. The same word is the purpose
// of the secret in internal/mail, which mints it, and in identity.token.
type Purpose string

// The purposes of links.
const (
	ToActivate      Purpose = "activation"   // to choose a first password, and come in
	ToReset         Purpose = "reset"        // to choose another one
	ToConfirmEmail  Purpose = "email"        // that a new address is one's own
	ToConfirmBackup Purpose = "backup_email" // that a backup address is
)

// Confirms reports a link that confirms an address.
func (p Purpose) Confirms() bool { return p == ToConfirmEmail || p == ToConfirmBackup }

// LinkState is whether a link can be used, or why it can't.
type LinkState string

// The states of a link.
const (
	LinkLive      LinkState = "live"
	LinkUnknown   LinkState = "unknown"   // never was one, or was cut on its way
	LinkUsed      LinkState = "used"      // it works once
	LinkExpired   LinkState = "expired"   //
	LinkReplaced  LinkState = "replaced"  // a newer one was sent
	LinkOvertaken LinkState = "overtaken" // a password was chosen since
	LinkLeft      LinkState = "left"      // the person has left the place, or all of them
	LinkVoid      LinkState = "void"      // it counts no longer: the address changed, or the person left meanwhile
)

// Link is a link that came by mail, whatever became of it. Place and what goes
// with it are empty for a link of no place.
type Link struct {
	Purpose   Purpose
	AccountID uuid.UUID
	TenantID  uuid.UUID // zero for a link of no place
	Mailbox   string    // key of the address that it was mailed to
	State     LinkState
	CreatedAt time.Time
	ExpiresAt time.Time
	AskedBy   string // who had it sent, as its letter names them
	Number    string
	Place     string
	Kind      string
	TimeZone  string
	Given     string
	Family    string
	Username  string
	Locale    string // the account's
	Activated bool   // the account has a password
	handle    string
}

// Name is how the link's owner is called.
func (l *Link) Name() string { return l.Given + " " + l.Family }

// errDead is the answer to who uses a link that can't be used. [Service.Peek] then
// says why.
func errDead() error { return fault.Conflict("link.dead") }

// Open exchanges the secret of a link, as it stands in an address, for a handle to
// keep in a session: it is not the secret, and of no use elsewhere. It changes
// nothing. What is no link, and never was one, opens nothing: LinkUnknown.
func (s *Service) Open(ctx context.Context, secret string) (*Link, string, error) {
	hash := token.HashOf(secret)
	handle := base64.RawURLEncoding.EncodeToString(hash[:])
	l, err := s.Peek(ctx, handle)
	if err != nil || l.State == LinkUnknown {
		return l, "", err
	}
	return l, handle, nil
}

// Peek reads the link of a handle. It changes nothing.
func (s *Service) Peek(ctx context.Context, handle string) (*Link, error) {
	hash, err := base64.RawURLEncoding.DecodeString(handle)
	if err != nil || handle == "" {
		return &Link{State: LinkUnknown}, nil
	}
	rows, err := s.door.Identity().Query(ctx, `select * from identity.link_peek($1, $2)`, hash, s.clock())
	if err != nil {
		return nil, fmt.Errorf("reading a link: %w", err)
	}
	l, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[Link])
	if errors.Is(err, pgx.ErrNoRows) {
		return &Link{State: LinkUnknown}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading a link: %w", err)
	}
	l.handle = handle
	return l, nil
}

// Use uses a link up, for its purpose alone, and does what it is for, in one
// transaction: of any number who use it at once one succeeds, and what fails leaves
// the link as it was. The others get a Conflict. Using it proves the mailbox that
// it was mailed to, and locks the account and its owner in each place.
func (s *Service) Use(ctx context.Context, l *Link, purpose Purpose, do func(pgx.Tx) error) error {
	hash, err := base64.RawURLEncoding.DecodeString(l.handle)
	if err != nil {
		return errDead()
	}
	return s.within(ctx, func(tx pgx.Tx) error {
		var taken bool
		err := tx.QueryRow(ctx, `select identity.link_take($1, $2, $3, $4)`, hash, string(purpose), l.AccountID, s.clock()).Scan(&taken)
		if err != nil {
			return fmt.Errorf("using a link: %w", err)
		}
		if !taken {
			return errDead()
		}
		return do(tx)
	})
}
