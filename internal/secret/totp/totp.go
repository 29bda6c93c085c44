// Package totp is the second factor by authenticator app: secrets and how they
// are shown, codes that hold once, and the recovery codes for a lost telephone.
package totp

import (
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// Period is how long a code is shown; every app assumes it, six digits and SHA-1.
const Period = 30 * time.Second

const digits = 6

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// Secret is what an authenticator app is given, by QR code or typed.
type Secret struct {
	Base32 string // 160 bits, without padding: what is stored, encrypted
	URI    string // otpauth://totp/…: what the QR code says; a secret too
}

// New makes a secret that apps list under issuer and accountName. A colon or
// slash in either, which would part the label elsewhere, becomes a space.
func New(issuer, accountName string) (Secret, error) {
	return generate(issuer, accountName, nil)
}

// Restore is the secret that New made and that was stored by its Base32.
func Restore(issuer, accountName, base32 string) (Secret, error) {
	secret, err := encoding.DecodeString(base32)
	if err != nil || len(secret) == 0 {
		return Secret{}, errors.New("restoring a TOTP secret: it is not base 32")
	}
	return generate(issuer, accountName, secret)
}

// generate draws a secret when given none.
func generate(issuer, accountName string, secret []byte) (Secret, error) {
	plain := strings.NewReplacer(":", " ", "/", " ")
	key, err := totp.Generate(totp.GenerateOpts{Issuer: plain.Replace(issuer), AccountName: plain.Replace(accountName), Secret: secret})
	if err != nil {
		return Secret{}, fmt.Errorf("making a TOTP secret: %w", err)
	}
	return Secret{key.Secret(), key.URL()}, nil
}

// Grouped is the secret in groups of four letters, for who types it.
func (s Secret) Grouped() string {
	var b strings.Builder
	for i, r := range s.Base32 {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Step finds the time step that code belongs to: the present one or one beside it,
// for clocks that differ. A step at or before lastStep, the last one accepted for
// the account (0: none yet), is refused: a code holds once. The caller must store
// the step it gets only where the stored one is still lower, in one statement.
func Step(secret, code string, now time.Time, lastStep int64) (step int64, ok bool) {
	typed := normalise(code)
	present := now.Unix() / int64(Period.Seconds())
	for s := present - 1; s <= present+1; s++ {
		right, err := hotp.GenerateCode(secret, uint64(s))
		if err != nil {
			return 0, false
		}
		if subtle.ConstantTimeCompare([]byte(right), []byte(typed)) == 1 && s > lastStep && !ok {
			step, ok = s, true
		}
	}
	return step, ok
}

// normalise drops the spaces and dashes that people and keyboards put in a code.
func normalise(code string) string {
	if len(code) > 4*digits {
		return ""
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '\t', '\u00a0', '\u202f':
			return -1
		}
		return r
	}, code)
}
