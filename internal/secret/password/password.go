// Package password is where passwords are judged, hashed and compared: which are
// good enough and why not, argon2id under a bound on how many run at once, and
// the temporary ones that are sent by mail. It knows no account and no database.
package password

import (
	"errors"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"
)

// MaxRunes and MaxBytes bound a password; nothing is ever cut off to fit.
const (
	MaxRunes = 256
	MaxBytes = 1024
)

// What a password can't be at all, whatever its strength.
var (
	errLong       = errors.New("password: too long")
	errCharacters = errors.New("password: empty, or characters that no password may have")
)

// normalise gives the one form of all the ways to type the same password (RFC
// 8265, OpaqueString): composed and decomposed accents are one, all spaces are
// one, case counts, control characters are refused.
func normalise(plain string) (string, error) {
	if len(plain) > MaxBytes || utf8.RuneCountInString(plain) > MaxRunes {
		return "", errLong
	}
	if !utf8.ValidString(plain) {
		return "", errCharacters
	}
	normal, err := precis.OpaqueString.String(plain)
	if err != nil || normal == "" {
		return "", errCharacters
	}
	return normal, nil
}
