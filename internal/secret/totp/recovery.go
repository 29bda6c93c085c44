package totp

import (
	"habilis/internal/secret/readable"
	"habilis/internal/secret/token"
)

// recoveryGroups of 20 bits: 120, above the 112 from which a recovery code may be
// stored under a plain hash (OWASP ASVS 5.0, 6.5.2).
const recoveryGroups = 6

// RecoveryCode replaces the app once. Plain is shown once; only Hash is stored.
type RecoveryCode struct {
	Plain string
	Hash  token.Hash
}

// NewRecoveryCodes makes n codes.
func NewRecoveryCodes(n int) []RecoveryCode {
	codes := make([]RecoveryCode, n)
	for i := range codes {
		plain := readable.New(recoveryGroups)
		codes[i] = RecoveryCode{plain, token.HashOf(plain)}
	}
	return codes
}

// RecoveryHash is what to look a typed recovery code up by, whatever its case,
// spaces and dashes; ok is false for what can't be one.
func RecoveryHash(typed string) (hash token.Hash, ok bool) {
	plain, ok := readable.Parse(typed, recoveryGroups)
	if !ok {
		return token.Hash{}, false
	}
	return token.HashOf(plain), true
}
