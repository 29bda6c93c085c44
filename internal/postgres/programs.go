package postgres

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
)

// ErrNoPrograms says that this machine has no PostgreSQL to start.
var ErrNoPrograms = errors.New("PostgreSQL's programs (initdb, postgres) were not found: " +
	"install Debian's package postgresql (it brings the extensions too), or set DATABASE_URL to a PostgreSQL that runs elsewhere")

// FindPrograms returns the folder that holds initdb and postgres: the one
// given, else the one in PATH, else the newest of Debian's.
func FindPrograms(given string) (string, error) {
	if given != "" {
		if !holdsPrograms(given) {
			return "", fmt.Errorf("%s holds no initdb and postgres: %w", given, ErrNoPrograms)
		}
		return given, nil
	}
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(initdb); err == nil && holdsPrograms(filepath.Dir(real)) {
			return filepath.Dir(real), nil
		}
	}
	folders, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", fmt.Errorf("looking for PostgreSQL: %w", err)
	}
	folders = slices.DeleteFunc(folders, func(f string) bool { return !holdsPrograms(f) })
	if len(folders) == 0 {
		return "", ErrNoPrograms
	}
	return slices.MaxFunc(folders, func(a, b string) int { return major(a) - major(b) }), nil
}

// major reads the version out of /usr/lib/postgresql/15/bin.
func major(folder string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(folder)))
	if err != nil {
		return 0
	}
	return n
}

func holdsPrograms(folder string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}
