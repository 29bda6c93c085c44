package password

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"habilis/internal/fault"
)

// asks has the hasher asked by somebody, and says what they were told.
func asks(h *Hasher, account, site string, told chan<- error) {
	go func() {
		told <- h.Dummy(InTurn(context.Background(), Turn{Account: account, Site: site}), good)
	}()
}

func TestWhoAsksWithoutEndHoldsNobodyElseUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, began, end := gated(2, 64)
		flood, others := make(chan error, 200), make(chan error, 20)
		for i := range 200 {
			asks(h, fmt.Sprint("somebody ", i), "192.0.2.1", flood)
		}
		synctest.Wait()
		for i := range 20 {
			asks(h, fmt.Sprint("someone else ", i), fmt.Sprint("198.51.100.", i), others)
		}
		synctest.Wait()
		serve := func(n int) {
			for range n {
				<-began
				end <- struct{}{}
			}
		}
		serve(2 + 20 + 20) // what runs, and one of the flood for each of the others at most
		synctest.Wait()
		if len(others) != 20 {
			t.Fatalf("%d of twenty others had their turn", len(others))
		}
		for range 20 {
			if err := <-others; err != nil {
				t.Errorf("they were refused: %v", err)
			}
		}
		serve(2 + 64 - 42)
		synctest.Wait()
		served := 0
		for range 200 {
			switch err := <-flood; {
			case err == nil:
				served++
			case !fault.Is(err, fault.KindBusy):
				t.Error(err)
			}
		}
		if served != 2+64-20 {
			t.Errorf("%d of the flood were served", served)
		}
	})
}

// Whoever types someone's name again and again is told that it is busy, and elsewhere
// they come in.
func TestOneAccountWaitsForAFewHashesOfASite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, began, end := gated(2, 64)
		told, elsewhere := make(chan error, 91), make(chan error, 1)
		for range 90 {
			asks(h, "somebody", "192.0.2.1", told)
		}
		synctest.Wait()
		if busy := len(told); busy != 90-perAccount {
			t.Errorf("%d were told that it is busy", busy)
		}
		asks(h, "somebody", "198.51.100.1", elsewhere)
		for range perAccount + 1 {
			<-began
			end <- struct{}{}
		}
		if err := <-elsewhere; err != nil {
			t.Errorf("elsewhere: %v", err)
		}
		synctest.Wait()
		asks(h, "somebody", "192.0.2.1", told)
		<-began
		end <- struct{}{}
		synctest.Wait()
		if len(told) != 91 {
			t.Errorf("%d answers of 91", len(told))
		}
	})
}

// Whatever leaves, and whenever, all turns are given back.
func TestNoTurnIsLost(t *testing.T) {
	h, began, end := gated(2, 5)
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-began:
			case end <- struct{}{}:
			case <-stop:
				return
			}
		}
	}()
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			for n := range 40 {
				ctx, leave := context.WithCancel(InTurn(context.Background(), Turn{fmt.Sprint(i % 5), fmt.Sprint(i % 3)}))
				if n%3 == 0 {
					go leave()
				}
				_ = h.Dummy(ctx, good)
				leave()
			}
		})
	}
	all.Wait()
	close(stop)
	if q := h.queue; q.free != 2 || q.waiting != 0 || len(q.lines) != 0 || len(q.asked) != 0 {
		t.Errorf("afterwards: %+v", q)
	}
}
