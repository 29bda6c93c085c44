package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"habilis/internal/config"
	"habilis/internal/pgtest"
	"habilis/internal/secret/keyring"
)

// hasherOf is the process that hashes the passwords of a server; 0 while there is none.
func hasherOf(server int) int {
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range all {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it ended meanwhile
		}
		about := strings.Fields(string(text)) // its number, (its name), its state, its parent's number: proc(5)
		if about[1] == "(habilis-hasher)" && about[3] == strconv.Itoa(server) {
			id, _ := strconv.Atoi(about[0])
			return id
		}
	}
	return 0
}

// The process that hashes passwords is killed while people sign in: all of them come
// in, later ones too, and what the server logs says nothing else.
func TestPeopleSignInAlthoughTheHasherIsKilled(t *testing.T) {
	keys := keyFile(t)
	ring, err := keyring.Load(keys)
	if err != nil {
		t.Fatal(err)
	}
	people := holders(t, ring, 8, 0)
	address := freePort(t)
	server, said := program(t, []string{config.DatabaseURL + "=" + pgtest.AppURL(t), config.KeyFile + "=" + keys,
		config.Listen + "=" + address, config.BaseURL + "=http://" + address, config.MetricsListen + "=off",
		config.SMTPURL + "=smtp://127.0.0.1:2525", config.MailFrom + "=acces@sante.test", config.Support + "=soutien@sante.test", "HABILIS_DRAIN=0s"}, "serve")
	t.Cleanup(func() { _ = server.Process.Kill() })
	waitReady(t, "http://"+address+"/readyz", nil)

	var came atomic.Int64
	going, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	t.Cleanup(all.Wait)
	for caller := range 4 {
		all.Go(func() {
			for i := caller; going.Err() == nil; i += 4 {
				if err := shows(address, people[i%len(people)]); err != nil {
					t.Error(err)
				}
				came.Add(1)
			}
		})
	}
	kills := 0
	for kills < 4 {
		before := came.Load()
		waitFor(t, "sign-ins", func() bool { return came.Load() >= before+6 })
		if hasher := hasherOf(server.Process.Pid); hasher != 0 && syscall.Kill(hasher, syscall.SIGKILL) == nil {
			kills++
		}
	}
	last := came.Load()
	waitFor(t, "sign-ins after the last kill", func() bool { return came.Load() >= last+6 })
	stop()
	all.Wait()

	// A server that is killed takes its hasher along.
	orphan := hasherOf(server.Process.Pid)
	_ = server.Process.Kill()
	_ = server.Wait()
	waitFor(t, "the end of the hasher", func() bool { return syscall.Kill(orphan, 0) == syscall.ESRCH })
	if strings.Count(said.String(), "the hasher ended") != kills || strings.Contains(said.String(), "level=ERROR") || strings.Contains(said.String(), everybodys) {
		t.Errorf("of %d kills the server said:\n%s", kills, said)
	}
}

// shows posts someone's password, which leads to the second factor.
func shows(address string, h holder) error {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.PostForm("http://"+address+"/signin", url.Values{"login": {h.username}, "password": {everybodys}})
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	if where := answer.Header.Get("Location"); answer.StatusCode != http.StatusSeeOther || where != "/signin/factor" {
		return fmt.Errorf("the password of %s leads to %s %s", h.username, answer.Status, where)
	}
	return nil
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
