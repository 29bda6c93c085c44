package argon

import (
	"errors"
	"io"
	"net/rpc"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"
)

// name is what the process is called, in its arguments and by the kernel.
const name = "habilis-hasher"

// rest is for how long nobody must have asked for a key before memory is given back.
const rest = 2 * time.Second

// begun says that Main was called: a program that doesn't would start all of
// itself again, and not a hasher.
var begun bool

// Main is called first by each program that calls Start, tests included. In the
// process that Start starts it derives keys until its standard input ends, as it
// does when the server ends in whatever way; it doesn't return. In any other it
// does nothing.
func Main() {
	begun = true
	if os.Args[0] != name || len(os.Args) != 2 {
		return
	}
	// Who stops a service may signal all of its processes; the server still
	// answers while it stops.
	signal.Ignore(syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM)
	giveWay(os.Args[1])
	largePages()
	server := rpc.NewServer()
	if err := server.RegisterName(service, newHasher()); err != nil {
		os.Exit(1)
	}
	server.ServeConn(struct {
		io.Reader
		io.WriteCloser
	}{polled(os.Stdin), os.Stdout})
	os.Exit(0)
}

// polled is a pipe that a goroutine waits for without a thread of its own. One that
// waits in the kernel keeps its turn until the runtime takes it away, up to 10 ms
// later, and the key that it was just asked for stands behind it.
func polled(pipe *os.File) *os.File {
	fd := pipe.Fd()
	if syscall.SetNonblock(int(fd), true) != nil {
		return pipe
	}
	return os.NewFile(fd, pipe.Name())
}

// Niceness is how far the process should give way beside a server: a thread of the
// server that wakes takes the core from it, yet where pages ask for all of the
// machine, some tenth of it is left for those who sign in. At 19 it would be a
// hundredth: on a machine that others load, too, people would wait for seconds.
const Niceness = 10

// giveWay sets every thread of the process, which is all of its process group, and the
// session that they are: Linux may share a core between sessions first, and among
// the threads of each by their niceness (sched(7), "The autogroup feature"), and what
// answers the server, PostgreSQL, is of another. Where that is refused, or the kernel
// won't have the name, all works as well.
func giveWay(niceness string) {
	if n, err := strconv.Atoi(niceness); err == nil {
		_ = syscall.Setpriority(syscall.PRIO_PGRP, 0, n)
		err := os.WriteFile("/proc/self/autogroup", []byte(niceness), 0)
		for range 20 { // one in a tenth of a second, of all processes that aren't root's
			if !errors.Is(err, syscall.EAGAIN) {
				break
			}
			time.Sleep(50 * time.Millisecond)
			err = os.WriteFile("/proc/self/autogroup", []byte(niceness), 0)
		}
	}
	_ = os.WriteFile("/proc/self/comm", []byte(name), 0)
}

// service is what the process calls what it does.
const service = "Hasher"

// hasher is the service.
type hasher struct{ resting *time.Timer }

func newHasher() *hasher { return &hasher{time.AfterFunc(rest, debug.FreeOSMemory)} }

// Derive computes a key.
func (h *hasher) Derive(j Job, key *[]byte) (err error) {
	h.resting.Stop()
	*key, err = Derive(j)
	h.resting.Reset(rest)
	return err
}
