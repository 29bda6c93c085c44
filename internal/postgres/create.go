package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// create makes the data folder and its passwords when there is none yet.
// It is built beside its place and renamed into it: what was cut short is
// thrown away by the next start.
func (c *Cluster) create(ctx context.Context) error {
	_, err := os.Stat(filepath.Join(c.data(), "PG_VERSION"))
	isNew := errors.Is(err, fs.ErrNotExist)
	if err != nil && !isNew {
		return fmt.Errorf("looking for the database: %w", err)
	}
	c.secrets, err = readSecrets(filepath.Join(c.options.Folder, "secrets.json"), isNew)
	if err != nil {
		return err
	}
	if !isNew {
		return c.account.adopt(c.data())
	}
	draft := filepath.Join(c.options.Folder, "data.new")
	if err := os.RemoveAll(draft); err != nil {
		return fmt.Errorf("removing an unfinished database: %w", err)
	}
	if err := os.Mkdir(draft, 0o700); err != nil {
		return fmt.Errorf("making the database's folder: %w", err)
	}
	if err := c.account.own(draft); err != nil {
		return fmt.Errorf("making the database's folder: %w", err)
	}
	if err := c.initdb(ctx, draft); err != nil {
		return err
	}
	if err := os.Rename(draft, c.data()); err != nil {
		return fmt.Errorf("putting the new database in place: %w", err)
	}
	return nil
}

// initdb fills an empty folder with a cluster.
func (c *Cluster) initdb(ctx context.Context, folder string) error {
	password := filepath.Join(c.options.Folder, "initdb.password")
	defer os.Remove(password)
	if err := writeWhole(password, []byte(c.secrets.Super+"\n")); err != nil {
		return err
	}
	if err := c.account.own(password); err != nil {
		return fmt.Errorf("handing over the new password: %w", err)
	}
	args := []string{"--pgdata", folder, "--username", superuser, "--pwfile", password,
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"}
	if c.options.Disposable {
		args = append(args, "--no-sync", "--wal-segsize=1")
	}
	log, err := c.openLog()
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := c.command("initdb", args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := run(ctx, cmd); err != nil {
		return fmt.Errorf("creating the database (%w); initdb said:\n%s", err, c.logTail())
	}
	return nil
}

// openLog opens the server's log for appending; it starts afresh when it has
// grown past logLimit.
func (c *Cluster) openLog() (*os.File, error) {
	path := c.logPath()
	if info, err := os.Stat(path); err == nil && info.Size() > logLimit {
		if err := os.Truncate(path, 0); err != nil {
			return nil, fmt.Errorf("shortening the database's log: %w", err)
		}
	}
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the database's log: %w", err)
	}
	return log, nil
}

// logTail is the end of the log, for an error that a person reads.
func (c *Cluster) logTail() string {
	log, err := os.Open(c.logPath())
	if err != nil {
		return err.Error()
	}
	defer log.Close()
	const enough = 2000
	if info, err := log.Stat(); err == nil && info.Size() > enough {
		if _, err := log.Seek(-enough, io.SeekEnd); err != nil {
			return err.Error()
		}
	}
	text, err := io.ReadAll(log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (c *Cluster) logPath() string { return filepath.Join(c.options.Folder, "postgres.log") }
