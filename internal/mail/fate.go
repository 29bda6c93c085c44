package mail

import (
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
)

// The states of a letter.
const (
	Queued  = "queued"  // not taken yet: to be tried, or tried again
	Sent    = "sent"    // taken by the mail server
	Refused = "refused" // not taken, and not tried again
	Void    = "void"    // not sent: replaced by a newer one, or no longer fit to be sent
)

// Fate is what became of a letter.
type Fate struct {
	ID        uuid.UUID
	Template  string
	Recipient string
	State     string
	Attempts  int
	Answer    string // the mail server's last words; "" when it said nothing
	CreatedAt time.Time
	ChangedAt time.Time
}

const fatesShown = 10

const fates = `
select id, template, recipient, state, attempts, answer, created_at, changed_at
  from mail
 where resource_id = @resource
 order by tenant_id, resource_id, created_at desc
 limit @limit`

// QueueFates asks, with a page's other queries, for the last letters on a
// person's sheet, newest first.
func QueueFates(r *access.Reading, resource uuid.UUID, dest *[]Fate) {
	access.All(r, dest, fates, pgx.StrictNamedArgs{"resource": resource, "limit": fatesShown})
}
