package argon_test

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"habilis/internal/secret/argon"
)

func TestMain(m *testing.M) {
	argon.Main()
	os.Exit(m.Run())
}

// job takes some 30 ms, as a password of today does.
var job = argon.Job{Secret: []byte("girafe lavande"), Salt: []byte("0123456789abcdef"), Passes: 2, Memory: 19 * 1024, Lanes: 1, Bytes: 32}

func start(t *testing.T) (p *argon.Process, log *bytes.Buffer) {
	t.Helper()
	log = &bytes.Buffer{}
	p, err := argon.Start(slog.New(slog.NewTextHandler(log, nil)), argon.Niceness)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p, log
}

func pid(t *testing.T, p *argon.Process) int {
	t.Helper()
	id, err := p.PID()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func read(t *testing.T, pid int, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// ask derives the job's key, which must be what it is anywhere.
func ask(t *testing.T, p *argon.Process) {
	t.Helper()
	key, err := p.Derive(job)
	if err != nil || !bytes.Equal(key, argon2.IDKey(job.Secret, job.Salt, job.Passes, job.Memory, job.Lanes, job.Bytes)) {
		t.Errorf("derived %x, %v", key, err)
	}
}

func TestAKeyOfTheProcessIsTheKey(t *testing.T) {
	p, _ := start(t)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() { ask(t, p) })
	}
	all.Wait()
	if p.Starts() != 1 {
		t.Errorf("started %d times", p.Starts())
	}
}

func TestTheProcessGivesWayWithEveryThread(t *testing.T) {
	p, _ := start(t)
	ask(t, p)
	tasks, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid(t, p)), "task", "*", "stat"))
	if err != nil || len(tasks) < 2 {
		t.Fatalf("threads %v, %v", tasks, err)
	}
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if err != nil {
			continue // ended meanwhile
		}
		after := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		if after[16] != "10" { // the 19th field of proc(5)'s stat is the niceness
			t.Errorf("%s: niceness %s", task, after[16])
		}
	}
	// And as a session, on a kernel that shares a core between those first.
	group, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid(t, p)), "autogroup"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Log("this kernel has no autogroups")
		return
	}
	own, _ := os.ReadFile("/proc/self/autogroup")
	if err != nil || bytes.Equal(group, own) || !bytes.HasSuffix(group, []byte(" nice 10\n")) {
		t.Errorf("its session is %q, ours %q (%v)", group, own, err)
	}
}

// The server's environment may hold the passwords of the database and of the mail
// server.
func TestTheProcessSeesNothingOfTheEnvironment(t *testing.T) {
	t.Setenv("HABILIS_SOMETHING", "secret")
	p, _ := start(t)
	ask(t, p)
	if seen := read(t, pid(t, p), "environ"); seen != "" {
		t.Errorf("it sees %q", seen)
	}
	if called := read(t, pid(t, p), "comm"); called != "habilis-hasher\n" {
		t.Errorf("it is called %q", called)
	}
}

func TestAKeyIsDerivedAlthoughTheProcessIsKilled(t *testing.T) {
	p, log := start(t)
	ask(t, p)
	for range 3 {
		victim := pid(t, p)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() { ask(t, p) })
		}
		for resident(t, p) < 20<<10 { // until the first key is under way: it takes 19 MiB
			runtime.Gosched()
		}
		if err := syscall.Kill(victim, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		all.Wait()
		ask(t, p)
	}
	if err := p.Close(); err != nil || p.Starts() != 4 {
		t.Errorf("started %d times, %v", p.Starts(), err)
	}
	if said := strings.Count(log.String(), "the hasher ended"); said != 3 {
		t.Errorf("of three ends it said:\n%s", log)
	}
}

func TestTheProcessLeavesStoppingToTheServer(t *testing.T) {
	p, _ := start(t)
	ask(t, p)
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		if err := syscall.Kill(pid(t, p), signal); err != nil {
			t.Fatal(err)
		}
		ask(t, p)
	}
	if p.Starts() != 1 {
		t.Error("a signal ended it")
	}
}

func TestAClosedProcessIsGone(t *testing.T) {
	p, log := start(t)
	ask(t, p)
	was := pid(t, p)
	for range 2 {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := syscall.Kill(was, 0); err != syscall.ESRCH {
		t.Errorf("process %d: %v", was, err)
	}
	if _, err := p.Derive(job); err == nil {
		t.Error("it derived a key")
	}
	if log.Len() > 0 {
		t.Errorf("it said %s", log)
	}
}

// Each key takes 19 MiB, and the process keeps no more than a few of them.
func TestTheMemoryOfTheProcessStaysFlatAndIsGivenBack(t *testing.T) {
	p, _ := start(t)
	const lanes, keys, most, least = 2, 15, 128 << 10, 48 << 10 // KiB
	peak := 0
	for range keys {
		var both sync.WaitGroup
		for range lanes {
			both.Go(func() { ask(t, p) })
		}
		both.Wait()
		peak = max(peak, resident(t, p))
	}
	if peak > most {
		t.Errorf("%d keys took %d KiB", lanes*keys, peak)
	}
	for end := time.Now().Add(20 * time.Second); resident(t, p) > least; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("at rest it keeps %d KiB, of %d", resident(t, p), peak)
		}
	}
	t.Logf("peak %d KiB, at rest %d KiB", peak, resident(t, p))
}

// The kernel is asked for large pages for the keys, where it knows of them.
func TestTheMemoryOfKeysIsOfLargePages(t *testing.T) {
	_, err := os.Stat("/sys/kernel/mm/transparent_hugepage")
	known := err == nil
	p, _ := start(t)
	ask(t, p)
	asked := false
	for line := range strings.Lines(read(t, pid(t, p), "smaps")) { // proc_pid_smaps(5): "hg" is huge page advise
		if flags, ok := strings.CutPrefix(line, "VmFlags:"); ok {
			asked = asked || slices.Contains(strings.Fields(flags), "hg")
		}
	}
	if asked != known {
		t.Errorf("large pages are asked for: %t, and the kernel knows of them: %t", asked, known)
	}
}

// Who waits in the kernel for the next job keeps the turn of the goroutine that
// computes the one before.
func TestTheProcessWaitsForJobsWithoutAThread(t *testing.T) {
	p, _ := start(t)
	ask(t, p)
	for line := range strings.Lines(read(t, pid(t, p), "fdinfo/0")) {
		if flags, ok := strings.CutPrefix(line, "flags:"); ok {
			bits, err := strconv.ParseInt(strings.TrimSpace(flags), 8, 64)
			if err != nil || bits&syscall.O_NONBLOCK == 0 {
				t.Errorf("jobs come by a pipe that is %#o, and blocks (%v)", bits, err)
			}
			return
		}
	}
	t.Error("the pipe of jobs isn't told of")
}

// resident is how many KiB of memory the process has.
func resident(t *testing.T, p *argon.Process) int {
	t.Helper()
	for line := range strings.Lines(read(t, pid(t, p), "status")) {
		if size, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.Atoi(strings.Fields(size)[0])
			if err != nil {
				t.Fatal(err)
			}
			return kib
		}
	}
	t.Fatal("no size")
	return 0
}
