package demo

import (
	"math/rand/v2"
	"strings"

	"habilis/internal/secret/password"
)

// passphrase draws words until the portal itself accepts them as the password
// of the person described.
func passphrase(draw *rand.Rand, about password.Context) string {
	var drawn []string
	for {
		drawn = append(drawn, passwordWords[draw.IntN(len(passwordWords))])
		phrase := strings.Join(drawn, "-")
		if len(password.Check(phrase, about).Unmet) == 0 {
			return phrase
		}
		if len(drawn) > 12 {
			drawn = nil
		}
	}
}
