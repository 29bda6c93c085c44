package mail_test

import (
	"errors"
	"strings"
	"testing"

	gomail "github.com/wneessen/go-mail"

	"habilis/internal/mail"
)

func message(t *testing.T) *gomail.Msg {
	t.Helper()
	m := gomail.NewMsg()
	if err := errors.Join(m.From("habilis@exemple.ca"), m.To("thi@exemple.ca")); err != nil {
		t.Fatal(err)
	}
	m.SetBodyString(gomail.TypeTextPlain, "Bonjour")
	return m
}

func TestAFarServerIsSpokenToUnderTLSOnly(t *testing.T) {
	s := startServer(t, secured)
	if _, err := s.remote(t, "smtp://"+remoteName).Send(t.Context(), message(t)); err != nil {
		t.Fatal(err)
	}
	if taken := s.messages(); len(taken) != 1 || !taken[0].Secure {
		t.Errorf("got %+v", taken)
	}
}

func TestAFarServerWithoutTLSGetsNothing(t *testing.T) {
	s := startServer(t, func(s *server) { s.AllowInsecureAuth = true })
	for _, address := range []string{"smtp://" + remoteName, "smtp://habilis:s%C3%A9same%401@" + remoteName} {
		_, err := s.remote(t, address).Send(t.Context(), message(t))
		if err == nil || !strings.Contains(err.Error(), "STARTTLS") {
			t.Errorf("got %v", err)
		}
	}
	if len(s.messages()) > 0 {
		t.Error("a message went in clear")
	}
}

func TestAServerWithAnothersCertificateGetsNothing(t *testing.T) {
	s, other := startServer(t, secured), startServer(t, secured)
	transport := s.remote(t, "smtp://"+remoteName)
	transport.Trust(other.roots)
	if _, err := transport.Send(t.Context(), message(t)); err == nil || len(s.messages()) > 0 {
		t.Errorf("sent, %v", err)
	}
}

func TestThePasswordOfTheMailServer(t *testing.T) {
	s := startServer(t, secured)
	if _, err := s.remote(t, "smtp://habilis:s%C3%A9same%401@"+remoteName).Send(t.Context(), message(t)); err != nil {
		t.Fatal(err)
	}
	if taken := s.messages(); taken[0].User != "habilis" {
		t.Errorf("got %+v", taken)
	}
	_, err := s.remote(t, "smtp://habilis:wrong@"+remoteName).Send(t.Context(), message(t))
	var said *mail.Rejection
	if !errors.As(err, &said) || said.Permanent {
		t.Errorf("our wrong password is held against the letter: %v", err)
	}
	if err != nil && strings.Contains(err.Error(), "wrong@") {
		t.Errorf("the password is in the error: %v", err)
	}
}

func TestAddressesOfMailServers(t *testing.T) {
	for _, good := range []string{"smtp://localhost:1025", "smtps://a:b@mail.example.org", "smtp://[::1]:25", "smtp://mail.example.org/"} {
		if _, err := mail.NewSMTP(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "mail.example.org:25", "http://mail.example.org", "smtp://", "smtp://a:se%cret@host", "smtp://host?tls=no"} {
		if _, err := mail.NewSMTP(bad); err == nil || strings.Contains(err.Error(), "cret@") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
