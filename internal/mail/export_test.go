package mail

import (
	"context"
	"crypto/x509"
	"net"
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
