package app

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"habilis/internal/pgtest"
)

// dial is a client that writes what it will.
func dial(t *testing.T, a *App, says string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", a.people.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil { // a failure, not a pause
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, says); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestASlowClientIsCutWhileOthersAreAnswered(t *testing.T) {
	const short = 200 * time.Millisecond
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(w, r.Body); err != nil {
			http.Error(w, "cut", http.StatusRequestTimeout)
		}
	})
	a, _ := start(t, echo, func(a *App) {
		s := a.people.http
		if s.ReadHeaderTimeout != headerTime || s.ReadTimeout != readTime || s.WriteTimeout != writeTime || s.IdleTimeout != idleTime {
			t.Errorf("a server without the bounds: %+v", s)
		}
		s.ReadHeaderTimeout, s.ReadTimeout, s.IdleTimeout = short, short, short
	})
	for what, says := range map[string]string{
		"whose headers don't end": "POST / HTTP/1.1\r\nHost: habilis.test\r\n",
		"whose form doesn't end":  "POST / HTTP/1.1\r\nHost: habilis.test\r\nContent-Length: 100\r\n\r\nlogin=",
		"who says nothing more":   "GET /livez HTTP/1.1\r\nHost: habilis.test\r\n\r\n",
	} {
		slow := dial(t, a, says)
		if status, _ := get(t, a.URL()+"/livez"); status != http.StatusOK {
			t.Errorf("beside a client %s, others are answered %d", what, status)
		}
		if _, err := io.Copy(io.Discard, slow); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("a client %s is kept: %v", what, err)
		}
	}
}

func TestConnectionsAreBoundedInNumber(t *testing.T) {
	const most = 3
	a, _ := start(t, nil, func(a *App) {
		if a.people.most != mostClients {
			t.Errorf("%d at once", a.people.most)
		}
		a.people.most = most
	})
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	const ask = "GET /livez HTTP/1.1\r\nHost: habilis.test\r\n\r\n"
	answered := func(c net.Conn) error { _, err := c.Read(make([]byte, 1)); return err }
	var inside []net.Conn
	for range most {
		inside = append(inside, dial(t, a, ask))
		if err := answered(inside[len(inside)-1]); err != nil {
			t.Fatal(err)
		}
	}
	next := dial(t, a, ask)
	if err := next.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if answered(next) == nil {
		t.Fatal("one more is answered")
	}
	inside[0].Close()
	if err := next.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := answered(next); err != nil {
		t.Errorf("nobody's turn comes when someone leaves: %v", err)
	}
}

func TestADatabaseThatIsBehindIsSaid(t *testing.T) {
	a, _ := start(t, nil)
	db := pgtest.Super(t)
	if _, err := db.Exec(t.Context(), `update goose_db_version set is_applied = false where version_id = (select max(version_id) from goose_db_version)`); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := db.Exec(context.Background(), `update goose_db_version set is_applied = true`); err != nil {
			t.Error(err)
		}
	})
	if status, body := get(t, a.URL()+"/readyz"); status != http.StatusServiceUnavailable || body != "the database must be migrated\n" {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := get(t, a.URL()+"/livez"); status != http.StatusOK {
		t.Errorf("dead with an older database: %d", status)
	}
}

// Health, and the way from this machine's number to its name, aren't the portal's:
// they carry its headers all the same.
func TestWhatThePortalDoesNotAnswerCarriesItsHeaders(t *testing.T) {
	a, _ := start(t, nil, func(a *App) {
		a.byName = true
		a.people.http.Handler = a.health(a.atItsName(http.NotFoundHandler()))
	})
	number := "http://" + a.people.listener.Addr().String()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for address, want := range map[string]int{
		number + "/livez": http.StatusOK, number + "/readyz": http.StatusOK, a.MetricsURL() + "/livez": http.StatusOK, number + "/signin": http.StatusTemporaryRedirect,
	} {
		response, err := client.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s answers %d", address, response.StatusCode)
		}
		for name, value := range map[string]string{"Content-Security-Policy": "default-src 'none'", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"} {
			if got := response.Header.Get(name); !strings.HasPrefix(got, value) {
				t.Errorf("%s has %s: %q", address, name, got)
			}
		}
	}
}
