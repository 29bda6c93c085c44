package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"habilis/internal/secret/keyring"
)

var update = flag.Bool("update", false, "write the table of variables into the README")

// sound is an environment that a server accepts.
func sound(t *testing.T) map[string]string {
	t.Helper()
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, []byte(keyring.Generate(time.Now())), 0o600); err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		BaseURL: "https://acces.sante.test/", DatabaseURL: "postgres://habilis_app:kV8wq2@db.test/habilis",
		MigrateURL: "postgres://habilis_owner:Tz91px@db.test/habilis", KeyFile: keys, SMTPURL: "smtp://habilis:u7Gr%40@mail.test:587",
		MailFrom: "acces@sante.test", Support: "soutien@sante.test",
	}
}

func environ(vars map[string]string) []string {
	var pairs []string
	for name, value := range vars {
		pairs = append(pairs, name+"="+value)
	}
	return pairs
}

func TestASoundEnvironmentIsRead(t *testing.T) {
	vars := sound(t)
	vars["HABILIS_TRUSTED_PROXIES"] = "10.0.0.0/8, 192.0.2.7,::1"
	vars["HABILIS_LOG"] = "json,debug"
	c, err := Load(environ(vars), Serving)
	if err != nil {
		t.Fatal(err)
	}
	if c.BaseURL != "https://acces.sante.test" || c.Listen != "127.0.0.1:8080" || c.Idle != 30*time.Minute || len(c.TrustedProxies) != 3 ||
		!c.Log.JSON || c.Log.Level != -4 || c.Keys == nil || c.Private() {
		t.Errorf("got %+v", c)
	}
}

func TestEveryMistakeIsNamedWithWhatToWrite(t *testing.T) {
	for _, c := range []struct{ name, value, says string }{
		{BaseURL, "", "is missing: write https://"},
		{BaseURL, "http://acces.sante.test", "is not https"},
		{BaseURL, "https://habilis.example.org", "is an example"},
		{BaseURL, "https://acces.sante.test/portail", "says more than"},
		{BaseURL, "acces.sante.test", "is not the address of a portal"},
		{Listen, "8080", "is not an address to listen on: write host:port"},
		{Listen, "127.0.0.1:http", "has no port"},
		{MetricsListen, "127.0.0.1:8080", "is the portal's own address"},
		{DatabaseURL, "mysql://x", "is not the address of a PostgreSQL: write postgres://"},
		{DatabaseURL, "postgres://habilis_owner:kV8wq2@db.test/habilis", "connects as habilis_owner instead of habilis_app"},
		{DatabaseURL, "postgres://habilis_app:password@db.test/habilis", "is an example"},
		{DatabaseURL, "postgres://habilis_app:kV8wq2@host:5432/habilis", "is an example"},
		{DatabaseURL, "", "is missing beside HABILIS_MIGRATE_URL"},
		{MigrateURL, "postgres://habilis_app:kV8wq2@db.test/habilis", "connects as habilis_app instead of habilis_owner"},
		{KeyFile, "/nowhere/keys", "no such file"},
		{KeyFile, "", "is missing: write the path"},
		{SMTPURL, "http://mail.test", "is not the address of a mail server"},
		{SMTPURL, "smtp://habilis:changeme@mail.test", "is an example"},
		{SMTPURL, "", "is missing: write smtp://"},
		{MailFrom, "Habilis <acces@sante.test>", "is not one e-mail address"},
		{MailFrom, "habilis@example.com", "is an example"},
		{Support, "http://sante.test/aide", "is neither an e-mail nor an https address"},
		{"HABILIS_TRUSTED_PROXIES", "10.0.0.0/8,proxy", `holds "proxy"`},
		{"HABILIS_SESSION_IDLE", "2 minutes", `is "2 minutes": write a duration between 5m and 12h`},
		{"HABILIS_DRAIN", "1h", "a duration between 0s and 5m"},
		{"HABILIS_LOG", "loud", `holds "loud": write a level`},
		{"HABILIS_BASEURL", "https://acces.sante.test", "means nothing: perhaps HABILIS_BASE_URL was meant"},
		{"HABILIS_COLOUR_OF_THE_SKY", "blue", "means nothing: unset it"},
		{SMTPURL + "_FILE", "/nowhere", "is said twice"},
	} {
		t.Run(c.name+"="+c.value, func(t *testing.T) {
			vars := sound(t)
			vars[c.name] = c.value
			_, err := Load(environ(vars), Serving)
			var problems Problems
			if !errors.As(err, &problems) || len(problems) != 1 || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want only: … %s", err, c.says)
			}
		})
	}
}

func TestAllMistakesAreSaidAtOnce(t *testing.T) {
	_, err := Load([]string{"HABILIS_LISTEN=x", "HABILIS_LOG=loud", "HABILIS_SMPT_URL=smtp://mail.test", "HABILIS_SUPPORT=", "PATH=/bin"}, Serving)
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	for _, name := range []string{Listen, "HABILIS_LOG", "HABILIS_SMPT_URL", BaseURL, KeyFile, SMTPURL, MailFrom, Support} {
		if !problems.has(name) {
			t.Errorf("%s is not among them: %v", name, err)
		}
	}
	if len(problems) != 8 {
		t.Errorf("got %d: %v", len(problems), err)
	}
}

func TestNoSecretIsRepeated(t *testing.T) {
	for _, name := range []string{DatabaseURL, SMTPURL} {
		vars := sound(t)
		vars[name] = "://Kq7-not-to-be-seen@"
		if _, err := Load(environ(vars), Serving); err == nil || strings.Contains(err.Error(), "Kq7") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASecretMayStandInAFile(t *testing.T) {
	vars := sound(t)
	path := filepath.Join(t.TempDir(), "database")
	if err := os.WriteFile(path, []byte(vars[DatabaseURL]+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := vars[DatabaseURL]
	vars[DatabaseURL+"_FILE"] = path
	delete(vars, DatabaseURL)
	c, err := Load(environ(vars), Serving)
	if err != nil || c.DatabaseURL != want {
		t.Errorf("got %v, %v", c, err)
	}
}

func TestAServerWithoutADatabaseHasItsOwn(t *testing.T) {
	vars := sound(t)
	delete(vars, DatabaseURL)
	delete(vars, MigrateURL)
	if c, err := Load(environ(vars), Serving); err != nil || !c.Private() || c.Data != "/var/lib/habilis" {
		t.Errorf("got %+v, %v", c, err)
	}
	if c, err := Load(nil, Migrating); err != nil || !c.Private() {
		t.Errorf("migrating: got %+v, %v", c, err)
	}
}

func TestEachUseAsksForItsOwn(t *testing.T) {
	url := DatabaseURL + "=postgres://habilis_app:kV8wq2@db.test/habilis"
	if _, err := Load([]string{url}, Console); err != nil {
		t.Errorf("console: %v", err)
	}
	if _, err := Load([]string{url}, Migrating); err == nil || !strings.Contains(err.Error(), MigrateURL+" is missing") {
		t.Errorf("migrating: %v", err)
	}
	if _, err := Load([]string{url}, Console|Sealing); err == nil || !strings.Contains(err.Error(), KeyFile+" is missing") {
		t.Errorf("sealing: %v", err)
	}
}

func TestTheDemoListensToThisMachineAlone(t *testing.T) {
	for _, address := range []string{"0.0.0.0:8080", ":8080", "192.0.2.1:80", "habilis.test:80"} {
		if _, err := Load([]string{Listen + "=" + address}, Demo); err == nil || !strings.Contains(err.Error(), "open to the network") {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"127.0.0.1:0", "localhost:8080", "[::1]:80"} {
		if _, err := Load([]string{Listen + "=" + address}, Demo); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestTheDemoHasItsOwnDefaults(t *testing.T) {
	c, err := Load([]string{"PORT=8123", DatabaseURL + "=postgres://habilis_app:kV8wq2@db.test/habilis"}, Demo)
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:8123" || c.Data != ".habilis" || !c.Private() || c.MetricsListen != "" {
		t.Errorf("got %+v", c)
	}
}

func TestTheReadmeHasTheTable(t *testing.T) {
	const path, begin, end = "../../README.md", "<!-- variables -->\n", "<!-- /variables -->"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	table, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("README.md has no %s … %s", begin, end)
	}
	if table == Table() {
		return
	}
	if !*update {
		t.Fatalf("the README's table is not the program's: run go test ./internal/config -update")
	}
	if err := os.WriteFile(path, []byte(before+begin+Table()+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
