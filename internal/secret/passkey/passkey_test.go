package passkey_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"habilis/internal/secret/passkey"
	"habilis/internal/secret/passkey/passkeytest"
)

const origin = "https://acces.sante.test"

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func site(t testing.TB) *passkey.Site {
	t.Helper()
	s, err := passkey.At(origin, "Habilis")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func owner() passkey.Owner {
	return passkey.Owner{User: passkey.NewUser(), Username: "mroy", Name: "Maude Roy"}
}

// made is a passkey that someone has just made.
func made(t testing.TB, a *passkeytest.Authenticator) passkey.Key {
	t.Helper()
	s, o := site(t), owner()
	options, c, err := s.Offer(o, now)
	if err != nil {
		t.Fatal(err)
	}
	k, err := s.Made(o, c, a.Make(t, options), now)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// asked are the options and the challenge of a question.
func asked(t testing.TB, keys ...passkey.Key) ([]byte, passkey.Challenge) {
	t.Helper()
	options, c, err := site(t).Ask(keys, now)
	if err != nil {
		t.Fatal(err)
	}
	return options, c
}

func TestAPasskeyThatWasMadeIsShown(t *testing.T) {
	a := passkeytest.New(origin)
	a.Counts, a.Syncs = true, true
	k := made(t, a)
	if !bytes.Equal(k.ID, a.ID) || !bytes.Equal(k.User, a.Owner) || k.Counter != 1 || !k.Syncs || k.Synced || len(k.Transports) != 2 {
		t.Fatalf("%+v", k)
	}
	a.Synced = true
	for _, named := range [][]passkey.Key{nil, {k}} {
		options, c := asked(t, named...)
		answer := a.Show(t, options)
		if !bytes.Equal(passkey.Claimed(answer), k.ID) {
			t.Errorf("claims %x", passkey.Claimed(answer))
		}
		seen, err := site(t).Shown(k, c, answer, now)
		if err != nil || seen.Counter != k.Counter+1 || !seen.Synced {
			t.Errorf("%+v, %v", seen, err)
		}
		k = seen
	}
}

func TestTheOptionsAskForWhatTheStandardCallsAPasskey(t *testing.T) {
	k := made(t, passkeytest.New(origin))
	offer, _, err := site(t).Offer(passkey.Owner{User: k.User, Username: "mroy", Name: "Maude Roy", Keys: []passkey.Key{k}}, now)
	if err != nil {
		t.Fatal(err)
	}
	question, _ := asked(t)
	for options, wanted := range map[string][]string{
		string(offer): {`"id":"acces.sante.test"`, `"residentKey":"required"`, `"requireResidentKey":true`, `"userVerification":"required"`,
			`"attestation":"none"`, `"timeout":300000`, `"excludeCredentials":[{`, `"name":"mroy"`, `"displayName":"Maude Roy"`},
		string(question): {`"rpId":"acces.sante.test"`, `"userVerification":"required"`, `"timeout":300000`},
	} {
		for _, w := range wanted {
			if !strings.Contains(options, w) {
				t.Errorf("no %s in %s", w, options)
			}
		}
	}
	if strings.Contains(string(question), "allowCredentials") {
		t.Errorf("someone is named in %s", question)
	}
}

func TestWhatWasNotAskedForIsNotMade(t *testing.T) {
	s := site(t)
	for what, change := range map[string]func(a *passkeytest.Authenticator, o *passkey.Owner, c *passkey.Challenge){
		"on another site": func(a *passkeytest.Authenticator, _ *passkey.Owner, _ *passkey.Challenge) {
			a.Origin = "https://acces.sante.test.evil.test"
		},
		"on another port": func(a *passkeytest.Authenticator, _ *passkey.Owner, _ *passkey.Challenge) {
			a.Origin = origin + ":8443"
		},
		"without https": func(a *passkeytest.Authenticator, _ *passkey.Owner, _ *passkey.Challenge) {
			a.Origin = "http://acces.sante.test"
		},
		"for another host":              func(a *passkeytest.Authenticator, _ *passkey.Owner, _ *passkey.Challenge) { a.RPID = "sante.test" },
		"without asking who is there":   func(a *passkeytest.Authenticator, _ *passkey.Owner, _ *passkey.Challenge) { a.Unverified = true },
		"synced though it can't be":     func(a *passkeytest.Authenticator, _ *passkey.Owner, _ *passkey.Challenge) { a.Synced = true },
		"with the statement of a maker": func(a *passkeytest.Authenticator, _ *passkey.Owner, _ *passkey.Challenge) { a.Format = "tpm" },
		"to another challenge": func(_ *passkeytest.Authenticator, _ *passkey.Owner, c *passkey.Challenge) {
			_, *c, _ = s.Offer(owner(), now)
		},
		"to none": func(_ *passkeytest.Authenticator, _ *passkey.Owner, c *passkey.Challenge) { c.Value = "" },
		"too late": func(_ *passkeytest.Authenticator, _ *passkey.Owner, c *passkey.Challenge) {
			c.Until = now.Add(-time.Second)
		},
	} {
		a, o := passkeytest.New(origin), owner()
		options, c, err := s.Offer(o, now)
		if err != nil {
			t.Fatal(err)
		}
		change(a, &o, &c)
		if k, err := s.Made(o, c, a.Make(t, options), now); !errors.Is(err, passkey.ErrWrong) {
			t.Errorf("%s: %+v, %v", what, k, err)
		}
	}
}

func TestWhatWasNotAskedForIsNotShown(t *testing.T) {
	s := site(t)
	type tried struct {
		a *passkeytest.Authenticator
		k *passkey.Key
		c *passkey.Challenge
	}
	for what, change := range map[string]func(tried){
		"on another site":             func(x tried) { x.a.Origin = "https://evil.test" },
		"on another host of the site": func(x tried) { x.a.Origin = "https://www.acces.sante.test" },
		"without https":               func(x tried) { x.a.Origin = "http://acces.sante.test" },
		"for another host":            func(x tried) { x.a.RPID = "evil.test" },
		"without asking who is there": func(x tried) { x.a.Unverified = true },
		"synced though it can't be":   func(x tried) { x.a.Synced = true },
		"to another challenge":        func(x tried) { _, *x.c = asked(t) },
		"to none":                     func(x tried) { x.c.Value = "" },
		"too late":                    func(x tried) { x.c.Until = now.Add(-time.Second) },
		"by someone else's":           func(x tried) { *x.k = made(t, passkeytest.New(origin)) },
		"for another account":         func(x tried) { x.k.User = passkey.NewUser() },
		"in the name of another one":  func(x tried) { id := x.k.ID; *x.k = made(t, passkeytest.New(origin)); x.k.ID, x.a.ID = id, id },
		"by nobody, asked of anyone":  func(x tried) { x.a.Owner = nil },
	} {
		a := passkeytest.New(origin)
		k := made(t, a)
		options, c := asked(t)
		change(tried{a, &k, &c})
		if seen, err := s.Shown(k, c, a.Show(t, options), now); !errors.Is(err, passkey.ErrWrong) {
			t.Errorf("%s: %+v, %v", what, seen, err)
		}
	}
}

func TestAnOfferIsNoQuestionNorTheOtherWayRound(t *testing.T) {
	a := passkeytest.New(origin)
	k := made(t, a)
	options, c := asked(t)
	if _, err := site(t).Made(owner(), c, a.Copy().Make(t, options), now); !errors.Is(err, passkey.ErrWrong) {
		t.Errorf("made: %v", err)
	}
	options, c, err := site(t).Offer(owner(), now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := site(t).Shown(k, c, a.Show(t, options), now); !errors.Is(err, passkey.ErrWrong) {
		t.Errorf("shown: %v", err)
	}
}

func TestACopyIsToldByItsCounter(t *testing.T) {
	a := passkeytest.New(origin)
	a.Counts = true
	k := made(t, a)
	thief := a.Copy()
	options, c := asked(t)
	k, err := site(t).Shown(k, c, a.Show(t, options), now)
	if err != nil {
		t.Fatal(err)
	}
	options, c = asked(t)
	if _, err := site(t).Shown(k, c, thief.Show(t, options), now); !errors.Is(err, passkey.ErrCopied) {
		t.Errorf("the same count again: %v", err)
	}
	thief.Counts, thief.Counter = false, 0
	if _, err := site(t).Shown(k, c, thief.Show(t, options), now); !errors.Is(err, passkey.ErrCopied) {
		t.Errorf("no count any more: %v", err)
	}
	thief.Counter, thief.Unverified = 0, true
	if _, err := site(t).Shown(k, c, thief.Show(t, options), now); !errors.Is(err, passkey.ErrWrong) {
		t.Errorf("a wrong answer says something of the counter: %v", err)
	}
}

func TestAPasskeyMayComeToBeSyncedButNotCeaseTo(t *testing.T) {
	a := passkeytest.New(origin)
	k := made(t, a)
	a.Syncs, a.Synced = true, true
	options, c := asked(t)
	later, err := site(t).Shown(k, c, a.Show(t, options), now)
	if err != nil || !later.Syncs || !later.Synced {
		t.Fatalf("%+v, %v", later, err)
	}
	a.Syncs, a.Synced = false, false
	if _, err := site(t).Shown(later, c, a.Show(t, options), now); !errors.Is(err, passkey.ErrWrong) {
		t.Errorf("the way back: %v", err)
	}
	thief := passkeytest.New(origin)
	made(t, thief)
	thief.ID, thief.Owner, thief.Syncs = a.ID, a.Owner, true
	if _, err := site(t).Shown(k, c, thief.Show(t, options), now); !errors.Is(err, passkey.ErrWrong) {
		t.Errorf("a wrong signature changes what is known: %v", err)
	}
}

func TestAtANumberThereAreNone(t *testing.T) {
	for _, address := range []string{"http://127.0.0.1:8080", "http://[::1]:8080"} {
		s, err := passkey.At(address, "Habilis")
		if err != nil || s.Origin() != "" {
			t.Errorf("%s: %q, %v", address, s.Origin(), err)
		}
		if _, _, err := s.Offer(owner(), now); !errors.Is(err, passkey.ErrNone) {
			t.Errorf("%s: %v", address, err)
		}
		if _, _, err := s.Ask(nil, now); !errors.Is(err, passkey.ErrNone) {
			t.Errorf("%s: %v", address, err)
		}
		if _, err := s.Shown(passkey.Key{}, passkey.Challenge{}, nil, now); !errors.Is(err, passkey.ErrWrong) {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"http://localhost:8080", origin} {
		if s, err := passkey.At(address, "Habilis"); err != nil || s.Origin() != address {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func FuzzAnswers(f *testing.F) {
	a := passkeytest.New(origin)
	k := made(f, a)
	options, c := asked(f)
	f.Add(a.Show(f, options))
	f.Add(a.Copy().Make(f, options))
	f.Add([]byte(`{"id":"","rawId":"","type":"public-key","response":{}}`))
	s := site(f)
	k.Public = bytes.Clone(k.Public)
	k.Public[len(k.Public)-1] ^= 1 // nothing is signed by it
	f.Fuzz(func(t *testing.T, answer []byte) {
		passkey.Claimed(answer)
		if _, err := s.Shown(k, c, answer, now); err == nil {
			t.Errorf("taken: %s", answer)
		}
		if made, err := s.Made(owner(), c, answer, now); err == nil {
			t.Errorf("taken: %s", answer)
			_, _ = json.Marshal(made)
		}
	})
}
