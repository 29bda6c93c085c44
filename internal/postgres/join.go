package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// JoinCluster reaches the cluster that lives in the folder: as it is when
// another process runs it, else by starting it. Stop ends only what this call
// has started.
func JoinCluster(ctx context.Context, options ClusterOptions) (*Cluster, error) {
	c, err := StartCluster(ctx, options)
	if errors.Is(err, ErrRuns) {
		return reachCluster(options.Folder)
	}
	return c, err
}

// reachCluster finds the passwords and the socket of a cluster that is not ours
// to stop: it holds no lock.
func reachCluster(folder string) (*Cluster, error) {
	folder, err := filepath.EvalSymlinks(folder)
	if err == nil {
		folder, err = filepath.Abs(folder)
	}
	if err != nil {
		return nil, fmt.Errorf("finding the cluster's folder: %w", err)
	}
	c := &Cluster{options: ClusterOptions{Folder: folder}, sockets: filepath.Join(folder, "run")}
	if borrowed, err := os.Readlink(c.sockets); err == nil {
		c.sockets = borrowed
	}
	c.secrets, err = readSecrets(filepath.Join(folder, "secrets.json"), false)
	if err != nil {
		return nil, err
	}
	return c, nil
}
