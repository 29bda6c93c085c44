package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"runtime"
	"sync/atomic"

	"habilis/internal/secret/argon"
)

// current is what new passwords are hashed with: OWASP's first choice of equal
// strength for servers, 19 MiB in two passes, some 40 ms on a small machine. More
// memory would halve how many people can sign in at once on two cores; what is
// stored says its own cost, so that it can be raised here at any time and holds
// from each person's next sign-in.
var current = cost{memory: 19 * 1024, passes: 2, lanes: 1}

const (
	saltBytes = 16
	keyBytes  = 32
)

// Hasher hashes and compares passwords, a bounded number at once: each takes 19
// MiB, and a storm of sign-ins must leave memory flat and the pages answering.
type Hasher struct {
	queue   *queue
	derived atomic.Uint64
	derive  func(argon.Job) ([]byte, error)
}

// NewHasher makes a hasher that runs so many hashes at once, and lets so many
// more wait; the surplus is told that it is busy. Whose turn it is, [InTurn] says.
func NewHasher(running, waiting int) *Hasher {
	return &Hasher{queue: newQueue(running, waiting), derive: argon.Derive}
}

// Derived is how many hashes were computed, those of passwords that nobody has
// included.
func (h *Hasher) Derived() uint64 { return h.derived.Load() }

// DefaultHasher runs one hash a core, and lets 32 a core wait: under two seconds.
func DefaultHasher() *Hasher {
	cores := runtime.GOMAXPROCS(0)
	return NewHasher(cores, 32*cores)
}

// By has the hasher's keys derived elsewhere, as by a process beside this one.
func (h *Hasher) By(derive func(argon.Job) ([]byte, error)) *Hasher {
	h.derive = derive
	return h
}

// Hash gives what to store of a password that Check has accepted, in the format
// of PHC strings. It fails with fault.Busy when too many wait, with ctx's error,
// or on a password that Check would call too long or impossible.
func (h *Hasher) Hash(ctx context.Context, plain string) (string, error) {
	secret, err := normalise(plain)
	if err != nil {
		return "", err
	}
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	key, err := h.run(ctx, secret, salt, current, keyBytes)
	if err != nil {
		return "", err
	}
	return stored{current, salt, key}.String(), nil
}

// Verify compares a typed password with what is stored. stale says that it is
// right but was hashed at a lower cost than today's: store a new Hash of it. The
// time taken says nothing of plain.
func (h *Hasher) Verify(ctx context.Context, encoded, plain string) (ok, stale bool, err error) {
	s, err := parseStored(encoded)
	if err != nil {
		return false, false, err
	}
	secret, impossible := normalise(plain)
	key, err := h.run(ctx, secret, s.salt, s.cost, len(s.key))
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(key, s.key) == 1 && impossible == nil
	return ok, ok && s.cost.below(current), nil
}

// Dummy takes the time of a Verify, and its place in the queue, for an account
// that doesn't exist or has no password.
func (h *Hasher) Dummy(ctx context.Context, plain string) error {
	secret, _ := normalise(plain)
	_, err := h.run(ctx, secret, make([]byte, saltBytes), current, keyBytes)
	return err
}

// run derives a key when its turn has come.
func (h *Hasher) run(ctx context.Context, secret string, salt []byte, c cost, bytes int) ([]byte, error) {
	turn := TurnOf(ctx)
	if err := h.queue.enter(ctx, turn); err != nil {
		return nil, err
	}
	defer h.queue.leave(turn)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	h.derived.Add(1)
	return h.derive(argon.Job{
		Secret: []byte(secret), Salt: salt,
		Passes: c.passes, Memory: c.memory, Lanes: c.lanes, Bytes: uint32(bytes),
	})
}
