package signin_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

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
				}
			})
		}
	}
	all.Wait()
}
