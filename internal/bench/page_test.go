package bench_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"habilis/internal/access"
	"habilis/internal/app"
	"habilis/internal/journal"
	"habilis/internal/mail"
	"habilis/internal/people"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/big"
	"habilis/internal/pgtest/place"
	"habilis/internal/portal"
	"habilis/internal/postgres"
	"habilis/internal/roles"
	"habilis/internal/secret/argon"
	"habilis/internal/secret/keyring"
	"habilis/internal/secret/password"
	"habilis/internal/signin"
)

// callers are the browsers that ask at once.
const callers = 4

const phrase = "girafe lavande tournevis marée bocal"

// site is the portal over HTTP, before one place of 10,000 people.
type site struct {
	*httptest.Server
	place   *place.Place
	people  *people.Service
	request []byte        // for the list, with the cookie of the pilot's session
	lines   chan *browser // that stay open
}

func newSite(b *testing.B) *site {
	b.Helper()
	p := place.New(b)
	big.Fill(b, p, big.Full)
	post, err := mail.NewPost()
	if err != nil {
		b.Fatal(err)
	}
	ring, err := keyring.Parse([]byte(keyring.Generate(time.Now())))
	if err != nil {
		b.Fatal(err)
	}
	held := roles.New(p.Door, post, p.Tenants.Kinds())
	services := portal.Services{
		Tenants: p.Tenants, Roles: held, People: people.New(p.Door, held, post, p.Tenants.Kinds()),
		Signin: signin.New(p.Door, password.DefaultHasher().By(beside(b)), ring, post, time.Now), Journal: journal.New(p.Door),
	}
	if _, err := services.Signin.ChoosePassword(b.Context(), access.Signed{Account: p.Pilot.Account}, phrase, phrase, ""); err != nil {
		b.Fatal(err)
	}
	p.Write(b, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `update tenant set policies = policies || '{"second_factor": "none"}'`)
		return err
	})
	store := postgres.NewSessions(pgtest.Pool(b), time.Now, time.Hour)
	edge := portal.New(portal.Options{BaseURL: "http://127.0.0.1", Metrics: prometheus.NewRegistry()}, services, store,
		slog.New(slog.DiscardHandler), time.Now)
	s := &site{Server: httptest.NewServer(edge.Handler()), place: p, people: services.People, lines: make(chan *browser, callers)}
	b.Cleanup(s.Close)
	for range callers {
		line, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { line.Close() })
		if err := line.SetDeadline(time.Now().Add(10 * time.Minute)); err != nil {
			b.Fatal(err)
		}
		s.lines <- &browser{line, make([]byte, 256<<10)}
	}
	s.signIn(b)
	return s
}

// beside has passwords hashed as a server does, in a process beside it.
func beside(b *testing.B) func(argon.Job) ([]byte, error) {
	b.Helper()
	process, err := argon.Start(slog.New(slog.DiscardHandler), argon.Niceness)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { process.Close() })
	return process.Derive
}

// browser asks on a connection that it keeps, and looks at no more than it must:
// the page pays for it, too, and net/http's client would cost more than it tells of us.
type browser struct {
	net.Conn
	answer []byte // has room for all of one
}

// read reads a page to its end, and returns the size of the answer.
func (b *browser) read() (size int, err error) {
	for !bytes.HasSuffix(b.answer[:size], []byte("</html>")) {
		n, err := b.Read(b.answer[size:])
		if size += n; err != nil || n == 0 {
			return size, fmt.Errorf("%.200q: %w", b.answer[:size], cmp.Or(err, io.ErrShortBuffer))
		}
	}
	if !bytes.HasPrefix(b.answer, []byte("HTTP/1.1 200 OK\r\n")) {
		return size, fmt.Errorf("%.200q", b.answer[:size])
	}
	return size, nil
}

// signIn writes the request with the cookie of the pilot's session.
func (s *site) signIn(b *testing.B) {
	b.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.PostForm(s.URL+"/signin", url.Values{"login": {s.place.Pilot.Username}, "password": {phrase}})
	if err != nil {
		b.Fatal(err)
	}
	r.Body.Close()
	cookie := ""
	for _, c := range r.Cookies() { // a device's stands beside the session's
		if c.Name == "__Host-habilis" {
			cookie = c.Name + "=" + c.Value
		}
	}
	if cookie == "" {
		b.Fatalf("not signed in: %s", r.Status)
	}
	s.request = fmt.Appendf(nil, "GET /p/%s/people HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: %s\r\n\r\n", s.place.Number, cookie)
	s.get(b)
}

// get asks for the list and reads all of it.
func (s *site) get(b testing.TB) {
	line := <-s.lines
	defer func() { s.lines <- line }()
	if _, err := line.Write(s.request); err != nil {
		b.Fatal(err)
	}
	if size, err := line.read(); err != nil || size < 20_000 {
		b.Fatalf("%d bytes, %v", size, err)
	}
}

// rowsOf is the statement that reads the fifty rows of the list's first page,
// caught on its way to the database: what the page is compared with is what it runs.
func (s *site) rowsOf(b *testing.B) (caught *pgx.QueuedQuery) {
	b.Helper()
	config := pgtest.Pages(b).Config()
	config.ConnConfig.Tracer = tracer(func(q *pgx.QueuedQuery) {
		if strings.Contains(q.SQL, "from resource p where") {
			caught = q
		}
	})
	pool, err := pgxpool.NewWithConfig(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	list := people.New(access.NewDoor(pgtest.Pool(b), pool, time.Now), nil, nil, s.place.Tenants.Kinds())
	if _, err := list.List(b.Context(), s.place.Pilot.Actor(), people.Filter{}); err != nil || caught == nil {
		b.Fatalf("the list's rows were not caught: %v", err)
	}
	return caught
}

// tracer is told of each statement of a batch before it is sent.
type tracer func(*pgx.QueuedQuery)

func (t tracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	for _, q := range data.Batch.QueuedQueries {
		t(q)
	}
	return ctx
}

func (tracer) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

func (tracer) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

func (tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

func (tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// rows runs the statement of the page's rows as the page does, in one batch with
// the tenant, and reads their values in the cheapest way; nothing else.
func (s *site) rows(b testing.TB, statement *pgx.QueuedQuery) {
	batch := &pgx.Batch{}
	batch.Queue(`select set_config('habilis.tenant', $1, true)`, s.place.ID.String())
	batch.Queue(statement.SQL, statement.Arguments...).Query(func(rows pgx.Rows) error {
		var (
			id, role                                      pgtype.UUID
			family, given, email, username, state, factor string
			version                                       int
			blocked                                       bool
			seen, mailed, until                           pgtype.Timestamptz
			mailState, mailAnswer                         pgtype.Text
		)
		_, err := pgx.ForEachRow(rows, []any{&id, &family, &given, &email, &username, &state, &version,
			&factor, &seen, &blocked, &mailState, &mailAnswer, &mailed, &role, &until}, func() error { return nil })
		return err
	})
	if err := pgtest.Pool(b).SendBatch(b.Context(), batch).Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkPeoplePage compares the whole page, over HTTP with a session, with
// the very statement that reads its rows, alone in its batch, and with the page
// before it is rendered, all from the same number of callers in turn. Callers,
// server and database share the machine's cores: the page pays for its client, too.
// How long one takes is measured with a caller for each core: with more of them, the
// slowest of a hundred is who stood longest in the queue for a core, of the bare
// statement as of the page.
func BenchmarkPeoplePage(b *testing.B) {
	app.Tune()
	s := newSite(b)
	list := func() {
		if _, err := s.people.List(b.Context(), s.place.Pilot.Actor(), people.Filter{}); err != nil {
			b.Fatal(err)
		}
	}
	statement := s.rowsOf(b)
	ways := []func(){func() { bare(b.Context(), b, s.place) }, func() { s.rows(b, statement) }, list, func() { s.get(b) }}
	const calls, turns = 40, 25 // short turns: what else the machine does falls on all alike
	for _, way := range ways {
		load(way, callers, 50) // connections, prepared statements, generic plans
	}
	var taken, spent [4][]time.Duration // by way: each call, and each turn
	for b.Loop() {
		for turn := range turns * len(ways) {
			i := turn % len(ways)
			began := time.Now()
			load(ways[i], callers, calls)
			spent[i] = append(spent[i], time.Since(began))
			taken[i] = append(taken[i], load(ways[i], runtime.GOMAXPROCS(0), calls)...)
		}
	}
	for i := range taken {
		slices.Sort(taken[i])
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(callers*calls/median(len(spent[3]), func(turn int) float64 { return spent[3][turn].Seconds() }), "pages/s")
	for what, pair := range map[string][2]int{
		"page/columns": {3, 0}, // the fifty rows' own columns
		"page/rows":    {3, 1}, // the page's own statement: with their roles, visits and letters
		"list/rows":    {2, 1}, // without session and rendering
	} {
		b.ReportMetric(median(len(spent[0]), func(turn int) float64 {
			return float64(spent[pair[1]][turn]) / float64(spent[pair[0]][turn])
		}), what)
	}
	b.ReportMetric(at(taken[3], 50), "p50-ms")
	b.ReportMetric(at(taken[3], 99)/at(taken[3], 50), "p99/p50")
	b.ReportMetric(at(taken[1], 99)/at(taken[1], 50), "rows-p99/p50") // what the machine alone does to it
}

// median is that of a measure of each turn: one that was disturbed moves it little.
func median(turns int, measure func(turn int) float64) float64 {
	all := make([]float64, turns)
	for i := range all {
		all[i] = measure(i)
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// load calls a function so many times for each of several callers, and returns how
// long each call took. The callers share one count, so that no core rests while
// the last of them ends.
func load(call func(), callers, calls int) []time.Duration {
	all := make([][]time.Duration, callers)
	var (
		begun atomic.Int64
		wait  sync.WaitGroup
	)
	for i := range all {
		wait.Go(func() {
			for begun.Add(1) <= int64(callers*calls) {
				began := time.Now()
				call()
				all[i] = append(all[i], time.Since(began))
			}
		})
	}
	wait.Wait()
	return slices.Concat(all...)
}
