package keyring

import (
	"bufio"
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// idForm is what a key may be called; it must never be used twice.
var idForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$`)

// Generate is a line to append to a key file: the key that will seal from then on.
func Generate(now time.Time) string {
	random := make([]byte, chacha20poly1305.KeySize+3)
	rand.Read(random)
	return fmt.Sprintf("%s-%x %s", now.UTC().Format("20060102"), random[:3], base64.StdEncoding.EncodeToString(random[3:]))
}

// Parse reads the text of a key file: a key a line, oldest first, as an id, a
// space and 32 random bytes in base64. Empty lines and those that begin with #
// don't count. The last key seals. The error names all wrong lines, what to write,
// and nothing of the keys.
func Parse(text []byte) (*Ring, error) {
	found, err := parse(text)
	if err != nil {
		return nil, err
	}
	ring := &Ring{}
	ring.present.Store(found)
	return ring, nil
}

func parse(text []byte) (*keys, error) {
	ring := &keys{sealer: map[string]cipher.AEAD{}, marks: map[string][]byte{}}
	lines, values := bufio.NewScanner(bytes.NewReader(text)), map[string]int{}
	var wrong []error
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, key, err := parseLine(line)
		if before, twice := values[string(key)]; err == nil && twice {
			err = fmt.Errorf("the same key as on line %d", before)
		}
		if err == nil {
			err = ring.add(id, key)
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("line %d: %w; append a new line made by `habilis keys generate`", n, err))
			continue
		}
		values[string(key)] = n
	}
	if err := lines.Err(); err != nil {
		wrong = append(wrong, fmt.Errorf("reading lines: %w", err))
	}
	if len(wrong) == 0 && len(ring.ids) == 0 {
		wrong = append(wrong, errors.New("no key in it: write a line made by `habilis keys generate`"))
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return ring, nil
}

func parseLine(line string) (id string, key []byte, err error) {
	words := strings.Fields(line)
	if len(words) != 2 {
		return "", nil, errors.New("want an id, a space and a key in base64")
	}
	if !idForm.MatchString(words[0]) {
		return "", nil, errors.New("the id must be 1 to 32 letters, digits, dots, dashes or underscores")
	}
	key, err = base64.StdEncoding.Strict().DecodeString(words[1])
	if err != nil {
		return "", nil, fmt.Errorf("the key of %q is not base64", words[0])
	}
	if len(key) != chacha20poly1305.KeySize {
		return "", nil, fmt.Errorf("the key of %q has %d bytes, want %d", words[0], len(key), chacha20poly1305.KeySize)
	}
	if guessable(key) {
		return "", nil, fmt.Errorf("the key of %q is an example or was not drawn at random", words[0])
	}
	return words[0], key, nil
}

func (r *keys) add(id string, key []byte) error {
	if r.sealer[id] != nil {
		return fmt.Errorf("the id %q is used twice", id)
	}
	sealer, err := chacha20poly1305.NewX(key)
	if err != nil {
		return err
	}
	marking, err := hkdf.Key(sha256.New, key, nil, "habilis mark", sha256.Size)
	if err != nil {
		return err
	}
	r.sealer[id], r.marks[id], r.newest, r.ids = sealer, marking, id, append(r.ids, id)
	return nil
}

// guessable recognises what people write instead of random bytes: text, one byte
// over and over, counting. Random keys look so less than once in 10^12.
func guessable(key []byte) bool {
	values, steps, readable := map[byte]bool{}, map[byte]bool{}, true
	for i, b := range key {
		values[b] = true
		steps[b-key[(i+1)%len(key)]] = true
		readable = readable && b >= ' ' && b <= '~'
	}
	return readable || len(values) < 18 || len(steps) < 18
}
