package keyring

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

var day = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func ring(t *testing.T, lines ...string) *Ring {
	t.Helper()
	r, err := Parse([]byte(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatIsSealedOpensOnlyWhereItBelongs(t *testing.T) {
	r, marie, luc := ring(t, Generate(day)), uuid.New(), uuid.New()
	sealed := r.Seal([]byte("secret"), Binding("totp", marie))
	if got, err := r.Open(sealed, Binding("totp", marie)); err != nil || string(got) != "secret" {
		t.Errorf("Open = %q, %v", got, err)
	}
	for name, elsewhere := range map[string][]byte{
		"another account": Binding("totp", luc), "another purpose": Binding("sms", marie), "nothing": nil,
	} {
		if _, err := r.Open(sealed, elsewhere); err != ErrUnreadable {
			t.Errorf("bound to %s: %v", name, err)
		}
	}
	if bytes.Contains(sealed, []byte("secret")) || bytes.Equal(sealed, r.Seal([]byte("secret"), Binding("totp", marie))) {
		t.Error("sealed in clear, or twice alike")
	}
}

func TestBindingsOfUnlikePartsDiffer(t *testing.T) {
	id := uuid.New()
	if bytes.Equal(Binding("a", id), Binding("a"+string(id[:]))) {
		t.Error("a purpose can pass for a purpose and an owner")
	}
}

func TestAnAlteredByteIsFound(t *testing.T) {
	r := ring(t, Generate(day), Generate(day))
	sealed := r.Seal([]byte("secret"), nil)
	for i := range sealed {
		altered := bytes.Clone(sealed)
		altered[i] ^= 1
		if _, err := r.Open(altered, nil); err != ErrUnreadable {
			t.Errorf("byte %d altered: %v", i, err)
		}
		if _, err := r.Open(sealed[:i], nil); err != ErrUnreadable {
			t.Errorf("cut at byte %d: %v", i, err)
		}
	}
}

func TestKeysRotateWithoutLosingWhatIsSealed(t *testing.T) {
	first, second := Generate(day), Generate(day.AddDate(1, 0, 0))
	before, both, after := ring(t, first), ring(t, first, second), ring(t, second)
	old := before.Seal([]byte("secret"), nil)
	if before.NeedsRotation(old) || !both.NeedsRotation(old) {
		t.Error("what is under the newest key needs no rotation; what is under another does")
	}
	plain, err := both.Open(old, nil)
	if err != nil {
		t.Fatal(err)
	}
	renewed := both.Seal(plain, nil)
	if got, err := after.Open(renewed, nil); err != nil || string(got) != "secret" || both.NeedsRotation(renewed) {
		t.Errorf("after rotation: %q, %v", got, err)
	}
	if _, err := after.Open(old, nil); err != ErrUnreadable {
		t.Errorf("under a key that was removed: %v", err)
	}
}

func TestAWrongKeyFileIsRefusedWithWhatToWrite(t *testing.T) {
	line := Generate(day)
	id, value, _ := strings.Cut(line, " ")
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	var counting strings.Builder
	for i := range 32 {
		counting.WriteByte(byte(100 + 3*i))
	}
	for _, c := range []struct{ text, want string }{
		{"", "no key in it"},
		{"# only a comment\n\n", "no key in it"},
		{value, "line 1: want an id"},
		{line + " more", "line 1: want an id"},
		{"clé " + value, "line 1: the id must be"},
		{"a " + value[:40], `line 1: the key of "a" has 30 bytes`},
		{"a " + encode("short"), `has 5 bytes, want 32`},
		{"a " + value + value, "not base64"},
		{"a changeme", "has 6 bytes, want 32"},
		{"a " + encode(strings.Repeat("\x00", 32)), "example or was not drawn"},
		{"a " + encode("0123456789abcdef0123456789abcdef"), "example or was not drawn"},
		{"a " + encode("correct horse battery staple 123"), "example or was not drawn"},
		{"a " + encode(counting.String()), "example or was not drawn"},
		{line + "\n" + line, "line 2: the same key as on line 1"},
		{line + "\n" + id + " " + strings.Fields(Generate(day))[1], "line 2: the id"},
		{"a x\nb y", "line 2"},
	} {
		_, err := Parse([]byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "habilis keys generate") {
			t.Errorf("Parse(%q): %v, want %q", c.text, err, c.want)
		} else if strings.Contains(err.Error(), value[:20]) {
			t.Errorf("the error tells the key: %v", err)
		}
	}
}

func TestAKeyFileIsReadWithItsComments(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	text := "# Habilis keys\r\n\r\n  " + Generate(day) + "\r\n" + Generate(day) + "\r\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Load(path)
	if err != nil || !strings.HasPrefix(r.Newest(), "20261121-") || !strings.Contains(text, "\n"+r.Newest()+" ") {
		t.Errorf("Load = %v, %v", r, err)
	}
	if _, err := Load(path + ".absent"); err == nil {
		t.Error("an absent file was read")
	}
}

func TestGeneratedKeysAreNeverTakenForGuessable(t *testing.T) {
	for range 5000 {
		if _, err := Parse([]byte(Generate(day))); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnythingSealedOpensAgain(t *testing.T) {
	r := ring(t, Generate(day))
	rapid.Check(t, func(t *rapid.T) {
		plain, bound := rapid.SliceOf(rapid.Byte()).Draw(t, "plain"), rapid.SliceOf(rapid.Byte()).Draw(t, "bound")
		if got, err := r.Open(r.Seal(plain, bound), bound); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("Open = %v, %v", got, err)
		}
	})
}

func FuzzOpen(f *testing.F) {
	r, err := Parse([]byte(Generate(day)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(r.Seal([]byte("secret"), nil))
	f.Add([]byte{version, 255})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if _, err := r.Open(sealed, []byte("elsewhere")); err == nil {
			t.Errorf("%x opened", sealed)
		}
		r.NeedsRotation(sealed)
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(Generate(day)))
	f.Fuzz(func(t *testing.T, text []byte) {
		if r, err := Parse(text); err == nil && r.NeedsRotation(r.Seal(nil, nil)) {
			t.Errorf("%q: what was just sealed needs rotation", text)
		}
	})
}
