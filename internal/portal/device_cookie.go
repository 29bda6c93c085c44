package portal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
)

// deviceCookie knows a browser again after its session has ended: by something of its
// own for each of the people who come in from it, "label.value", with a ~ between. It
// says nothing of anybody: what it is worth stands in the database, per account, and
// is nothing but for what was made here for that account.
const deviceCookie = "__Host-habilis-device"

// deviceLife is how long a browser is known: the longest that browsers keep what
// they are given (RFC 6265bis, 5.5).
const deviceLife = 400 * 24 * time.Hour

// deviceSharers is how many people a browser is known for at once, those who came in
// last: with all of them the cookie takes less than a kilobyte of each request.
const deviceSharers = 24

// deviceBytes are what a value is made of.
const deviceBytes = 16

// deviceLabel tells one's own value from those of others in the same browser.
func deviceLabel(account uuid.UUID) string { return base64.RawURLEncoding.EncodeToString(account[10:]) }

// deviceOf is what the browser shows that it is known by for an account; nil for
// nothing. It may be of anybody's making.
func deviceOf(r *http.Request, account uuid.UUID) []byte {
	hash, _ := deviceShown(r, account)
	return hash
}

// deviceShown is deviceOf, and says whether it is a value for all who come in from
// there: they were once made so, and are made anew at the next sign-in.
func deviceShown(r *http.Request, account uuid.UUID) (hash []byte, common bool) {
	cookie, err := r.Cookie(deviceCookie)
	if err != nil || account == uuid.Nil {
		return nil, false
	}
	label, forAll := deviceLabel(account), ""
	for part := range strings.SplitSeq(cookie.Value, "~") {
		switch of, value, labelled := strings.Cut(part, "."); {
		case !labelled:
			forAll = part
		case of == label:
			return deviceHash(value, account, deviceBytes), false
		}
	}
	return deviceHash(forAll, account, sha256.Size), true
}

func deviceHash(value string, account uuid.UUID, size int) []byte {
	random, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil || len(random) != size {
		return nil
	}
	sum := sha256.Sum256(append(random, account[:]...))
	return sum[:]
}

// freshDevice makes what a browser will be known by for an account.
func freshDevice(account uuid.UUID) (value string, hash []byte) {
	random := make([]byte, deviceBytes)
	rand.Read(random)
	value = base64.RawURLEncoding.EncodeToString(random)
	return value, deviceHash(value, account, deviceBytes)
}

// giveDevice has the browser keep a value for an account, beside those of others; with
// "" it keeps the one that it has, for longer.
func (v *visit) giveDevice(account uuid.UUID, value string) {
	label, mine := deviceLabel(account), ""
	var others []string
	if cookie, err := v.r.Cookie(deviceCookie); err == nil {
		for part := range strings.SplitSeq(cookie.Value, "~") {
			of, _, labelled := strings.Cut(part, ".")
			switch {
			case labelled && of == label:
				mine = part
			case labelled && len(part) <= 64, deviceHash(part, account, sha256.Size) != nil:
				others = append(others, part)
			}
		}
	}
	if value != "" {
		mine = label + "." + value
	}
	if mine != "" {
		others = append([]string{mine}, others...)
	}
	http.SetCookie(v.w, &http.Cookie{Name: deviceCookie, Value: strings.Join(others[:min(len(others), deviceSharers)], "~"), Path: "/",
		MaxAge: int(deviceLife.Seconds()), Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}
