package signin

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"

	"github.com/google/uuid"

	"habilis/internal/fault"
	"habilis/internal/secret/password"
)

// limit is how many failures of a key are free within an hour, and the delay
// after them: base seconds, doubled at each further failure up to most.
type limit struct {
	key              string
	free, base, most int
}

// Browser says what a browser is known by for an account; nil for one that shows
// nothing that it could be known by.
type Browser func(account uuid.UUID) []byte

// attempt is what a sign-in is counted by. The pair of login and network is
// tight, and so is the browser that someone has come in from before; the login
// bounds who tries one person from everywhere, the address who tries everyone from
// one place, the place who tries its people one by one.
// identity.sign_in_held says how they combine so that an attacker can't lock a
// person out.
type attempt struct {
	account uuid.UUID
	device  []byte // what the browser is known by, nil for nothing
	network string

	pair, own, login, address limit
	place, around             limit // of the place, and of the place from the network; once that is known
	known                     bool  // the browser is one that the account was come into from: it counts by own

	came, cameOwn, cameAnew limit // by which right ones are counted: of the network, of the browser, of all networks that are new
	once                    bool  // a right one is not counted: what was shown can't be shown again
}

// attemptOf counts an account once, by whichever of its names and however typed.
func attemptOf(a *account, address string, b Browser) attempt {
	login, network := digest(strings.ToLower(a.named)), networkOf(address)
	try := attempt{
		account: a.ID, network: network,
		pair:    limit{"pair:" + login + "|" + network, 5, 5, 15 * 60},
		login:   limit{"login:" + login, 30, 1, 10},
		address: limit{"address:" + siteOf(address), 300, 1, 30},
	}
	if b != nil {
		try.device = b(a.ID)
	}
	device := "|device:" + hex.EncodeToString(try.device)
	try.own = limit{"pair:" + login + device, 5, 5, 15 * 60}
	try.came, try.cameOwn, try.cameAnew = arrivals(login+"|"+network), arrivals(login+device), arrivals(login)
	return try
}

// arrivals is how often someone comes in: twenty times, then a delay that grows to a
// minute. It tells a program from a person, and locks nobody out.
func arrivals(who string) limit { return limit{"came:" + who, 19, 1, 60} }

// Pair is the key by which wrong passwords of an account are counted that come from
// an address, whichever of its names is typed.
func Pair(id uuid.UUID, address string) string {
	return attemptOf(&account{ID: id, named: id.String()}, address, nil).pair.key
}

// mine is what the failures of who tries are counted by.
func (a *attempt) mine() limit {
	if a.known {
		return a.own
	}
	return a.pair
}

// arrival is what it is counted by that who tries comes in.
func (a *attempt) arrival() limit {
	switch {
	case a.once:
		return limit{}
	case a.known:
		return a.cameOwn
	}
	return a.came
}

// codes is what second factors are counted by, wherever they come from.
func codes(account uuid.UUID) limit {
	return limit{"factor:" + account.String(), 4, 15, 15 * 60}
}

// sendings is what codes to a mailbox or a telephone are counted by: four, then
// a wait that grows, some ten in an hour.
func sendings(account uuid.UUID) limit {
	return limit{"code:" + account.String(), 3, 60, 15 * 60}
}

// passwords is what passwords are counted by that a signed-in account shows
// again: as codes are.
func passwords(account uuid.UUID) limit {
	l := codes(account)
	l.key = "password:" + account.String()
	return l
}

// digest keeps what was typed, which may be a password in the wrong field, out of the table.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawStdEncoding.EncodeToString(sum[:])
}

// networkOf is the address, or the /64 that one person has of IPv6.
func networkOf(address string) string { return prefixOf(address, 64) }

// siteOf is the address, or the /48 that one line has of IPv6 at most (RFC 6177):
// there are 65,536 networks in it, so that who bounds what comes from one place
// counts them together.
func siteOf(address string) string { return prefixOf(address, 48) }

func prefixOf(address string, bits int) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Unmap().Is4() {
		return address
	}
	network, err := a.Prefix(bits)
	if err != nil {
		return address
	}
	return network.String()
}

// inTurn has the passwords of who asks from an address hashed in their turn, and not
// before those of others; in one of their own where the address is not known.
func inTurn(ctx context.Context, who, address string) context.Context {
	return password.InTurn(ctx, password.Turn{Account: who, Site: cmp.Or(siteOf(address), who)})
}

// inTurn is as the function, but a browser that is known has a line of its own: a
// neighbour behind the same address, or whoever types the same name there, doesn't
// stand before it.
func (a *attempt) inTurn(ctx context.Context, who, address string) context.Context {
	if a.known {
		return password.InTurn(ctx, password.Turn{Account: who, Site: a.own.key})
	}
	return inTurn(ctx, who, address)
}

// mustWait reports whether the attempt is held up, and whether it is because of
// its address alone. It finds out what else the attempt is counted by.
func (s *Service) mustWait(ctx context.Context, a *attempt) (wait, shut bool, err error) {
	var place string
	err = s.door.Identity().QueryRow(ctx, `select held, shut, own, place from identity.sign_in_held($1, $2, $3, $4, $5, $6, $7, $8)`,
		a.account, a.device, a.own.key, a.pair.key, a.login.key, a.address.key, a.network, s.clock()).Scan(&wait, &shut, &a.known, &place)
	if err != nil {
		return false, false, fmt.Errorf("reading throttles: %w", err)
	}
	a.place, a.around = limit{place, 200, 1, 10}, limit{place + "|" + a.network, 30, 2, 30}
	return wait, shut, nil
}

// stillMustWait asks once more after the comparison: of many attempts at once,
// those that failed meanwhile count against the others.
func (s *Service) stillMustWait(ctx context.Context, a *attempt, did bool) (wait bool, err error) {
	wait, _, err = s.mustWait(ctx, a)
	return wait || did, err
}

// settled is what became of a sign-in.
type settled struct {
	Came     bool
	Owes     bool // a second factor, before all else
	TooOften bool // they had come in too often to come in now
}

// settle ends a sign-in. A wrong one is counted, of unknown people too, and shown on
// the person's sheet; a right one is counted too, makes the network known, and forgets
// the failures. waits is whether it is held up, and so neither; nil has that asked once
// more: of many attempts at once, those that failed meanwhile count against the others.
// The keys are in their order.
func (s *Service) settle(ctx context.Context, a *attempt, right bool, waits *bool) (did settled, err error) {
	var keys []string
	var free, base, most []int
	for _, l := range []limit{a.address, a.login, a.mine(), a.place, a.around} {
		keys, free, base, most = append(keys, l.key), append(free, l.free), append(base, l.base), append(most, l.most)
	}
	came := a.arrival()
	err = s.door.Identity().QueryRow(ctx, `
select came, must_enrol, often
  from identity.sign_in_judge($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
		a.account, right, waits, a.device, a.own.key, a.pair.key, a.login.key, a.address.key, a.network, a.mine().key,
		keys, free, base, most, came.key, a.cameAnew.key, came.free, came.base, came.most, s.clock()).Scan(&did.Came, &did.Owes, &did.TooOften)
	if err != nil {
		return settled{}, fmt.Errorf("ending a sign-in: %w", err)
	}
	return did, nil
}

// errOften asks for patience who comes in again and again.
func errOften() error { return fault.Busy("signin.often") }

// errSlow asks for patience after wrong codes; it says nothing of the account.
func errSlow() error { return fault.Busy("signin.slow").On("code") }

// errSlowPassword is the same after wrong passwords.
func errSlowPassword() error { return fault.Busy("signin.slow_password").On("current") }
