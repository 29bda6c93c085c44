package bench_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"habilis/internal/app"
	"habilis/internal/pgtest"
	"habilis/internal/secret/password"
)

// entrants are how many people sign in, in turn.
const entrants = 200

// doors gives people of the place the common password, has each of them come in once,
// and returns a sign-in over HTTP of the next of them, from the browser that they have:
// one that is new has a letter written, which is no part of coming in. Nobody comes in
// twenty times in a row, without an hour between.
func (s *site) doors(b *testing.B, hash string) (enter, hour func()) {
	b.Helper()
	hour = func() {
		if _, err := pgtest.Super(b).Exec(b.Context(), `delete from identity.throttle where starts_with(key, 'came:')`); err != nil {
			b.Fatal(err)
		}
	}
	rows, err := pgtest.Super(b).Query(b.Context(), `
update identity.account set password_hash = $2, password_set_at = now()
 where id in (select account_id from resource where tenant_id = $1 and state = 'active' order by id limit $3) returning username`, s.place.ID, hash, entrants)
	if err != nil {
		b.Fatal(err)
	}
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			b.Fatal(err)
		}
		names = append(names, name)
	}
	if len(names) == 0 || rows.Err() != nil {
		b.Fatalf("nobody signs in: %v", rows.Err())
	}
	browsers := &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}
	b.Cleanup(browsers.CloseIdleConnections)
	known := make([]atomic.Pointer[http.Cookie], len(names)) // what the server knows each one's browser by
	var next atomic.Int64
	enter = func() {
		who := int(next.Add(1)) % len(names)
		body := url.Values{"login": {names[who]}, "password": {phrase}}.Encode()
		r, err := http.NewRequest("POST", s.URL+"/signin", strings.NewReader(body))
		if err != nil {
			b.Error(err)
			return
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if browser := known[who].Load(); browser != nil {
			r.AddCookie(browser)
		}
		answer, err := browsers.RoundTrip(r)
		if err != nil {
			b.Error(err)
			return
		}
		defer answer.Body.Close()
		said, _ := io.ReadAll(answer.Body)
		if answer.StatusCode != http.StatusSeeOther {
			b.Errorf("a sign-in is answered %s: %s", answer.Status, said)
		}
		for _, cookie := range answer.Cookies() {
			if strings.HasSuffix(cookie.Name, "-device") {
				known[who].Store(cookie)
			}
		}
	}
	load(enter, 4, len(names)/4)
	for i := range known {
		if known[i].Load() == nil {
			b.Fatalf("the browser of %s isn't known after they came in", names[i])
		}
	}
	return enter, hour
}

// BenchmarkSignIn compares sign-ins over HTTP with the bare hashing of as many
// passwords, and pages while people sign in without end with pages alone.
func BenchmarkSignIn(b *testing.B) {
	app.Tune()
	s := newSite(b)
	hasher := password.DefaultHasher()
	hash, err := hasher.Hash(b.Context(), phrase)
	if err != nil {
		b.Fatal(err)
	}
	enter, hour := s.doors(b, hash)
	bare := func() {
		if ok, _, err := hasher.Verify(context.Background(), hash, phrase); !ok || err != nil {
			b.Error("the password is not recognised", err)
		}
	}
	cores := runtime.GOMAXPROCS(0)
	b.Run("against-hashing", func(b *testing.B) { againstHashing(b, cores, bare, enter, hour) })
	b.Run("storm", func(b *testing.B) { storm(b, func() { s.get(b) }, enter, hour) })
}

// againstHashing measures in short turns: what else the machine does falls on both
// alike, and on few of them.
func againstHashing(b *testing.B, cores int, bare, enter, hour func()) {
	const calls, turns = 8, 8 // in each, cores wait when it begins and when it ends
	people := 4 * cores       // enough of them that the hashing never waits for a disk
	load(bare, cores, calls)
	load(enter, people, calls)
	var hashing, entering, hashingCPU, enteringCPU []time.Duration
	measure := func(call func(), took, cpu *[]time.Duration) {
		before := processorTime(b)
		began := time.Now()
		load(call, people, calls)
		*took, *cpu = append(*took, time.Since(began)), append(*cpu, processorTime(b)-before)
	}
	for b.Loop() {
		hour()
		for range turns {
			measure(bare, &hashing, &hashingCPU)
			measure(enter, &entering, &enteringCPU)
		}
	}
	ratio := func(hashing, entering []time.Duration) float64 {
		return median(len(hashing), func(turn int) float64 { return float64(hashing[turn]) / float64(entering[turn]) })
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ratio(hashing, entering), "signins/hashes")
	b.ReportMetric(ratio(hashingCPU, enteringCPU), "cpu-signins/hashes") // whatever else the machine does
}

// storm measures pages alone, and while many people sign in without end, in turns:
// the pages of a storm are read once each of them has come in.
func storm(b *testing.B, page, enter, hour func()) {
	const readers, pages, people, turns = 2, 200, 16, 4
	load(page, readers, pages)
	var calm, stormy []time.Duration
	for b.Loop() {
		for range turns {
			hour()
			calm = append(calm, load(page, readers, pages)...)
			over := make(chan struct{})
			var begun, all sync.WaitGroup
			begun.Add(people)
			for range people {
				all.Go(func() {
					enter()
					begun.Done()
					for {
						select {
						case <-over:
							return
						default:
							enter()
						}
					}
				})
			}
			begun.Wait()
			stormy = append(stormy, load(page, readers, pages)...)
			close(over)
			all.Wait()
		}
	}
	slices.Sort(calm)
	slices.Sort(stormy)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(at(stormy, 99)/at(calm, 99), "storm-p99/p99")
	b.ReportMetric(at(stormy, 50)/at(calm, 50), "storm-p50/p50")
	b.ReportMetric(at(calm, 99), "calm-p99-ms")
	b.ReportMetric(at(stormy, 99), "storm-p99-ms")
}
