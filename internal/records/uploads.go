package records

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"habilis/internal/fault"
)

const (
	mostRead = 2                // files taken apart at once, of all places
	patience = 10 * time.Second // how long a file waits for that
)

// uploads bound what files cost while they are read: a place sends one at a time,
// and few of all places are taken apart at once.
type uploads struct {
	mu      sync.Mutex
	sending map[uuid.UUID]bool // places
	reading chan struct{}
}

func newUploads() *uploads {
	return &uploads{sending: map[uuid.UUID]bool{}, reading: make(chan struct{}, mostRead)}
}

// send lets a place's file in, up to done.
func (u *uploads) send(place uuid.UUID) (done func(), err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.sending[place] {
		return nil, fault.Busy("records.import.busy")
	}
	u.sending[place] = true
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.sending, place)
	}, nil
}

// read waits until a file may be taken apart, up to done.
func (u *uploads) read(ctx context.Context) (done func(), err error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	select {
	case u.reading <- struct{}{}:
		return func() { <-u.reading }, nil
	case <-ctx.Done():
		return nil, fault.Busy("records.import.busy")
	}
}
