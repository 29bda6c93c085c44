package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/config"
	"habilis/internal/mail"
	"habilis/internal/pgtest"
	"habilis/internal/secret/argon"
	"habilis/internal/secret/keyring"
	"habilis/internal/secret/password"
	"habilis/internal/signin"
)

// asProgram has this binary be the program, for tests that run it, and kill it.
const asProgram = "TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	argon.Main()
	if os.Getenv(asProgram) != "" {
		main()
	}
	pgtest.Apart(m)
}

// habilis runs a command against the test database and returns what it said.
func habilis(t *testing.T, args ...string) (said string, err error) {
	t.Helper()
	var out, log bytes.Buffer
	err = run(t.Context(), args, environment(t), &out, &log)
	if err != nil {
		return out.String() + explain(err), err
	}
	return out.String(), nil
}

func environment(t *testing.T, more ...string) []string {
	return append([]string{
		config.DatabaseURL + "=" + pgtest.AppURL(t), config.MigrateURL + "=" + pgtest.OwnerURL(t), config.KeyFile + "=" + keyFile(t)}, more...)
}

func keyFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte(keyring.Generate(time.Now())), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSimpleCommandsSayWhatTheyShould(t *testing.T) {
	for args, want := range map[string]string{
		"version":       "habilis",
		"provision":     "habilis_journal",
		"keys generate": fmt.Sprint(time.Now().UTC().Year()),
		"keys new":      fmt.Sprint(time.Now().UTC().Year()),
		"migrate":       "ok: the database is at version",
		"--help":        "Usage: habilis",
		"":              "Usage: habilis",
	} {
		if said, err := habilis(t, strings.Fields(args)...); err != nil || !strings.Contains(said, want) {
			t.Errorf("habilis %s: %v, %s", args, err, said)
		}
	}
}

func TestACommandThatIsNotUnderstoodHasStatusTwo(t *testing.T) {
	for _, args := range [][]string{{"dance"}, {"tenant", "create", "--kind", "planner"}, {"serve", "--password", "x"}} {
		if _, err := habilis(t, args...); status(err) != 2 {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestServingWithoutAConfigurationSaysAllThatIsMissing(t *testing.T) {
	err := run(t.Context(), []string{"serve"}, nil, &bytes.Buffer{}, &bytes.Buffer{})
	if status(err) != 2 || strings.Count(explain(err), "is missing") != 5 {
		t.Errorf("status %d: %s", status(err), explain(err))
	}
}

// newPlace makes a place and returns its number.
func newPlace(t *testing.T) string {
	t.Helper()
	number := strings.ReplaceAll(uuid.NewString(), "-", "")[:12]
	if said, err := habilis(t, "tenant", "create", "--kind", "planner", "--number", number, "--name", "CLSC "+number); err != nil {
		t.Fatal(said)
	}
	return number
}

func TestAPlaceIsMadeOnceAndWrongOnesAreExplained(t *testing.T) {
	number := newPlace(t)
	for _, c := range []struct{ args, says string }{
		{"--kind planner --name x --number " + number, "number: "},
		{"--kind palace --name x --number 77", "kind: "},
		{"--kind planner --name x --number 7/7 --time-zone Mars", "number: "},
	} {
		said, err := habilis(t, append([]string{"tenant", "create"}, strings.Fields(c.args)...)...)
		if status(err) != 1 || !strings.Contains(said, c.says) || strings.Contains(said, "\n") {
			t.Errorf("%s: %v, %q", c.args, err, said)
		}
	}
}

func TestTheFirstPilotComesFromTheConsole(t *testing.T) {
	number, email := newPlace(t), uuid.NewString()[:8]+"@exemple.test"
	create := []string{"person", "create", "--number", number, "--role", "pilot", "--email", email, "--given", "Maude", "--family", "Bélanger"}
	if said, err := habilis(t, create...); err != nil || !strings.Contains(said, "MBelanger") {
		t.Fatalf("%v, %s", err, said)
	}
	if said, err := habilis(t, create...); status(err) != 1 || !strings.Contains(said, "email: ") {
		t.Errorf("twice: %v, %s", err, said)
	}
	create[3] = newPlace(t)
	if said, err := habilis(t, create...); err != nil || !strings.Contains(said, "has an account already") {
		t.Errorf("elsewhere: %v, %s", err, said)
	}
	create[5] = "emperor"
	if said, err := habilis(t, create...); status(err) != 1 || !strings.Contains(said, "role: ") {
		t.Errorf("no such role: %v, %s", err, said)
	}
	var letters int
	if err := pgtest.Super(t).QueryRow(t.Context(), `select count(*) from mail where recipient = $1 and template = 'temporary_password'`, email).Scan(&letters); err != nil || letters != 2 {
		t.Errorf("%d letters, %v", letters, err)
	}
}

func TestAnOperatorComesInWithWhatWasPrinted(t *testing.T) {
	keys := environment(t)
	var out bytes.Buffer
	args := []string{"support", "create", "--email", uuid.NewString()[:8] + "@exemple.test", "--given", "Sylvain", "--family", "Cloutier"}
	if err := run(t.Context(), args, keys, &out, &out); err != nil {
		t.Fatal(explain(err))
	}
	said := out.String()
	printed := func(pattern string) string {
		found := regexp.MustCompile(pattern).FindStringSubmatch(said)
		if found == nil {
			t.Fatalf("nothing like %s in:\n%s", pattern, said)
		}
		return found[1]
	}
	username, temporary := printed(`User name: +(\S+)`), printed(`Temporary password: +(\S+)`)
	if !strings.Contains(said, "▀") {
		t.Error("no QR code")
	}
	way := wayIn(t, keys)
	outcome, err := way.SignIn(t.Context(), username, temporary, access.Origin{}, nil)
	if err != nil || outcome.Stage != signin.StageFactor || !outcome.Choose {
		t.Fatalf("got %+v, %v", outcome, err)
	}
	if err := way.Factor(t.Context(), access.Signed{Account: outcome.Account}, printed(`lost:\s+(\S+)`)); err != nil {
		t.Errorf("a recovery code: %v", err)
	}
	if _, err := way.SignIn(t.Context(), username, temporary, access.Origin{}, nil); err == nil {
		t.Error("the temporary password works twice")
	}
}

func TestMakingAnOperatorNeedsTheOwnerOfTheDatabase(t *testing.T) {
	args := []string{"support", "create", "--email", uuid.NewString()[:8] + "@exemple.test", "--given", "Sylvain", "--family", "Cloutier"}
	var out bytes.Buffer
	err := run(t.Context(), args, []string{config.DatabaseURL + "=" + pgtest.AppURL(t), config.KeyFile + "=" + keyFile(t)}, &out, &out)
	if status(err) != 2 || !strings.Contains(explain(err), config.MigrateURL+" is missing") {
		t.Errorf("as the server: %v", err)
	}
	err = run(t.Context(), args, []string{config.MigrateURL + "=" + pgtest.OwnerURL(t), config.KeyFile + "=" + keyFile(t)}, &out, &out)
	if err != nil {
		t.Errorf("as the owner: %s", explain(err))
	}
}

// wayIn is the sign-in of a server with the same keys.
func wayIn(t *testing.T, environment []string) *signin.Service {
	t.Helper()
	c, err := config.Load(environment, config.Console|config.Sealing)
	if err != nil {
		t.Fatal(err)
	}
	post, err := mail.NewPost()
	if err != nil {
		t.Fatal(err)
	}
	return signin.New(access.NewDoor(pgtest.Pool(t), pgtest.Pages(t), time.Now), password.DefaultHasher(), c.Keys, post, time.Now)
}

func TestVerifyingNamesTheFirstBadLine(t *testing.T) {
	for _, c := range []struct{ name, damage, says string }{
		{"an edit of what it says", `update journal set facts = '{"label":"?"}' where tenant_id = $1 and n = 2`, "line 2 no longer says"},
		{"an edit of who did it", `update journal set actor_kind = 'mailer' where tenant_id = $1 and n = 3`, "line 3 was changed"},
		{"a deletion in the middle", `delete from journal where tenant_id = $1 and n = 2`, "line 2 is missing"},
		{"a deletion at the end", `delete from journal where tenant_id = $1 and n = 4`, "line 4 is missing"},
		{"a swap", `update journal set n = 30 where tenant_id = $1 and n = 2;
			update journal set n = 2 where tenant_id = $1 and n = 3;
			update journal set n = 3 where tenant_id = $1 and n = 30`, "line 2 was changed"},
		{"an end that was rewritten", `delete from journal where tenant_id = $1 and n = 4;
			update journal_head h set n = 3, hash = j.hash from journal j where h.tenant_id = $1 and j.tenant_id = $1 and j.n = 3`, "line 4 is not the one that the anchors"},
	} {
		t.Run(c.name, func(t *testing.T) {
			number := newPlace(t)
			for i, given := range []string{"Ève", "Zoë", "Noé"} {
				said, err := habilis(t, "person", "create", "--number", number, "--role", "pilot", "--given", given, "--family", "Roy",
					"--email", fmt.Sprintf("%s.%d@exemple.test", number, i))
				if err != nil {
					t.Fatal(said)
				}
			}
			anchors := filepath.Join(t.TempDir(), "anchors.json")
			if said, err := habilis(t, "journal", "verify", "--write-anchors", anchors); err != nil || !strings.HasPrefix(said, "ok: ") {
				t.Fatalf("%v, %s", err, said)
			}
			damage(t, number, c.damage)
			said, err := habilis(t, "journal", "verify", "--anchors", anchors)
			if !errors.Is(err, errBroken) || status(err) != 1 || !strings.Contains(said, "place "+number+" (CLSC "+number+"): "+c.says) {
				t.Errorf("%v, %s", err, said)
			}
			damage(t, number, `delete from journal where tenant_id = $1; delete from journal_head where tenant_id = $1`)
		})
	}
}

// damage does what nobody can who is not a superuser.
func damage(t *testing.T, number, statements string) {
	t.Helper()
	for statement := range strings.SplitSeq(statements, ";") {
		statement = strings.ReplaceAll(statement, "$1", "(select tenant_id from tenant where number = '"+number+"')")
		if _, err := pgtest.Super(t).Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAServerOfItsOwnStartsAndStops(t *testing.T) {
	data, err := os.MkdirTemp("", "habilis-serve-test-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(data)
	if err := os.Chmod(data, 0o711); err != nil {
		t.Fatal(err)
	}
	address := freePort(t)
	variables := []string{
		config.Listen + "=" + address, config.MetricsListen + "=off", config.BaseURL + "=http://" + address, config.Data + "=" + data,
		config.KeyFile + "=" + keyFile(t), config.SMTPURL + "=smtp://127.0.0.1:2525", config.MailFrom + "=acces@sante.test",
		config.Support + "=soutien@sante.test", "HABILIS_DRAIN=0s", "HABILIS_LOG=error",
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	var log bytes.Buffer
	go func() { ended <- run(ctx, []string{"serve"}, variables, &log, &log) }()
	waitReady(t, "http://"+address+"/readyz", ended)

	var out bytes.Buffer // a command beside the server
	if err := run(t.Context(), []string{"journal", "verify"}, variables, &out, &out); err != nil || out.String() != "ok: 0 places, 0 lines\n" {
		t.Errorf("%v, %s", err, out.String())
	}
	cancel()
	if err := <-ended; err != nil || log.Len() > 0 {
		t.Errorf("%v, %s", err, log.String())
	}
	if err := os.WriteFile(filepath.Join(data, "demo.json"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"serve"}, variables, &log, &log); err == nil || !strings.Contains(err.Error(), "holds the demo") {
		t.Errorf("serving the demo's folder: %v", err)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func waitReady(t *testing.T, url string, ended <-chan error) {
	t.Helper()
	for range 600 {
		select {
		case err := <-ended:
			t.Fatalf("ended: %v", err)
		case <-time.After(100 * time.Millisecond):
		}
		response, err := http.Get(url)
		if err != nil {
			continue
		}
		response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return
		}
	}
	t.Fatal("never ready")
}
