package signin_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/crypto/argon2"

	"habilis/internal/access"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/secret/keyring"
	"habilis/internal/secret/passkey"
	"habilis/internal/secret/password"
	"habilis/internal/signin"
)

// courier carries codes nowhere.
type courier struct{}

// SendCode says that it will leave.
func (courier) SendCode(context.Context, pgx.Tx, uuid.UUID, uuid.UUID, uuid.UUID) error { return nil }

// posting is the way in of a site that sends codes by mail and, perhaps, by text.
func posting(t *testing.T, p *place.Place, texts bool) *signin.Service {
	t.Helper()
	ring, err := keyring.Parse([]byte(keyring.Generate(p.Clock.Now())))
	if err != nil {
		t.Fatal(err)
	}
	site, err := passkey.At("https://acces.sante.test", "Habilis")
	if err != nil {
		t.Fatal(err)
	}
	by := []signin.Option{signin.CodesBy(signin.Email, courier{}), signin.PasskeysAt(site)}
	if texts {
		by = append(by, signin.CodesBy(signin.SMS, courier{}))
	}
	return signin.New(p.Door, password.NewHasher(2, 100), ring, &letters{}, p.Clock.Now, by...)
}

// hold gives a person a method, whatever its secret.
func hold(t *testing.T, who place.Person, m signin.Method) {
	t.Helper()
	switch m {
	case signin.Passkey:
		exec(t, `insert into identity.passkey (id, account_id, name, record, created_at) values ($2, $1, 'Clé', '{}', now())`, who.Account, who.Account[:])
	case signin.App:
		exec(t, `insert into identity.factor (account_id, kind, sealed, created_at, confirmed_at) values ($1, 'totp', '\x01', now(), now())`, who.Account)
	case signin.Recovery:
		exec(t, `insert into identity.recovery_code (account_id, hash) values ($1, $2)`, who.Account, who.Account[:])
	case signin.SMS:
		exec(t, `update identity.account set mobile = '+15145550000' where id = $1`, who.Account)
		exec(t, `insert into identity.factor (account_id, kind, created_at, confirmed_at) values ($1, 'sms', now(), now())`, who.Account)
	case signin.Email:
		exec(t, `insert into identity.factor (account_id, kind, created_at, confirmed_at) values ($1, 'email', now(), now())`, who.Account)
	}
}

// Which methods count, by what is asked, by what the password came by, and by what
// the sign-in began with: the whole table (NIST SP 800-63B-4, 3.1.3).
func TestF4WhichMethodsCountForWhichLevelAndMailbox(t *testing.T) {
	const mine, other, none = "mine", "other", ""
	any, strong := access.AnyFactor, access.StrongFactor
	all := []signin.Method{signin.Passkey, signin.App, signin.Recovery, signin.SMS, signin.Email}
	strongs := all[:3]
	withoutMail := all[:4]
	p := place.New(t)
	with, without := posting(t, p, true), posting(t, p, false)
	who := p.Person(t, "booking")
	for _, m := range all {
		hold(t, who, m)
	}
	key := func(which string) string {
		return map[string]string{mine: query[string](t, `select email_key from identity.account where id = $1`, who.Account), other: "autre@exemple.test"}[which]
	}
	for _, c := range []struct {
		asked             access.Factor
		password, through string
		want              []signin.Method
	}{
		{any, none, none, all}, {any, other, none, all}, {any, mine, none, withoutMail},
		{any, none, other, all}, {any, other, other, all}, {any, mine, other, withoutMail},
		{any, none, mine, withoutMail}, {any, other, mine, withoutMail}, {any, mine, mine, withoutMail},
		{access.NoFactor, none, none, all}, {access.NoFactor, mine, none, withoutMail}, // a challenge asks for something
		{strong, none, none, strongs}, {strong, other, none, strongs}, {strong, mine, none, strongs},
		{strong, none, mine, strongs}, {strong, mine, mine, strongs}, {strong, other, other, strongs},
	} {
		exec(t, `update identity.account set password_mailbox = nullif($2, '') where id = $1`, who.Account, key(c.password))
		for texts, s := range map[bool]*signin.Service{true: with, false: without} {
			want := slices.Clone(c.want)
			if !texts {
				want = slices.DeleteFunc(want, func(m signin.Method) bool { return m == signin.SMS })
			}
			got, err := s.Ask(t.Context(), who.Account, key(c.through), access.NoFactor, c.asked, "")
			if err != nil || !slices.Equal(got.Offered, want) || got.Enrol {
				t.Errorf("asked %q, password by %q, came by %q, texts %v: %v, enrol %v, want %v (%v)", c.asked, c.password, c.through, texts, got.Offered, got.Enrol, want, err)
			}
		}
	}
}

// What is asked of who holds one method alone.
func TestF4WhatIsAskedOfWhoHoldsOneMethod(t *testing.T) {
	p := place.New(t)
	s := posting(t, p, true)
	for _, c := range []struct {
		holds   signin.Method
		mailbox bool // the password came by the same one
		shown   access.Factor
		asked   access.Factor
		offers  string
		enrol   bool
	}{
		{"", false, access.NoFactor, access.AnyFactor, "[]", true},
		{"", false, access.NoFactor, access.StrongFactor, "[]", true},
		{signin.App, true, access.NoFactor, access.StrongFactor, "[totp]", false},
		{signin.Passkey, true, access.NoFactor, access.StrongFactor, "[passkey]", false},
		{signin.Recovery, false, access.NoFactor, access.StrongFactor, "[]", true}, // replaces something, and there is nothing
		{signin.SMS, true, access.NoFactor, access.AnyFactor, "[sms]", false},
		{signin.SMS, true, access.NoFactor, access.StrongFactor, "[sms]", false}, // shown first, then something strong is set up
		{signin.SMS, true, access.AnyFactor, access.StrongFactor, "[]", true},
		{signin.Email, false, access.NoFactor, access.AnyFactor, "[email]", false},
		{signin.Email, false, access.NoFactor, access.StrongFactor, "[email]", false},
		{signin.Email, false, access.AnyFactor, access.StrongFactor, "[]", true},
		{signin.Email, true, access.NoFactor, access.AnyFactor, "[]", false}, // stuck: nothing is set up in its stead
		{signin.Email, true, access.NoFactor, access.StrongFactor, "[]", false},
	} {
		who := p.Person(t, "booking")
		hold(t, who, c.holds)
		if c.mailbox {
			exec(t, `update identity.account set password_mailbox = email_key where id = $1`, who.Account)
		}
		got, err := s.Ask(t.Context(), who.Account, "", c.shown, c.asked, "")
		if err != nil || fmt.Sprint(got.Offered) != c.offers || got.Enrol != c.enrol {
			t.Errorf("holds %q, same mailbox %v, shown %q, asked %q: %v, enrol %v (%v)", c.holds, c.mailbox, c.shown, c.asked, got.Offered, got.Enrol, err)
		}
		if fresh := got.OfNewcomer(); fresh.Enrol != (c.offers == "[]") {
			t.Errorf("a newcomer who holds %q: enrol %v", c.holds, fresh.Enrol)
		}
	}
}

func query[T any](t *testing.T, sql string, args ...any) (value T) {
	t.Helper()
	if err := pgtest.Super(t).QueryRow(t.Context(), sql, args...).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// What is sealed for one account opens for no other, wherever a row is moved.
func TestF10ASecretMovedToAnotherAccountOpensNothing(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	victim, _, _ := enrolled(t, p, s)
	thief, secret, _ := enrolled(t, p, s)
	exec(t, `update identity.factor set sealed = (select sealed from identity.factor where account_id = $2), last_step = 0 where account_id = $1`, victim.Account, thief.Account)
	if err := s.Factor(t.Context(), access.Signed{Account: victim.Account}, code(t, secret, p.Clock.Now())); err == nil {
		t.Error("the thief's app opens the victim's account")
	}
	stored := query[[]byte](t, `select sealed from identity.factor where account_id = $1`, thief.Account)
	if len(stored) == 0 || bytes.Contains(stored, []byte(secret)) {
		t.Error("a secret stands in the database as it is")
	}
}

func TestA5APasswordOfALowerCostIsHashedAnewAtSignIn(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who := settled(t, p, s)
	salt := []byte("sel du sel du sel")
	cheap := "$argon2id$v=19$m=4096,t=2,p=1$" + base64.RawStdEncoding.EncodeToString(salt) + "$" +
		base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte(good), salt, 2, 4096, 1, 32))
	read := func() string {
		return query[string](t, `select password_hash from identity.account where id = $1`, who.Account)
	}
	exec(t, `update identity.account set password_hash = $2 where id = $1`, who.Account, cheap)
	generation := query[int](t, `select generation from identity.account where id = $1`, who.Account)
	if _, err := s.SignIn(t.Context(), who.Username, "une erreur", here, nil); err == nil || read() != cheap {
		t.Errorf("a wrong password changes the hash: %v", err)
	}
	out, err := s.SignIn(t.Context(), who.Username, good, here, nil)
	if err != nil || out.Generation != generation {
		t.Fatalf("%+v, %v", out, err)
	}
	raised := read()
	if raised == cheap {
		t.Error("the hash stays as cheap as it was")
	}
	if _, err := s.SignIn(t.Context(), who.Username, good, here, nil); err != nil || read() != raised {
		t.Errorf("the raised hash: %v", err)
	}
}
