package token

import (
	"encoding/base64"
	"net/url"
	"testing"
)

func TestATokenTravelsInAnAddressAndIsFoundByItsHash(t *testing.T) {
	plain, hash := New(32)
	random, err := base64.RawURLEncoding.DecodeString(plain)
	if err != nil || len(random) != 32 || url.QueryEscape(plain) != plain {
		t.Errorf("%q: %d bytes, %v", plain, len(random), err)
	}
	if HashOf(plain) != hash || HashOf(plain+"A") == hash {
		t.Error("the hash is not that of the token alone")
	}
	if other, _ := New(32); other == plain {
		t.Error("twice the same token")
	}
}

func TestAShortTokenIsADefect(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a token of 120 bits was made")
		}
	}()
	New(15)
}
