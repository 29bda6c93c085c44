package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	otp "github.com/pquerna/otp/totp"

	"habilis/internal/config"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/secret/keyring"
	"habilis/internal/secret/password"
	"habilis/internal/secret/totp"
)

// program is the program in a process of its own.
func program(t *testing.T, variables []string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	said := &bytes.Buffer{}
	child := exec.Command(os.Args[0], args...)
	child.Env = append(append(os.Environ(), asProgram+"=1"), variables...)
	child.Stdout, child.Stderr = said, said
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	return child, said
}

// serving is a server in a process of its own; it returns its address.
func serving(t *testing.T, common []string) string {
	t.Helper()
	address := freePort(t)
	child, said := program(t, append(common, config.Listen+"="+address, config.BaseURL+"=http://"+address, config.MetricsListen+"=off",
		config.SMTPURL+"=smtp://127.0.0.1:2525", config.MailFrom+"=acces@sante.test", config.Support+"=soutien@sante.test", "HABILIS_DRAIN=0s"), "serve")
	t.Cleanup(func() {
		_ = child.Process.Signal(syscall.SIGTERM)
		_ = child.Wait()
		if strings.Contains(said.String(), "request failed") || strings.Contains(said.String(), "panic") {
			t.Errorf("a server failed:\n%s", said)
		}
	})
	waitReady(t, "http://"+address+"/readyz", nil)
	return "http://" + address
}

// holder is someone with a password and an authenticator app.
type holder struct{ username, key string }

const everybodys = "trois ruisseaux sous la neige, un renard"

// holders are people of a place, whose apps are sealed under the ring's newest key;
// many more accounts stand behind them with secrets of their own.
func holders(t *testing.T, ring *keyring.Ring, people, crowd int) []holder {
	t.Helper()
	p := place.New(t)
	hash, err := password.DefaultHasher().Hash(t.Context(), everybodys)
	if err != nil {
		t.Fatal(err)
	}
	write := func(sql string, args ...any) {
		if _, err := pgtest.Super(t).Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	seal := func(account uuid.UUID, key string) []byte {
		return ring.Seal([]byte(key), keyring.Binding("totp", account))
	}
	var all []holder
	for range people {
		who := p.Person(t, "consultation_1")
		secret, err := totp.New("Habilis", who.Username)
		if err != nil {
			t.Fatal(err)
		}
		write(`update identity.account set password_hash = $2, password_set_at = now() where id = $1`, who.Account, hash)
		write(`insert into identity.factor (account_id, kind, sealed, created_at, confirmed_at) values ($1, 'totp', $2, now(), now())`, who.Account, seal(who.Account, secret.Base32))
		all = append(all, holder{who.Username, secret.Base32})
	}
	var ids []uuid.UUID
	var secrets [][]byte
	for range crowd {
		id := uuid.Must(uuid.NewV7())
		ids, secrets = append(ids, id), append(secrets, seal(id, "JBSWY3DPEHPK3PXP"))
	}
	write(`insert into identity.account (id, username, username_key, family, given, locale, created_at)
select id, id::text, id::text, 'Foule', 'Foule', 'fr-CA', now() from unnest($1::uuid[]) id`, ids)
	write(`insert into identity.factor (account_id, kind, sealed, created_at, confirmed_at) select id, 'totp', s, now(), now() from unnest($1::uuid[], $2::bytea[]) n(id, s)`, ids, secrets)
	return all
}

// comesIn signs someone in with a password and a code of their app.
func comesIn(server string, h holder) error {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	cookies := map[string]string{}
	post := func(path string, fields url.Values) (*http.Response, error) {
		request, err := http.NewRequest(http.MethodPost, server+path, strings.NewReader(fields.Encode()))
		if err != nil {
			return nil, err
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for name, value := range cookies {
			request.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		response, err := client.Do(request)
		if err != nil {
			return nil, err
		}
		defer response.Body.Close()
		_, _ = io.Copy(io.Discard, response.Body)
		for _, c := range response.Cookies() {
			cookies[c.Name] = c.Value
		}
		return response, nil
	}
	in, err := post("/signin", url.Values{"login": {h.username}, "password": {everybodys}})
	if err != nil || in.Header.Get("Location") != "/signin/factor" {
		return fmt.Errorf("the password leads to %v, %w", in, err)
	}
	code, err := otp.GenerateCode(h.key, time.Now())
	if err != nil {
		return err
	}
	whole, err := post("/signin/factor", url.Values{"method": {"totp"}, "code": {code}})
	if err != nil || whole.StatusCode != http.StatusSeeOther || whole.Header.Get("Location") != "/" {
		return fmt.Errorf("the code of %s leads to %v, %w", h.username, whole, err)
	}
	return nil
}

// Two servers go on while keys are rotated, the rotation is killed midway, and taken
// up again; nobody is kept out, and the old key goes once nothing is sealed under it.
func TestKeysRotateWhileTwoServersServeAndARotationIsKilled(t *testing.T) {
	keys := keyFile(t)
	common := []string{config.DatabaseURL + "=" + pgtest.AppURL(t), config.KeyFile + "=" + keys}
	console := []string{config.MigrateURL + "=" + pgtest.OwnerURL(t), config.KeyFile + "=" + keys}
	ring, err := keyring.Load(keys)
	if err != nil {
		t.Fatal(err)
	}
	old := ring.Newest()
	all := holders(t, ring, 16, 6000)
	servers := []string{serving(t, common), serving(t, common)}
	under := func(key string) (n int) {
		err := pgtest.Super(t).QueryRow(t.Context(), `select count(*) from identity.factor where identity.sealed_under(sealed) = $1`, key).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	whole := under(old)

	var came atomic.Int64
	var people sync.WaitGroup
	for half := range 2 {
		people.Go(func() {
			for i := half; i < len(all); i += 2 {
				if err := comesIn(servers[(i/2)%2], all[i]); err != nil {
					t.Error(err)
				}
				came.Add(1)
			}
		})
	}
	letGo, waitedFor := holdMidway(t)
	rotating, said := program(t, console, "keys", "rotate")
	waitedFor()
	if err := rotating.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = rotating.Wait()
	if left := under(old); left == 0 || left == whole {
		t.Fatalf("it was not killed midway: %d of %d are left\n%s", left, whole, said)
	}
	letGo()
	out, err := habilisWith(t, console, "keys", "rotate")
	if err != nil || !strings.Contains(out, "going on with a rotation that was cut short") {
		t.Fatalf("%v, %s", err, out)
	}
	people.Wait()
	if came.Load() != int64(len(all)) || under(old) != 0 {
		t.Errorf("%d came in, %d secrets are left under the old key", came.Load(), under(old))
	}
	text, err := os.ReadFile(keys)
	if err != nil || strings.Count(string(text), "\n") != 2 {
		t.Errorf("a rotation that was taken up again added a key: %v, %d lines", err, strings.Count(string(text), "\n"))
	}
	if about, err := os.Stat(keys); err != nil || about.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", about.Mode(), err)
	}

	if out, err := habilisWith(t, console, "keys", "list"); err != nil || !strings.Contains(out, old) || !strings.Contains(out, fmt.Sprintf("%6d sealed  newest", whole)) {
		t.Errorf("%v, %s", err, out)
	}
	if out, err := habilisWith(t, console, "keys", "prune"); err == nil || !strings.Contains(out, "has just changed") {
		t.Errorf("dropped before the servers noticed: %v, %s", err, out)
	}
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(keys, past, past); err != nil {
		t.Fatal(err)
	}
	if out, err := habilisWith(t, console, "keys", "prune"); err != nil || !strings.Contains(out, "dropped: "+old) {
		t.Errorf("%v, %s", err, out)
	}
	for i, server := range servers { // with another code: each serves once
		if _, err := pgtest.Super(t).Exec(t.Context(), `update identity.factor set last_step = 0`); err != nil {
			t.Fatal(err)
		}
		if err := comesIn(server, all[i]); err != nil {
			t.Errorf("after the old key went: %v", err)
		}
	}
}

// habilisWith runs a command in this process.
func habilisWith(t *testing.T, variables []string, args ...string) (said string, err error) {
	t.Helper()
	var out bytes.Buffer
	err = run(t.Context(), args, variables, &out, &out)
	if err != nil {
		return out.String() + explain(err), err
	}
	return out.String(), nil
}

func TestAKeyThatIsMissingIsNamedAndNothingIsRotated(t *testing.T) {
	lost, err := keyring.Load(keyFile(t))
	if err != nil {
		t.Fatal(err)
	}
	holders(t, lost, 1, 1)
	keys := filepath.Join(t.TempDir(), "keys")
	line := keyring.Generate(time.Now()) + "\n"
	if err := os.WriteFile(keys, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	console := []string{config.MigrateURL + "=" + pgtest.OwnerURL(t), config.KeyFile + "=" + keys}
	if out, err := habilisWith(t, console, "keys", "list"); err != nil || !strings.Contains(out, lost.Newest()) || !strings.Contains(out, "NOT IN THE KEY FILE") {
		t.Errorf("%v, %s", err, out)
	}
	if out, err := habilisWith(t, console, "keys", "rotate"); err == nil || !strings.Contains(out, "bring it back first") {
		t.Errorf("%v, %s", err, out)
	}
	if text, _ := os.ReadFile(keys); string(text) != line {
		t.Error("the key file was written to")
	}
	if status(run(t.Context(), []string{"keys", "rotate"}, []string{config.DatabaseURL + "=" + pgtest.AppURL(t), config.KeyFile + "=" + keys}, io.Discard, io.Discard)) != 2 {
		t.Error("the server's role rotates keys")
	}
}

// holdMidway keeps whoever goes through all secrets from getting past the one in
// the middle, until it is let go; waitedFor returns once the owner stands there.
func holdMidway(t *testing.T) (letGo, waitedFor func()) {
	t.Helper()
	tx, err := pgtest.Super(t).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var holder int
	err = tx.QueryRow(t.Context(), `
select pg_backend_pid() from identity.factor
 where id = (select id from identity.factor order by id offset (select count(*) / 2 from identity.factor) limit 1) for update of factor`).Scan(&holder)
	if err != nil {
		t.Fatal(err)
	}
	letGo = func() {
		if err := tx.Rollback(t.Context()); err != nil {
			t.Error(err)
		}
	}
	waitedFor = func() {
		for waiting := false; !waiting; {
			err := pgtest.Super(t).QueryRow(t.Context(), `
select exists (select from pg_stat_activity where usename = 'habilis_owner' and $1 = any (pg_blocking_pids(pid)))`, holder).Scan(&waiting)
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return letGo, waitedFor
}
