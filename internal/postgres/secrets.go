package postgres

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// secrets are the passwords of a private cluster, kept in a file that only
// its owner reads. They never stand on a command line.
type secrets struct {
	Super string `json:"postgres"`
	Owner string `json:"habilis_owner"`
	App   string `json:"habilis_app"`
}

// readSecrets reads the passwords; a new cluster gets new ones.
func readSecrets(path string, isNew bool) (secrets, error) {
	var s secrets
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && isNew {
		s = secrets{Super: rand.Text(), Owner: rand.Text(), App: rand.Text()}
		return s, s.write(path)
	}
	if err != nil {
		return s, fmt.Errorf("reading the cluster's passwords: %w", err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("reading the cluster's passwords in %s: %w", path, err)
	}
	return s, nil
}

func (s secrets) write(path string) error {
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("writing the cluster's passwords: %w", err)
	}
	return writeWhole(path, append(text, '\n'))
}

// writeWhole puts a private file in place at once: a crash leaves the old
// file or the new one, never half of it.
func writeWhole(path string, text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // 0600
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		os.Remove(file.Name())
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
