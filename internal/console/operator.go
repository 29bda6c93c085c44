package console

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/secret/keyring"
	"habilis/internal/secret/password"
	"habilis/internal/secret/token"
	"habilis/internal/secret/totp"
)

const (
	product       = "Habilis" // in authenticator apps
	recoveryCodes = 10
	operatorHours = 24 // that an operator's temporary password holds
)

// Operator is a new operator of support: all of it is shown once, to who typed
// the command, and nowhere kept but as hashes and under the key.
type Operator struct {
	Username  string
	Temporary string // opens only the choosing of a password
	Expires   time.Time
	Secret    totp.Secret
	Codes     []string // that replace a lost telephone, once each
}

// CreateOperator makes an account of technical support, with a second factor:
// the sign-in is the temporary password, then a code, then a password of one's own.
// The database lets its owner do this, and not the server.
func (s *Service) CreateOperator(ctx context.Context, n Newcomer, ring *keyring.Ring) (*Operator, error) {
	a, err := n.parse()
	if err != nil {
		return nil, err
	}
	o := &Operator{Temporary: password.Temporary(), Expires: s.clock().Add(operatorHours * time.Hour)}
	err = pgx.BeginFunc(ctx, s.door.Identity(), func(tx pgx.Tx) error {
		if err := a.settle(ctx, tx); err != nil {
			return err
		}
		o.Username = a.username.String()
		if o.Secret, err = totp.New(product, o.Username); err != nil {
			return err
		}
		var b pgx.Batch
		s.queueOperator(&b, a, o, ring)
		return refusal("making an operator", tx.SendBatch(ctx, &b).Close())
	})
	if err != nil {
		return nil, err
	}
	return o, nil
}

func (s *Service) queueOperator(b *pgx.Batch, a account, o *Operator, ring *keyring.Ring) {
	now := s.clock()
	hash := token.HashOf(o.Temporary)
	sealed := ring.Seal([]byte(o.Secret.Base32), keyring.Binding("totp", a.id))
	var hashes [][]byte
	for _, code := range totp.NewRecoveryCodes(recoveryCodes) {
		o.Codes = append(o.Codes, code.Plain)
		hashes = append(hashes, code.Hash[:])
	}
	a.queue(b, now)
	b.Queue(`select identity.operator_add($1, $2)`, a.id, now)
	b.Queue(`select identity.token_mint($1, 'temporary_password', $2, $3, $4, $5)`, hash[:], a.id, uuid.Nil, now, o.Expires)
	b.Queue(`select identity.factor_propose($1, $2, $3)`, a.id, sealed, now)
	b.Queue(`select identity.factor_confirm($1, 0, $2, $3)`, a.id, hashes, now)
}
