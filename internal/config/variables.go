package config

import (
	"fmt"
	"strings"
)

// Names that code and tests refer to.
const (
	Listen        = "HABILIS_LISTEN"
	MetricsListen = "HABILIS_METRICS_LISTEN"
	BaseURL       = "HABILIS_BASE_URL"
	DatabaseURL   = "DATABASE_URL"
	MigrateURL    = "HABILIS_MIGRATE_URL"
	Data          = "HABILIS_DATA"
	KeyFile       = "HABILIS_KEY_FILE"
	SMTPURL       = "HABILIS_SMTP_URL"
	MailFrom      = "HABILIS_MAIL_FROM"
	SMSURL        = "HABILIS_SMS_URL"
	Support       = "HABILIS_SUPPORT"
)

// fileSuffix makes of a secret's name the name of the variable that says which
// file holds it.
const fileSuffix = "_FILE"

// Variable is one line of the table.
type Variable struct {
	Name    string
	Says    string // what it is, for the table
	Write   string // what to write, after "write …"
	Default string
	Needed  Use  // the uses that can't do without
	Secret  bool // may stand in a file, named by Name + "_FILE"
	set     func(*Config, string) error
}

// Variables are all that the environment may say.
var Variables = []Variable{
	{
		Name: Listen, Default: "127.0.0.1:8080",
		Says:  "where the portal listens; a proxy that speaks https stands before it",
		Write: "host:port, such as 127.0.0.1:8080 or :8080",
		set:   func(c *Config, s string) (err error) { c.Listen, err = parseListen(s); return err },
	},
	{
		Name: MetricsListen, Default: "127.0.0.1:9090",
		Says:  "where `/metrics`, `/livez` and `/readyz` are for machines; `off` for nowhere",
		Write: "host:port of an address that people don't reach, or off",
		set:   func(c *Config, s string) (err error) { c.MetricsListen, err = parseMetrics(s); return err },
	},
	{
		Name: BaseURL, Needed: Serving,
		Says:  "the address that people type; all links are made of it",
		Write: "https:// and the name of the portal, nothing after it; http:// for this machine itself only",
		set:   func(c *Config, s string) (err error) { c.BaseURL, err = parseBaseURL(s); return err },
	},
	{
		Name: DatabaseURL, Secret: true,
		Says:  "PostgreSQL, as the role `habilis_app`; several hosts for a failover pair. Without it the server starts a PostgreSQL of its own",
		Write: "postgres://habilis_app:password@host:5432/habilis",
		set:   func(c *Config, s string) error { c.DatabaseURL = s; return checkDatabase(s, "habilis_app") },
	},
	{
		Name: MigrateURL, Secret: true, Needed: Migrating,
		Says:  "the same database, as the role `habilis_owner`: for `habilis migrate`, `habilis support create`, `habilis journal verify` and the rotation of keys only; the server does without",
		Write: "postgres://habilis_owner:password@host:5432/habilis",
		set:   func(c *Config, s string) error { c.MigrateURL = s; return checkDatabase(s, "habilis_owner") },
	},
	{
		Name: Data, Default: "/var/lib/habilis",
		Says:  "the folder of the PostgreSQL of its own; the demo's is `.habilis`",
		Write: "the path of a folder",
		set:   func(c *Config, s string) error { c.Data = s; return nil },
	},
	{
		Name: KeyFile, Needed: Serving | Sealing,
		Says:  "the file of the keys that encrypt the secrets of authenticator apps; keep it apart from the database's backups",
		Write: "the path of a file that holds a line made by habilis keys generate",
		set:   func(c *Config, s string) (err error) { c.Keys, err = loadKeys(s); return err },
	},
	{
		Name: SMTPURL, Secret: true, Needed: Serving,
		Says:  "the mail server; with any host but this machine the connection is encrypted, or nothing is sent",
		Write: "smtp://user:password@host:587, or smtps://user:password@host:465",
		set:   func(c *Config, s string) error { c.SMTPURL = s; return checkSMTP(s) },
	},
	{
		Name: MailFrom, Needed: Serving,
		Says:  "whom mail comes from",
		Write: "an address, without a name, that the mail server lets you send from",
		set:   func(c *Config, s string) (err error) { c.MailFrom, err = parseFrom(s); return err },
	},
	{
		Name: SMSURL, Secret: true,
		Says:  "the HTTP gateway of text messages; without it they are offered nowhere. `{{.To}}`, `{{.Text}}` and `{{.Secret}}` are filled in",
		Write: "an https address, such as https://gateway.quebec/messages",
		set:   func(c *Config, s string) error { c.sms.URL = s; return checkGateway(s) },
	},
	{
		Name:  "HABILIS_SMS_METHOD",
		Says:  "how the gateway is asked: `POST` unless said",
		Write: "POST, PUT or GET",
		set:   func(c *Config, s string) error { c.sms.Method = s; return nil },
	},
	{
		Name:  "HABILIS_SMS_HEADERS",
		Says:  "what goes at the head, with `\\|` between: `Content-Type` first of all; `{{.Secret}}` is filled in",
		Write: "Content-Type: application/json|Authorization: Bearer {{.Secret}}",
		set:   func(c *Config, s string) error { c.sms.Headers = s; return nil },
	},
	{
		Name:  "HABILIS_SMS_BODY",
		Says:  "the body, whose `{{.To}}` (as +15145550123), `{{.Text}}` and `{{.Secret}}` are filled in and encoded for JSON or a form",
		Write: `{"to": "{{.To}}", "text": "{{.Text}}"} or to={{.To}}&text={{.Text}}`,
		set:   func(c *Config, s string) error { c.sms.Body = s; return nil },
	},
	{
		Name:  "HABILIS_SMS_NUMBERS",
		Says:  "how the numbers that texts go to begin, such as `+1 +33`: some countries' numbers pay who has texts sent to them; any unless said",
		Write: "+ and a country's code, with blanks between, such as +1 +33",
		set:   func(c *Config, s string) error { c.sms.Numbers = s; return nil },
	},
	{
		Name: "HABILIS_SMS_SECRET", Secret: true,
		Says:  "what shows the gateway who we are",
		Write: "the gateway's key or password",
		set:   func(c *Config, s string) error { c.sms.Secret = s; return checkSecret(s) },
	},
	{
		Name: Support, Needed: Serving,
		Says:  "where people find technical support, when their place names none",
		Write: "an e-mail or an https address",
		set:   func(c *Config, s string) (err error) { c.Support, err = parseSupport(s); return err },
	},
	{
		Name:  "HABILIS_TRUSTED_PROXIES",
		Says:  "the proxies whose `X-Forwarded-For` is believed",
		Write: "addresses or networks, separated by commas, such as 10.0.0.0/8,192.0.2.7",
		set:   func(c *Config, s string) (err error) { c.TrustedProxies, err = parseProxies(s); return err },
	},
	{
		Name: "HABILIS_SESSION_IDLE", Default: "30m",
		Says:  "how long a session may go unused; it ends after 12 hours in any case",
		Write: "a duration between 5m and 12h",
		set:   func(c *Config, s string) (err error) { c.Idle, err = parseIdle(s); return err },
	},
	{
		Name: "HABILIS_DRAIN", Default: "3s",
		Says:  "how long `/readyz` says no before the door closes, for a balancer to notice",
		Write: "a duration between 0s and 5m",
		set:   func(c *Config, s string) (err error) { c.Drain, err = parseDrain(s); return err },
	},
	{
		Name: "HABILIS_LOG", Default: "info,text",
		Says:  "the level (`debug`, `info`, `warn`, `error`) and the form (`text`, `json`) of the log",
		Write: "a level, a form, or both with a comma, such as info,json",
		set:   func(c *Config, s string) (err error) { c.Log, err = parseLog(s); return err },
	},
}

func variable(name string) Variable {
	for _, v := range Variables {
		if v.Name == name {
			return v
		}
	}
	return Variable{}
}

// Table is the table of variables for the README.
func Table() string {
	var b strings.Builder
	b.WriteString("| variable | is | default |\n| --- | --- | --- |\n")
	for _, v := range Variables {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", v.Name, v.Says+v.file(), v.fallback())
	}
	return b.String()
}

func (v Variable) file() string {
	if !v.Secret {
		return ""
	}
	return fmt.Sprintf(" (or the file named by `%s%s`)", v.Name, fileSuffix)
}

func (v Variable) fallback() string {
	switch {
	case v.Default != "":
		return "`" + v.Default + "`"
	case v.Needed&Serving != 0:
		return "**needed**"
	}
	return ""
}
