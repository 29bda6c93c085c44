package keyring

import (
	"crypto/hmac"
	"crypto/sha256"
)

// Mark is a keyed hash of a message under the newest key, bound to associated
// (HMAC-SHA-256 under a key of its own, derived by HKDF): for what is too short
// to be hashed in the open.
func (r *Ring) Mark(associated, message []byte) []byte {
	k := r.present.Load()
	return mark(k.marks[k.newest], associated, message)
}

// Marks are the marks of a message under each key of the ring, for what was
// marked before the newest came.
func (r *Ring) Marks(associated, message []byte) [][]byte {
	marks := r.present.Load().marks
	all := make([][]byte, 0, len(marks))
	for _, key := range marks {
		all = append(all, mark(key, associated, message))
	}
	return all
}

func mark(key, associated, message []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(bound([]byte{byte(len(associated))}, associated)) // its length first, so that nothing moves across
	h.Write(message)
	return h.Sum(nil)
}
