package people

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"habilis/internal/fault"
)

func key(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	fs, ok := fault.As(err)
	if !ok {
		t.Fatalf("a parser answered with a defect: %v", err)
	}
	return fs[0].Key
}

func TestAnAddressThatNoServerTakesIsRefusedBeforeItIsMapped(t *testing.T) {
	var domain strings.Builder
	for r := '\u4e00'; r < '\u4e00'+7000; r++ { // a second of work, all in one label
		domain.WriteRune(r)
	}
	began := time.Now()
	_, err := ParseEmail("a@" + domain.String() + ".example")
	if took := time.Since(began); key(t, err) != "field.email.long" || took > 50*time.Millisecond {
		t.Errorf("%v after %v", err, took)
	}
}

func TestAnEmailIsOneBareAddress(t *testing.T) {
	cases := []struct{ typed, shown, key string }{
		{" Maude.Belanger@Erables.Example ", "Maude.Belanger@erables.example", "maude.belanger@erables.example"},
		{"o'brien+clsc@a-b.example", "o'brien+clsc@a-b.example", "o'brien+clsc@a-b.example"},
		{"info@ÉRABLES.example", "info@érables.example", "info@xn--rables-9ua.example"},
		{"info@e\u0301rables.example", "info@érables.example", "info@xn--rables-9ua.example"},
		{"info@xn--rables-9ua.example", "info@érables.example", "info@xn--rables-9ua.example"},
		{"a@ｅrables.example", "a@erables.example", "a@erables.example"},
		{"a@straße.example", "a@straße.example", "a@xn--strae-oqa.example"},
	}
	for _, c := range cases {
		e, err := ParseEmail(c.typed)
		if err != nil || e.String() != c.shown || e.Key() != c.key {
			t.Errorf("%q: %q, key %q, %v; want %q, key %q", c.typed, e, e.Key(), err, c.shown, c.key)
		}
	}
}

func TestWhatIsNotOneAddressIsRefused(t *testing.T) {
	cases := map[string][]string{
		"field.required":   {"", "  "},
		"field.email.at":   {"maude", "maude.erables.example"},
		"field.email.one":  {"a@b.example,c@d.example", "a@b.example;c@d.example", "Maude <a@b.example>", "a@b@c.example", "a@b.example c@d.example", "a b@c.example"},
		"field.email.long": {strings.Repeat("a", 65) + "@b.example", strings.Repeat("a", 60) + "@" + strings.Repeat(strings.Repeat("b", 60)+".", 3) + "examplelong"},
		"field.email.local": {"@b.example", ".a@b.example", "a.@b.example", "a..b@c.example", `"a"@b.example`, "josé@b.example", "ａ@b.example",
			"a\r\nBcc:x@b.example", "a\x00@b.example", "а@b.example", "a(c)@b.example"},
		"field.email.domain": {"a@", "a@b", "a@localhost", "a@b..example", "a@.example", "a@b.example.", "a@[127.0.0.1]", "a@127.0.0.1", "a@b.e", "a@-b.example",
			"a@b_c.example", "a@b.example\r\nBcc:x", "a@b\u200b\u202e.example", "a@" + strings.Repeat("b", 64) + ".example"},
	}
	for want, all := range cases {
		for _, typed := range all {
			if e, err := ParseEmail(typed); key(t, err) != want || e != (Email{}) {
				t.Errorf("%q: %q, %v; want %s", typed, e, err, want)
			}
		}
	}
}

func FuzzAnEmail(f *testing.F) {
	for _, s := range []string{"a@b.example", "info@ÉRABLES.example", "a@xn--rables-9ua.example", "x@ﬁ.example", "a@İ.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := ParseEmail(s)
		if err != nil {
			key(t, err)
			return
		}
		again, err := ParseEmail(e.String())
		if err != nil || again != e {
			t.Fatalf("%q reads as %q, which reads as %q, %v", s, e, again, err)
		}
		for _, other := range []string{norm.NFD.String(s), strings.ToUpper(e.Address()), e.Key()} {
			if o, err := ParseEmail(other); err != nil || o.Key() != e.Key() {
				t.Fatalf("%q has key %q, and %q has %q, %v", s, e.Key(), other, o.Key(), err)
			}
		}
		if strings.ContainsFunc(e.Address(), func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Fatalf("address %q", e.Address())
		}
	})
}
