package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/rivermigrate"

	"habilis/migrations"
)

// JobSchema is where River keeps its tables.
const JobSchema = "river"

// jobRights let the server work with River's tables and not change them;
// versionRights let it see how far the database has come.
const (
	jobRights = `
grant usage on schema river to habilis_app;
grant select, insert, update, delete on all tables in schema river to habilis_app;
grant usage, select on all sequences in schema river to habilis_app;
alter default privileges in schema river grant select, insert, update, delete on tables to habilis_app;
alter default privileges in schema river grant usage, select on sequences to habilis_app;
revoke insert, update, delete on river.river_migration from habilis_app;`
	versionRights = `grant select on goose_db_version to habilis_app`
)

// Migrate brings the database at url, reached as habilis_owner, to what this
// binary needs: River's tables, then ours. Replicas that start together take
// turns, five minutes at most. A database that is up to date is left alone.
func Migrate(ctx context.Context, url string) error {
	pool, err := openForMigration(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	return inTurn(ctx, db, func() error {
		if err := migrateJobs(ctx, pool); err != nil {
			return fmt.Errorf("migrating the jobs: %w", err)
		}
		if err := migrateOurs(ctx, db); err != nil {
			return fmt.Errorf("migrating the database: %w", err)
		}
		return nil
	})
}

// openForMigration opens a pool whose statements may take their time.
func openForMigration(ctx context.Context, url string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("reading the database's address: %w", err)
	}
	config.MaxConns = 4
	config.ConnConfig.RuntimeParams["application_name"] = "habilis migrate"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	return pool, nil
}

// inTurn works while it alone, of all processes, holds the database's
// migration lock. The lock is asked for again each second and never waited
// for in a statement, which would hold up "create index concurrently".
func inTurn(ctx context.Context, db *sql.DB, work func() error) (err error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return fmt.Errorf("preparing the migration lock: %w", err)
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connecting to the database: %w", err)
	}
	defer conn.Close()
	if err := locker.SessionLock(ctx, conn); err != nil {
		return fmt.Errorf("waiting for another migration: %w", err)
	}
	defer func() {
		err = errors.Join(err, locker.SessionUnlock(context.WithoutCancel(ctx), conn))
	}()
	return work()
}

func migrateJobs(ctx context.Context, pool *pgxpool.Pool) error {
	if _, err := pool.Exec(ctx, "create schema if not exists "+JobSchema); err != nil {
		return err
	}
	migrator, err := jobMigrator(pool)
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	_, err = pool.Exec(ctx, jobRights)
	return err
}

func migrateOurs(ctx context.Context, db *sql.DB) error {
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.Files, goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, versionRights)
	return err
}
