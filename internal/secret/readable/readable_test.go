package readable

import (
	"regexp"
	"testing"
)

func TestWhatIsMadeHasItsGroupsAndReadsBack(t *testing.T) {
	form := regexp.MustCompile(`^([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}$`)
	for range 200 {
		made := New(6)
		if got, ok := Parse(made, 6); !form.MatchString(made) || !ok || got != made {
			t.Fatalf("%q reads back as %q, %v", made, got, ok)
		}
	}
}

func TestAllCharactersAreDrawnAlike(t *testing.T) {
	count := map[rune]int{}
	for _, r := range New(32 * 250) {
		count[r]++
	}
	for _, r := range alphabet {
		if n := count[r]; n < 800 || n > 1200 {
			t.Errorf("%c was drawn %d times of 32,000, want some 1,000", r, n)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("7k3m-p9qx o1il")
	f.Fuzz(func(t *testing.T, typed string) {
		once, ok := Parse(typed, 3)
		if !ok {
			return
		}
		if again, ok := Parse(once, 3); !ok || again != once || len(once) != 14 {
			t.Errorf("%q reads as %q, which reads as %q, %v", typed, once, again, ok)
		}
	})
}
