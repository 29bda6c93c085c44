package mail_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	gomail "github.com/wneessen/go-mail"

	"habilis/internal/access"
	"habilis/internal/mail"
	"habilis/internal/pgtest"
	"habilis/internal/secret/keyring"
)

// jam is a mail server that takes codes and is slow with all letters.
type jam struct{ codes, over chan struct{} }

func (j jam) Send(ctx context.Context, m *gomail.Msg) (string, error) {
	if strings.Contains(m.GetMessageID(), "code-") {
		j.codes <- struct{}{}
		return "250 OK", nil
	}
	select {
	case <-j.over:
	case <-ctx.Done():
	}
	return "250 OK", nil
}

func TestLettersHoldNoCodeUp(t *testing.T) {
	o := newOffice(t, "Lieu")
	p, flow, ask := o.person("code@exemple.ca"), access.NewID(), access.NewID()
	o.exec(`select identity.code_ask($1, $2, $3, 'show', 'email', '', $4)`, p.account, flow, ask, o.clock.Now())
	err := pgx.BeginFunc(t.Context(), o.door.Identity(), func(tx pgx.Tx) error {
		for range 12 {
			if err := o.post.SendAccount(t.Context(), tx, p.account, mail.PasswordChanged); err != nil {
				return err
			}
		}
		return o.post.SendCode(t.Context(), tx, p.account, flow, ask)
	})
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keyring.Parse([]byte(keyring.Generate(o.clock.Now())))
	if err != nil {
		t.Fatal(err)
	}
	server := jam{make(chan struct{}, 1), make(chan struct{})}
	options := o.options(server).WithoutPauses()
	options.Ring = ring
	w, err := mail.NewWorker(pgtest.Pool(t), o.door, options)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		close(server.over)
		if err := w.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	select {
	case <-server.codes:
	case <-time.After(30 * time.Second):
		t.Error("a code waits for letters that the mail server is slow to take")
	}
}
