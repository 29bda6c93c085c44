package password

import (
	"bytes"
	"context"
	"encoding/base64"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"habilis/internal/fault"
	"habilis/internal/secret/argon"
)

const good = "kT7#xQ9m&Zp2!Lw"

func TestAPasswordIsRecognisedAndAnotherIsNot(t *testing.T) {
	h, ctx := NewHasher(1, 0), t.Context()
	encoded, err := h.Hash(ctx, "Été à Montréal")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(encoded, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("encoded as %s", encoded)
	}
	for typed, want := range map[string]bool{
		"Été à Montréal": true, "E\u0301te\u0301 a\u0300 Montre\u0301al": true, "Été\u00a0à Montréal": true,
		"été à Montréal": false, "Été à Montréa": false, "": false, "Été à Montréal\x00": false,
		strings.Repeat("a", 2000): false,
	} {
		ok, stale, err := h.Verify(ctx, encoded, typed)
		if ok != want || stale || err != nil {
			t.Errorf("Verify(%.20q) = %v, %v, %v, want %v", typed, ok, stale, err, want)
		}
	}
}

func TestNothingIsCutOff(t *testing.T) {
	h, long := NewHasher(1, 0), strings.Repeat("é", MaxRunes)
	encoded, err := h.Hash(t.Context(), long)
	if err != nil {
		t.Fatal(err)
	}
	if ok, _, _ := h.Verify(t.Context(), encoded, long[:len(long)-2]); ok {
		t.Error("a password without its last letter was accepted")
	}
	if _, err := h.Hash(t.Context(), long+"é"); err == nil {
		t.Error("a password too long was hashed")
	}
}

func TestTwoHashesOfOnePasswordDiffer(t *testing.T) {
	h := NewHasher(1, 0)
	one, _ := h.Hash(t.Context(), good)
	two, _ := h.Hash(t.Context(), good)
	if one == two {
		t.Error("no salt")
	}
}

// The vector is of the reference implementation's test suite (phc-winner-argon2,
// test.c): argon2id, version 19, "password" with "somesalt".
func TestTheReferenceHashIsRecognisedAndStale(t *testing.T) {
	const encoded = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	ok, stale, err := NewHasher(1, 0).Verify(t.Context(), encoded, "password")
	if !ok || !stale || err != nil {
		t.Errorf("Verify = %v, %v, %v, want true, true, nil", ok, stale, err)
	}
}

func TestAHigherCostThanTodaysIsNotStale(t *testing.T) {
	if (cost{64 * 1024, 3, 1}).below(current) || !(cost{64 * 1024, 1, 1}).below(current) {
		t.Error("stale is: less memory or fewer passes")
	}
}

func TestASpoiltHashIsADefect(t *testing.T) {
	salt, key := base64.RawStdEncoding.EncodeToString(make([]byte, 16)), base64.RawStdEncoding.EncodeToString(make([]byte, 32))
	for _, encoded := range []string{
		"", "x", good, "$argon2i$v=19$m=19456,t=2,p=1$" + salt + "$" + key, "$argon2id$v=16$m=19456,t=2,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=9999999,t=2,p=1$" + salt + "$" + key, "$argon2id$v=19$m=19456,t=0,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$", "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + key + "\n",
	} {
		if _, _, err := NewHasher(1, 0).Verify(t.Context(), encoded, good); err == nil {
			t.Errorf("%q was compared", encoded)
		}
	}
}

func FuzzParseStored(f *testing.F) {
	f.Add("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
	f.Fuzz(func(t *testing.T, encoded string) {
		s, err := parseStored(encoded)
		if err != nil {
			return
		}
		if again, err := parseStored(s.String()); err != nil || again.cost != s.cost || !bytes.Equal(again.key, s.key) {
			t.Errorf("%q reads back as %v, %v", encoded, again, err)
		}
	})
}

// gated replaces argon2id: each derivation says that it began, and ends when told.
func gated(running, waiting int) (h *Hasher, began, end chan struct{}) {
	began, end = make(chan struct{}), make(chan struct{})
	h = NewHasher(running, waiting)
	h.By(func(j argon.Job) ([]byte, error) {
		began <- struct{}{}
		<-end
		return make([]byte, j.Bytes), nil
	})
	return h, began, end
}

func TestTheSurplusIsToldThatItIsBusyAndTheRestTakeTurns(t *testing.T) {
	h, began, end := gated(2, 3)
	var done sync.WaitGroup
	var served, busy atomic.Int32
	surplus := make(chan struct{}, 300)
	for range 300 {
		done.Go(func() {
			if err := h.Dummy(context.Background(), good); fault.Is(err, fault.KindBusy) {
				busy.Add(1)
				surplus <- struct{}{}
			} else if err == nil {
				served.Add(1)
			}
		})
	}
	<-began
	<-began
	for range 295 {
		<-surplus
	}
	select {
	case <-began:
		t.Error("a third hash began while two were running")
	default:
	}
	go func() {
		for range 3 {
			<-began
		}
	}()
	for range 5 {
		end <- struct{}{}
	}
	done.Wait()
	if served.Load() != 5 || busy.Load() != 295 {
		t.Errorf("%d served, %d busy, want 5 and 295", served.Load(), busy.Load())
	}
}

func TestWhoLeavesTheQueueFreesTheirPlace(t *testing.T) {
	h, began, end := gated(1, 1)
	first := make(chan error)
	go func() { first <- h.Dummy(context.Background(), good) }()
	<-began
	gone, leave := context.WithCancel(t.Context())
	leave()
	for range 3 {
		if err := h.Dummy(gone, good); err != context.Canceled {
			t.Errorf("a cancelled wait: %v", err)
		}
	}
	end <- struct{}{}
	if err := <-first; err != nil {
		t.Error(err)
	}
}

// An unknown account must cost what a known one costs, whatever was typed.
func TestADummyDerivesExactlyLikeAVerification(t *testing.T) {
	var did []argon.Job
	h := NewHasher(1, 0)
	encoded, err := h.Hash(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	h.By(func(j argon.Job) ([]byte, error) {
		key := make([]byte, j.Bytes)
		j.Secret, j.Salt = nil, nil
		did = append(did, j)
		return key, nil
	})
	for _, typed := range []string{good, "", "\x00", strings.Repeat("a", 5000)} {
		h.Verify(t.Context(), encoded, typed)
		h.Dummy(t.Context(), typed)
	}
	if len(did) != 8 {
		t.Fatalf("%d derivations, want 8", len(did))
	}
	for _, w := range did {
		if !reflect.DeepEqual(w, did[0]) {
			t.Errorf("unlike costs: %v", did)
		}
	}
}

func BenchmarkHash(b *testing.B) {
	h := NewHasher(1, 0)
	for b.Loop() {
		if _, err := h.Hash(b.Context(), good); err != nil {
			b.Fatal(err)
		}
	}
}
