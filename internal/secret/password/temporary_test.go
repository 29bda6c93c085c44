package password

import (
	"strings"
	"testing"
)

func TestATemporaryPasswordCanBeRetypedInItsReadersWay(t *testing.T) {
	sent := Temporary()
	for _, typed := range []string{
		sent, strings.ToLower(sent), strings.ReplaceAll(sent, "-", ""), strings.ReplaceAll(sent, "-", " "), "  " + sent + "\n",
		strings.NewReplacer("0", "o", "1", "l").Replace(sent), strings.ReplaceAll(sent, "-", "\u2011"),
	} {
		if got, ok := ParseTemporary(typed); !ok || got != sent {
			t.Errorf("%q reads as %q, %v, want %q", typed, got, ok, sent)
		}
	}
	for _, typed := range []string{"", sent[1:], sent + "A", "U" + sent[1:], sent[:3] + "é" + sent[4:], strings.Repeat("-", 10_000)} {
		if got, ok := ParseTemporary(typed); ok {
			t.Errorf("%q was taken for %q", typed, got)
		}
	}
}

func TestTemporaryPasswordsAreAllDifferent(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		seen[Temporary()] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d different ones of 1000", len(seen))
	}
}
