// Package flock holds a file so that one process at a time, or one kind of
// work at a time, goes on in a folder. The kernel lets go when the process
// ends, however it ends: a lock that can be had tells the dead from the alive.
package flock

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// ErrHeld says that another process holds the file.
var ErrHeld = errors.New("held by another process")

// Lock is a file being held.
type Lock struct{ file *os.File }

// Try holds the file at path alone, creating it when it is missing, or
// returns ErrHeld at once.
func Try(path string) (*Lock, error) { return hold(path, syscall.LOCK_EX|syscall.LOCK_NB) }

// Wait holds the file alone as soon as nobody else does.
func Wait(path string) (*Lock, error) { return hold(path, syscall.LOCK_EX) }

// Release lets go; the file stays.
func (l *Lock) Release() error { return l.file.Close() }

func hold(path string, how int) (*Lock, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening a lock: %w", err)
	}
	for {
		err = syscall.Flock(int(file.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err == nil {
		return &Lock{file}, nil
	}
	file.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, ErrHeld
	}
	return nil, fmt.Errorf("locking %s: %w", path, err)
}
