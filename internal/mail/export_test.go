package mail

import (
	"context"
	"crypto/x509"
	"maps"
	"net"
	"regexp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
)

// WithoutPauses makes a worker try again at once.
func (o Options) WithoutPauses() Options {
	o.backoff = func(time.Duration) time.Duration { return 0 }
	o.poll = 100 * time.Millisecond
	return o
}

// Jobs is the worker's queue.
func (w *Worker) Jobs() *river.Client[pgx.Tx] { return w.jobs }

// Trust lets a test be the authority that vouches for its mail server.
func (s *SMTP) Trust(roots *x509.CertPool) { s.tls.RootCAs = roots }

// DialBy replaces the network.
func (s *SMTP) DialBy(dial func(ctx context.Context, network, address string) (net.Conn, error)) {
	s.dial = dial
}

// Templates are the names of all letters.
func Templates() []string { return slices.Sorted(maps.Keys(letters)) }

var constant = regexp.MustCompile(`(?m)^\t([A-Z]\w+)\s+= "([a-z_]+)"`)

// TemplateNames are the letters by the constants that name them in the code.
func TemplateNames(code string) map[string]string {
	found := map[string]string{}
	for _, m := range constant.FindAllStringSubmatch(code, -1) {
		if _, is := letters[m[2]]; is {
			found[m[1]] = m[2]
		}
	}
	return found
}
