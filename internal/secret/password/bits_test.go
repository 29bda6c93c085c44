package password

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestPasswordsAreMeasuredAsAnAttackerWould(t *testing.T) {
	for _, c := range []struct {
		secret    string
		low, high float64
	}{
		{"", 0, 0},
		{"motdepasse", 10, 20},
		{"motdepassemotdepasse", 15, 30},
		{"essapedtom", 10, 20},
		{"M0td3p@ss3", 10, 25},
		{"aaaaaaaaaaaaaaaa", 5, 20},
		{"élève élève élève", 10, 30},
		{"azertyuiopqsdfghjklm", 15, 35},
		{"!@/$%?&*()_+", 5, 25},
		{"abcdefghijklmnop", 5, 20},
		{"12345678987654321", 5, 30},
		{"1qaz2wsx3edc4rfv", 10, 25},
		{"Été 2026 à Montréal", 30, 50},
		{"Bienvenue2024!Bienvenue", 25, 45},
		{"Tabarnak1234567", 25, 49},
		{"12/05/1987 12/05/1987", 10, 30},
		{"correct horse battery staple", 50, 70},
		{"cheval batterie agrafe correcte", 50, 79},
		{"emparer moulin tambour vitrine courbe lampadaire", 80, 120},
		{"kT7#xQ9m&Zp2!LwR4", 90, 117},
		{strings.Repeat("@$5!(", 50), 20, 50},
	} {
		if got := Bits(c.secret); got < c.low || got > c.high {
			t.Errorf("Bits(%q) = %.1f, want %.0f to %.0f", c.secret, got, c.low, c.high)
		}
	}
}

func TestAKnownNameIsWorthNextToNothing(t *testing.T) {
	if got := Bits("Xquvlmzky", "Xquvlmzky"); got > 5 {
		t.Errorf("a known word has %.1f bits, want at most 5", got)
	}
}

func TestSixCommonWordsAtRandomAreEnoughAlone(t *testing.T) {
	words, random := commonWords(), rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		words     int
		low, high float64 // bits that nearly all such passphrases have
	}{{4, 50, 79}, {6, 80, 110}} {
		outside := 0
		for range 300 {
			phrase := make([]string, c.words)
			for i := range phrase {
				phrase[i] = words[random.IntN(len(words))]
			}
			if bits := Bits(strings.Join(phrase, " ")); bits < c.low || bits > c.high {
				outside++
			}
		}
		if outside > 3 {
			t.Errorf("%d of 300 passphrases of %d words are outside %.0f to %.0f bits", outside, c.words, c.low, c.high)
		}
	}
}

// commonWords are those of four letters or more among the 8,000 first of a list.
func commonWords() []string {
	var words []string
	for i, word := range loaded().words {
		if m := loaded().marks[i]; !m.breached && m.halfBits <= 26 && len(word) >= 4 {
			words = append(words, word)
		}
	}
	return words
}

// What a password manager makes must not be refused because chance put a word in it.
func TestRandomCharactersAreMeasuredNearTheirTrueStrength(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		alphabet string
		length   int
	}{
		{"abcdefghijklmnopqrstuvwxyz", 20},
		{"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 16},
		{"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!@#$%^&*()-_=+[]{};:,.<>/?", 15},
		{"0123456789abcdef", 24},
	} {
		truth, refused := float64(c.length)*math.Log2(float64(len(c.alphabet))), 0
		for range 300 {
			secret := make([]byte, c.length)
			for i := range secret {
				secret[i] = c.alphabet[random.IntN(len(c.alphabet))]
			}
			bits := Bits(string(secret))
			if bits > truth+25 {
				t.Errorf("Bits(%q) = %.1f, more than its %.1f", secret, bits, truth)
			}
			if bits < 80 {
				refused++
			}
		}
		if refused > 30 {
			t.Errorf("%d of 300 secrets of %d of %d characters have fewer than 80 bits; they have %.0f", refused, c.length, len(c.alphabet), truth)
		}
	}
}

func TestAnyTextIsMeasured(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.String().Draw(t, "secret")
		bits := Bits(secret, rapid.String().Draw(t, "known"))
		if math.IsNaN(bits) || bits < 0 || bits > noiseBits+measured*math.Log2(26+26+10+33+40) {
			t.Fatalf("Bits(%q) = %f", secret, bits)
		}
	})
}

func FuzzBits(f *testing.F) {
	f.Add("Œuf à la coque 2026!")
	f.Fuzz(func(t *testing.T, secret string) {
		if bits := Bits(secret); math.IsInf(bits, 0) || utf8.RuneCountInString(secret) > 0 && bits < 0 {
			t.Errorf("Bits(%q) = %f", secret, bits)
		}
	})
}

// Leet, repeats and one long text: what takes longest to measure.
func BenchmarkBits(b *testing.B) {
	loaded()
	for _, c := range []struct{ name, secret string }{
		{"phrase", "cheval batterie agrafe correcte"},
		{"leet", strings.Repeat("e3", 128)},
		{"ones", strings.Repeat("1", 256)},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				Bits(c.secret)
			}
		})
	}
}
