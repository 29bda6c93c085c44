package access

import (
	"testing"

	"github.com/google/uuid"
)

// An identifier tells when it was made, and nothing of the next: its last 62 bits
// are as if thrown with a coin.
func TestIdentifiersCannotBeGuessed(t *testing.T) {
	const many = 10_000
	seen, set := map[uuid.UUID]bool{}, [64]int{}
	for range many {
		id := NewID()
		if id.Version() != 7 || seen[id] {
			t.Fatalf("%s, of version %d, was given before: %t", id, id.Version(), seen[id])
		}
		seen[id] = true
		for bit := 2; bit < 64; bit++ {
			set[bit] += int(id[8+bit/8]>>(7-bit%8)) & 1
		}
	}
	for bit := 2; bit < 64; bit++ {
		if set[bit] < many*45/100 || set[bit] > many*55/100 { // ten standard deviations
			t.Errorf("bit %d is set in %d of %d", bit, set[bit], many)
		}
	}
}
