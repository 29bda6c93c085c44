package keyring

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// WatchEvery is how soon a process notices that its key file has changed.
const WatchEvery = 5 * time.Second

// file is where a ring comes from; its path is empty for one of no file.
type file struct {
	mu   sync.Mutex
	path string
	seen os.FileInfo // when the ring was read
}

// Load reads a key file; see Parse.
func Load(path string) (*Ring, error) {
	ring := &Ring{}
	ring.file.path = path
	if _, err := ring.reload(); err != nil {
		return nil, err
	}
	return ring, nil
}

// Path is the file of the ring; "" for one of no file.
func (r *Ring) Path() string { return r.file.path }

// reload reads the file again if it has changed. One that can't be used leaves the
// ring as it is.
func (r *Ring) reload() (changed bool, err error) {
	r.file.mu.Lock()
	defer r.file.mu.Unlock()
	about, err := os.Stat(r.file.path)
	if err != nil {
		return false, fmt.Errorf("reading the key file: %w", err)
	}
	if r.file.seen != nil && os.SameFile(about, r.file.seen) && about.ModTime().Equal(r.file.seen.ModTime()) && about.Size() == r.file.seen.Size() {
		return false, nil
	}
	text, err := os.ReadFile(r.file.path)
	if err != nil {
		return false, fmt.Errorf("reading the key file: %w", err)
	}
	found, err := parse(text)
	if err != nil {
		return false, fmt.Errorf("key file %s:\n%w", r.file.path, err)
	}
	r.present.Store(found)
	r.file.seen = about
	return true, nil
}

// again reloads a ring that has a file.
func (r *Ring) again() bool {
	if r.file.path == "" {
		return false
	}
	changed, err := r.reload()
	return err == nil && changed
}

// Watch follows the ring's file until ctx ends, and says in the log what became of
// it. While the file can't be used, the keys that were read before serve.
func (r *Ring) Watch(ctx context.Context, log *slog.Logger) {
	if r.file.path == "" {
		return
	}
	tick := time.NewTicker(WatchEvery)
	defer tick.Stop()
	said := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		changed, err := r.reload()
		switch {
		case err != nil && err.Error() != said:
			said = err.Error()
			log.Error("the key file can't be used: the keys from before serve", "error", strings.ReplaceAll(said, "\n", "; "))
		case changed:
			said = ""
			log.Info("the key file has changed", "newest", r.Newest())
		}
	}
}

// Append adds a fresh key to the ring's file, the newest from then on, and to the
// ring.
func (r *Ring) Append(now time.Time) error {
	return r.rewrite(func(text string) string {
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		return text + Generate(now) + "\n"
	})
}

// Drop takes keys out of the ring's file, and out of the ring. The newest stays.
func (r *Ring) Drop(ids ...string) error {
	gone := map[string]bool{}
	for _, id := range ids {
		gone[id] = id != r.Newest()
	}
	return r.rewrite(func(text string) string {
		var kept strings.Builder
		for line := range strings.Lines(text) {
			if id, _, _ := strings.Cut(strings.TrimSpace(line), " "); !gone[id] {
				kept.WriteString(line)
			}
		}
		return kept.String()
	})
}

// rewrite puts another text in the place of the file, whole or not at all, for the
// same owner alone.
func (r *Ring) rewrite(change func(string) string) error {
	text, err := os.ReadFile(r.file.path)
	if err != nil {
		return fmt.Errorf("reading the key file: %w", err)
	}
	fresh := change(string(text))
	if _, err := parse([]byte(fresh)); err != nil {
		return fmt.Errorf("key file %s:\n%w", r.file.path, err)
	}
	if err := replace(r.file.path, fresh); err != nil {
		return fmt.Errorf("writing the key file: %w", err)
	}
	_, err = r.reload()
	return err
}

func replace(path, text string) (err error) {
	draft, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".draft-") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(draft.Name())
		}
	}()
	defer draft.Close()
	if _, err := draft.WriteString(text); err != nil {
		return err
	}
	keepOwner(draft, path)
	if err := draft.Sync(); err != nil {
		return err
	}
	if err := os.Rename(draft.Name(), path); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

// keepOwner gives the file to whom the one before belongs: the server must be able
// to read what an operator writes as root. Where that can't be done it is ours.
func keepOwner(draft *os.File, path string) {
	if about, err := os.Stat(path); err == nil {
		if system, ok := about.Sys().(*syscall.Stat_t); ok {
			_ = draft.Chown(int(system.Uid), int(system.Gid))
		}
	}
}
