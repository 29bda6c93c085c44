package rights

import (
	"time"

	"github.com/google/uuid"
)

// Person is someone of a place as the head of their sheet names them, the same
// above each of its tabs.
type Person struct {
	ID            uuid.UUID
	Family, Given string
	Username      string
	Function      string
	State         string // pending, active or archived
	Blocked       bool   // kept out for a while, after too many wrong passwords
	ArchivedAt    *time.Time
	SeenAt        *time.Time // last sign-in that came to this place
	Assigned      int        // records, now
}

// Name is how the person is called.
func (p *Person) Name() string { return p.Given + " " + p.Family }

// Archived reports whether the person is of the place no more.
func (p *Person) Archived() bool { return p.State == "archived" }

// PersonColumns and FromPeople read a [Person], from the resource r, at @now.
const (
	PersonColumns = `r.id, r.family, r.given, r.username, r.function, r.state, r.archived_at,
       r.state <> 'archived' and coalesce(p.blocked_until > @now, false) blocked, nullif(p.last_seen_at, '-infinity') seen_at, a.assigned`

	FromPeople = `
  from resource r
  left join lateral (select blocked_until, last_seen_at from presence where resource_id = r.id offset 0) p on true
 cross join lateral (select count(*) assigned from assignment where resource_id = r.id and open and until > @now) a`
)
