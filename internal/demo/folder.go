package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"habilis/internal/app"
	"habilis/internal/secret/keyring"
)

// folder is where the demo keeps all that it has:
//
//	postgres/    its database, or a link to where it had to go
//	mailbox/     the mails that would have left
//	keys         the key of the authenticators' secrets
//	demo.json    who there is to sign in as
//	filling      while it is being filled: a demo that was cut short starts anew
type folder struct{ path string }

func openFolder(path string) (folder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return folder{}, fmt.Errorf("finding the demo's folder: %w", err)
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return folder{}, fmt.Errorf("making the demo's folder: %w", err)
	}
	return folder{path}, nil
}

func (f folder) in(name string) string { return filepath.Join(f.path, name) }

func (f folder) database() string { return app.ClusterFolder(f.path) }
func (f folder) mailbox() string  { return f.in("mailbox") }
func (f folder) texts() string    { return f.in("texts") }
func (f folder) roster() string   { return f.in("demo.json") }
func (f folder) mark() string     { return f.in("filling") }

func (f folder) has(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// clear removes a demo that was not filled to its end.
func (f folder) clear() error {
	if !f.has(f.mark()) {
		return nil
	}
	database, err := filepath.EvalSymlinks(f.database())
	if errors.Is(err, fs.ErrNotExist) {
		database, err = f.database(), nil
	}
	for _, path := range []string{database, f.database(), f.mailbox(), f.texts(), f.roster(), f.mark()} {
		err = errors.Join(err, os.RemoveAll(path))
	}
	if err != nil {
		return fmt.Errorf("removing a demo that was cut short: %w", err)
	}
	return nil
}

// moveDatabase makes the database's folder a link to one that PostgreSQL can
// reach: it refuses to run as root, and its own account may not come to where
// the demo is.
func (f folder) moveDatabase() (elsewhere string, err error) {
	sum := sha256.Sum256([]byte(f.path))
	elsewhere = filepath.Join("/var/lib/habilis-demo", hex.EncodeToString(sum[:4]))
	if err := os.MkdirAll(filepath.Dir(elsewhere), 0o711); err != nil {
		return "", fmt.Errorf("making a folder for the demo's database: %w", err)
	}
	if err := errors.Join(os.RemoveAll(elsewhere), os.RemoveAll(f.database())); err != nil { // of a demo that is gone
		return "", fmt.Errorf("making room for the demo's database: %w", err)
	}
	if err := errors.Join(os.Mkdir(elsewhere, 0o711), os.Symlink(elsewhere, f.database())); err != nil {
		return "", fmt.Errorf("making a folder for the demo's database: %w", err)
	}
	return elsewhere, nil
}

// keys is the demo's key ring, made at first.
func (f folder) keys() (*keyring.Ring, error) {
	path := f.in("keys")
	if !f.has(path) {
		if err := os.WriteFile(path, []byte(keyring.Generate(time.Now())+"\n"), 0o600); err != nil {
			return nil, fmt.Errorf("keeping the demo's key: %w", err)
		}
	}
	return keyring.Load(path)
}
