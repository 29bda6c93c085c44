package postgres_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"habilis/internal/pgtest"
	"habilis/internal/postgres"
)

// parentOf makes this test binary start a cluster in a folder and wait to be
// killed.
const parentOf = "HABILIS_TEST_PARENT_OF"

func TestMain(m *testing.M) {
	if folder := os.Getenv(parentOf); folder != "" {
		if _, err := postgres.StartCluster(context.Background(), disposable(folder)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("started")
		select {}
	}
	pgtest.Main(m)
}

func TestAClusterKeepsItsDataFromOneStartToTheNext(t *testing.T) {
	folder := newFolder(t)
	leaveHalfMade(t, folder)
	first := start(t, folder)
	execute(t, first.OwnerURL(), "create table kept (n int)")

	if _, err := postgres.StartCluster(t.Context(), disposable(folder)); err == nil || !strings.Contains(err.Error(), "another process already runs") {
		t.Errorf("a second start on the folder: %v", err)
	}
	stop(t, first)
	stop(t, first) // stopping twice is fine

	second := start(t, folder)
	execute(t, second.OwnerURL(), "insert into kept values (1)")
	stop(t, second)

	pretendRunning(t, filepath.Join(folder, "data"))
	third := start(t, folder)
	execute(t, third.OwnerURL(), "insert into kept values (2)")
}

func TestAClusterDiesWithItsParentAndRecovers(t *testing.T) {
	// Too long a path for the address of a Unix socket.
	folder := filepath.Join(newFolder(t), strings.Repeat("long", 25))
	parent := startParent(t, folder)
	kill(t, parent.Process.Pid)
	parent.Wait()
	stop(t, start(t, folder)) // waits for the orphan's own shutdown

	parent = startParent(t, folder)
	kill(t, postmaster(t, folder))
	kill(t, parent.Process.Pid)
	parent.Wait()
	recovered := start(t, folder)
	execute(t, recovered.AppURL(), "select 1")
}

func TestACrashedClusterIsRestarted(t *testing.T) {
	pgtest.Kill(t)
	pgtest.Restart(t)
	execute(t, pgtest.AppURL(t), "select 1")
	pgtest.Restart(t)
	execute(t, pgtest.AppURL(t), "select 1")
}

func TestAMissingPostgreSQLSaysWhatToInstall(t *testing.T) {
	_, err := postgres.StartCluster(t.Context(), postgres.ClusterOptions{Folder: t.TempDir(), Programs: t.TempDir()})
	if !errors.Is(err, postgres.ErrNoPrograms) {
		t.Fatal(err)
	}
	for _, word := range []string{"package postgresql", "DATABASE_URL"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
}

func disposable(folder string) postgres.ClusterOptions {
	return postgres.ClusterOptions{Folder: folder, Disposable: true, Settings: map[string]string{"shared_buffers": "16MB"}}
}

func start(t *testing.T, folder string) *postgres.Cluster {
	t.Helper()
	c, err := postgres.StartCluster(t.Context(), disposable(folder))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, c) })
	return c
}

func stop(t *testing.T, c *postgres.Cluster) {
	t.Helper()
	if err := c.Stop(); err != nil {
		t.Error(err)
	}
}

// newFolder is like t.TempDir, but lets the server's account pass.
func newFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "habilis-cluster-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o711); err != nil {
		t.Fatal(err)
	}
	return folder
}

// leaveHalfMade leaves what a start killed during initdb leaves.
func leaveHalfMade(t *testing.T, folder string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(folder, "data.new", "base"), 0o700); err != nil {
		t.Fatal(err)
	}
}

// pretendRunning leaves the pid file of a crashed server whose pid lives
// again, as another program of the same account.
func pretendRunning(t *testing.T, data string) {
	t.Helper()
	info, err := os.Stat(data)
	if err != nil {
		t.Fatal(err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	other := exec.Command("sleep", "600")
	if os.Geteuid() == 0 {
		other.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: owner.Uid, Gid: owner.Gid}}
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		kill(t, other.Process.Pid)
		other.Wait()
	})
	text := fmt.Sprintf("%d\n%s\n1700000000\n5432\n/tmp\n\n\nready\n", other.Process.Pid, data)
	if err := os.WriteFile(filepath.Join(data, "postmaster.pid"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// startParent starts a process that runs the cluster of the folder.
func startParent(t *testing.T, folder string) *exec.Cmd {
	t.Helper()
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentOf+"="+folder)
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { parent.Process.Kill() })
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "started\n" {
		t.Fatalf("the parent said %q (%v)", line, err)
	}
	return parent
}

func postmaster(t *testing.T, folder string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// execute runs one statement on a connection of its own.
func execute(t *testing.T, url, statement string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}
