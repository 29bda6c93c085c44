package people

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"habilis/internal/access"
	"habilis/internal/search"
)

// State is what a person is in a place; in a [Filter], also a group of states.
type State string

// The states of a person.
const (
	Pending  State = "pending" // has never signed in
	Active   State = "active"
	Blocked  State = "blocked"  // kept out for a while, after too many wrong passwords
	Archived State = "archived" // no longer of the place
)

// The groups of states that a list can be asked for.
const (
	Current  State = "current" // all but archived
	AnyState State = "all"
)

// States are what a list can be asked for, in the order in which it is offered.
func States() []State { return []State{Current, Active, Pending, Blocked, Archived, AnyState} }

// Sort is the order of a list.
type Sort string

// The orders of a list; - is the other way round.
const (
	ByName     Sort = "name"
	ByNameDesc Sort = "-name"
	BySeen     Sort = "seen" // those who never came first
	BySeenDesc Sort = "-seen"
)

// Filter says which people to list. Values that mean nothing narrow nothing.
type Filter struct {
	Words  string    // all to be found in names, user name or e-mail
	State  State     // Current when empty
	Role   uuid.UUID // held now
	Module string    // of a role held now
	Sort   Sort      // ByName when empty
	Cursor string    // Page.Next or Page.Previous; "" is the first page
}

// Narrowed reports whether the filter leaves out people that the list shows at first.
func (f Filter) Narrowed() bool {
	f = f.sound()
	return len(search.Words(f.Words)) > 0 || f.State != Current || f.Role != uuid.Nil || f.Module != ""
}

func (f Filter) sound() Filter {
	if !slices.Contains(States(), f.State) {
		f.State = Current
	}
	if !slices.Contains([]Sort{ByName, ByNameDesc, BySeen, BySeenDesc}, f.Sort) {
		f.Sort = ByName
	}
	return f
}

// PageSize is how many people a page of the list has.
const PageSize = 50

// MostCounted is the number from which a list that was narrowed says "more than".
const MostCounted = 1000

// Page is a page of the list, with what its filters offer.
type Page struct {
	*access.Standing
	Filter   Filter // as understood
	Rows     []Row
	Next     string // Filter.Cursor of the next page; "" at the end
	Previous string // and of the one before; "" at the beginning
	Total    int    // of people whom the filter lets through; MostCounted if there are More
	More     bool   // there are more than Total
}

// Row is a person in the list.
type Row struct {
	ID            uuid.UUID
	Family, Given string
	Email         string // "" when they have none
	Username      string
	State         State
	Roles         []Held    // now, in the place's order
	SeenAt        time.Time // last sign-in that came to this place, or zero
	SecondFactor  string    // "" or app
	Mail          *Sending  // of the temporary password, for someone pending
	Version       int
}

// Name is how the person is called.
func (r Row) Name() string { return r.Given + " " + r.Family }

// Held is a role held now.
type Held struct {
	*access.Role
	Until *time.Time // planned end, or nil
}

// Sending is what became of a letter.
type Sending struct {
	State  string // queued, sent, refused or void
	Answer string // the mail server's last words
	At     time.Time
}

// List returns a page of the place's people.
func (s *Service) List(ctx context.Context, a access.Actor, f Filter) (*Page, error) {
	f = f.sound()
	var (
		from   = cursorOf(f)
		listed listing
		c      counts
	)
	standing, err := s.door.Read(ctx, a, NeedList, func(r *access.Reading) {
		sql, args := pageQuery(f, from, r.Now())
		r.Query(sql, args, func(rows pgx.Rows) error {
			listed.charter = r.Standing().Charter
			return listed.read(rows)
		})
		sql, args = countQuery(f, r.Now())
		r.Query(sql, args, c.read)
	})
	if err != nil {
		return &Page{Standing: standing, Filter: f}, err
	}
	if len(listed.rows) == 0 && from.set() {
		f.Cursor = ""
		return s.List(ctx, a, f) // what was beyond the cursor is gone
	}
	page := &Page{Standing: standing, Filter: f, Total: c.total, More: c.capped && c.total > MostCounted}
	if page.More {
		page.Total = MostCounted
	}
	page.Rows = page.turn(from, listed.rows)
	return page, nil
}

// turn finds the neighbours of a page that was read with one row too many, and
// puts one that was read backwards in its order.
func (p *Page) turn(from cursor, listed []Row) []Row {
	further := len(listed) > PageSize
	listed = listed[:min(len(listed), PageSize)]
	if from.Back {
		slices.Reverse(listed)
	}
	if len(listed) == 0 {
		return nil
	}
	if further && !from.Back || from.Back {
		p.Next = cursorAt(p.Filter.Sort, &listed[len(listed)-1], false)
	}
	if further && from.Back || from.set() && !from.Back {
		p.Previous = cursorAt(p.Filter.Sort, &listed[0], true)
	}
	return listed
}

// listing is a page's people as the database lists them, with the roles that
// they hold.
type listing struct {
	charter *access.Charter // which names the roles
	rows    []Row
	held    []Held // by the first, then by the second…
}

// read reads the rows of readRows, of which each brings a person and one of
// their roles. By hand, since this is the hottest loop of the page that is read
// most: structs found by their columns' names took three times as long.
func (l *listing) read(rows pgx.Rows) error {
	var (
		r                     Row
		state                 string
		blocked               bool
		mailState, mailAnswer pgtype.Text
		seen, mailed, until   pgtype.Timestamptz
		role                  pgtype.UUID
	)
	columns := []any{&r.ID, &r.Family, &r.Given, &r.Email, &r.Username, &state, &r.Version,
		&r.SecondFactor, &seen, &blocked, &mailState, &mailAnswer, &mailed, &role, &until}
	again := make([]any, len(columns)) // the same person: their other role alone
	copy(again[len(again)-2:], columns[len(columns)-2:])
	l.rows, l.held = make([]Row, 0, PageSize+1), make([]Held, 0, 3*PageSize)
	for rows.Next() {
		into := columns
		if len(l.rows) > 0 && bytes.Equal(rows.RawValues()[0], r.ID[:]) {
			into = again
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if len(l.rows) == 0 || l.rows[len(l.rows)-1].ID != r.ID {
			r.State, r.SeenAt, r.Mail = stateOf(State(state), blocked), time.Time{}, nil
			if seen.InfinityModifier == pgtype.Finite {
				r.SeenAt = seen.Time
			}
			if mailState.Valid {
				r.Mail = &Sending{mailState.String, mailAnswer.String, mailed.Time}
			}
			l.rows = append(l.rows, r)
		}
		if role.Valid {
			l.hold(Held{l.charter.Role(role.Bytes), instant(until)})
		}
	}
	return rows.Err()
}

// hold gives the last person one more role, in the place's order.
func (l *listing) hold(h Held) {
	last := &l.rows[len(l.rows)-1]
	l.held = append(l.held, h)
	roles := l.held[len(l.held)-len(last.Roles)-1:]
	for i := len(roles) - 1; i > 0 && roles[i].Rank < roles[i-1].Rank; i-- {
		roles[i], roles[i-1] = roles[i-1], roles[i]
	}
	last.Roles = roles[:len(roles):len(roles)]
}

// instant is nil for what never was, or has no end.
func instant(t pgtype.Timestamptz) *time.Time {
	if !t.Valid || t.InfinityModifier != pgtype.Finite {
		return nil
	}
	at := t.Time
	return &at
}

// counts are the people whom the filter lets through, up to one more than
// MostCounted when capped.
type counts struct {
	total  int
	capped bool
}

func (c *counts) read(rows pgx.Rows) error {
	_, err := pgx.ForEachRow(rows, []any{&c.total, &c.capped}, func() error { return nil })
	return err
}

// stateOf is the state that people are told: being blocked comes and goes by
// itself and isn't stored as one.
func stateOf(stored State, blocked bool) State {
	if blocked && stored != Archived {
		return Blocked
	}
	return stored
}

const findPerson = `
select id, account_id, family, given, username, email, state, version from resource where id = @id`

// found is a person within an act.
type found struct {
	ID            uuid.UUID
	AccountID     uuid.UUID
	Family, Given string
	Username      string
	Email         string
	State         State
	Version       int
}

func (p found) name() string { return p.Given + " " + p.Family }

// find reads a person; one of another place is as absent as one who never was.
func find(ctx context.Context, v *access.Visit, id uuid.UUID) (found, error) {
	rows, err := v.Query(ctx, findPerson, pgx.StrictNamedArgs{"id": id})
	if err != nil {
		return found{}, fmt.Errorf("reading a person: %w", err)
	}
	people, err := pgx.CollectRows(rows, pgx.RowToStructByName[found])
	if err != nil {
		return found{}, fmt.Errorf("reading a person: %w", err)
	}
	if len(people) == 0 {
		return found{}, errAbsent()
	}
	v.Aim("resource", people[0].ID, people[0].name())
	return people[0], nil
}
