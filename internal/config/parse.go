package config

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"habilis/internal/secret/keyring"
)

func parseListen(s string) (string, error) {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", errors.New("is not an address to listen on")
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return "", errors.New("has no port between 0 and 65535")
	}
	return s, nil
}

func parseMetrics(s string) (string, error) {
	if s == "off" {
		return "", nil
	}
	return parseListen(s)
}

func parseBaseURL(s string) (string, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return "", errors.New("is not the address of a portal")
	case u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("says more than a name and a port")
	case u.Scheme == "http" && !loopback(u.Host):
		return "", errors.New("is not https, so that passwords could be read on the way")
	case exampleHost(u.Hostname()):
		return "", errExample
	}
	return u.Scheme + "://" + u.Host, nil
}

// checkDatabase reads a connection string without connecting.
func checkDatabase(s, role string) error {
	c, err := pgconn.ParseConfig(s)
	switch {
	case err != nil:
		return errors.New("is not the address of a PostgreSQL")
	case c.User != role && slices.Contains([]string{"postgres", "habilis_owner", "habilis_app"}, c.User):
		return fmt.Errorf("connects as %s instead of %s", c.User, role)
	case exampleSecret(c.Password) || exampleHost(c.Host):
		return errExample
	}
	return nil
}

func checkSMTP(s string) error {
	u, err := url.Parse(s)
	if err != nil {
		return errors.New("can't be read (in a password, % is %25, @ is %40 and / is %2F)")
	}
	if u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return errors.New("is not the address of a mail server")
	}
	if password, _ := u.User.Password(); exampleSecret(password) || exampleHost(u.Hostname()) {
		return errExample
	}
	return nil
}

// checkGateway finds what was copied from a manual; the gateway itself judges the rest.
func checkGateway(s string) error {
	if u, err := url.Parse(s); err == nil && exampleHost(u.Hostname()) {
		return errExample
	}
	return nil
}

func checkSecret(s string) error {
	if exampleSecret(s) {
		return errExample
	}
	return nil
}

func parseFrom(s string) (string, error) {
	address, err := mail.ParseAddress(s)
	if err != nil || address.Name != "" {
		return "", errors.New("is not one e-mail address")
	}
	if exampleHost(domainOf(address.Address)) {
		return "", errExample
	}
	return address.Address, nil
}

func parseSupport(s string) (string, error) {
	if u, err := url.Parse(s); err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil {
		if exampleHost(u.Hostname()) {
			return "", errExample
		}
		return s, nil
	}
	s = strings.TrimPrefix(s, "mailto:")
	address, err := mail.ParseAddress(s)
	if err != nil || address.Address != s {
		return "", errors.New("is neither an e-mail nor an https address")
	}
	if exampleHost(domainOf(s)) {
		return "", errExample
	}
	return s, nil
}

func parseProxies(s string) ([]netip.Prefix, error) {
	var proxies []netip.Prefix
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		prefix, err := netip.ParsePrefix(part)
		if address, single := netip.ParseAddr(part); single == nil {
			prefix, err = netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("holds %q, which is neither an address nor a network", part)
		}
		proxies = append(proxies, prefix.Masked())
	}
	return proxies, nil
}

func parseIdle(s string) (time.Duration, error)  { return parseDuration(s, 5*time.Minute, 12*time.Hour) }
func parseDrain(s string) (time.Duration, error) { return parseDuration(s, 0, 5*time.Minute) }

func parseDuration(s string, least, most time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < least || d > most {
		return 0, fmt.Errorf("is %q", s)
	}
	return d, nil
}

func parseLog(s string) (Log, error) {
	var log Log
	for word := range strings.SplitSeq(s, ",") {
		switch word = strings.ToLower(strings.TrimSpace(word)); word {
		case "text", "json":
			log.JSON = word == "json"
		case "debug", "info", "warn", "error":
			if err := log.Level.UnmarshalText([]byte(word)); err != nil {
				return Log{}, err
			}
		default:
			return Log{}, fmt.Errorf("holds %q", word)
		}
	}
	return log, nil
}

// loadKeys reads the key file; what is wrong with its lines is said on one.
func loadKeys(path string) (*keyring.Ring, error) {
	ring, err := keyring.Load(path)
	if err != nil {
		return nil, errors.New("names a file that can't be used (" + strings.ReplaceAll(err.Error(), "\n", "; ") + ")")
	}
	return ring, nil
}

// loopback reports an address that only this machine itself reaches; it may
// have a port.
func loopback(address string) bool {
	host := address
	if h, _, err := net.SplitHostPort(address); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// errExample is about values copied from a manual as they stand there.
var errExample = errors.New("is an example, not a value of yours")

// exampleHost reports the names that are kept for manuals (RFC 2606, 6761).
func exampleHost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, reserved := range []string{"example", "example.com", "example.org", "example.net", "invalid"} {
		if host == reserved || strings.HasSuffix(host, "."+reserved) {
			return true
		}
	}
	return host == "host"
}

// exampleSecret reports what people and manuals write in the place of a password.
func exampleSecret(s string) bool {
	s = strings.ToLower(strings.Trim(s, "<>[]{}$*.… "))
	switch s {
	case "password", "passwd", "pass", "secret", "changeme", "change-me", "change_me", "example", "postgres",
		"habilis", "habilis_app", "habilis_owner", "motdepasse", "mot-de-passe", "your-password", "yourpassword", "xxx", "xxxx", "xxxxxxxx":
		return true
	}
	return false
}

func domainOf(email string) string {
	_, domain, _ := strings.Cut(email, "@")
	return domain
}
