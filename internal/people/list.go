package people

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"habilis/internal/access"
	"habilis/internal/search"
	"habilis/internal/tenants/kinds"
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
	Filter      Filter // as understood
	Rows        []Row
	Next        string // Filter.Cursor of the next page; "" at the end
	Previous    string // and of the one before; "" at the beginning
	Total       int    // of people whom the filter lets through; MostCounted if there are More
	More        bool   // there are more than Total
	Invitations int    // pending
	Modules     []Module
}

// Module is a module of the place, with its roles.
type Module struct {
	Key   string
	Name  kinds.Text
	Roles []Role
}

// Role is a role as lists name it.
type Role struct {
	ID     uuid.UUID
	Module string
	Name   kinds.Text
}

// Row is a person in the list.
type Row struct {
	ID            uuid.UUID
	Family, Given string
	Email         string // "" when they have none
	Username      string
	State         State
	Roles         []Held     // now, in the place's order
	SeenAt        *time.Time // last sign-in that came to this place, or nil
	SecondFactor  string     // "" or app
	Mail          *Sending   // of the temporary password, for someone pending
	Version       int
}

// Name is how the person is called.
func (r Row) Name() string { return r.Given + " " + r.Family }

// Held is a role held now.
type Held struct {
	Role
	ModuleName kinds.Text
	Until      *time.Time // planned end, or nil
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
		listed []listedRow
		c      counts
		offers []offeredRole
	)
	standing, err := s.door.Read(ctx, a, NeedList, func(r *access.Reading) {
		sql, args := pageQuery(f, from, r.Now())
		r.Query(sql, args, func(rows pgx.Rows) (err error) {
			listed, err = collect(rows)
			return err
		})
		sql, args = countQuery(f, r.Now())
		access.One(r, &c, "people.absent", sql, args)
		access.All(r, &offers, readOffers, nil)
	})
	if err != nil {
		return &Page{Standing: standing, Filter: f}, err
	}
	if len(listed) == 0 && from.set() {
		f.Cursor = ""
		return s.List(ctx, a, f) // what was beyond the cursor is gone
	}
	page := &Page{Standing: standing, Filter: f, Total: c.Total, More: c.Capped && c.Total > MostCounted, Invitations: c.Invitations}
	if page.More {
		page.Total = MostCounted
	}
	page.Modules = modules(offers)
	listed = page.turn(from, listed)
	page.Rows = rows(listed, offers)
	return page, nil
}

// turn finds the neighbours of a page that was read with one row too many, and
// puts one that was read backwards in its order.
func (p *Page) turn(from cursor, listed []listedRow) []listedRow {
	further := len(listed) > PageSize
	listed = listed[:min(len(listed), PageSize)]
	if from.Back {
		slices.Reverse(listed)
	}
	if len(listed) == 0 {
		return nil
	}
	if further && !from.Back || from.Back {
		p.Next = cursorAt(p.Filter.Sort, listed[len(listed)-1], false)
	}
	if further && from.Back || from.set() && !from.Back {
		p.Previous = cursorAt(p.Filter.Sort, listed[0], true)
	}
	return listed
}

// listedRow is a person as the database lists them.
type listedRow struct {
	ID            uuid.UUID
	Family, Given string
	Email         string
	Username      string
	State         State
	Version       int
	SecondFactor  string
	SeenAt        *time.Time
	Blocked       bool
	Mail          *Sending
	Grants        []listedGrant
}

type listedGrant struct {
	role  uuid.UUID
	until *time.Time
}

// collect reads the rows of readRows, of which each brings a person and one of
// their roles. By hand, since this is the hottest loop of the page that is read
// most: structs found by their columns' names took three times as long.
func collect(rows pgx.Rows) ([]listedRow, error) {
	var (
		all                   = make([]listedRow, 0, PageSize+1)
		l                     listedRow
		state                 string
		mailState, mailAnswer pgtype.Text
		seen, mailed, until   pgtype.Timestamptz
		role                  pgtype.UUID
	)
	_, err := pgx.ForEachRow(rows, []any{&l.ID, &l.Family, &l.Given, &l.Email, &l.Username, &state, &l.Version,
		&l.SecondFactor, &seen, &l.Blocked, &mailState, &mailAnswer, &mailed, &role, &until}, func() error {
		if len(all) == 0 || all[len(all)-1].ID != l.ID {
			l.State, l.SeenAt, l.Mail = State(state), instant(seen), nil
			if mailState.Valid {
				l.Mail = &Sending{mailState.String, mailAnswer.String, mailed.Time}
			}
			all = append(all, l)
		}
		if role.Valid {
			last := &all[len(all)-1]
			last.Grants = append(last.Grants, listedGrant{role.Bytes, instant(until)})
		}
		return nil
	})
	return all, err
}

// instant is nil for what never was, or has no end.
func instant(t pgtype.Timestamptz) *time.Time {
	if !t.Valid || t.InfinityModifier != pgtype.Finite {
		return nil
	}
	return &t.Time
}

// counts are the people whom the filter lets through, up to one more than
// MostCounted when capped, and the pending invitations.
type counts struct {
	Total, Invitations int
	Capped             bool
}

// offeredRole is a role in use, or, without ID, a module that has none.
type offeredRole struct {
	Module             string
	ModuleFr, ModuleEn string
	ID                 *uuid.UUID
	NameFr, NameEn     *string
	Retired            *bool
}

// readOffers reads all roles, for their names, in the place's order.
const readOffers = `
select m.module, m.name_fr module_fr, m.name_en module_en, r.id, r.name_fr, r.name_en, r.retired
  from module m
  left join lateral (select id, name_fr, name_en, position, retired_at is not null retired from role
                      where tenant_id = m.tenant_id and module = m.module offset 0) r on true
 order by m.position, r.position`

func (o offeredRole) role() Role {
	return Role{*o.ID, o.Module, kinds.Text{Fr: *o.NameFr, En: *o.NameEn}}
}

// modules are what the filters offer: retired roles are left out, and modules
// whose roles all are.
func modules(offers []offeredRole) []Module {
	var all []Module
	for _, o := range offers {
		if o.ID == nil || *o.Retired {
			continue
		}
		if len(all) == 0 || all[len(all)-1].Key != o.Module {
			all = append(all, Module{Key: o.Module, Name: kinds.Text{Fr: o.ModuleFr, En: o.ModuleEn}})
		}
		last := &all[len(all)-1]
		last.Roles = append(last.Roles, o.role())
	}
	return all
}

func rows(listed []listedRow, offers []offeredRole) []Row {
	place := make(map[uuid.UUID]int, len(offers)) // of a role in the place's order
	for i, o := range offers {
		if o.ID != nil {
			place[*o.ID] = i
		}
	}
	all := make([]Row, len(listed))
	for i, l := range listed {
		all[i] = Row{ID: l.ID, Family: l.Family, Given: l.Given, Email: l.Email, Username: l.Username,
			State: stateOf(l.State, l.Blocked), SeenAt: l.SeenAt, SecondFactor: l.SecondFactor, Mail: l.Mail, Version: l.Version}
		slices.SortFunc(l.Grants, func(a, b listedGrant) int { return cmp.Compare(place[a.role], place[b.role]) })
		all[i].Roles = make([]Held, len(l.Grants))
		for n, g := range l.Grants {
			o := &offers[place[g.role]]
			all[i].Roles[n] = Held{o.role(), kinds.Text{Fr: o.ModuleFr, En: o.ModuleEn}, g.until}
		}
	}
	return all
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
