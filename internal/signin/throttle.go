package signin

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/netip"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/fault"
)

// limit is how many failures of a key are free within an hour, and the delay
// after them: base seconds, doubled at each further failure up to most.
type limit struct {
	key              string
	free, base, most int
}

// attempt is what a sign-in is counted by. The pair of login and address is
// tight; the login bounds who tries one person from everywhere, the address who
// tries everyone from one place. identity.sign_in_blocked says how they combine
// so that an attacker can't lock a person out.
type attempt struct {
	pair, login, address limit
}

// attemptOf counts an account once, by whichever of its names and however typed.
func attemptOf(a *account, address string) attempt {
	login := digest(strings.ToLower(a.named))
	network := networkOf(address)
	return attempt{
		pair:    limit{"pair:" + login + "|" + network, 5, 5, 15 * 60},
		login:   limit{"login:" + login, 30, 1, 10},
		address: limit{"address:" + network, 300, 1, 30},
	}
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
func networkOf(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Unmap().Is4() {
		return address
	}
	network, err := a.Prefix(64)
	if err != nil {
		return address
	}
	return network.String()
}

// mustWait reports whether the attempt is held up, and whether it is because of
// its address alone.
func (s *Service) mustWait(ctx context.Context, a attempt) (wait, shut bool, err error) {
	err = s.door.Identity().QueryRow(ctx, `select held, shut from identity.sign_in_blocked($1, $2, $3, $4)`,
		a.pair.key, a.login.key, a.address.key, s.clock()).Scan(&wait, &shut)
	if err != nil {
		return false, false, fmt.Errorf("reading throttles: %w", err)
	}
	return wait, shut, nil
}

// stillMustWait asks once more after the comparison: of many attempts at once,
// those that failed meanwhile count against the others.
func (s *Service) stillMustWait(ctx context.Context, a attempt, did bool) (wait bool, err error) {
	wait, _, err = s.mustWait(ctx, a)
	return wait || did, err
}

const (
	failOnce = `select failures, nullif(blocked_until, '-infinity') from identity.throttle_fail($1, $2, $3, $4, $5)`

	markFailures = `select identity.mark_failures($1, f.failures, nullif(f.blocked_until, '-infinity'))
  from identity.throttle_fail($2, $3, $4, $5, $6) f`
)

// count counts a failed attempt in one round trip, for unknown people too, and
// shows it on the person's sheet. The keys are taken in their order, as by
// identity.sign_in_known.
func (s *Service) count(ctx context.Context, a attempt, account uuid.UUID) error {
	now := s.clock()
	batch := &pgx.Batch{}
	for _, l := range []limit{a.address, a.login} {
		batch.Queue(failOnce, l.key, l.free, l.base, l.most, now)
	}
	batch.Queue(markFailures, account, a.pair.key, a.pair.free, a.pair.base, a.pair.most, now)
	if err := s.door.Identity().SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("counting a failed sign-in: %w", err)
	}
	return nil
}

// errSlow asks for patience after wrong codes; it says nothing of the account.
func errSlow() error { return fault.Busy("signin.slow").On("code") }

// errSlowPassword is the same after wrong passwords.
func errSlowPassword() error { return fault.Busy("signin.slow_password").On("current") }
