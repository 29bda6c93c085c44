package signin_test

import (
	"testing"

	"habilis/internal/pgtest/place"
	"habilis/internal/secret/password"
	"habilis/internal/signin"
)

// The code and the database agree on what lowers the floor of a password: whatever the
// mailbox that resets it can't show.
func TestA1WhichMethodsLowerTheFloor(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	for method, lowers := range map[signin.Method]bool{"": false, signin.Email: false, signin.SMS: true, signin.App: true, signin.Passkey: true} {
		who := p.Person(t, "booking")
		if method != "" {
			hold(t, who, method)
		}
		report, err := s.Rules(t.Context(), who.Account, "kx7#Qm2!vTz9R") // of 13 characters and some 80 bits
		if err != nil || method.LowersFloor() != lowers || (report.Err("password") == nil) != lowers || report.Alone {
			t.Errorf("%q: %+v, %v", method, report, err)
		}
		if in := query[bool](t, `select identity.lowers_floor(identity.methods($1))`, who.Account); in != lowers {
			t.Errorf("%q: %v in the database", method, in)
		}
	}
}

// A factor that goes while a password is chosen beside it is missed as it is set.
func TestA1APasswordIsNotSetBesideAFactorThatWentMeanwhile(t *testing.T) {
	p := place.New(t)
	who := p.Person(t, "booking")
	set := func(alone bool) bool {
		return query[bool](t, `select identity.password_set($1, 'hash', $2, '', now()) is not null`, who.Account, alone)
	}
	if set(false) {
		t.Error("it is set beside nothing")
	}
	hold(t, who, signin.Email)
	if set(false) {
		t.Error("it is set beside a code by e-mail")
	}
	if !set(true) {
		t.Error("one that stands alone is not set")
	}
	hold(t, who, signin.SMS)
	if !set(false) || query[bool](t, `select password_alone from identity.account where id = $1`, who.Account) {
		t.Error("one that stands beside a text is not set as such")
	}
}

// Nobody has come in anew whose own password has to be replaced: what is set up for
// a first sign-in is not for them.
func TestWhoHasToReplaceTheirOwnPasswordIsNoNewcomer(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who := settled(t, p, s)
	for _, gone := range []bool{true, false} {
		exec(t, `update identity.account set must_change = true, factor_gone = $2 where id = $1`, who.Account, gone)
		out, err := s.SignIn(t.Context(), who.Username, mint(t, p, who), here, nil)
		if err != nil || out.First == gone || !out.Choose {
			t.Errorf("a factor gone %v: %+v, %v", gone, out, err)
		}
	}
}

// Of a password from before, it is learnt as its owner comes in that it stands alone;
// of one that doesn't, nothing is.
func TestA1WhetherAPasswordFromBeforeStandsAloneIsLearnt(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who := settled(t, p, s)
	alone := func() bool {
		return query[bool](t, `select password_alone from identity.account where id = $1`, who.Account)
	}
	exec(t, `update identity.account set password_alone = false where id = $1`, who.Account)
	if _, err := s.SignIn(t.Context(), who.Username, wrong, here, nil); err == nil || alone() {
		t.Errorf("by a wrong one: %v", err)
	}
	if _, err := s.SignIn(t.Context(), who.Username, good, here, nil); err != nil || !alone() {
		t.Errorf("a strong one isn't seen to be: %v", err)
	}
	short, err := password.DefaultHasher().Hash(t.Context(), "kx7#Qm2!vTz9R")
	if err != nil {
		t.Fatal(err)
	}
	exec(t, `update identity.account set password_alone = false, password_hash = $2 where id = $1`, who.Account, short)
	if _, err := s.SignIn(t.Context(), who.Username, "kx7#Qm2!vTz9R", here, nil); err != nil || alone() {
		t.Errorf("a short one: %v", err)
	}
}

// A code by e-mail lowered the floor of passwords from before: where it goes, they do.
func TestA1APasswordFromBeforeGoesWithItsCodeByEmail(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	for _, stands := range []bool{false, true} {
		who := settled(t, p, s)
		hold(t, who, signin.Email)
		exec(t, `update identity.account set password_alone = $2 where id = $1`, who.Account, stands)
		exec(t, `select identity.factors_went($1, '{email}', '{email}')`, who.Account)
		if query[bool](t, `select must_change from identity.account where id = $1`, who.Account) {
			t.Error("nothing went")
		}
		exec(t, `select identity.factors_went($1, '{email}', '{}')`, who.Account)
		if gone := query[bool](t, `select must_change and factor_gone from identity.account where id = $1`, who.Account); gone == stands {
			t.Errorf("a password that stands alone (%v) has to be replaced: %v", stands, gone)
		}
	}
}

// A temporary password dies with the mailbox that it was sent to.
func TestB6ATemporaryPasswordGoesWithItsMailbox(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who := p.Person(t, "booking")
	secret := mint(t, p, who)
	exec(t, `update identity.token set mailbox = 'ailleurs@exemple.ca' where account_id = $1`, who.Account)
	if _, err := s.SignIn(t.Context(), who.Username, secret, here, nil); err == nil {
		t.Error("it opens, though nobody has that mailbox")
	}
	exec(t, `update identity.token set mailbox = (select email_key from identity.account where id = $1) where account_id = $1`, who.Account)
	if _, err := s.SignIn(t.Context(), who.Username, secret, here, nil); err != nil {
		t.Error(err)
	}
}
