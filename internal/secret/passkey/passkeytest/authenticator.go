// Package passkeytest is an authenticator in software, for tests: it answers as a
// browser with a real one does, or as told.
package passkeytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/url"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// Authenticator holds one passkey, once it has made it.
type Authenticator struct {
	Origin     string // of the page that asks
	RPID       string // the host that the passkey is bound to
	ID         []byte
	Owner      []byte // the user handle
	Counter    uint32 // of signatures; stays 0 for one that counts none
	Counts     bool
	Unverified bool // doesn't ask who is there
	Syncs      bool
	Synced     bool
	Format     string // of the attestation
	key        *ecdsa.PrivateKey
}

// New is an authenticator whose owner looks at the page of an origin.
func New(origin string) *Authenticator {
	address, err := url.Parse(origin)
	if err != nil {
		panic(err)
	}
	return &Authenticator{Origin: origin, RPID: address.Hostname(), Format: "none"}
}

// Copy is another one with the same passkey.
func (a *Authenticator) Copy() *Authenticator {
	other := *a
	return &other
}

// The flags of authenticator data (level 3, 6.1).
const (
	present  = 1 << 0
	verified = 1 << 2
	syncs    = 1 << 3
	synced   = 1 << 4
	attested = 1 << 6
)

func (a *Authenticator) flags() (flags byte) {
	flags = present
	for flag, on := range map[byte]bool{verified: !a.Unverified, syncs: a.Syncs, synced: a.Synced} {
		if on {
			flags |= flag
		}
	}
	return flags
}

// data is authenticator data without what follows the counter.
func (a *Authenticator) data(flags byte) []byte {
	if a.Counts {
		a.Counter++
	}
	host := sha256.Sum256([]byte(a.RPID))
	return binary.BigEndian.AppendUint32(append(host[:], flags), a.Counter)
}

// Make makes the passkey that options offer, and is the answer.
func (a *Authenticator) Make(t testing.TB, options []byte) []byte {
	t.Helper()
	var asked struct {
		Challenge string
		User      struct{ ID string }
	}
	read(t, options, &asked)
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	a.ID, a.Owner = make([]byte, 32), plain(t, asked.User.ID)
	rand.Read(a.ID)
	data := a.data(a.flags() | attested)
	data = append(data, make([]byte, 16)...) // of no known model
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.ID)))
	data = append(append(data, a.ID...), a.public(t)...)
	object := write(t, map[string]any{"fmt": a.Format, "attStmt": map[string]any{}, "authData": data})
	return a.answer(t, map[string]any{
		"clientDataJSON": a.client(t, "webauthn.create", asked.Challenge), "attestationObject": coded(object), "transports": []string{"internal", "hybrid"},
	})
}

// Show signs what options ask, and is the answer.
func (a *Authenticator) Show(t testing.TB, options []byte) []byte {
	t.Helper()
	var asked struct{ Challenge string }
	read(t, options, &asked)
	client := a.client(t, "webauthn.get", asked.Challenge)
	data := a.data(a.flags())
	hash := sha256.Sum256(plain(t, client))
	digest := sha256.Sum256(append(data[:len(data):len(data)], hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return a.answer(t, map[string]any{
		"clientDataJSON": client, "authenticatorData": coded(data), "signature": coded(signature), "userHandle": coded(a.Owner),
	})
}

func (a *Authenticator) answer(t testing.TB, response map[string]any) []byte {
	t.Helper()
	answer, err := json.Marshal(map[string]any{"id": coded(a.ID), "rawId": coded(a.ID), "type": "public-key", "response": response})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func (a *Authenticator) client(t testing.TB, ceremony, challenge string) string {
	t.Helper()
	client, err := json.Marshal(map[string]any{"type": ceremony, "challenge": challenge, "origin": a.Origin, "crossOrigin": false})
	if err != nil {
		t.Fatal(err)
	}
	return coded(client)
}

// public is the key as RFC 9052 has it: ES256.
func (a *Authenticator) public(t testing.TB) []byte {
	t.Helper()
	point, err := a.key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return write(t, map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
}

func write(t testing.TB, value any) []byte {
	t.Helper()
	mode, err := cbor.CTAP2EncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	b, err := mode.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func read(t testing.TB, options []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(options, into); err != nil {
		t.Fatalf("%v: %s", err, options)
	}
}

func coded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func plain(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
