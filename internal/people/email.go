package people

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"habilis/internal/fault"
)

// Email is an address that mail can be sent to. The zero value is no address.
type Email struct {
	local  string // ASCII, as typed
	domain string // as the DNS knows it: ASCII, lower case
}

// Limits of RFC 5321, section 4.5.3.1, in octets.
const (
	maxEmail = 254
	maxLocal = 64
)

// domains maps a name as people type it to the DNS's (UTS #46, not transitional).
var domains = idna.New(
	idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(true),
	idna.VerifyDNSLength(true), idna.BidiRule(), idna.CheckJoiners(true), idna.CheckHyphens(true),
)

// ParseEmail reads one bare address: no name around it, no quotes, no comment, no
// second address. Before the @, only the letters that every mail server takes.
func ParseEmail(s string) (Email, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return Email{}, fault.Invalid("email", "field.required")
	case utf8.RuneCountInString(s) > maxEmail: // before the mapping below, whose cost grows with the square
		return Email{}, fault.Invalid("email", "field.email.long")
	}
	s = norm.NFC.String(s)
	local, typed, found := strings.Cut(s, "@")
	switch {
	case !found:
		return Email{}, fault.Invalid("email", "field.email.at")
	case strings.ContainsAny(s, ",;<> ") || strings.Contains(typed, "@"):
		return Email{}, fault.Invalid("email", "field.email.one")
	case !dotAtom(local):
		return Email{}, fault.Invalid("email", "field.email.local")
	}
	domain, ok := lookUp(typed)
	if !ok || !publicDomain(domain) {
		return Email{}, fault.Invalid("email", "field.email.domain")
	}
	if len(local) > maxLocal || len(local)+1+len(domain) > maxEmail {
		return Email{}, fault.Invalid("email", "field.email.long")
	}
	return Email{local, domain}, nil
}

// String is the address as it was typed, its domain in readable letters.
func (e Email) String() string {
	if e.domain == "" {
		return ""
	}
	readable, err := domains.ToUnicode(e.domain)
	if err != nil {
		return e.Address()
	}
	if back, ok := lookUp(readable); !ok || back != e.domain {
		return e.Address()
	}
	return e.local + "@" + readable
}

// Address is what a mail server is told: ASCII only.
func (e Email) Address() string {
	if e.domain == "" {
		return ""
	}
	return e.local + "@" + e.domain
}

// Key is the same for any two ways of typing one address. Capitals before the @
// count for nothing: no server that matters tells them apart, and people don't.
func (e Email) Key() string { return strings.ToLower(e.Address()) }

// lookUp is the name that the DNS is asked for; ok is false for one that isn't a
// name, or that isn't its own.
func lookUp(typed string) (domain string, ok bool) {
	domain, err := domains.ToASCII(typed)
	if err != nil || !utf8.ValidString(typed) {
		return "", false
	}
	again, err := domains.ToASCII(domain)
	return domain, err == nil && again == domain
}

// dotAtom reports a local part that needs no quotes (RFC 5321, Dot-string).
func dotAtom(local string) bool {
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" || strings.ContainsFunc(atom, func(r rune) bool { return !atext(r) }) {
			return false
		}
	}
	return true
}

func atext(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
		r < 0x80 && strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

// publicDomain reports a name with a top level that isn't a number.
func publicDomain(domain string) bool {
	dot := strings.LastIndexByte(domain, '.')
	return dot > 0 && dot < len(domain)-2 && strings.Trim(domain[dot+1:], "0123456789") != ""
}
