package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"habilis/internal/config"
	"habilis/internal/pgtest"
	"habilis/internal/secret/argon"
	"habilis/internal/secret/keyring"
)

func TestMain(m *testing.M) {
	argon.Main()
	pgtest.Main(m)
}

// start serves on ports of its own until the test ends. The handler, when not
// nil, stands in the portal's place; change is done to the server before it serves.
func start(t *testing.T, handler http.Handler, change ...func(*App)) (a *App, stop func() error) {
	t.Helper()
	keys, err := keyring.Parse([]byte(keyring.Generate(time.Now())))
	if err != nil {
		t.Fatal(err)
	}
	c := &config.Config{
		Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0", DatabaseURL: pgtest.AppURL(t), Keys: keys,
		SMTPURL: "smtp://127.0.0.1:1", Idle: 30 * time.Minute, Drain: 300 * time.Millisecond,
	}
	a, err = New(t.Context(), c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if handler != nil {
		a.serveWith(handler)
	}
	for _, do := range change {
		do(a)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx) }()
	get(t, a.URL()+"/livez") // it answers
	stop = sync.OnceValue(func() error {
		cancel()
		return errors.Join(<-served, a.Close())
	})
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return a, stop
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	client := http.Client{Timeout: 20 * time.Second}
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestPeopleAndMachinesHaveAnAddressEach(t *testing.T) {
	a, _ := start(t, nil)
	for _, base := range []string{a.URL(), a.MetricsURL()} {
		for _, path := range []string{"/livez", "/readyz"} {
			if status, body := get(t, base+path); status != http.StatusOK || body != "ok\n" {
				t.Errorf("%s: %d %s", base+path, status, body)
			}
		}
	}
	if status, body := get(t, a.URL()+"/signin"); status != http.StatusOK || !strings.Contains(body, "<form") {
		t.Errorf("the way in: %d", status)
	}
	if status, body := get(t, a.MetricsURL()+"/metrics"); status != http.StatusOK ||
		!strings.Contains(body, `habilis_pool_most{of="acts"} 16`) || !strings.Contains(body, "habilis_http_request_seconds") {
		t.Errorf("metrics: %d %s", status, body)
	}
	if status, _ := get(t, a.URL()+"/metrics"); status == http.StatusOK {
		t.Error("people can read the metrics")
	}
}

func TestADatabaseThatIsGoneIsSaidAndHeals(t *testing.T) {
	a, _ := start(t, nil)
	pgtest.Kill(t)
	if status, _ := get(t, a.URL()+"/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("ready without a database: %d", status)
	}
	if status, _ := get(t, a.URL()+"/livez"); status != http.StatusOK {
		t.Errorf("dead without a database: %d", status)
	}
	pgtest.Restart(t)
	if status, body := get(t, a.URL()+"/readyz"); status != http.StatusOK {
		t.Errorf("not ready again: %d %s", status, body)
	}
}

func TestStoppingUnderLoadCutsNoAnswer(t *testing.T) {
	const whole, visitors = 64 << 10, 8
	inside, rest := make(chan struct{}, visitors), make(chan struct{})
	halfway := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, whole/2))
		inside <- struct{}{}
		<-rest
		_, _ = w.Write(make([]byte, whole/2))
	})
	a, stop := start(t, halfway)
	var leaving sync.WaitGroup
	for range visitors {
		leaving.Go(func() {
			response, err := http.Get(a.URL() + "/")
			if err != nil {
				t.Errorf("refused: %v", err)
				return
			}
			defer response.Body.Close()
			if body, err := io.ReadAll(response.Body); err != nil || len(body) != whole {
				t.Errorf("cut after %d bytes: %v", len(body), err)
			}
		})
	}
	for range visitors {
		<-inside
	}
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	for { // until it has begun to stop; the door is open as long as it drains
		status, _ := get(t, a.URL()+"/readyz")
		if status == http.StatusServiceUnavailable {
			break
		}
	}
	close(rest)
	leaving.Wait()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestAPortInUseIsNamedWithItsVariable(t *testing.T) {
	a, _ := start(t, nil)
	taken := strings.TrimPrefix(a.URL(), "http://")
	_, err := New(t.Context(), &config.Config{Listen: taken, DatabaseURL: pgtest.AppURL(t)}, Options{})
	if err == nil || !strings.Contains(err.Error(), taken) || !strings.Contains(err.Error(), config.Listen) {
		t.Errorf("got %v", err)
	}
}
