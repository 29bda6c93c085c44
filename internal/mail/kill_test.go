package mail_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/riverqueue/river"
	gomail "github.com/wneessen/go-mail"

	"habilis/internal/access"
	"habilis/internal/mail"
	"habilis/internal/pgtest"
	"habilis/internal/postgres"
	"habilis/internal/tenants/kinds"
	webmail "habilis/web/mail"
)

// A process of its own runs the worker, and is killed at a step of sending.
const (
	stepVariable   = "HABILIS_TEST_DIE_AT"
	serverVariable = "HABILIS_TEST_SMTP"
	baseVariable   = "HABILIS_TEST_DATABASE"
)

func isDoomed() bool { return os.Getenv(stepVariable) != "" }

// doomed kills its process before or after the conversation, or within it.
type doomed struct {
	mail.Transport
	step string
}

func (d doomed) Send(ctx context.Context, m *gomail.Msg) (string, error) {
	if d.step == "prepared" {
		die()
	}
	_, _ = d.Transport.Send(ctx, m)
	die()
	panic("unreachable")
}

func die() {
	syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// cutting is a connection whose process dies in the middle of a message.
type cutting struct{ net.Conn }

func (c cutting) Write(p []byte) (int, error) {
	if at := bytes.Index(p, []byte("Subject:")); at >= 0 {
		c.Conn.Write(p[:at])
		die()
	}
	return c.Conn.Write(p)
}

func dieSending() {
	ctx := context.Background()
	pool, err := postgres.OpenPool(ctx, os.Getenv(baseVariable), postgres.PoolOptions{})
	check(err)
	transport, err := mail.NewSMTP(os.Getenv(serverVariable))
	check(err)
	step := os.Getenv(stepVariable)
	if step == "speaking" {
		transport.DialBy(func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			return cutting{conn}, err
		})
	}
	w, err := mail.NewWorker(pool, access.NewDoor(pool, nil, newClock().Now), mail.Options{
		From: "habilis@exemple.ca", BaseURL: "https://habilis.exemple.ca", Transport: doomed{transport, step},
		Renderer: webmail.Letters{}, Printer: kinds.Catalogue{}.Printer, Clock: newClock().Now, Log: slog.New(slog.DiscardHandler)})
	check(err)
	check(w.Start(ctx))
	time.Sleep(time.Minute) // killed long before
	os.Exit(3)
}

func check(err error) {
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(2)
	}
}

func TestALetterOutlivesTheDeathOfItsSender(t *testing.T) {
	for step, before := range map[string]int{"prepared": 0, "speaking": 0, "accepted": 1} {
		t.Run(step, func(t *testing.T) {
			o, s := newOffice(t, "Lieu"), startServer(t, nil)
			p := o.person(step + "@exemple.ca")
			id := o.send(temporary(p))
			o.kill(step, "smtp://"+s.listener.Addr().String())
			if got := len(s.messages()); got != before {
				t.Fatalf("%d messages before the rescue, want %d", got, before)
			}
			o.rescue()
			next := o.work(s.here(t))
			if e := next(); e.Kind != river.EventKindJobCompleted {
				t.Fatalf("got %s", e.Kind)
			}
			taken := s.messages()
			if f := o.fate(id); f.State != mail.Sent || len(taken) != before+1 {
				t.Fatalf("fate %+v, %d messages", f, len(taken))
			}
			for i, m := range taken {
				if works, last := o.take(p, secretIn(t, m.Data)), i == len(taken)-1; works != last {
					t.Errorf("message %d of %d: its secret works: %v", i+1, len(taken), works)
				}
			}
		})
	}
}

func TestADeathAfterTheFateIsNotedSendsNothingMore(t *testing.T) {
	o, s := newOffice(t, "Lieu"), startServer(t, nil)
	next := o.work(s.here(t))
	o.send(temporary(o.person("fini@exemple.ca")))
	next()
	o.exec(`update river.river_job set state = 'available', finalized_at = null`)
	next()
	if got := len(s.messages()); got != 1 {
		t.Errorf("%d messages", got)
	}
}

// A job that a process took with it to the grave is found by the next one itself,
// once it was held longer than any letter takes.
func TestTheNextWorkerFindsWhatTheDeadHeld(t *testing.T) {
	o, s := newOffice(t, "Lieu"), startServer(t, nil)
	id := o.send(temporary(o.person("repris@exemple.ca")))
	o.kill("prepared", "smtp://"+s.listener.Addr().String())
	o.exec(`update river.river_job set attempted_at = attempted_at - interval '5 minutes 1 second' where state = 'running'`)
	o.exec(`delete from river.river_leader`) // the lead of the dead lapses in seconds
	next := o.work(s.here(t))
	if e := next(); e.Kind != river.EventKindJobCompleted {
		t.Fatalf("got %s", e.Kind)
	}
	if f := o.fate(id); f.State != mail.Sent || len(s.messages()) != 1 {
		t.Errorf("fate %+v, %d messages", f, len(s.messages()))
	}
}

// kill runs a worker in a process of its own until it dies at the step.
func (o *office) kill(step, server string) {
	o.t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), stepVariable+"="+step, serverVariable+"="+server, baseVariable+"="+pgtest.AppURL(o.t))
	out, err := child.CombinedOutput()
	status, ok := child.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || status.Signal() != syscall.SIGKILL {
		o.t.Fatalf("the process ended otherwise: %v\n%s", err, out)
	}
}

// rescue does at once what River does after some minutes.
func (o *office) rescue() {
	o.t.Helper()
	var running int
	o.ask(&running, `select count(*) from river.river_job where state = 'running'`)
	if running != 1 {
		o.t.Fatalf("%d jobs are held by the dead", running)
	}
	o.exec(`update river.river_job set state = 'available'`)
}
