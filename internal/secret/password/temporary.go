package password

import "habilis/internal/secret/readable"

// temporaryGroups of four characters of five bits: 140 bits.
const temporaryGroups = 7

// Temporary is a password to send by mail, of 140 random bits, easy to retype:
// 7K3M-P9QX-…. Store token.HashOf of it: a slow hash adds nothing to so many bits.
func Temporary() string { return readable.New(temporaryGroups) }

// spokenGroups of four characters of five bits: 100 bits.
const spokenGroups = 5

// Spoken is a password to say aloud, for someone to use until they choose their own.
func Spoken() string { return readable.New(spokenGroups) }

// ParseTemporary gives the canonical form of a temporary password, as Temporary
// wrote it, whatever the case, the spaces and the dashes; ok is false for what
// can't be one.
func ParseTemporary(typed string) (canonical string, ok bool) {
	return readable.Parse(typed, temporaryGroups)
}
