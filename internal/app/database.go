package app

import (
	"context"
	"errors"
	"path/filepath"

	"habilis/internal/config"
	"habilis/internal/postgres"
)

// Database is how to reach a database: someone else's, or our own.
type Database struct {
	AppURL   string
	OwnerURL string            // "" when nobody told us
	cluster  *postgres.Cluster // nil for someone else's
}

// ClusterFolder is the folder of the private PostgreSQL of a data folder.
func ClusterFolder(data string) string { return filepath.Join(data, "postgres") }

// StartDatabase is the database of a server. One of our own is started, which
// no other process may have done, and migrated.
func StartDatabase(ctx context.Context, c *config.Config) (*Database, error) {
	return openDatabase(ctx, c, postgres.StartCluster)
}

// JoinDatabase is the database of a command, which may run beside a server.
func JoinDatabase(ctx context.Context, c *config.Config) (*Database, error) {
	return openDatabase(ctx, c, postgres.JoinCluster)
}

type opening = func(context.Context, postgres.ClusterOptions) (*postgres.Cluster, error)

func openDatabase(ctx context.Context, c *config.Config, open opening) (*Database, error) {
	if !c.Private() {
		return &Database{AppURL: c.DatabaseURL, OwnerURL: c.MigrateURL}, nil
	}
	cluster, err := open(ctx, postgres.ClusterOptions{Folder: ClusterFolder(c.Data)})
	if err != nil {
		return nil, err
	}
	if err := postgres.Migrate(ctx, cluster.OwnerURL()); err != nil {
		return nil, errors.Join(err, cluster.Stop())
	}
	return &Database{AppURL: cluster.AppURL(), OwnerURL: cluster.OwnerURL(), cluster: cluster}, nil
}

// Done is closed when a database of our own ends; it is nil, which blocks for
// ever, for someone else's.
func (d *Database) Done() <-chan struct{} {
	if d.cluster == nil {
		return nil
	}
	return d.cluster.Done()
}

// Close stops a database of our own, if this process started it.
func (d *Database) Close() error {
	if d.cluster == nil {
		return nil
	}
	return d.cluster.Stop()
}
