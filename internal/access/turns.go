package access

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"habilis/internal/fault"
)

// Patience is how long someone waits for a turn, and then for a lock, before
// they are told that the place is busy.
const Patience = 5 * time.Second

// Turns keep a place from taking all that a process shares. A few at a time go
// on in each place; some wait in line, holding nothing; the rest are turned away.
type Turns struct {
	at     int // go on at once, in one place
	behind int // wait behind them
	mu     sync.Mutex
	lines  map[uuid.UUID]*line
}

type line struct {
	length int           // who goes on and who waits
	seats  chan struct{} // full when as many go on as may
}

// NewTurns lets so many go on at once in each place, and so many wait.
func NewTurns(at, behind int) *Turns {
	return &Turns{at: at, behind: behind, lines: map[uuid.UUID]*line{}}
}

// Take returns once it is the caller's turn, who ends it. It fails with a
// [fault.KindBusy] when the line is full or doesn't move.
func (t *Turns) Take(ctx context.Context, place uuid.UUID) (end func(), err error) {
	l := t.join(place)
	if l == nil {
		return nil, errBusy()
	}
	waited := time.NewTimer(Patience)
	defer waited.Stop()
	select {
	case l.seats <- struct{}{}:
		return func() { <-l.seats; t.leave(place) }, nil
	case <-waited.C:
		err = errBusy()
	case <-ctx.Done():
		err = ctx.Err()
	}
	t.leave(place)
	return nil, err
}

func errBusy() *fault.Fault { return fault.Busy("access.busy") }

// join is the line of a place with one more in it, nil if it is full.
func (t *Turns) join(place uuid.UUID) *line {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[place]
	if l == nil {
		l = &line{seats: make(chan struct{}, t.at)}
		t.lines[place] = l
	}
	if l.length == t.at+t.behind {
		return nil
	}
	l.length++
	return l
}

func (t *Turns) leave(place uuid.UUID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l := t.lines[place]; l.length > 1 {
		l.length--
	} else {
		delete(t.lines, place)
	}
}
