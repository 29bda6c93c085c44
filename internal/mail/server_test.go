package mail_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"habilis/internal/mail"
)

// remoteName is a host that is not this machine, as far as the client knows.
const remoteName = "mx.example.org"

// received is a message that the server took.
type received struct {
	From, To string
	Data     []byte
	Secure   bool
	User     string
}

// server is a mail server whose manners a test chooses.
type server struct {
	*smtp.Server
	listener net.Listener
	roots    *x509.CertPool

	mu       sync.Mutex
	taken    []received
	onRcpt   func(to string) error
	onData   func(n int, data []byte, conn net.Conn) error // n counts from 1
	attempts int
}

func startServer(t *testing.T, set func(*server)) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{listener: listener}
	s.Server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &session{server: s, conn: c}, nil }))
	s.Domain = remoteName
	s.ErrorLog = log.New(io.Discard, "", 0)
	if set != nil {
		set(s)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(listener) }()
	t.Cleanup(func() {
		// Closing the server alone leaves a listener that it has not begun to serve.
		listener.Close()
		s.Close()
		<-served
	})
	return s
}

// secured gives the server a certificate for remoteName.
func secured(s *server) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	facts := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{remoteName}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, facts, facts, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	s.roots = x509.NewCertPool()
	s.roots.AddCert(certificate)
	s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// here is the server as this machine sees it.
func (s *server) here(t *testing.T) *mail.SMTP {
	t.Helper()
	transport, err := mail.NewSMTP("smtp://" + s.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return transport
}

// remote is the server as if it were far away.
func (s *server) remote(t *testing.T, address string) *mail.SMTP {
	t.Helper()
	transport, err := mail.NewSMTP(address)
	if err != nil {
		t.Fatal(err)
	}
	transport.Trust(s.roots)
	transport.DialBy(func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, s.listener.Addr().String())
	})
	return transport
}

func (s *server) messages() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received(nil), s.taken...)
}

type session struct {
	server *server
	conn   *smtp.Conn
	got    received
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "sésame@1" {
			return errors.New("wrong password")
		}
		s.got.User = user
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.got.From = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.got.To = to
	if s.server.onRcpt != nil {
		return s.server.onRcpt(to)
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.server.mu.Lock()
	s.server.attempts++
	n := s.server.attempts
	s.server.mu.Unlock()
	if s.server.onData != nil {
		if err := s.server.onData(n, data, s.conn.Conn()); err != nil {
			return err
		}
	}
	_, secure := s.conn.TLSConnectionState()
	s.got.Data, s.got.Secure = bytes.Clone(data), secure
	s.server.mu.Lock()
	s.server.taken = append(s.server.taken, s.got)
	s.server.mu.Unlock()
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }
