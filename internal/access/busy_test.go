package access_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/postgres"
)

// until waits for something that others bring about.
func until(t *testing.T, so func() bool) {
	t.Helper()
	for !so() {
		if t.Context().Err() != nil {
			t.Fatal("it never came")
		}
		runtime.Gosched()
	}
}

// held is an act that holds the place's lock until it is let go.
func held(t *testing.T, p *place.Place) (letGo func()) {
	t.Helper()
	in, out, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		done <- p.TryWrite(t, func(context.Context, *access.Visit) error {
			close(in)
			<-out
			return nil
		})
	}()
	<-in
	return func() {
		close(out)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestAPlaceWhoseActsWaitForEachOtherKeepsNobodyElseWaiting(t *testing.T) {
	p := place.New(t)
	q := p.Beside(t)
	pool, member := pgtest.Pool(t), access.Need{Act: "test.knock", Member: true}
	letGo := held(t, p)
	const many = 100
	var all sync.WaitGroup
	answers := make(chan error, many)
	for range many {
		all.Go(func() {
			answers <- p.Door.Enter(t.Context(), p.Pilot.Actor(), member, func(v *access.Visit) error { v.Unchanged(); return nil })
		})
	}
	for range many - access.ActsAtOnce - access.ActsBehind + 1 { // the one that holds the lock is of them
		if err := <-answers; !fault.Is(err, fault.KindBusy) {
			t.Errorf("past the end of the line: %v", err)
		}
	}
	until(t, func() bool { return pool.Stat().AcquiredConns() == access.ActsAtOnce })
	entering, reading := knock(t, q.Door, q.Pilot.Actor(), member)
	if _, here := p.Door.Read(t.Context(), p.Pilot.Actor(), member, func(*access.Reading) {}); entering != nil || reading != nil || here != nil {
		t.Errorf("another place: %v, %v; a page of this one: %v", entering, reading, here)
	}
	letGo()
	all.Wait()
	close(answers)
	for err := range answers {
		if err != nil {
			t.Errorf("who waited: %v", err)
		}
	}
}

func TestALockThatIsHeldTooLongIsBusyNotBroken(t *testing.T) {
	p := place.New(t)
	pool, err := postgres.OpenPool(t.Context(), pgtest.AppURL(t), postgres.PoolOptions{LockTimeout: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	hasty := access.NewDoor(pool, pgtest.Pages(t), p.Clock.Now)
	defer held(t, p)()
	entering, reading := knock(t, hasty, p.Pilot.Actor(), access.Need{Act: "test.knock", Member: true})
	if !fault.Is(entering, fault.KindBusy) || reading != nil {
		t.Errorf("got %v, %v", entering, reading)
	}
}
