// Package keyring encrypts the few secrets that must be read again, such as those
// of authenticator apps, under keys that an operator keeps in a file and can
// change while the servers run.
package keyring

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"slices"
	"sync/atomic"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/google/uuid"
)

// version begins all that is sealed: version, length of the key's id, the id, a
// nonce of 24 bytes, then the ciphertext with its tag (XChaCha20-Poly1305, whose
// nonces can be random for as long as a key lives).
const version = 1

// ErrUnreadable is all that is said of what can't be opened: altered, bound to
// something else, or sealed under a key that the ring doesn't have.
var ErrUnreadable = errors.New("keyring: can't be opened: altered, moved, or its key is not in the key file")

// Ring is a set of keys of which the newest seals and any opens. One that was
// loaded from a file follows it: see [Ring.Watch].
type Ring struct {
	file    file
	present atomic.Pointer[keys]
}

// keys are those of a ring at one time. They don't change.
type keys struct {
	ids    []string // oldest first
	newest string
	sealer map[string]cipher.AEAD
	marks  map[string][]byte // the keys of Mark, by the id of the key each comes from
}

// Binding is associated data that ties what is sealed to a purpose and to whom it
// belongs, so that it can't be moved to another row or column.
func Binding(purpose string, owners ...uuid.UUID) []byte {
	b := binary.AppendUvarint(nil, uint64(len(purpose)))
	b = append(b, purpose...)
	for _, id := range owners {
		b = append(b, id[:]...)
	}
	return b
}

// Seal encrypts plaintext under the newest key, bound to associated.
func (r *Ring) Seal(plaintext, associated []byte) []byte {
	k := r.present.Load()
	header := append([]byte{version, byte(len(k.newest))}, k.newest...)
	nonce := make([]byte, chacha20poly1305.NonceSizeX)
	rand.Read(nonce)
	sealed := append(header, nonce...)
	return k.sealer[k.newest].Seal(sealed, nonce, plaintext, bound(header, associated))
}

// Open decrypts what Seal wrote with the same associated data; else ErrUnreadable.
// For a key that it doesn't know it looks into its file once more: another process
// may have sealed under one that came since.
func (r *Ring) Open(sealed, associated []byte) ([]byte, error) {
	id, header, rest, ok := cut(sealed)
	key := r.present.Load().sealer[id]
	if ok && key == nil && r.again() {
		key = r.present.Load().sealer[id]
	}
	if !ok || key == nil || len(rest) < key.NonceSize() {
		return nil, ErrUnreadable
	}
	nonce, ciphertext := rest[:key.NonceSize()], rest[key.NonceSize():]
	plaintext, err := key.Open(nil, nonce, ciphertext, bound(header, associated))
	if err != nil {
		return nil, ErrUnreadable
	}
	return plaintext, nil
}

// NeedsRotation reports whether sealed is under another key than the newest:
// open it, seal it again, and when none is left the old key may go.
func (r *Ring) NeedsRotation(sealed []byte) bool {
	id, _, _, ok := cut(sealed)
	return !ok || id != r.Newest()
}

// Newest is the id of the key that seals.
func (r *Ring) Newest() string { return r.present.Load().newest }

// IDs are the ids of the keys, oldest first.
func (r *Ring) IDs() []string { return slices.Clone(r.present.Load().ids) }

// cut parts the header, and the key's id in it, from what follows.
func cut(sealed []byte) (id string, header, rest []byte, ok bool) {
	if len(sealed) < 2 || sealed[0] != version || len(sealed) < 2+int(sealed[1]) {
		return "", nil, nil, false
	}
	end := 2 + int(sealed[1])
	return string(sealed[2:end]), sealed[:end], sealed[end:], true
}

// bound joins the header, whose length is in it, and the associated data.
func bound(header, associated []byte) []byte {
	return append(append(make([]byte, 0, len(header)+len(associated)), header...), associated...)
}
