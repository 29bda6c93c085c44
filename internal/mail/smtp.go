package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// conversation bounds the whole exchange with a mail server.
const conversation = 60 * time.Second

// SMTP is a [Transport] to a mail server. It speaks in clear with the machine
// itself only: with any other host the connection is encrypted and the server's
// certificate verified, or nothing is sent.
type SMTP struct {
	host     string
	port     string
	user     *url.Userinfo
	implicit bool // TLS from the first byte (smtps)
	loopback bool
	tls      *tls.Config
	dial     func(ctx context.Context, network, address string) (net.Conn, error)
}

// NewSMTP reads an address of the form smtp://user:password@host:port, or
// smtps:// for TLS from the first byte. The ports are 587 and 465 unless it says
// otherwise; the name and the password are left out when none are wanted.
func NewSMTP(address string) (*SMTP, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the address of the mail server can't be read: write smtp://user:password@host:587, with % and @ in the password as %25 and %40")
	}
	if u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, errors.New("the address of the mail server must look like smtp://user:password@host:587 or smtps://user:password@host:465")
	}
	s := &SMTP{host: u.Hostname(), user: u.User, implicit: u.Scheme == "smtps", dial: (&net.Dialer{}).DialContext}
	s.port = cmp.Or(u.Port(), map[bool]string{false: "587", true: "465"}[s.implicit])
	ip := net.ParseIP(s.host)
	s.loopback = s.host == "localhost" || ip != nil && ip.IsLoopback()
	// Nobody stands between the machine and itself; what listens there often has
	// a certificate for another name.
	s.tls = &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: s.loopback}
	return s, nil
}

// Send is one conversation: one message, then goodbye.
func (s *SMTP) Send(ctx context.Context, m *gomail.Msg) (answer string, err error) {
	ctx, cancel := context.WithTimeout(ctx, conversation)
	defer cancel()
	client, hangUp, err := s.connect(ctx)
	if err != nil {
		return "", fmt.Errorf("connecting to the mail server: %w", explain(err, false))
	}
	defer hangUp()
	if err := s.greet(client); err != nil {
		return "", fmt.Errorf("greeting the mail server: %w", explain(err, false))
	}
	if answer, err = transmit(client, m); err != nil {
		return "", fmt.Errorf("sending a message: %w", explain(err, true))
	}
	client.Quit() // the message is theirs whatever becomes of the goodbye
	return answer, nil
}

// connect opens the connection; it is cut when ctx ends.
func (s *SMTP) connect(ctx context.Context) (client *smtp.Client, hangUp func(), err error) {
	conn, err := s.dial(ctx, "tcp", net.JoinHostPort(s.host, s.port))
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	hangUp = func() {
		stop()
		conn.Close()
	}
	link := conn
	if s.implicit {
		link = tls.Client(conn, s.tls)
	}
	if client, err = smtp.NewClient(link, s.host); err != nil {
		hangUp()
		return nil, nil, err
	}
	return client, hangUp, nil
}

// greet says hello, encrypts, and shows who we are.
func (s *SMTP) greet(client *smtp.Client) error {
	name, err := os.Hostname()
	if err != nil {
		name = "localhost"
	}
	if err := client.Hello(name); err != nil {
		return err
	}
	if !s.implicit {
		offered, _ := client.Extension("STARTTLS")
		if !offered && !s.loopback {
			return errors.New("the server offers no encryption (STARTTLS): nothing is sent in clear")
		}
		if offered {
			if err := client.StartTLS(s.tls); err != nil {
				return err
			}
		}
	}
	if s.user == nil {
		return nil
	}
	return s.authenticate(client)
}

func (s *SMTP) authenticate(client *smtp.Client) error {
	_, list := client.Extension("AUTH")
	offered := strings.Fields(strings.ToUpper(list))
	user := s.user.Username()
	password, _ := s.user.Password()
	switch {
	case slices.Contains(offered, "SCRAM-SHA-256"):
		return client.Auth(smtp.ScramSHA256Auth(user, password))
	case slices.Contains(offered, "PLAIN"):
		return client.Auth(smtp.PlainAuth("", user, password, s.host, s.loopback))
	case slices.Contains(offered, "LOGIN"):
		return client.Auth(smtp.LoginAuth(user, password, s.host, s.loopback))
	}
	return errors.New("the server takes no name and password that we can give (SCRAM-SHA-256, PLAIN or LOGIN)")
}

// transmit is the part of the conversation that is about the message.
func transmit(client *smtp.Client, m *gomail.Msg) (answer string, err error) {
	from, err := m.GetSender(false)
	if err != nil {
		return "", err
	}
	to, err := m.GetRecipients()
	if err != nil {
		return "", err
	}
	client.SkipSMTPUTF8(isASCII(from) && isASCII(strings.Join(to, ""))) // asked for, a relay without it refuses
	if err := client.Mail(from); err != nil {
		return "", err
	}
	for _, recipient := range to {
		if err := client.Rcpt(recipient); err != nil {
			return "", err
		}
	}
	body, err := client.Data()
	if err != nil {
		return "", err
	}
	if _, err := m.WriteTo(body); err != nil {
		return "", err // without the final dot: the server drops what it got
	}
	if err := body.Close(); err != nil {
		return "", err
	}
	if closed, ok := body.(*smtp.DataCloser); ok {
		answer = closed.ServerResponse()
	}
	return answer, nil
}

// explain turns a server's answer into a Rejection. One that is about the
// message is permanent from 500 on, except where it is really about us.
func explain(err error, ofMessage bool) error {
	var said *textproto.Error
	if !errors.As(err, &said) {
		return err
	}
	aboutUs := said.Code == 530 || said.Code == 535 || said.Code == 538 // name and password, encryption
	return &Rejection{
		Code: said.Code, Answer: fmt.Sprintf("%d %s", said.Code, said.Msg),
		Permanent: ofMessage && said.Code >= 500 && !aboutUs,
	}
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 127 })
}
