package totp

import (
	"encoding/base32"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// reference is the key of RFC 6238, appendix B.
var reference = base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))

// The codes of RFC 6238, appendix B, SHA-1, of which six digits are the last six of eight.
var vectors = []struct {
	unix int64
	code string
}{
	{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"}, {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"},
}

func TestTheCodesOfTheStandardAreAccepted(t *testing.T) {
	for _, v := range vectors {
		step, ok := Step(reference, v.code, time.Unix(v.unix, 0), 0)
		if !ok || step != v.unix/30 {
			t.Errorf("at %d, %s gives step %d, %v", v.unix, v.code, step, ok)
		}
	}
}

func TestACodeHoldsOneStepEarlyOrLateAndNoMore(t *testing.T) {
	for offset, want := range map[time.Duration]bool{
		-60 * time.Second: false, -30 * time.Second: true, 0: true, 30 * time.Second: true, 60 * time.Second: false,
	} {
		if _, ok := Step(reference, "005924", time.Unix(1234567890, 0).Add(offset), 0); ok != want {
			t.Errorf("%v off: %v, want %v", offset, ok, want)
		}
	}
}

func TestAStepHoldsOnceAndNoEarlierOneAfterIt(t *testing.T) {
	now := time.Unix(1111111109, 0) // its next step is that of 1111111111
	first, ok := Step(reference, "081804", now, 0)
	if !ok {
		t.Fatal("refused")
	}
	if _, ok := Step(reference, "081804", now, first); ok {
		t.Error("one code was accepted twice")
	}
	second, ok := Step(reference, "050471", now, first)
	if !ok || second != first+1 {
		t.Errorf("the next code gives %d, %v", second, ok)
	}
	if _, ok := Step(reference, "081804", now, second); ok {
		t.Error("an earlier code was accepted after a later one")
	}
}

func TestACodeIsReadAsPeopleTypeIt(t *testing.T) {
	now := time.Unix(1234567890, 0)
	for typed, want := range map[string]bool{
		"005 924": true, " 005-924 ": true, "005\u00a0924": true, "5924": false, "0005924": false, "": false, "00592O": false,
		"000000": false, strings.Repeat(" ", 1000) + "005924": false,
	} {
		if _, ok := Step(reference, typed, now, 0); ok != want {
			t.Errorf("%.20q: %v, want %v", typed, ok, want)
		}
	}
	if _, ok := Step("not base 32!", "005924", now, 0); ok {
		t.Error("a spoilt secret accepted a code")
	}
}

func TestASecretIsShownAsAppsExpect(t *testing.T) {
	s, err := New("Résidence: Les Jardins", "ève@exemple.ca")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(s.URI)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Résidence  Les Jardins:ève@exemple.ca" {
		t.Errorf("%s: %v", s.URI, err)
	}
	if q := u.Query(); q.Get("secret") != s.Base32 || q.Get("issuer") != "Résidence  Les Jardins" || strings.Contains(s.URI, "+") {
		t.Errorf("parameters %v", q)
	}
	if !regexp.MustCompile(`^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$`).MatchString(s.Grouped()) {
		t.Errorf("grouped as %q", s.Grouped())
	}
	if other, _ := New("a", "b"); other.Base32 == s.Base32 {
		t.Error("twice the same secret")
	}
	if _, err := New("", "b"); err == nil {
		t.Error("a secret without issuer")
	}
}

func TestASecretCanBeShownAgain(t *testing.T) {
	s, err := New("Habilis", "eve")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Restore("Habilis", "eve", s.Base32); err != nil || again != s {
		t.Errorf("restored as %v, %v, want %v", again, err, s)
	}
	for _, spoilt := range []string{"", "not base 32!"} {
		if _, err := Restore("Habilis", "eve", spoilt); err == nil {
			t.Errorf("%q was restored", spoilt)
		}
	}
}

func TestARecoveryCodeIsFoundAsPeopleTypeIt(t *testing.T) {
	codes, seen := NewRecoveryCodes(10), map[string]bool{}
	for _, c := range codes {
		seen[c.Plain] = true
		for _, typed := range []string{c.Plain, strings.ToLower(c.Plain), strings.ReplaceAll(c.Plain, "-", " ")} {
			if hash, ok := RecoveryHash(typed); !ok || hash != c.Hash {
				t.Errorf("%q is not found", typed)
			}
		}
	}
	if len(seen) != 10 {
		t.Errorf("%d different codes, want 10", len(seen))
	}
	if _, ok := RecoveryHash("123456"); ok {
		t.Error("six digits are no recovery code")
	}
}

func FuzzStep(f *testing.F) {
	f.Add("005 924")
	f.Fuzz(func(t *testing.T, code string) {
		if step, ok := Step(reference, code, time.Unix(1234567890, 0), 41152263); ok && step != 41152264 {
			t.Errorf("%q gives step %d", code, step)
		}
	})
}
