package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/config"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/secret/password"
)

// A server that is told to stop while fifty people read and write finishes what it
// has begun: no answer is cut, and nothing is lost that was said to be done.
func TestAServerThatIsToldToStopCutsNobodyOff(t *testing.T) {
	p := place.New(t)
	hash, err := password.DefaultHasher().Hash(t.Context(), everybodys)
	if err != nil {
		t.Fatal(err)
	}
	db := pgtest.Super(t)
	for _, sql := range []string{
		`update identity.account set password_hash = '` + hash + `', password_set_at = now() where id = '` + p.Pilot.Account.String() + `'`,
		`update tenant set policies = policies || '{"second_factor": "none"}' where tenant_id = '` + p.ID.String() + `'`,
	} {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	address := freePort(t)
	child, said := program(t, []string{config.DatabaseURL + "=" + pgtest.AppURL(t), config.KeyFile + "=" + keyFile(t), config.Listen + "=" + address,
		config.BaseURL + "=http://" + address, config.MetricsListen + "=off", config.SMTPURL + "=smtp://127.0.0.1:2525",
		config.MailFrom + "=acces@sante.test", config.Support + "=soutien@sante.test", "HABILIS_DRAIN=1s"}, "serve")
	stopped := sync.OnceValue(child.Wait)
	t.Cleanup(func() {
		_ = child.Process.Kill()
		_ = stopped()
	})
	waitReady(t, "http://"+address+"/readyz", nil)
	r := &reader{base: "http://" + address}
	r.cookie, err = r.signIn(p.Pilot.Username)
	if err != nil {
		t.Fatal(err)
	}
	records := "/p/" + p.Number + "/records"
	var done sync.Map
	var answers atomic.Int64
	warm := make(chan struct{}, 50)
	var people sync.WaitGroup
	for n := range 50 {
		people.Go(func() {
			client := &http.Client{Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			for i, last := 0, false; !last; i++ {
				reference := fmt.Sprintf("R-%d-%d", n, i)
				var fields url.Values
				path := "/p/" + p.Number + "/people"
				if i%2 == 1 {
					path, fields = records, url.Values{"reference": {reference}, "label": {"Roy"}, "submission": {uuid.Must(uuid.NewV7()).String()}}
				}
				response, body, err := r.ask(client, path, fields)
				switch {
				case errors.Is(err, syscall.ECONNREFUSED): // the door is closed: nothing was begun
					return
				case err != nil:
					t.Errorf("cut: %v", err)
					return
				case fields == nil && (response.StatusCode != http.StatusOK || !strings.HasSuffix(strings.TrimSpace(body), "</html>")):
					t.Errorf("a page answers %d, and ends on %.60q", response.StatusCode, body[max(0, len(body)-60):])
				case fields != nil && response.StatusCode == http.StatusSeeOther:
					done.Store(reference, true)
				case fields != nil && response.StatusCode != http.StatusTooManyRequests && response.StatusCode != http.StatusServiceUnavailable:
					t.Errorf("a record answers %d", response.StatusCode)
				}
				answers.Add(1)
				if i == 1 {
					warm <- struct{}{}
				}
				last = response.Close // the server asks to go elsewhere
			}
		})
	}
	for range 50 {
		<-warm
	}
	if err := child.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	people.Wait()
	if err := stopped(); err != nil || strings.Contains(said.String(), "request failed") || strings.Contains(said.String(), "panic") {
		t.Errorf("it ends with %v:\n%s", err, said)
	}
	written := 0
	done.Range(func(reference, _ any) bool {
		var n int
		if err := db.QueryRow(t.Context(), `select count(*) from record where tenant_id = $1 and reference = $2`, p.ID, reference).Scan(&n); err != nil || n != 1 {
			t.Errorf("%s was said to be kept, and is there %d times: %v", reference, n, err)
		}
		written++
		return true
	})
	if written == 0 {
		t.Error("nothing was written")
	}
	t.Logf("%d answers, %d records", answers.Load(), written)
}

// reader is a session that many clients share.
type reader struct{ base, cookie string }

func (r *reader) ask(client *http.Client, path string, fields url.Values) (*http.Response, string, error) {
	method, form := http.MethodGet, io.Reader(nil)
	if fields != nil {
		method, form = http.MethodPost, strings.NewReader(fields.Encode())
	}
	request, err := http.NewRequest(method, r.base+path, form)
	if err != nil {
		return nil, "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Cookie", r.cookie)
	response, err := client.Do(request)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response, string(body), err
}

func (r *reader) signIn(name string) (cookie string, err error) {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: time.Minute}
	response, _, err := r.ask(client, "/signin", url.Values{"login": {name}, "password": {everybodys}})
	if err != nil {
		return "", err
	}
	for _, c := range response.Cookies() {
		if c.Name == "__Host-habilis" {
			return c.Name + "=" + c.Value, nil
		}
	}
	return "", fmt.Errorf("signing in answers %d", response.StatusCode)
}
