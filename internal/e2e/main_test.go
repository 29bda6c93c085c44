// Package e2e_test tries the whole from outside, as people and attackers do:
// over HTTP and in a browser, against the same thing that the program starts.
package e2e_test

import (
	"cmp"
	"context"
	"flag"
	"log/slog"
	"net"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/app"
	"habilis/internal/browser"
	"habilis/internal/config"
	"habilis/internal/mail"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/secret/argon"
	"habilis/internal/secret/keyring"
	"habilis/internal/secret/password"
	"habilis/internal/sms"
)

func TestMain(m *testing.M) {
	argon.Main()
	// A test waits half of its time for its browser. What -parallel says comes after.
	_ = flag.Set("test.parallel", strconv.Itoa(3*runtime.GOMAXPROCS(0)/2))
	pgtest.Apart(browser.Beside(m))
}

// clock is the time of every server of this package; tests move it on, never back.
type clock struct{ ahead atomic.Int64 }

func (c *clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *clock) Advance(d time.Duration) { c.ahead.Add(int64(d)) }

// server is a running portal.
type server struct {
	*app.App
	address string // where it listens, whatever its configured address
	mails   *mail.Mailbox
	texts   *sms.Shelf
	log     *lines
	clock   *clock
	fails   string // what a test has the server fail of; "" for nothing
}

// freeAddress is a loopback address that nobody listens on.
func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// lines keeps what a server logs.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// forget is for a test that made the server fail.
func (l *lines) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Reset()
}

// common is what all servers of this package share: keys, and so sessions and factors.
var common = sync.OnceValue(func() *keyring.Ring {
	ring, err := keyring.Parse([]byte(keyring.Generate(time.Now())))
	if err != nil {
		panic(err)
	}
	return ring
})

// start runs a server of its own for a test; two of them on the one database
// are replicas.
func start(t testing.TB, change ...func(*config.Config)) *server {
	t.Helper()
	c := &config.Config{
		Listen: freeAddress(t), Keys: common(), Idle: 30 * time.Minute,
		Support: "soutien@exemple.test", MailFrom: "habilis@exemple.test",
		Log: config.Log{Level: slog.LevelDebug},
	}
	for _, f := range change {
		f(c)
	}
	mailbox, err := mail.NewMailbox(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	texts, err := sms.NewShelf(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &server{mails: mailbox, texts: texts, log: &lines{}, clock: &clock{}, address: "http://" + c.Listen}
	s.App, err = app.New(t.Context(), c, app.Options{
		Log: app.NewLog(s.log, c.Log), Clock: s.clock.Now, Mailbox: mailbox, Texts: texts, Keen: true,
		Database: &app.Database{AppURL: cmp.Or(c.DatabaseURL, pgtest.AppURL(t)), OwnerURL: pgtest.OwnerURL(t)},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("stopping: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
		s.mustBeHealthy(t)
	})
	return s
}

// mustBeHealthy fails a test in which the server failed, whatever it answered.
func (s *server) mustBeHealthy(t testing.TB) {
	t.Helper()
	for line := range strings.Lines(s.log.String()) {
		if s.fails != "" && strings.Contains(line, s.fails) {
			continue
		}
		if strings.Contains(line, `msg="request failed"`) || strings.Contains(line, "msg=panic") {
			t.Error("the server failed: ", strings.TrimSpace(line))
		}
	}
}

// secret is everybody's password here: hashing one for each person is slow.
const secret = "trois ruisseaux sous la neige, un renard"

var secretHash = sync.OnceValue(func() string {
	hash, err := password.DefaultHasher().Hash(context.Background(), secret)
	if err != nil {
		panic(err)
	}
	return hash
})

// active gives people the common password, and their address its proof.
func active(t testing.TB, people ...place.Person) {
	t.Helper()
	for _, p := range people {
		_, err := pgtest.Super(t).Exec(t.Context(), `
update identity.account set password_hash = $2, password_alone = true, password_set_at = now(), email_verified_at = now() where id = $1`, p.Account, secretHash())
		if err != nil {
			t.Fatal(err)
		}
	}
}

// ourPlace is a place that asks nobody for a second factor, as the demo's, with
// its pilot ready to sign in.
func ourPlace(t testing.TB) *place.Place {
	t.Helper()
	p := place.New(t)
	withoutFactor(t, p)
	return p
}

func withoutFactor(t testing.TB, p *place.Place) {
	t.Helper()
	p.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `update tenant set policies = policies || '{"second_factor": "none"}'`)
		return err
	})
	active(t, p.Pilot)
}

// letSetPasswords lets the managers of a place set passwords by hand.
func letSetPasswords(t testing.TB, p *place.Place) {
	t.Helper()
	if _, err := pgtest.Super(t).Exec(t.Context(), `update tenant set policies = policies || '{"manager_sets_password": true}' where tenant_id = $1`, p.ID); err != nil {
		t.Fatal(err)
	}
}

// someone is a person of the place, with roles of the kind, ready to sign in.
func someone(t testing.TB, p *place.Place, roles ...string) place.Person {
	t.Helper()
	who := p.Person(t, roles...)
	active(t, who)
	return who
}

// query reads one value as the superuser.
func query[T any](t testing.TB, sql string, args ...any) (value T) {
	t.Helper()
	if err := pgtest.Super(t).QueryRow(t.Context(), sql, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
