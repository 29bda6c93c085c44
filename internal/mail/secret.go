package mail

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/i18n"
	"habilis/internal/secret/password"
	"habilis/internal/secret/token"
)

// hours is how long a place's secrets hold, by their purpose.
type hours map[string]*int

// lives is how long a secret holds, by its purpose, where no place says otherwise:
// no longer than OWASP ASVS 5.0 (6.4) and NIST SP 800-63B-4 (3.1.3) let it.
var lives = map[string]time.Duration{
	"temporary_password": 24 * time.Hour,
	"activation":         72 * time.Hour,
	"reset":              time.Hour,
	"email":              24 * time.Hour,
	"backup_email":       72 * time.Hour,
}

// linkBytes is the randomness of a link.
const linkBytes = 32

// secret is what a letter carries, in the hands of who sends it.
type secret struct {
	purpose string
	plain   string
	made    time.Time
	expires time.Time
}

// newSecret makes a secret: a temporary password is typed, any other is part of a
// link.
func newSecret(purpose string, now time.Time, policy hours) secret {
	s := secret{purpose: purpose, made: now, expires: now.Add(lives[purpose])}
	if own := policy[purpose]; own != nil {
		s.expires = now.Add(time.Duration(*own) * time.Hour)
	}
	if purpose == "temporary_password" {
		s.plain = password.Temporary()
	} else {
		s.plain, _ = token.New(linkBytes)
	}
	return s
}

const mint = `select identity.token_mint(@hash, @purpose, @account, @tenant, @mailbox, @mail, @now, @expires)`

// store keeps the secret's hash, for the account, the place (the zero UUID for
// none), the key of the mailbox that it goes to and the letter that it goes in;
// those before it are void.
func (s secret) store(ctx context.Context, tx pgx.Tx, account, tenant uuid.UUID, mailbox string, letter *uuid.UUID) error {
	hash := token.HashOf(s.plain)
	_, err := tx.Exec(ctx, mint, pgx.StrictNamedArgs{
		"hash": hash[:], "purpose": s.purpose, "account": account, "tenant": tenant, "mailbox": mailbox, "mail": letter,
		"now": s.made, "expires": s.expires})
	if err != nil {
		return fmt.Errorf("minting a secret: %w", err)
	}
	return nil
}

// tell puts the secret where the template and its link look for it.
func (s secret) tell(params map[string]string, p *i18n.Printer) {
	params["expires"] = p.DateTime(s.expires)
	if s.purpose == "temporary_password" {
		params["password"] = s.plain
	} else {
		params["secret"] = s.plain
	}
}

// first are the purposes that let someone in for the first time: the newest of any
// of them counts.
var first = []string{"temporary_password", "activation"}

// rivals are the templates whose secrets one of the given template voids.
func rivals(template string) []string {
	purpose := letters[template].secret
	var all []string
	for name, other := range letters {
		if other.secret == purpose || slices.Contains(first, other.secret) && slices.Contains(first, purpose) {
			all = append(all, name)
		}
	}
	return all
}
