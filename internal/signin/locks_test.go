package signin_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/pgtest/place"
)

// Right and wrong passwords of few people, from few addresses, write the same
// rows: throttles and presences.
func TestRightAndWrongPasswordsAtOnceWaitForNobody(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	q := p.Beside(t)
	var all sync.WaitGroup
	for range 2 {
		who := p.Person(t, "booking")
		q.Join(t, who, "booking")
		for i := range 4 {
			all.Go(func() {
				for n := range 40 {
					address := fmt.Sprintf("192.0.2.%d", (n+i)%2)
					if err := errors.Join(s.Hit(t.Context(), who.Account, address), s.Miss(t.Context(), who.Account, address)); err != nil {
						t.Error(err)
						return
					}
					p.Clock.Advance(time.Minute) // who comes in again and again waits no longer
				}
			})
		}
	}
	all.Wait()
}

// Codes from known browsers of one person count for the browser and for the account.
func TestCodesAtOnceFromKnownBrowsersWaitForNobody(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who := p.Person(t, "booking")
	var all sync.WaitGroup
	for i := range 8 {
		hash := sha256.Sum256(fmt.Append(nil, who.Account, i%2))
		signed := access.Signed{Account: who.Account, Browser: hash[:]}
		cameFrom(t, p, who, func(uuid.UUID) []byte { return hash[:] })
		if err := s.Remember(t.Context(), who.Account, signed.Browser, "Firefox", "192.0.2.1", access.StrongFactor); err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			for range 60 {
				if err := s.TryCode(t.Context(), signed); err != nil && !fault.Is(err, fault.KindBusy) {
					t.Error(err)
					return
				}
				if err := s.Forgive(t.Context(), signed); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}
