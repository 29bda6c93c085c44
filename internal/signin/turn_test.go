package signin

import (
	"testing"

	"github.com/google/uuid"

	"habilis/internal/secret/password"
)

// A neighbour behind the same address, typing the same name, must not stand before a
// browser from which its owner has come in.
func TestAKnownBrowserStandsInALineOfItsOwn(t *testing.T) {
	const address = "192.0.2.7"
	a := &account{ID: uuid.New(), named: "kcote"}
	try := attemptOf(a, address, func(uuid.UUID) []byte { return []byte("known") })
	stranger := password.TurnOf(try.inTurn(t.Context(), "kcote", address))
	try.known = true
	known := password.TurnOf(try.inTurn(t.Context(), "kcote", address))
	if stranger.Site != address || known.Site == address || known.Site == "" || known.Account != "kcote" {
		t.Errorf("a stranger waits as %+v, a known browser as %+v", stranger, known)
	}
	other := attemptOf(a, address, func(uuid.UUID) []byte { return []byte("other") })
	other.known = true
	if line := password.TurnOf(other.inTurn(t.Context(), "kcote", address)); line.Site == known.Site {
		t.Error("two known browsers stand in one line")
	}
}
