package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"habilis/migrations"
)

// Schema is how far a database has been migrated.
type Schema struct {
	Ours int64 // number of the last of our migrations
	Jobs int64 // and of River's
}

// OldSchemaError says that a database is behind this binary.
type OldSchemaError struct{ Have, Want Schema }

func (e *OldSchemaError) Error() string {
	return fmt.Sprintf("the database is at version %d (jobs %d) and this program needs %d (jobs %d): run habilis migrate",
		e.Have.Ours, e.Have.Jobs, e.Want.Ours, e.Want.Jobs)
}

// CheckSchema answers *OldSchemaError when the database is behind this
// binary. One that is ahead is fine: migrations run beside the previous
// release.
func CheckSchema(ctx context.Context, pool *pgxpool.Pool) error {
	want, err := WantedSchema()
	if err != nil {
		return err
	}
	have, err := CurrentSchema(ctx, pool)
	if err != nil {
		return err
	}
	if have.Ours < want.Ours || have.Jobs < want.Jobs {
		return &OldSchemaError{Have: have, Want: want}
	}
	return nil
}

const undefinedTable = "42P01"

const currentSchema = `
select (select coalesce(max(version_id), 0) from goose_db_version where is_applied),
       (select coalesce(max(version), 0) from river.river_migration where line = 'main')`

// CurrentSchema reads how far the database is; all zero before the first
// migration.
func CurrentSchema(ctx context.Context, pool *pgxpool.Pool) (Schema, error) {
	var schema Schema
	err := pool.QueryRow(ctx, currentSchema).Scan(&schema.Ours, &schema.Jobs)
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == undefinedTable {
		return Schema{}, nil
	}
	if err != nil {
		return Schema{}, fmt.Errorf("reading the database's version: %w", err)
	}
	return schema, nil
}

// WantedSchema is what this binary needs.
func WantedSchema() (Schema, error) {
	var want Schema
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		return want, fmt.Errorf("listing the migrations: %w", err)
	}
	for _, name := range names {
		number, err := goose.NumericComponent(name)
		if err != nil {
			return want, fmt.Errorf("numbering the migration %s: %w", name, err)
		}
		want.Ours = max(want.Ours, number)
	}
	migrator, err := jobMigrator(nil)
	if err != nil {
		return want, err
	}
	for _, migration := range migrator.AllVersions() {
		want.Jobs = max(want.Jobs, int64(migration.Version))
	}
	return want, nil
}

// Fingerprint changes whenever a new private cluster would come out
// different: the provisioning, our migrations or River's.
func Fingerprint() (string, error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q", []string{provisionSQL, jobRights, versionRights})
	err := fs.WalkDir(migrations.Files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(migrations.Files, path)
		fmt.Fprintf(sum, "%q%q", path, text)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("reading the migrations: %w", err)
	}
	migrator, err := jobMigrator(nil)
	if err != nil {
		return "", err
	}
	for _, migration := range migrator.AllVersions() {
		fmt.Fprintf(sum, "%d%q", migration.Version, migration.SQLUp)
	}
	return hex.EncodeToString(sum.Sum(nil)[:12]), nil
}

// jobMigrator is River's; the pool may be nil when no migration is run.
func jobMigrator(pool *pgxpool.Pool) (*rivermigrate.Migrator[pgx.Tx], error) {
	config := &rivermigrate.Config{Schema: JobSchema, Logger: slog.New(slog.DiscardHandler)}
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), config)
	if err != nil {
		return nil, fmt.Errorf("preparing the migrations of the jobs: %w", err)
	}
	return migrator, nil
}
