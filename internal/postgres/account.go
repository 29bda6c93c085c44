package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is who the database server runs as. PostgreSQL refuses to run as
// root, so root hands it to another account; anyone else runs it as themself.
type account struct {
	name     string
	uid, gid int
	dropped  bool // root gives up its rights to become this account
}

// serverAccount chooses the account for this process.
func serverAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{name: "uid " + strconv.Itoa(os.Geteuid()), uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(found.Uid)
		gid, gidErr := strconv.Atoi(found.Gid)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return account{}, fmt.Errorf("reading the account %s: %w", name, err)
		}
		return account{name: name, uid: uid, gid: gid, dropped: true}, nil
	}
	return account{}, errors.New("PostgreSQL refuses to run as root, and this machine has neither an account postgres nor nobody: start as an ordinary user")
}

// attributes are those of a process of this account. It leads a session of
// its own, so that Ctrl-C at the terminal reaches us and not it.
func (a account) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setsid: true}
	if a.dropped {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attr
}

// own gives a file or folder to the account.
func (a account) own(path string) error {
	if !a.dropped {
		return nil
	}
	return os.Chown(path, a.uid, a.gid)
}

// adopt gives a whole tree to the account, when its root is another's: a
// folder that root copied or restored.
func (a account) adopt(root string) error {
	info, err := os.Stat(root)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !a.dropped || ok && int(owner.Uid) == a.uid {
		return nil
	}
	return filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, a.uid, a.gid)
	})
}

// ClosedFolderError says that root was asked to keep a cluster where the
// account that PostgreSQL must run as cannot go.
type ClosedFolderError struct {
	Folder  string // the cluster's
	Closed  string // the folder on the way that does not let the account through
	Account string
}

func (e *ClosedFolderError) Error() string {
	return fmt.Sprintf("PostgreSQL refuses to run as root and runs as %q, which %s does not let through to %s: "+
		"start as an ordinary user, choose a folder elsewhere (/var/lib/habilis), or allow passage with: chmod o+x %s",
		e.Account, e.Closed, e.Folder, e.Closed)
}

// reach checks that the account can walk down to the folder, which exists.
func (a account) reach(folder string) error {
	if !a.dropped {
		return nil
	}
	for path := folder; ; path = filepath.Dir(path) {
		info, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("checking the way to %s: %w", folder, err)
		}
		if !a.mayEnter(info) {
			return &ClosedFolderError{Folder: folder, Closed: path, Account: a.name}
		}
		if path == filepath.Dir(path) {
			return nil
		}
	}
}

func (a account) mayEnter(info fs.FileInfo) bool {
	bit := fs.FileMode(0o001)
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		switch {
		case int(owner.Uid) == a.uid:
			bit = 0o100
		case int(owner.Gid) == a.gid:
			bit = 0o010
		}
	}
	return info.Mode().Perm()&bit != 0
}
