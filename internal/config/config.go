// Package config turns the environment into one struct, once, at start. What
// is wrong with it is said in one go: every mistake, each with what to write.
//
// The variables stand in variables.go, one entry each; the table of the README
// is made from them, and a test keeps the two equal.
package config

import (
	"cmp"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"habilis/internal/secret/keyring"
	"habilis/internal/sms/gateway"
)

// Config is what the environment says. A field holds its variable's default
// when nothing is said.
type Config struct {
	Listen         string // host:port of the portal
	MetricsListen  string // host:port of metrics and health; "" when off
	BaseURL        string // as people type it, without a slash at the end
	Data           string // folder of the private PostgreSQL, and of the demo
	DatabaseURL    string // as habilis_app; "" means a private PostgreSQL in Data
	MigrateURL     string // as habilis_owner
	Keys           *keyring.Ring
	SMTPURL        string
	SMS            *gateway.Gateway // nil: no text is ever sent
	MailFrom       string           // an address without a name
	Support        string           // an e-mail or an https address
	TrustedProxies []netip.Prefix
	Idle           time.Duration // a session that is not used for as long ends
	Drain          time.Duration // between "not ready" and the closed door
	Log            Log
	sms            gateway.Config // what SMS is made of
}

// Log is how much is logged, and how.
type Log struct {
	Level slog.Level
	JSON  bool
}

// Private reports that the database is one of our own, in [Config.Data].
func (c *Config) Private() bool { return c.DatabaseURL == "" && c.MigrateURL == "" }

// Use is what a configuration is for: it decides which variables must be there.
type Use int

// The uses of a configuration.
const (
	Serving   Use = 1 << iota // habilis serve
	Demo                      // habilis demo
	Console                   // commands that work on places and people
	Migrating                 // commands that need the owner of the database
	Sealing                   // commands that encrypt secrets
)

// Load reads the environment, as os.Environ gives it, for one use. The error
// is [Problems] when something is to be corrected.
func Load(environment []string, use Use) (*Config, error) {
	l := &loader{said: map[string]string{}, use: use}
	for _, pair := range environment {
		name, value, _ := strings.Cut(pair, "=")
		l.said[name] = value
	}
	if use == Demo {
		l.playDemo()
	}
	c := &Config{}
	for _, v := range Variables {
		l.load(c, v)
	}
	l.checkTogether(c)
	l.refuseUnknown()
	if len(l.problems) > 0 {
		return nil, l.problems
	}
	return c, nil
}

// loader collects what is wrong.
type loader struct {
	said     map[string]string
	use      Use
	problems Problems
}

func (l *loader) wrong(name, what string) { l.problems = append(l.problems, Problem{name, what}) }

// load reads one variable into c.
func (l *loader) load(c *Config, v Variable) {
	value, ok := l.value(v)
	if !ok {
		return
	}
	if value == "" && v.Needed&l.use != 0 && !l.spared(v) {
		l.wrong(v.Name, "is missing: write "+v.Write)
		return
	}
	value = cmp.Or(value, v.Default)
	if value == "" {
		return
	}
	if err := v.set(c, value); err != nil {
		l.wrong(v.Name, err.Error()+": write "+v.Write)
	}
}

// spared reports a variable that another one makes unnecessary: with no
// database of someone else's, ours has its own two roles.
func (l *loader) spared(v Variable) bool {
	return v.Name == MigrateURL && l.said[DatabaseURL] == "" && l.said[DatabaseURL+fileSuffix] == ""
}

// value is what is said of a variable, in itself or in a file that another one
// names; ok is false when that went wrong, which has been noted.
func (l *loader) value(v Variable) (value string, ok bool) {
	value = strings.TrimSpace(l.said[v.Name])
	path := l.said[v.Name+fileSuffix]
	if !v.Secret || path == "" {
		return value, true
	}
	if value != "" {
		l.wrong(v.Name, "is said twice, in "+v.Name+fileSuffix+" too: unset one of them")
		return "", false
	}
	text, err := os.ReadFile(path)
	if err != nil {
		var why *fs.PathError
		if errors.As(err, &why) {
			err = why.Err
		}
		l.wrong(v.Name+fileSuffix, "names a file that can't be read ("+err.Error()+"): write the path of a file that holds "+v.Write)
		return "", false
	}
	return strings.TrimSpace(string(text)), true
}

// playDemo leaves out what the demo has of its own, and fills in its defaults.
func (l *loader) playDemo() {
	for _, name := range []string{DatabaseURL, MigrateURL, KeyFile} {
		delete(l.said, name)
		delete(l.said, name+fileSuffix)
	}
	l.said[Data] = cmp.Or(l.said[Data], ".habilis")
	l.said[MetricsListen] = cmp.Or(l.said[MetricsListen], "off")
	l.said["HABILIS_LOG"] = cmp.Or(l.said["HABILIS_LOG"], "warn")
	if port := l.said["PORT"]; port != "" && l.said[Listen] == "" {
		l.said[Listen] = "127.0.0.1:" + port
	}
}

// refuseUnknown finds names of ours that nothing reads: mistyped, most often.
func (l *loader) refuseUnknown() {
	for _, name := range slices.Sorted(maps.Keys(l.said)) {
		if strings.HasPrefix(name, "HABILIS_") && !known(name) {
			l.wrong(name, "means nothing: "+advise(name))
		}
	}
}

// checkTogether finds what is right by itself and wrong beside something else.
func (l *loader) checkTogether(c *Config) {
	if c.MigrateURL != "" && c.DatabaseURL == "" && l.use&(Serving|Console) != 0 && !l.problems.has(DatabaseURL) {
		l.wrong(DatabaseURL, "is missing beside "+MigrateURL+": write "+variable(DatabaseURL).Write)
	}
	l.openGateway(c)
	if c.MetricsListen != "" && c.MetricsListen == c.Listen {
		l.wrong(MetricsListen, "is the portal's own address: write another port, or off")
	}
	if l.use == Demo && c.Listen != "" && !loopback(c.Listen) {
		l.wrong(Listen, "is open to the network, and the demo's passwords are public: write an address of this machine itself, such as 127.0.0.1:8080")
	}
}

// openGateway makes the gateway of text messages, if the site has one.
func (l *loader) openGateway(c *Config) {
	if c.sms == (gateway.Config{}) || l.problems.has(SMSURL) {
		return
	}
	if c.sms.URL == "" {
		l.wrong(SMSURL, "is missing beside the other HABILIS_SMS_ variables: write "+variable(SMSURL).Write)
		return
	}
	var err error
	if c.SMS, err = c.sms.Gateway(); err != nil {
		l.wrong("HABILIS_SMS_*", "can't work together: "+err.Error())
	}
}
