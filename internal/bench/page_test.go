package bench_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
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
	"habilis/internal/secret/keyring"
	"habilis/internal/secret/password"
	"habilis/internal/signin"
)

// fullRows are the rows of the first page with all that they show.
const fullRows = `
select i.id, r.family, r.given, r.email, r.username, r.state, r.version, p.second_factor, p.last_seen_at, p.blocked_until, g.role_ids, g.untils
  from (select id, family, given from resource where state <> 'archived'
         order by family collate "fr-x-icu", given collate "fr-x-icu", id limit 51) i
 cross join lateral (select family, given, email, username, state, version from resource where id = i.id offset 0) r
  left join lateral (select second_factor, last_seen_at, blocked_until from presence where resource_id = i.id offset 0) p on true
 cross join lateral (select array_agg(role_id) role_ids, array_agg(nullif(until, 'infinity')) untils from role_grant
                      where resource_id = i.id and since <= $1 and until > $1 offset 0) g
 order by i.family collate "fr-x-icu", i.given collate "fr-x-icu", i.id`

const phrase = "girafe lavande tournevis marée bocal"

// site is the portal over HTTP, before one place of 10,000 people.
type site struct {
	*httptest.Server
	place  *place.Place
	people *people.Service
	cookie string
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
		Signin: signin.New(p.Door, password.DefaultHasher(), ring, post, time.Now), Journal: journal.New(p.Door),
	}
	if _, err := services.Signin.ChoosePassword(b.Context(), p.Pilot.Account, phrase, phrase); err != nil {
		b.Fatal(err)
	}
	p.Write(b, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `update tenant set policies = policies || '{"second_factor": "none"}'`)
		return err
	})
	store := postgres.NewSessions(pgtest.Pool(b), time.Now, time.Hour)
	edge := portal.New(portal.Options{BaseURL: "http://127.0.0.1", Metrics: prometheus.NewRegistry()}, services, store,
		postgres.SessionCodec{}, slog.New(slog.DiscardHandler), time.Now)
	s := &site{Server: httptest.NewServer(edge.Handler()), place: p, people: services.People}
	b.Cleanup(s.Close)
	s.signIn(b)
	return s
}

// signIn keeps the cookie of the pilot's session; it is Secure, so no jar would
// send it back over plain HTTP.
func (s *site) signIn(b *testing.B) {
	b.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.PostForm(s.URL+"/signin", url.Values{"login": {s.place.Pilot.Username}, "password": {phrase}})
	if err != nil {
		b.Fatal(err)
	}
	r.Body.Close()
	if s.cookie, _, _ = strings.Cut(r.Header.Get("Set-Cookie"), ";"); s.cookie == "" {
		b.Fatalf("not signed in: %s", r.Status)
	}
	s.get(b)
}

// get asks for the list, as a browser's connection that is kept open does.
func (s *site) get(b testing.TB) {
	r, err := http.NewRequest("GET", s.URL+"/p/"+s.place.Number+"/people", nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Cookie", s.cookie)
	r.Header.Set("Accept-Encoding", "identity")
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	if size, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusOK || size < 20_000 {
		b.Fatalf("%s, %d bytes, %v", answer.Status, size, err)
	}
}

// rows reads what the fifty rows of the page show, and nothing else.
func (s *site) rows(b testing.TB) {
	batch := &pgx.Batch{}
	batch.Queue(`select set_config('habilis.tenant', $1, true)`, s.place.ID.String())
	batch.Queue(fullRows, time.Now()).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			if _, err := rows.Values(); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err := pgtest.Pool(b).SendBatch(b.Context(), batch).Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkPeoplePage compares the whole page, over HTTP with a session, with
// the query of its rows and with the page before it is rendered, all from the
// same number of callers in turn.
func BenchmarkPeoplePage(b *testing.B) {
	app.Tune()
	s := newSite(b)
	list := func() {
		if _, err := s.people.List(b.Context(), s.place.Pilot.Actor(), people.Filter{}); err != nil {
			b.Fatal(err)
		}
	}
	ways := []func(){func() { bare(b.Context(), b, s.place) }, func() { s.rows(b) }, list, func() { s.get(b) }}
	const callers, calls = 4, 250
	for _, way := range ways {
		load(way, callers, 50) // connections, prepared statements, generic plans
	}
	var taken [4][]time.Duration
	var rates [4]float64
	for b.Loop() {
		for i, way := range ways {
			began := time.Now()
			taken[i] = append(taken[i], load(way, callers, calls)...)
			rates[i] += callers * calls / time.Since(began).Seconds()
		}
	}
	for i := range taken {
		slices.Sort(taken[i])
	}
	n := float64(b.N)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(rates[3]/n, "pages/s")
	b.ReportMetric(rates[3]/rates[0], "page/columns") // the fifty rows' own columns
	b.ReportMetric(rates[3]/rates[1], "page/rows")    // with their roles and visits
	b.ReportMetric(rates[2]/rates[1], "list/rows")    // without session and rendering
	b.ReportMetric(at(taken[3], 50), "p50-ms")
	b.ReportMetric(at(taken[3], 99)/at(taken[3], 50), "p99/p50")
}

// load calls a function from several callers and returns how long each call took.
func load(call func(), callers, calls int) []time.Duration {
	all := make([][]time.Duration, callers)
	var wait sync.WaitGroup
	for i := range all {
		wait.Go(func() {
			for range calls {
				began := time.Now()
				call()
				all[i] = append(all[i], time.Since(began))
			}
		})
	}
	wait.Wait()
	return slices.Concat(all...)
}
