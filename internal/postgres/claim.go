package postgres

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// ErrClaim says that a session is no longer what was remembered of it: it has
// ended, or says something else by now. Only the store can tell which.
var ErrClaim = errors.New("the session is no longer what was remembered of it")

// Claim is what a request believes of its session before the database has
// confirmed it. What a session says is remembered by each process, so that a page
// needs no round trip of its own for it; that it lives is never remembered: the
// page's batch asks that first, and reads no row when it doesn't. So a session
// that has ended is dead at the next request, on every replica.
//
// Only the store makes a claim that is about anything. One about nothing, and no
// claim at all, hold: the session was read from the store by this very request.
type Claim struct {
	remembered
	token string
	at    time.Time
	idle  time.Duration
	open  atomic.Bool // not confirmed, or not yet
}

type claimKey struct{}

// Claiming lets [Sessions.FindCtx] answer from memory, and tells in the claim
// that it did. Who asks for that lets nothing out before the claim holds.
func Claiming(ctx context.Context) (context.Context, *Claim) {
	c := &Claim{}
	return context.WithValue(ctx, claimKey{}, c), c
}

// ClaimOf is the request's claim; nil when it makes none.
func ClaimOf(ctx context.Context) *Claim {
	c, _ := ctx.Value(claimKey{}).(*Claim)
	return c
}

// Holds reports whether the session is certain to have lived when this request came.
func (c *Claim) Holds() bool { return c == nil || !c.open.Load() }

// Alone reports whether it is part of the claim that the session's account is of one
// place at most.
func (c *Claim) Alone() bool { return c != nil && c.alone }

const (
	setTenant    = `select set_config('habilis.tenant', $1, true)`
	confirmClaim = `select set_config('habilis.tenant', $1, true), identity.session_stands($2, $3, $4, $5, $6)`
)

// Enter has a batch set the tenant, for row-level security, and confirm the claim, of
// which there may be none: it ends with [ErrClaim] when the claim doesn't hold, and
// what is queued after is then never read. Pages begin with it, so it is one statement.
func Enter(b *pgx.Batch, tenant uuid.UUID, c *Claim) {
	if c.Holds() {
		b.Queue(setTenant, tenant.String())
		return
	}
	b.Queue(confirmClaim, tenant.String(), c.token, c.data, c.alone, c.at, c.idle).QueryRow(func(row pgx.Row) error {
		var holds bool
		if err := row.Scan(nil, &holds); err != nil {
			return err
		}
		if !holds {
			return ErrClaim
		}
		c.open.Store(false)
		return nil
	})
}

// about makes the claim one about a session.
func (c *Claim) about(token string, known *remembered, at time.Time, idle time.Duration) {
	c.token, c.remembered, c.at, c.idle = token, *known, at, idle
	c.open.Store(true)
}

// remembered is what a session said when it was last read or written here, and
// whether its account was known to be of one place at most.
type remembered struct {
	data  []byte
	alone bool
}
