package e2e_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"habilis/internal/config"
	"habilis/internal/pgtest"
)

// counter stands between a server and PostgreSQL and counts what is asked for
// requests, and not for the worker beside them.
type counter struct {
	trips      atomic.Int64 // round trips: Sync messages and simple queries
	statements atomic.Int64 // Execute messages
}

// countQueries returns a database address that goes through a counter.
func countQueries(t *testing.T) (*counter, string) {
	t.Helper()
	real, err := url.Parse(pgtest.AppURL(t))
	if err != nil {
		t.Fatal(err)
	}
	folder, file := t.TempDir(), ".s.PGSQL."+real.Query().Get("port")
	listener, err := net.Listen("unix", filepath.Join(folder, file))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	c := &counter{}
	socket := filepath.Join(real.Query().Get("host"), file)
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go c.relay(client, socket)
		}
	}()
	query := real.Query()
	query.Set("host", folder)
	real.RawQuery = query.Encode()
	return c, real.String()
}

func (c *counter) relay(client net.Conn, socket string) {
	defer client.Close()
	database, err := net.Dial("unix", socket)
	if err != nil {
		return
	}
	defer database.Close()
	go func() {
		_, _ = io.Copy(client, database)
		client.Close()
	}()
	_ = c.listen(client, database)
}

// listen passes messages on: first the one without a type that opens the connection.
func (c *counter) listen(from io.Reader, to io.Writer) error {
	requests := false
	for first := true; ; first = false {
		head := make([]byte, 5)
		if first {
			head = head[:4]
		}
		if _, err := io.ReadFull(from, head); err != nil {
			return err
		}
		length := binary.BigEndian.Uint32(head[len(head)-4:])
		if length < 4 || length > 1<<24 {
			return errors.New("not a message")
		}
		body := make([]byte, length-4)
		if _, err := io.ReadFull(from, body); err != nil {
			return err
		}
		if first { // names the program
			requests = bytes.Contains(body, []byte("\x00application_name\x00habilis\x00"))
		}
		if !first && requests {
			switch head[0] {
			case 'S', 'Q':
				c.trips.Add(1)
			case 'E':
				c.statements.Add(1)
			}
		}
		if _, err := to.Write(append(head, body...)); err != nil {
			return err
		}
	}
}

// cost is what a page asks of the database once it is warm: each connection of the
// pool prepares its statements once, so the least of several visits counts.
func (c *counter) cost(v *visitor, path string) (trips, statements int64) {
	v.t.Helper()
	for range 2 {
		v.get(path)
	}
	trips, statements = 1<<30, 1<<30
	for range 6 {
		beforeTrips, beforeStatements := c.trips.Load(), c.statements.Load()
		v.get(path)
		trips = min(trips, c.trips.Load()-beforeTrips)
		statements = min(statements, c.statements.Load()-beforeStatements)
	}
	return trips, statements
}

func TestWhatAPageAsksOfTheDatabaseDoesNotGrowWithThePlace(t *testing.T) {
	t.Parallel()
	mostTrips := func(name string) int64 {
		switch {
		case strings.HasSuffix(name, "/export"):
			return 5 // what is taken away, then the act that the journal keeps of it
		case strings.HasSuffix(name, "/changes"):
			return 2 // the two days that are compared are the person's own, unless they are given
		case name == "/why":
			return 2 // who asks is found first
		case strings.HasSuffix(name, "/prolong"):
			return 2 // no role of this kind ends by itself: that refusal, then the page that says so
		case strings.HasSuffix(name, "/access/support"):
			return 2 // the place may help by itself, as well
		}
		return 1 // all of the page, its session included
	}
	count, through := countQueries(t)
	server := start(t, func(c *config.Config) { c.DatabaseURL = through })
	small, large := newStage(t, "planner"), newStage(t, "planner")
	crowd(t, large.Place, "Foule", 150)
	ofSmall, ofLarge := server.signedIn(t, small.Pilot), server.signedIn(t, large.Pilot)
	for range 60 {
		ofLarge.post("/p/"+large.Number+"/hat", url.Values{"role": {"00000000-0000-0000-0000-000000000000"}}) // fills its journal
	}
	for _, r := range routesInPlaces() {
		if r.Method != http.MethodGet {
			continue
		}
		trips, statements := count.cost(ofSmall, small.path(r, small.Number))
		moreTrips, moreStatements := count.cost(ofLarge, large.path(r, large.Number))
		name := strings.TrimPrefix(r.Pattern, "/p/{number}")
		t.Logf("%-40s %d round trips, %d statements", name, moreTrips, moreStatements)
		if trips != moreTrips || statements != moreStatements {
			t.Errorf("%s: %d statements in %d trips in a small place, %d in %d in a large one", name, statements, trips, moreStatements, moreTrips)
		}
		if moreTrips > mostTrips(name) {
			t.Errorf("%s takes %d round trips", name, moreTrips)
		}
	}
}

func TestAVisitOfSupportAsksOfTheDatabaseAsMuchAsAnyonesPage(t *testing.T) {
	t.Parallel()
	count, through := countQueries(t)
	server := start(t, func(c *config.Config) { c.DatabaseURL = through })
	s := newStage(t, "planner")
	support := operator(t, server, s.Place)
	support.visits(s.Place)
	guest := column{guest: true}
	for _, r := range routesInPlaces() {
		if !guest.may(r) {
			continue
		}
		if trips, statements := count.cost(support, guest.path(s, r)); trips > 1 {
			t.Errorf("%s asks the database %d times, %d statements", r.Pattern, trips, statements)
		}
	}
}
