package postgres

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// PoolOptions bound what a process asks of the database. Zero values are
// those of the server.
type PoolOptions struct {
	Name             string        // shown in pg_stat_activity; "habilis"
	MaxConns         int32         // 8: a journal's head row queues worse with more
	StatementTimeout time.Duration // 10 s; the server ends a statement that takes longer
	LockTimeout      time.Duration // 5 s; a statement that waits longer for another's lock fails
	IdleTimeout      time.Duration // 10 s; and a transaction that waits for us longer
	OneInstant       bool          // each transaction sees one state of the data: repeatable read
}

// OpenPool connects to the database at url and returns when it has answered.
// The caller closes the pool.
func OpenPool(ctx context.Context, url string, options PoolOptions) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("reading the database's address: %w", err) // pgx leaves the password out
	}
	config.MaxConns = cmp.Or(options.MaxConns, 8)
	config.MaxConnLifetimeJitter = 5 * time.Minute
	config.HealthCheckPeriod = 15 * time.Second
	config.PingTimeout = 2 * time.Second // an idle connection cut without a word
	config.ConnConfig.ConnectTimeout = 5 * time.Second
	setRuntime(config.ConnConfig, options)
	config.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		registerUUID(conn.TypeMap())
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connecting to the database: %w", err)
	}
	return pool, nil
}

// setRuntime sets what each connection tells the server when it opens.
func setRuntime(config *pgx.ConnConfig, options PoolOptions) {
	params := config.RuntimeParams
	params["application_name"] = cmp.Or(options.Name, "habilis")
	params["statement_timeout"] = milliseconds(cmp.Or(options.StatementTimeout, 10*time.Second))
	params["lock_timeout"] = milliseconds(cmp.Or(options.LockTimeout, 5*time.Second))
	params["idle_in_transaction_session_timeout"] = milliseconds(cmp.Or(options.IdleTimeout, 10*time.Second))
	params["timezone"] = "UTC"
	if options.OneInstant {
		params[isolation] = oneInstant
	}
	// What the server reads is short and has an index in its order, but a plan is
	// kept for places of every size: where few pages were known to be visible to
	// all, it fetched and sorted the 6,000 people of a place for a page of 50 (8 ms).
	params["enable_bitmapscan"] = "off"
	// Nor may it read the grants of all places, 170,000, to find the 1,000 holders of
	// a role (25 ms): a page out of order costs what one in order does, on a disk of today.
	params["random_page_cost"] = "1.1"
}

const (
	isolation  = "default_transaction_isolation"
	oneInstant = "repeatable read"
)

// OneInstant reports whether the transactions of a pool see one state of the data
// each, though they don't ask for it: [PoolOptions].
func OneInstant(pool *pgxpool.Pool) bool {
	return pool.Config().ConnConfig.RuntimeParams[isolation] == oneInstant
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
