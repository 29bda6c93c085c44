package access_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
)

// take starts to wait for a turn; what comes of it is sent once.
func take(ctx context.Context, turns *access.Turns, place uuid.UUID) <-chan error {
	taken := make(chan error, 1)
	go func() {
		_, err := turns.Take(ctx, place)
		taken <- err
	}()
	synctest.Wait()
	return taken
}

func waits(t *testing.T, taken <-chan error) {
	t.Helper()
	select {
	case err := <-taken:
		t.Errorf("didn't wait: %v", err)
	default:
	}
}

func TestAPlaceGoesOnAFewAtATimeAndSomeWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns, here, there := access.NewTurns(2, 2), access.NewID(), access.NewID()
		end, err := turns.Take(t.Context(), here)
		if err != nil {
			t.Fatal(err)
		}
		if err := <-take(t.Context(), turns, here); err != nil {
			t.Fatal(err)
		}
		gone, leave := context.WithCancel(t.Context())
		third, fourth := take(t.Context(), turns, here), take(gone, turns, here)
		waits(t, third)
		waits(t, fourth)
		if err := <-take(t.Context(), turns, here); !fault.Is(err, fault.KindBusy) {
			t.Errorf("past the end of the line: %v", err)
		}
		if err := <-take(t.Context(), turns, there); err != nil {
			t.Errorf("another place: %v", err)
		}
		leave()
		if err := <-fourth; err != context.Canceled {
			t.Errorf("who went away: %v", err)
		}
		end()
		if err := <-third; err != nil {
			t.Errorf("who was first in line: %v", err)
		}
	})
}

func TestWhoWaitsTooLongForATurnIsToldSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns, here := access.NewTurns(1, 1), access.NewID()
		end, err := turns.Take(t.Context(), here)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := <-take(t.Context(), turns, here); !fault.Is(err, fault.KindBusy) || time.Since(began) != access.Patience {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		end()
		if err := <-take(t.Context(), turns, here); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}
