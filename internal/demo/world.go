package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"habilis/internal/access"
	"habilis/internal/grid"
	"habilis/internal/people"
	"habilis/internal/secret/password"
	"habilis/internal/tenants/kinds"
)

// world is all that the demo holds, before any of it is written. The same seed
// and the same instant make the same world, but for its identifiers.
type world struct {
	now       time.Time
	begin     time.Time // a year before
	draw      *rand.Rand
	catalogue kinds.Catalogue
	places    []*place
	accounts  []*account // of leads and of everyone, in the order of creation
	operator  *account
	taken     map[string]bool // keys of user names and e-mails
	unknown   string          // hash of a password that nobody knows: of all others who have come in
}

// place is a stage with its people and their year.
type place struct {
	stage
	kind     kinds.Kind
	tenant   uuid.UUID
	roleIDs  map[string]uuid.UUID
	members  []*member
	invited  []*invitation
	asked    []*request
	tried    []*tried
	letters  []*letter
	records  []*record
	assigned []*assignment
	acts     []act
}

// account is a person, wherever they belong.
type account struct {
	id            uuid.UUID
	given, family string
	username      people.Username
	email         people.Email
	phone, locale string
	created       time.Time
	password      string // of leads alone
	hash          string // of it
	needsFactor   bool
	totp          string // base 32; of leads whose roles ask for a second factor, and of support
}

func (a *account) name() string { return a.given + " " + a.family }

// member is a person in a place.
type member struct {
	*account
	resource uuid.UUID
	function string
	state    string // as the table resource says it
	since    time.Time
	creator  *member // nil: the console
	grants   []*grant
	hands    []*hand
	lone     bool
	seen     time.Time // zero: never
	factor   string
	failures int
	archived time.Time
	left     time.Time // and came back; zero: stayed
	returned time.Time
	why      string
	lead     bool
}

// grant is a role held for a time.
type grant struct {
	id      uuid.UUID
	role    kinds.Role
	since   time.Time
	until   time.Time // zero: no end
	by      *member   // nil: support, or the console
	support bool
	endedBy *member // nil: nobody has ended it
}

type invitation struct {
	id       uuid.UUID
	email    people.Email
	role     kinds.Role
	state    string
	at       time.Time
	expires  time.Time
	answered time.Time
	letter   *letter
	real     bool // the letter leaves when the demo starts
}

type request struct {
	id           uuid.UUID
	member       *member
	role         kinds.Role
	note, state  string
	reason       string
	at, answered time.Time
}

// letter is a row of the table mail.
type letter struct {
	id       uuid.UUID
	template string
	member   *member // nil for an invitation
	to       people.Email
	params   map[string]string
	state    string
	answer   string
	attempts int
	at       time.Time
	real     bool // to be queued by the post
}

// build makes the world of the given instant.
func build(catalogue kinds.Catalogue, now time.Time) *world {
	now = now.UTC().Truncate(time.Second)
	w := &world{
		now: now, begin: now.AddDate(-1, 0, 0), catalogue: catalogue,
		draw: rand.New(rand.NewPCG(1042, 2210)), taken: map[string]bool{},
	}
	w.operator = w.person(operator.given, operator.family, operatorDomain, false)
	w.operator.needsFactor = true
	for _, s := range stages {
		kind, _ := catalogue.Kind(s.kind)
		p := &place{stage: s, kind: kind}
		w.places = append(w.places, p)
		for i, l := range s.leads {
			w.addLead(p, i, l)
		}
		for i := len(s.leads); i < s.people; i++ {
			w.addCommon(p, i-len(s.leads))
		}
	}
	for _, p := range w.places {
		w.invite(p)
		w.ask(p)
		w.tryGrids(p)
		w.setHands(p)
		w.addRecords(p)
		slices.SortStableFunc(p.acts, func(a, b act) int { return a.at.Compare(b.at) })
	}
	w.choosePasswords()
	return w
}

// person makes an account with a user name and an e-mail of its own.
func (w *world) person(given, family, domain string, france bool) *account {
	a := &account{id: access.NewID(), given: given, family: family, created: w.begin, locale: "fr-CA"}
	if france {
		a.locale = "fr-FR"
	}
	name := people.ProposeUsername(given, family, func(key string) bool { return w.taken[key] })
	if name == "" { // no Latin letters to make one of
		name = people.ProposeUsername("", "invite", func(key string) bool { return w.taken[key] })
	}
	a.username, _ = people.ParseUsername(name)
	local := plainAddress(given) + "." + plainAddress(family)
	a.email = freeEmail(local, domain, func(key string) bool { return w.taken[key] })
	w.taken[a.username.Key()], w.taken[a.email.Key()] = true, true
	a.phone = w.phone(france)
	w.accounts = append(w.accounts, a)
	return a
}

func freeEmail(local, domain string, taken func(string) bool) people.Email {
	for n := 1; ; n++ {
		typed := local
		if n > 1 {
			typed += string(rune('0' + n))
		}
		email, err := people.ParseEmail(typed + "@" + domain)
		if err != nil || !taken(email.Key()) {
			return email
		}
	}
}

// plainAddress writes a name as e-mail addresses have it.
func plainAddress(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, people.SearchKey(name)), "-")
}

// phone draws a number of those that nobody has.
func (w *world) phone(france bool) string {
	number, region := "418-555-01", people.Canada
	if france {
		number, region = "02 61 91 00 ", people.France // kept for fiction, by ARCEP
	}
	number += string(rune('0'+w.draw.IntN(10))) + string(rune('0'+w.draw.IntN(10)))
	parsed, err := people.ParsePhone(number, region)
	if err != nil {
		return ""
	}
	return parsed.String()
}

// managers are who may add people to the place.
func (p *place) managers() []*member {
	var all []*member
	for _, m := range p.members {
		if m.lead && p.mayEdit(m, access.People) {
			all = append(all, m)
		}
	}
	return all
}

func (p *place) mayEdit(m *member, area grid.Area) bool {
	for _, g := range m.grants {
		if g.role.Grid[area].Edit == grid.All {
			return true
		}
	}
	return false
}

// manager draws who acts; the first more often than the others.
func (w *world) manager(p *place) *member {
	all := p.managers()
	return all[min(w.draw.IntN(len(all)), w.draw.IntN(len(all)))]
}

func pick[T any](w *world, list []T) T { return list[w.draw.IntN(len(list))] }

func (w *world) chance(percent int) bool { return w.draw.IntN(100) < percent }

// between draws an instant.
func (w *world) between(from, to time.Time) time.Time {
	if !to.After(from) {
		return from
	}
	return from.Add(time.Duration(w.draw.Int64N(int64(to.Sub(from))))).Truncate(time.Second)
}

// choosePasswords gives each lead one, and support.
func (w *world) choosePasswords() {
	w.operator.password = passphrase(w.draw, password.Context{Names: []string{w.operator.given, w.operator.family}})
	for _, p := range w.places {
		for _, m := range p.members {
			if !m.lead {
				continue
			}
			if m.password == "" {
				m.password = passphrase(w.draw, password.Context{
					Names: []string{m.given, m.family}, Email: m.email.String(), Username: m.username.String(),
					Places: []string{p.name, p.number}})
			}
			for _, g := range m.grants {
				m.needsFactor = m.needsFactor || p.stage.factor == kinds.FactorOfRoles && g.role.SecondFactor != kinds.NoFactor
			}
		}
	}
}

// hash hashes all passwords, on all cores.
func (w *world) hash(ctx context.Context) error {
	hasher := password.DefaultHasher()
	var group errgroup.Group
	for _, a := range w.accounts {
		if a.password == "" {
			continue
		}
		group.Go(func() (err error) {
			a.hash, err = hasher.Hash(ctx, a.password)
			return err
		})
	}
	group.Go(func() (err error) {
		w.unknown, err = hasher.Hash(ctx, password.Temporary())
		return err
	})
	if err := group.Wait(); err != nil {
		return fmt.Errorf("hashing the demo's passwords: %w", err)
	}
	return nil
}
