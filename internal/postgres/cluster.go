package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"habilis/internal/flock"
)

const (
	startPatience = 60 * time.Second // a loaded machine, a crash to recover from
	stopPatience  = 30 * time.Second
	socketLimit   = 107 // bytes that a Unix socket's address can hold
	logLimit      = 8 << 20
	superuser     = "postgres"
	database      = "habilis"
)

// ClusterOptions say where a private cluster lives and how it runs.
type ClusterOptions struct {
	Folder     string            // created when missing; one cluster a folder
	Programs   string            // folder of initdb and postgres; empty: found by FindPrograms
	Settings   map[string]string // server settings, over those of the house
	Disposable bool              // tests: a crash of the machine may lose everything
}

// ErrRuns says that the cluster of a folder runs already: JoinCluster reaches it.
var ErrRuns = errors.New("another process already runs the database")

// Cluster is a private PostgreSQL, running until Stop.
type Cluster struct {
	options ClusterOptions
	account account
	secrets secrets
	lock    *flock.Lock
	sockets string // the folder that holds the server's socket
	server  *process
}

// StartCluster starts the cluster that lives in the folder, creating it on
// first use, and provisions its roles and database. It returns when the
// server answers. ErrNoPrograms and *ClosedFolderError say what a person has
// to do.
func StartCluster(ctx context.Context, options ClusterOptions) (*Cluster, error) {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	c, err := openFolder(options)
	if err != nil {
		return nil, err
	}
	err = c.create(ctx)
	if err == nil {
		err = c.start(ctx)
	}
	if err == nil {
		err = c.provision(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

// openFolder makes the cluster's folder, checks that the server's account can
// work in it, and holds it against other processes.
func openFolder(options ClusterOptions) (*Cluster, error) {
	programs, err := FindPrograms(options.Programs)
	if err != nil {
		return nil, err
	}
	options.Programs = programs
	who, err := serverAccount()
	if err != nil {
		return nil, err
	}
	folder, err := makeFolder(options.Folder)
	if err != nil {
		return nil, err
	}
	options.Folder = folder
	if err := who.reach(folder); err != nil {
		return nil, err
	}
	lock, err := flock.Try(filepath.Join(folder, "lock"))
	if errors.Is(err, flock.ErrHeld) {
		return nil, fmt.Errorf("%w in %s", ErrRuns, folder)
	}
	if err != nil {
		return nil, err
	}
	return &Cluster{options: options, account: who, lock: lock}, nil
}

// makeFolder creates the folder, passable for the server's account and
// readable for none, and returns its real path.
func makeFolder(folder string) (string, error) {
	path, err := filepath.Abs(folder)
	if err != nil {
		return "", fmt.Errorf("finding the cluster's folder: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", fmt.Errorf("making the cluster's folder: %w", err)
	}
	if err := os.Mkdir(path, 0o711); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("making the cluster's folder: %w", err)
	}
	return filepath.EvalSymlinks(path)
}

// start starts the server and waits until it answers.
func (c *Cluster) start(ctx context.Context) error {
	if err := clearWay(ctx, c.data()); err != nil {
		return err
	}
	if err := c.makeSockets(); err != nil {
		return err
	}
	log, err := c.openLog()
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := c.command("postgres", append([]string{"-D", c.data()}, c.settings()...)...)
	cmd.Stdout, cmd.Stderr = log, log
	c.server, err = spawn(cmd)
	if err != nil {
		return err
	}
	return c.waitReady(ctx)
}

// waitReady returns when the server says that it is ready and lets us in.
func (c *Cluster) waitReady(ctx context.Context) error {
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for {
		if c.saysReady() {
			conn, err := pgx.Connect(ctx, c.SuperURL(superuser))
			if err != nil {
				return fmt.Errorf("connecting to the private PostgreSQL: %w", err)
			}
			return conn.Close(ctx)
		}
		select {
		case <-c.server.done:
			return fmt.Errorf("PostgreSQL did not start (%w); it said:\n%s", c.server.err, c.logTail())
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL was not ready in time (%w); it said:\n%s", ctx.Err(), c.logTail())
		case <-poll.C:
		}
	}
}

// saysReady reads postmaster.pid: the pid on its first line, for a killed
// server leaves its own file, and the status on its eighth.
func (c *Cluster) saysReady() bool {
	text, err := os.ReadFile(filepath.Join(c.data(), "postmaster.pid"))
	if err != nil {
		return false
	}
	lines := strings.Split(string(text), "\n")
	return len(lines) > 7 && lines[0] == strconv.Itoa(c.server.cmd.Process.Pid) && strings.TrimSpace(lines[7]) == "ready"
}

// command prepares a program of PostgreSQL's, run as the server's account,
// with nothing of our environment.
func (c *Cluster) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.options.Programs, program), args...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.SysProcAttr = c.account.attributes()
	return cmd
}

// settings are the server's, as arguments; none is a secret.
func (c *Cluster) settings() []string {
	all := map[string]string{
		"listen_addresses":        "",
		"unix_socket_directories": c.sockets,
		"unix_socket_permissions": "0700",
		"port":                    "5432",
		"max_connections":         "60",
		"password_encryption":     "scram-sha-256",
		"timezone":                "UTC",
		"log_timezone":            "UTC",
		"log_error_verbosity":     "terse", // details hold what people typed
		"jit":                     "off",   // short queries only
	}
	if c.options.Disposable {
		maps.Copy(all, map[string]string{
			"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off",
			"dynamic_shared_memory_type": "mmap", // goes with the folder, even after a kill
		})
	}
	maps.Copy(all, c.options.Settings)
	var args []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		args = append(args, "-c", name+"="+all[name])
	}
	return args
}

// makeSockets prepares the folder of the socket: "run" in the cluster's, or,
// when that address would be too long, one in the system's temporary folder
// that "run" points to.
func (c *Cluster) makeSockets() error {
	if c.sockets != "" {
		return nil
	}
	c.sockets = filepath.Join(c.options.Folder, "run")
	err := removeBorrowed(c.sockets) // what a killed process left
	if err == nil && len(filepath.Join(c.sockets, ".s.PGSQL.5432")) > socketLimit {
		c.sockets, err = borrowSockets(c.sockets)
	}
	if err == nil {
		err = os.MkdirAll(c.sockets, 0o700)
	}
	if err == nil {
		err = c.account.own(c.sockets)
	}
	if err != nil {
		return fmt.Errorf("making a folder for the database's socket: %w", err)
	}
	return nil
}

// borrowSockets makes a folder with a short path, and a link to it.
func borrowSockets(link string) (string, error) {
	short, err := os.MkdirTemp("", "habilis-") // 0700
	if err != nil {
		return "", err
	}
	return short, os.Symlink(short, link)
}

// removeBorrowed removes the link and what it points to; a real folder stays.
func removeBorrowed(link string) error {
	target, err := os.Readlink(link)
	if err != nil {
		return nil // none, or a real folder
	}
	return errors.Join(os.RemoveAll(target), os.Remove(link))
}

// OwnerURL connects as the role that owns the database and migrates it.
func (c *Cluster) OwnerURL() string { return c.url("habilis_owner", c.secrets.Owner, database) }

// AppURL connects as the server's role, bound by row-level security.
func (c *Cluster) AppURL() string { return c.url("habilis_app", c.secrets.App, database) }

// SuperURL connects as the superuser to the database named.
func (c *Cluster) SuperURL(name string) string { return c.url(superuser, c.secrets.Super, name) }

func (c *Cluster) url(user, password, name string) string {
	where := url.Values{"host": {c.sockets}, "port": {"5432"}, "sslmode": {"disable"}}
	u := url.URL{Scheme: "postgres", User: url.UserPassword(user, password), Path: "/" + name, RawQuery: where.Encode()}
	return u.String()
}

// Done is closed when the server ends, asked to or not.
func (c *Cluster) Done() <-chan struct{} { return c.server.done }

// Stop shuts the server down, ending its connections, and lets go of the
// folder. Stopping a stopped cluster does nothing.
func (c *Cluster) Stop() error {
	if c.lock == nil {
		return nil
	}
	err := c.shutDown()
	err = errors.Join(err, removeBorrowed(filepath.Join(c.options.Folder, "run")), c.lock.Release())
	c.lock = nil
	return err
}

// Kill ends the server as a crash would, its children included, and keeps the
// folder: Restart recovers it.
func (c *Cluster) Kill() error {
	if err := c.server.signal(syscall.SIGKILL, stopPatience); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	return waitEmpty(ctx, c.data())
}

// Restart starts the server anew, after Kill or after a shutdown of its own.
func (c *Cluster) Restart(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	if err := c.shutDown(); err != nil {
		return err
	}
	return c.start(ctx)
}

// shutDown asks for a fast shutdown, and insists when it takes too long.
func (c *Cluster) shutDown() error {
	if c.server == nil || c.server.ended() {
		return nil
	}
	err := c.server.signal(syscall.SIGINT, stopPatience)
	if err == nil {
		return c.server.ending()
	}
	slog.Warn("the private PostgreSQL is slow to stop; it recovers at the next start", "error", err)
	return c.server.signal(syscall.SIGQUIT, stopPatience)
}

func (c *Cluster) data() string { return filepath.Join(c.options.Folder, "data") }
