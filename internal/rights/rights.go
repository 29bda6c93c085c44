// Package rights reads what decides who may do what in a place, at any instant:
// the catalogue of its areas and roles, the roles that people hold, and the cells
// that were set for them by hand. It changes nothing and judges nothing: the
// calculus is [grid]'s, the rules of changing are those of the capabilities above.
//
// Each fact has a beginning and an end, and all that is read here is read with
// the same predicate, since <= at < until: now and any past day are one query.
// What was never in time is as it is today: names, rules of roles, and areas.
package rights

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Asker is a batch of queries: a page's [access.Reading], or an act's [Batch].
type Asker interface {
	Query(sql string, args pgx.StrictNamedArgs, scan func(pgx.Rows) error)
}

// Batch is an act's queries.
type Batch struct{ queries pgx.Batch }

// Query adds a query whose rows scan reads.
func (b *Batch) Query(sql string, args pgx.StrictNamedArgs, scan func(pgx.Rows) error) {
	b.queries.Queue(sql, args).Query(scan)
}

// Send asks all of the batch in one round trip.
func (b *Batch) Send(ctx context.Context, tx pgx.Tx) error {
	return tx.SendBatch(ctx, &b.queries).Close()
}
