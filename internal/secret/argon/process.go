package argon

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/rpc"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// patience is how long one key may take on a machine that has no time for it.
const patience = 20 * time.Second

var (
	errBegun  = errors.New("argon: the program doesn't begin with argon.Main")
	errClosed = errors.New("argon: the hasher is closed")
	errLate   = errors.New("argon: no key after " + patience.String())
)

// Process derives keys in a process of its own.
type Process struct {
	log      *slog.Logger
	niceness int
	starts   atomic.Uint64

	mu     sync.Mutex
	child  *child // nil when the last one has ended
	closed bool
}

// Start starts the process, which gives way as far as niceness says, by a little at
// 1 and to everything at 19; the caller closes it.
func Start(log *slog.Logger, niceness int) (*Process, error) {
	p := &Process{log: log, niceness: niceness}
	_, err := p.alive()
	return p, err
}

// Derive computes a key. Where the process ends meanwhile, another one is asked once.
func (p *Process) Derive(j Job) ([]byte, error) {
	var errs []error
	for range 2 {
		c, err := p.alive()
		if err != nil {
			return nil, errors.Join(append(errs, err)...)
		}
		key, err := c.derive(j)
		if err == nil {
			return key, nil
		}
		errs = append(errs, fmt.Errorf("asking the hasher: %w", err))
		p.drop(c)
	}
	return nil, errors.Join(errs...)
}

// Starts is how often the process was started: once, unless it ended.
func (p *Process) Starts() uint64 { return p.starts.Load() }

// PID is the number of the process, as prometheus asks for it.
func (p *Process) PID() (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.child == nil {
		return 0, os.ErrProcessDone
	}
	return p.child.cmd.Process.Pid, nil
}

// Close ends the process.
func (p *Process) Close() error {
	p.mu.Lock()
	c := p.child
	p.child, p.closed = nil, true
	p.mu.Unlock()
	if c != nil {
		c.end()
	}
	return nil
}

// alive is the process, started again when it has ended.
func (p *Process) alive() (c *child, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errClosed
	}
	if p.child == nil {
		if p.child, err = spawn(p.niceness); err != nil {
			return nil, err
		}
		p.starts.Add(1)
		go p.watch(p.child)
	}
	return p.child, nil
}

// watch waits for the end of a process, and says so where nobody asked for it.
func (p *Process) watch(c *child) {
	err := c.cmd.Wait()
	defer close(c.ended)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.child == c {
		p.child = nil
	}
	if !p.closed {
		p.log.Warn("the hasher ended; the next password starts another", "error", err)
	}
}

// drop ends a process that doesn't answer, or is dead already.
func (p *Process) drop(c *child) {
	p.mu.Lock()
	if p.child == c {
		p.child = nil
	}
	p.mu.Unlock()
	_ = c.cmd.Process.Kill()
	c.end()
}

// child is one process.
type child struct {
	cmd    *exec.Cmd
	client *rpc.Client
	ended  chan struct{} // closed when it has ended
}

// spawn starts this program once more, from its file as it was when it began: a
// newer release may have taken its name. It sees nothing of our environment, where
// there are secrets, and has a session of its own: a Ctrl-C at a terminal is for
// us, who still answer while we stop.
func spawn(niceness int) (*child, error) {
	if !begun {
		return nil, errBegun
	}
	self, err := executable()
	if err != nil {
		return nil, fmt.Errorf("starting the hasher: %w", err)
	}
	cmd := exec.Command(self)
	cmd.Args, cmd.Env, cmd.Dir = []string{name, strconv.Itoa(niceness)}, []string{}, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	jobs, toErr := cmd.StdinPipe()
	keys, fromErr := cmd.StdoutPipe()
	if err := errors.Join(toErr, fromErr); err != nil {
		return nil, fmt.Errorf("starting the hasher: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the hasher: %w", err)
	}
	client := rpc.NewClient(struct {
		io.Reader
		io.WriteCloser
	}{keys, jobs})
	return &child{cmd, client, make(chan struct{})}, nil
}

func executable() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

// derive asks for a key.
func (c *child) derive(j Job) (key []byte, err error) {
	late := time.NewTimer(patience)
	defer late.Stop()
	call := c.client.Go(service+".Derive", j, &key, make(chan *rpc.Call, 1))
	select {
	case <-call.Done:
		return key, call.Error
	case <-late.C:
		return nil, errLate
	}
}

// end has the process end, for want of input, and waits for it.
func (c *child) end() {
	_ = c.client.Close() // it is closed already where the process ended by itself
	select {
	case <-c.ended:
	case <-time.After(patience):
		_ = c.cmd.Process.Kill()
		<-c.ended
	}
}
