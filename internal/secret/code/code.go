// Package code makes the short codes that are sent to a mailbox or a telephone.
// A million hashes are tried in no time, so that what is stored of a code is
// keyed: without the key file, the database says nothing of it.
package code

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"habilis/internal/secret/keyring"
)

// digits is how long a code is: NIST SP 800-63B-4, 3.1.3.2, asks for six.
const digits = 6

var million = big.NewInt(1_000_000)

// New is a code, each as likely as any other.
func New() string {
	n, err := rand.Int(rand.Reader, million)
	if err != nil {
		panic(err) // the system has no randomness left to give
	}
	return fmt.Sprintf("%0*d", digits, n.Int64())
}

// Parse reads a code as people type it, with spaces or dashes.
func Parse(typed string) (code string, ok bool) {
	code = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' {
			return -1
		}
		return r
	}, typed)
	if len(code) != digits || strings.Trim(code, "0123456789") != "" {
		return "", false
	}
	return code, true
}

// Hash is what is stored of a code of an account, for one flow alone.
func Hash(ring *keyring.Ring, account, flow uuid.UUID, code string) []byte {
	return ring.Mark(binding(account, flow), []byte(code))
}

// Hashes are what may be stored of it, whichever key was the newest then.
func Hashes(ring *keyring.Ring, account, flow uuid.UUID, code string) [][]byte {
	return ring.Marks(binding(account, flow), []byte(code))
}

func binding(account, flow uuid.UUID) []byte { return keyring.Binding("code", account, flow) }
