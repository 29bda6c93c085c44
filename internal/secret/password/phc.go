package password

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"golang.org/x/crypto/argon2"
)

// cost is what an argon2id hash takes: memory in KiB, passes over it, lanes.
type cost struct {
	memory, passes uint32
	lanes          uint8
}

// below reports whether c is cheaper than other in memory or passes.
func (c cost) below(other cost) bool {
	return c.memory < other.memory || c.passes < other.passes
}

// stored is a parsed PHC string: $argon2id$v=19$m=19456,t=2,p=1$salt$key, with
// salt and key in base64 without padding.
type stored struct {
	cost      cost
	salt, key []byte
}

func (s stored) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, s.cost.memory, s.cost.passes, s.cost.lanes,
		base64.RawStdEncoding.EncodeToString(s.salt), base64.RawStdEncoding.EncodeToString(s.key))
}

var (
	phc        = regexp.MustCompile(`^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$`)
	errEncoded = errors.New("password: what is stored is not an argon2id hash that this version can compare")
)

// parseStored reads a PHC string, and refuses costs that no version has used: 256
// MiB, 10 passes and 4 lanes at most, so that a spoilt row can't eat the memory.
func parseStored(encoded string) (stored, error) {
	m := phc.FindStringSubmatch(encoded)
	if m == nil {
		return stored{}, errEncoded
	}
	number := func(i int) uint32 {
		n, _ := strconv.ParseUint(m[i], 10, 32) // at most seven digits: the form said so
		return uint32(n)
	}
	c := cost{number(1), number(2), uint8(number(3))}
	if c.memory < 8 || c.memory > 256*1024 || c.passes < 1 || c.passes > 10 || c.lanes < 1 || c.lanes > 4 {
		return stored{}, errEncoded
	}
	salt, saltErr := base64.RawStdEncoding.Strict().DecodeString(m[4])
	key, keyErr := base64.RawStdEncoding.Strict().DecodeString(m[5])
	if errors.Join(saltErr, keyErr) != nil {
		return stored{}, errEncoded
	}
	return stored{c, salt, key}, nil
}
