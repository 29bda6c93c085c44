package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"habilis/internal/flock"
	"habilis/internal/postgres"
)

const (
	prefix    = "habilis-test-" // of every folder of ours in the fast place
	keptFor   = time.Hour       // a template that nobody has used for longer goes with the next build
	templates = "habilis-test"  // the folder of templates, in the user's cache
)

// settings suit a small database that lives a minute.
var settings = map[string]string{
	"shared_buffers":  "32MB",
	"max_wal_size":    "32MB",
	"autovacuum":      "off",
	"max_connections": "300", // several servers a test, a test a core
}

// startCopy starts a cluster on a copy of the template; remove throws the
// copy away once the cluster is stopped.
func startCopy(ctx context.Context) (cluster *postgres.Cluster, remove func(), err error) {
	cache, err := cacheFolder()
	if err != nil {
		return nil, nil, err
	}
	// The same lock guards the template, and the moment between making a
	// folder and holding it: whoever sweeps sees it held.
	lock, err := flock.Wait(filepath.Join(cache, "lock"))
	if err != nil {
		return nil, nil, err
	}
	defer lock.Release()
	sweep(fastPlace())
	template, err := prepareTemplate(ctx, cache)
	if err != nil {
		return nil, nil, err
	}
	folder, err := makeFolder()
	if err != nil {
		return nil, nil, err
	}
	remove = func() { os.RemoveAll(folder) }
	if err := copyTree(template, folder); err != nil {
		remove()
		return nil, nil, fmt.Errorf("copying the template: %w", err)
	}
	cluster, err = postgres.StartCluster(ctx, options(folder))
	if err != nil {
		remove()
		return nil, nil, err
	}
	return cluster, remove, nil
}

func options(folder string) postgres.ClusterOptions {
	return postgres.ClusterOptions{Folder: folder, Settings: settings, Disposable: true}
}

// prepareTemplate returns the folder of a stopped cluster, provisioned and
// migrated by this very code. It is built once and kept.
func prepareTemplate(ctx context.Context, cache string) (string, error) {
	key, err := templateKey()
	if err != nil {
		return "", err
	}
	template := filepath.Join(cache, key)
	now := time.Now()
	if err := os.Chtimes(template, now, now); err == nil {
		return template, nil
	}
	dropUnused(cache)
	built, err := makeFolder()
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(built)
	if err := build(ctx, built); err != nil {
		return "", fmt.Errorf("building the test database: %w", err)
	}
	draft := template + ".new"
	if err := errors.Join(os.RemoveAll(draft), copyTree(built, draft), os.Rename(draft, template)); err != nil {
		return "", fmt.Errorf("keeping the test database: %w", err)
	}
	return template, nil
}

// build fills the folder with a cluster and stops it.
func build(ctx context.Context, folder string) error {
	cluster, err := postgres.StartCluster(ctx, options(folder))
	if err != nil {
		return err
	}
	return errors.Join(postgres.Migrate(ctx, cluster.OwnerURL()), cluster.Stop())
}

// templateKey names all that a template depends on.
func templateKey() (string, error) {
	programs, err := postgres.FindPrograms("")
	if err != nil {
		return "", err
	}
	version, err := exec.Command(filepath.Join(programs, "postgres"), "--version").Output()
	if err != nil {
		return "", fmt.Errorf("asking PostgreSQL for its version: %w", err)
	}
	content, err := postgres.Fingerprint()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(append(version, content...))
	return hex.EncodeToString(sum[:10]), nil
}

// cacheFolder is where templates stay from one run to the next.
func cacheFolder() (string, error) {
	folder := filepath.Join(os.TempDir(), prefix+"cache-"+strconv.Itoa(os.Getuid())) // no home
	if home, err := os.UserCacheDir(); err == nil {
		folder = filepath.Join(home, templates)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("making the folder of test databases: %w", err)
	}
	return folder, nil
}

// dropUnused removes the templates of earlier migrations.
func dropUnused(cache string) {
	entries, err := os.ReadDir(cache)
	if err != nil {
		return
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err == nil && entry.IsDir() && time.Since(info.ModTime()) > keptFor {
			os.RemoveAll(filepath.Join(cache, entry.Name()))
		}
	}
}

// fastPlace is memory when the system offers it as a folder.
func fastPlace() string {
	const memory = "/dev/shm"
	probe, err := os.MkdirTemp(memory, prefix)
	if err != nil {
		return os.TempDir()
	}
	os.Remove(probe)
	return memory
}

func makeFolder() (string, error) {
	folder, err := os.MkdirTemp(fastPlace(), prefix)
	if err != nil {
		return "", fmt.Errorf("making a folder for the test database: %w", err)
	}
	return folder, os.Chmod(folder, 0o711) // the server's account passes through
}

// sweep removes what killed runs of this user left: folders whose lock
// nobody holds.
func sweep(place string) {
	left, err := filepath.Glob(filepath.Join(place, prefix+"*"))
	if err != nil {
		return
	}
	for _, folder := range left {
		if strings.HasPrefix(filepath.Base(folder), prefix+"cache-") || !isOurs(folder) {
			continue
		}
		lock, err := flock.Try(filepath.Join(folder, "lock"))
		if err != nil {
			continue // alive
		}
		os.RemoveAll(folder)
		lock.Release()
	}
}

func isOurs(folder string) bool {
	info, err := os.Lstat(folder)
	if err != nil || !info.IsDir() {
		return false
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(owner.Uid) == os.Getuid()
}

// copyTree copies a stopped cluster, keeping modes; StartCluster gives the
// copy to the account that it runs as.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		switch {
		case entry.IsDir():
			return copyFolder(target, info)
		case entry.Type().IsRegular():
			return copyFile(path, target, info)
		}
		return nil // the server's socket, should it still be there
	})
}

func copyFolder(target string, info fs.FileInfo) error {
	if err := os.Mkdir(target, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Chmod(target, info.Mode().Perm())
}

func copyFile(from, to string, info fs.FileInfo) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = target.ReadFrom(source)
	return errors.Join(err, target.Close())
}
