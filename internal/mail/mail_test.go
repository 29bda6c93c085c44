package mail_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"habilis/internal/access"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/pgtest"
	"habilis/internal/secret/token"
)

func TestALetterLeavesWithItsActAndItsFateIsKnown(t *testing.T) {
	o, s := newOffice(t, "CLSC des Érables"), startServer(t, nil)
	p := o.person("thi@exemple.ca")
	next := o.work(s.here(t))
	id := o.send(temporary(p))
	if e := next(); e.Kind != river.EventKindJobCompleted {
		t.Fatalf("got %s", e.Kind)
	}
	taken := s.messages()
	if len(taken) != 1 || taken[0].To != p.email || taken[0].From != "habilis@exemple.ca" {
		t.Fatalf("got %+v", taken)
	}
	m := open(t, taken[0].Data)
	from, err := netmail.ParseAddress(m.header.Get("From"))
	if err != nil || from.Name != "CLSC des Érables (Habilis)" {
		t.Errorf("from %v, %v", from, err)
	}
	for name, want := range map[string]string{
		"Message-Id": "<" + id.String() + ".1@exemple.ca>", "Auto-Submitted": "auto-generated",
		"Reply-To": "<soutien@exemple.ca>", "Date": "Sat, 21 Nov 2026 21:00:00 +0000"} {
		if got := m.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if !strings.Contains(m.text, "22 novembre 2026, 4\u00a0h\u00a000") || !strings.Contains(m.html, "https://habilis.exemple.ca/signin") {
		t.Errorf("the expiry, in the place's time, or the link is missing:\n%s", m.text)
	}
	if f := o.fate(id); f.State != mail.Sent || f.Attempts != 1 || f.Answer == "" {
		t.Errorf("fate %+v", f)
	}
	var acts int
	o.ask(&acts, `select count(*) from journal where tenant_id = $1 and act = 'mail.sent' and target = $2 and actor_kind = 'mailer'`, o.tenant, p.resource)
	if acts != 1 {
		t.Errorf("%d lines in the journal", acts)
	}
}

func TestTheSheetReadsTheFates(t *testing.T) {
	o := newOffice(t, "Lieu")
	p := o.person("feuille@exemple.ca")
	older, newer := o.send(temporary(p)), o.send(temporary(p))
	var fates []mail.Fate
	_, err := o.door.Read(t.Context(), access.AtConsole(o.tenant), needWrite, func(r *access.Reading) { mail.QueueFates(r, p.resource, &fates) })
	if err != nil || len(fates) != 2 {
		t.Fatalf("%v, %+v", err, fates)
	}
	states := map[uuid.UUID]string{fates[0].ID: fates[0].State, fates[1].ID: fates[1].State}
	if states[older] != mail.Void || states[newer] != mail.Queued {
		t.Errorf("got %v", states)
	}
}

func TestAnActThatFailsSendsNothing(t *testing.T) {
	o, s := newOffice(t, "Lieu"), startServer(t, nil)
	p := o.person("rien@exemple.ca")
	failed := errors.New("the act fails")
	err := o.door.Enter(t.Context(), access.AtConsole(o.tenant), needWrite, func(v *access.Visit) error {
		if _, err := o.post.Send(t.Context(), v, temporary(p)); err != nil {
			t.Error(err)
		}
		return failed
	})
	if !errors.Is(err, failed) {
		t.Fatal(err)
	}
	next := o.work(s.here(t))
	other := o.person("quelque@exemple.ca")
	o.send(temporary(other))
	next()
	if taken := s.messages(); len(taken) != 1 || taken[0].To != other.email {
		t.Errorf("got %+v", taken)
	}
}

func TestASecretIsNowhereButInTheMail(t *testing.T) {
	o := newOffice(t, "Lieu")
	var secrets []string
	s := startServer(t, func(s *server) {
		s.onData = func(n int, data []byte, _ net.Conn) error { // a server that quotes what it refuses
			secrets = append(secrets, secretIn(t, data))
			return &smtp.SMTPError{Code: map[bool]int{true: 451, false: 554}[n == 1], Message: "suspicious: " + secrets[n-1]}
		}
	})
	next := o.work(s.here(t))
	id := o.send(temporary(o.person("secret@exemple.ca")))
	if e := next(); e.Kind != river.EventKindJobSnoozed {
		t.Fatalf("got %s", e.Kind)
	}
	next()
	if f := o.fate(id); f.State != mail.Refused || f.Attempts != 2 || !strings.HasSuffix(f.Answer, "suspicious: …") {
		t.Errorf("fate %+v", f)
	}
	if secrets[0] == secrets[1] {
		t.Error("a retry has the secret of the try before")
	}
	all := o.dump() + o.log.String()
	for _, secret := range secrets {
		for _, form := range []string{secret, strings.ReplaceAll(secret, "-", ""), hex.EncodeToString([]byte(secret))} {
			if strings.Contains(all, form) {
				t.Errorf("a secret is kept: %s", form)
			}
		}
		if hash := token.HashOf(secret); !strings.Contains(all, hex.EncodeToString(hash[:])) {
			t.Error("the dump doesn't see what is kept: the search proves nothing")
		}
	}
}

func TestOnlyTheLastSecretWorksAndOnce(t *testing.T) {
	o := newOffice(t, "Lieu")
	var first string
	s := startServer(t, func(s *server) {
		s.onData = func(n int, data []byte, _ net.Conn) error {
			if n == 1 {
				first = secretIn(t, data)
				return &smtp.SMTPError{Code: 450, Message: "later"}
			}
			return nil
		}
	})
	p := o.person("fois@exemple.ca")
	next := o.work(s.here(t))
	o.send(temporary(p))
	next()
	next()
	last := secretIn(t, s.messages()[0].Data)
	if o.take(p, first) {
		t.Error("the secret of the first try still works")
	}
	var worked int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if o.take(p, last) {
				mu.Lock()
				worked++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if worked != 1 {
		t.Errorf("the secret worked %d times", worked)
	}
}

func (o *office) take(p person, secret string) (ok bool) {
	o.t.Helper()
	hash := token.HashOf(secret)
	err := pgtest.Pool(o.t).QueryRow(context.Background(), `select identity.token_take($1, 'temporary_password', $2, $3)`, hash[:], p.account, o.clock.Now()).Scan(&ok)
	if err != nil {
		o.t.Error(err)
	}
	return ok
}

func TestARefusedRecipientIsParkedAndBlocksNobody(t *testing.T) {
	o := newOffice(t, "Lieu")
	s := startServer(t, func(s *server) {
		s.onRcpt = func(to string) error {
			if strings.HasPrefix(to, "poison") {
				return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such\x07 user here"}
			}
			return nil
		}
	})
	next := o.work(s.here(t))
	poison := o.send(temporary(o.person("poison@exemple.ca")))
	var others []uuid.UUID
	for i := range 5 {
		others = append(others, o.send(temporary(o.person(fmt.Sprintf("bonne%d@exemple.ca", i)))))
	}
	for range 6 {
		if e := next(); e.Kind != river.EventKindJobCompleted {
			t.Errorf("got %s", e.Kind)
		}
	}
	if f := o.fate(poison); f.State != mail.Refused || f.Attempts != 1 || f.Answer != "550 5.1.1 No such user here" {
		t.Errorf("fate %+v", f)
	}
	for _, id := range others {
		if f := o.fate(id); f.State != mail.Sent {
			t.Errorf("fate %+v", f)
		}
	}
}

func TestACutConnectionIsTriedAgain(t *testing.T) {
	o := newOffice(t, "Lieu")
	s := startServer(t, func(s *server) {
		s.onData = func(n int, _ []byte, conn net.Conn) error {
			if n == 1 {
				conn.Close()
				return errors.New("cut")
			}
			return nil
		}
	})
	next := o.work(s.here(t))
	id := o.send(temporary(o.person("coupe@exemple.ca")))
	if e := next(); e.Kind != river.EventKindJobSnoozed {
		t.Fatalf("got %s", e.Kind)
	}
	next()
	if f := o.fate(id); f.State != mail.Sent || f.Attempts != 2 || len(s.messages()) != 1 {
		t.Errorf("fate %+v, %d messages", f, len(s.messages()))
	}
}

func TestALetterIsGivenUpAfterThreeDays(t *testing.T) {
	o := newOffice(t, "Lieu")
	s := startServer(t, func(s *server) {
		s.onRcpt = func(string) error {
			o.clock.forward(73 * time.Hour)
			return &smtp.SMTPError{Code: 451, Message: "not now"}
		}
	})
	next := o.work(s.here(t))
	id := o.send(temporary(o.person("tard@exemple.ca")))
	next()
	if e := next(); e.Kind != river.EventKindJobCompleted {
		t.Fatalf("got %s", e.Kind)
	}
	if f := o.fate(id); f.State != mail.Refused || !strings.HasSuffix(f.Answer, "not now") {
		t.Errorf("fate %+v", f)
	}
}

func TestALetterThatEventsOvertookIsNotSent(t *testing.T) {
	for name, overtake := range map[string]func(*office, person){
		"archived": func(o *office, p person) {
			o.exec(`update resource set state = 'archived', archived_at = $2 where id = $1`, p.resource, o.clock.Now())
		},
		"a newer letter": func(o *office, p person) { o.send(temporary(p)) },
		"another address": func(o *office, p person) {
			o.exec(`update identity.account set email = 'autre@exemple.ca' where id = $1`, p.account)
		},
		"a newer password": func(o *office, p person) {
			o.exec(`select identity.password_set($1, 'hash', $2)`, p.account, o.clock.Now().Add(time.Second))
		},
	} {
		t.Run(name, func(t *testing.T) {
			o, s := newOffice(t, "Lieu"), startServer(t, nil)
			p := o.person(strings.ReplaceAll(name, " ", "") + "@exemple.ca")
			id := o.send(temporary(p))
			overtake(o, p)
			next := o.work(s.here(t))
			next()
			if name == "a newer letter" {
				next()
			}
			if f := o.fate(id); f.State != mail.Void || f.Attempts != 0 {
				t.Errorf("fate %+v", f)
			}
			want := map[bool]int{name == "a newer letter": 1}[true]
			if got := len(s.messages()); got != want {
				t.Errorf("%d messages, want %d", got, want)
			}
		})
	}
}

func TestADomainWithAccentsIsStillTheAccounts(t *testing.T) {
	o, s := newOffice(t, "Lieu"), startServer(t, nil)
	p := o.person("thi@érables.example")
	l := temporary(p)
	l.Recipient = strings.Replace(p.email, "érables", "xn--rables-9ua", 1)
	next := o.work(s.here(t))
	id := o.send(l)
	next()
	if f := o.fate(id); f.State != mail.Sent {
		t.Errorf("fate %+v", f)
	}
}

func TestNamesAddNoHeaders(t *testing.T) {
	o, s := newOffice(t, "Lieu\"<x@evil.example>\r\nBcc: vol@evil.example"), startServer(t, nil)
	next := o.work(s.here(t))
	o.send(mail.Letter{Template: mail.Invitation, Recipient: "bonne@exemple.ca", Locale: i18n.EnCA, Params: map[string]string{
		"by": "O'Brien\r\nX-Evil: 1\r\n\r\nbody", "role": "R\u202eole", "invitation": access.NewID().String(), "expires": "2026-12-01T12:00:00Z"}})
	next()
	m := open(t, s.messages()[0].Data)
	for _, name := range []string{"Bcc", "X-Evil"} {
		if m.header.Get(name) != "" {
			t.Errorf("a name added the header %s", name)
		}
	}
	from, err := netmail.ParseAddressList(m.header.Get("From"))
	if err != nil || len(from) != 1 || from[0].Address != "habilis@exemple.ca" {
		t.Errorf("from %v, %v", from, err)
	}
	if strings.ContainsAny(m.subject, "\r\n") || !strings.Contains(m.subject, "O'Brien") {
		t.Errorf("subject %q", m.subject)
	}
	if strings.Contains(m.text, "\u202e") {
		t.Error("a name turns the text around")
	}
}

func TestALetterWithADefectIsNotQueued(t *testing.T) {
	o := newOffice(t, "Lieu")
	p := o.person("defaut@exemple.ca")
	for name, spoil := range map[string]func(*mail.Letter){
		"unknown":       func(l *mail.Letter) { l.Template = "hello" },
		"two addresses": func(l *mail.Letter) { l.Recipient = "a@exemple.ca, b@exemple.ca" },
		"a header":      func(l *mail.Letter) { l.Recipient = "a@exemple.ca\r\nBcc: b@exemple.ca" },
		"no account":    func(l *mail.Letter) { l.Account = uuid.Nil },
		"silent":        func(l *mail.Letter) { l.Params = map[string]string{"username": "x"} },
		"too much":      func(l *mail.Letter) { l.Params["password"] = "x" },
	} {
		l := temporary(p)
		spoil(&l)
		err := o.door.Enter(t.Context(), access.AtConsole(o.tenant), needWrite, func(v *access.Visit) error {
			_, err := o.post.Send(t.Context(), v, l)
			return err
		})
		if err == nil {
			t.Errorf("%s: queued", name)
		}
	}
}

func TestAnAccountIsToldAtItsPresentAddress(t *testing.T) {
	o, s := newOffice(t, "Lieu"), startServer(t, nil)
	p := o.person("avant@exemple.ca")
	tx, err := o.door.Identity().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := o.post.SendAccount(t.Context(), tx, p.account, mail.PasswordChanged); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := "apres." + p.email
	o.exec(`update identity.account set email = $2, email_key = $2 where id = $1`, p.account, after)
	next := o.work(s.here(t))
	if e := next(); e.Kind != river.EventKindJobCompleted {
		t.Fatalf("got %s", e.Kind)
	}
	taken := s.messages()
	if len(taken) != 1 || taken[0].To != after || !strings.Contains(open(t, taken[0].Data).text, "Habilis vous informe que le mot de passe") {
		t.Errorf("got %+v", taken)
	}
}
