package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a program of PostgreSQL's that dies when we do.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended; err is set by then
	err  error
}

// spawn starts the command and keeps the thread that started it until it
// ends: the kernel watches that thread, not the whole process, and Go ends
// threads as it pleases.
func spawn(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	dieWithParent(cmd.SysProcAttr)
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", filepath.Base(cmd.Path), err)
	}
	return p, nil
}

// ended tells whether the process has ended.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// ending is how an ended process answered a signal of ours: dying of it,
// before it could be caught, is as good as an orderly end.
func (p *process) ending() error {
	var exit *exec.ExitError
	if errors.As(p.err, &exit) && exit.ExitCode() == -1 { // ended by a signal
		return nil
	}
	return p.err
}

// signal sends sig and waits for the end, at most the given time.
func (p *process) signal(sig os.Signal, patience time.Duration) error {
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signalling PostgreSQL: %w", err)
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(patience):
		return fmt.Errorf("PostgreSQL has not ended %s after the signal %s", patience, sig)
	}
}

// run runs the command to its end, or kills it when ctx ends.
func run(ctx context.Context, cmd *exec.Cmd) error {
	p, err := spawn(cmd)
	if err != nil {
		return err
	}
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return errors.Join(ctx.Err(), p.signal(syscall.SIGKILL, stopPatience))
	}
}

// clearWay waits for what a killed server left behind in the data folder to
// end, so that the new one is not refused. The caller holds the folder.
func clearWay(ctx context.Context, data string) error {
	if err := waitEmpty(ctx, data); err != nil {
		return err
	}
	return removeStalePid(filepath.Join(data, "postmaster.pid"))
}

// waitEmpty returns when no PostgreSQL works in the data folder any more. The
// children of a killed postmaster notice, and end by themselves.
func waitEmpty(ctx context.Context, data string) error {
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for {
		left := serversIn(data)
		if len(left) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is in use by a PostgreSQL that is not ours (pid %s): stop it", data, strings.Join(left, ", "))
		case <-poll.C:
		}
	}
}

// removeStalePid removes the file of a server known to be dead when its pid
// lives again as another program: PostgreSQL would refuse to start for as
// long as that one lives. Otherwise the file stays, for PostgreSQL needs it
// to free the shared memory of the dead.
func removeStalePid(path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading a pid file: %w", err)
	}
	pid, _, _ := strings.Cut(string(text), "\n")
	if _, err := os.Stat(filepath.Join("/proc", pid)); err != nil {
		return nil // nobody bears that pid
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("removing a stale pid file: %w", err)
	}
	return nil
}

// serversIn lists the pids of the PostgreSQL processes that work in the data
// folder: a postmaster stays there, and so do its children. A system without
// /proc shows none, and PostgreSQL alone judges.
func serversIn(data string) []string {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var pids []string
	for _, entry := range entries {
		if _, err := strconv.Atoi(entry.Name()); err != nil {
			continue
		}
		cwd, err := os.Readlink(filepath.Join("/proc", entry.Name(), "cwd"))
		if err != nil || cwd != data { // ended meanwhile, or not ours to look at
			continue
		}
		name, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "comm"))
		if err == nil && strings.HasPrefix(string(name), "postgres") {
			pids = append(pids, entry.Name())
		}
	}
	return pids
}
