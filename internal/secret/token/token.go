// Package token makes the secrets that travel in links and cookies: long enough
// that only their hash need be kept, and kept without salt so that it can be
// looked up.
package token

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// MinBytes is the least that a token may have: 128 bits.
const MinBytes = 16

// Hash is what is stored of a token.
type Hash = [sha256.Size]byte

// New is a token of n random bytes, in characters that need no escaping in an
// address, and its hash. It panics below MinBytes.
func New(n int) (plain string, hash Hash) {
	if n < MinBytes {
		panic("token: fewer than 128 bits")
	}
	random := make([]byte, n)
	rand.Read(random)
	plain = base64.RawURLEncoding.EncodeToString(random)
	return plain, HashOf(plain)
}

// HashOf is the hash of a token as it came back. Look it up by equality: the time
// that takes says nothing of a token that one doesn't have.
func HashOf(plain string) Hash { return sha256.Sum256([]byte(plain)) }
