package signin

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"

	"habilis/internal/fault"
)

// limit is how many failures of a key are free within an hour, and the delay
// after them: base seconds, doubled at each further failure up to most.
type limit struct {
	key              string
	free, base, most int
}

// limits are those of one sign-in. The pair of login and address is tight. The
// login alone is loose and short, so that nobody can lock a person out from
// elsewhere; the address alone bounds who tries many logins.
type limits []limit

const (
	freePair, basePair, mostPair          = 5, 5, 15 * 60
	freeLogin, baseLogin, mostLogin       = 30, 1, 10
	freeAddress, baseAddress, mostAddress = 100, 5, 5 * 60
	freeFactor, baseFactor, mostFactor    = 4, 15, 15 * 60
)

func throttleKeys(login, address string) limits {
	login = digest(strings.ToLower(login))
	network := networkOf(address)
	return limits{
		{"pair:" + login + "|" + network, freePair, basePair, mostPair},
		{"login:" + login, freeLogin, baseLogin, mostLogin},
		{"address:" + network, freeAddress, baseAddress, mostAddress},
	}
}

func factorLimit(account uuid.UUID) limits {
	return limits{{"factor:" + account.String(), freeFactor, baseFactor, mostFactor}}
}

func (ls limits) names() []string {
	names := make([]string, len(ls))
	for i, l := range ls {
		names[i] = l.key
	}
	return names
}

// forgiven are the keys that a success clears: not the address's, which others share.
func (ls limits) forgiven() []string {
	var names []string
	for _, l := range ls {
		if !strings.HasPrefix(l.key, "address:") {
			names = append(names, l.key)
		}
	}
	return names
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

func (s *Service) blocked(ctx context.Context, keys ...string) (bool, error) {
	var blocked bool
	err := s.door.Identity().QueryRow(ctx, `select identity.throttle_until($1) > $2`, keys, s.clock()).Scan(&blocked)
	if err != nil {
		return false, fmt.Errorf("reading throttles: %w", err)
	}
	return blocked, nil
}

// refuse counts the failure, unless tries are blocked anyway, and shows it on
// the person's sheet.
func (s *Service) refuse(ctx context.Context, keys limits, a *account, blocked bool) error {
	if blocked {
		return errRefused()
	}
	failures, until, err := s.countFailure(ctx, keys)
	if err != nil {
		return err
	}
	if a.ID != uuid.Nil {
		if _, err := s.door.Identity().Exec(ctx, `select identity.mark_failures($1, $2, $3)`, a.ID, failures, until); err != nil {
			return fmt.Errorf("marking failures: %w", err)
		}
	}
	return errRefused()
}

// countFailure counts one failure of each key and returns the first key's count
// and end of delay.
func (s *Service) countFailure(ctx context.Context, keys limits) (failures int, until *time.Time, err error) {
	for i, l := range keys {
		var n int
		var end *time.Time
		err = s.door.Identity().QueryRow(ctx, `select failures, nullif(blocked_until, '-infinity') from identity.throttle_fail($1, $2, $3, $4, $5)`,
			l.key, l.free, l.base, l.most, s.clock()).Scan(&n, &end)
		if err != nil {
			return 0, nil, fmt.Errorf("counting a failure: %w", err)
		}
		if i == 0 {
			failures, until = n, end
		}
	}
	return failures, until, nil
}

// errSlow asks for patience after wrong codes; it says nothing of the account.
func errSlow() error { return fault.Busy("signin.slow").On("code") }
