// Package passkey asks browsers for passkeys and judges what they answer, as the
// W3C's Web Authentication, level 3, has it.
//
// Whoever holds a passkey shows two factors at once: the device, or the keeper
// that it is in, and what that one asks before it signs (a PIN, a finger, a face).
// It is bound to the portal's own address, so that no other site can ask for it.
package passkey

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Life is how long a browser has to answer a challenge.
const Life = 5 * time.Minute

// Answers that are not taken. What else is wrong with one is of no use to whoever
// sent it, and may be of use to who made it up.
var (
	ErrWrong  = errors.New("not an answer to this challenge by one of these passkeys")
	ErrCopied = errors.New("the passkey's counter went back: there may be a copy of it")
	ErrNone   = errors.New("there are no passkeys at this address")
)

// Site is the portal as browsers and authenticators know it: the relying party.
type Site struct {
	web    *webauthn.WebAuthn // nil where there are no passkeys
	origin string
}

// At is the site at the address that people type, without a slash at the end: its
// host is the one to which passkeys are bound, and no request can say another. At
// an address that is a number browsers know no passkeys, and there are none.
func At(baseURL, product string) (*Site, error) {
	address, err := url.Parse(baseURL)
	if err != nil {
		return nil, fmt.Errorf("reading the portal's address: %w", err)
	}
	if _, err := netip.ParseAddr(address.Hostname()); err == nil {
		return &Site{}, nil
	}
	web, err := webauthn.New(&webauthn.Config{
		RPID:                  address.Hostname(),
		RPDisplayName:         product,
		RPOrigins:             []string{baseURL},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: protocol.ResidentKeyRequired(),
			ResidentKey:        protocol.ResidentKeyRequirementRequired,
			UserVerification:   protocol.VerificationRequired,
		},
		// Some keepers of passwords answer extensions that nobody asked for. None is read.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
		Timeouts: webauthn.TimeoutsConfig{
			Login:        webauthn.TimeoutConfig{Timeout: Life},
			Registration: webauthn.TimeoutConfig{Timeout: Life},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("the portal's address can't have passkeys: %w", err)
	}
	return &Site{web, baseURL}, nil
}

// Origin is where passkeys work, as browsers write it; "" is nowhere.
func (s *Site) Origin() string { return s.origin }

// Key is a passkey as it is stored. All of it is public.
type Key struct {
	ID         []byte   `json:"-"` // the credential's, at most 1023 bytes
	User       []byte   `json:"-"` // the owner's user handle
	Public     []byte   `json:"public"`
	Transports []string `json:"transports,omitempty"`
	Counter    uint32   `json:"counter"` // of signatures; 0 where the authenticator counts none
	Syncs      bool     `json:"syncs"`   // may be copied to its owner's other devices by its keeper
	Synced     bool     `json:"synced"`  // and was
}

// Challenge is what one answer is to. It stays on the server, and counts once.
type Challenge struct {
	Value string    `json:"value"` // base64url, 256 bits
	Until time.Time `json:"until"`
	To    end       `json:"to"`
}

// end is what a challenge is for: the answer to one end is none to another.
type end string

const (
	toMake   end = "make"
	toShow   end = "show"   // one of the passkeys that were named
	toChoose end = "choose" // any: whose it is isn't known yet
)

// NewUser is a user handle: what authenticators know an account by. It is random,
// so that it means nothing to who reads it there (level 3, 5.4.3 and 14.6.1).
func NewUser() []byte {
	user := make([]byte, 64)
	rand.Read(user)
	return user
}

// Owner is whom a new passkey is for.
type Owner struct {
	User     []byte // see NewUser
	Username string
	Name     string
	Keys     []Key // those that they have: the same authenticator doesn't make another
}

// Offer asks a browser to make a passkey: options are the JSON of a
// PublicKeyCredentialCreationOptions.
func (s *Site) Offer(to Owner, now time.Time) (options []byte, c Challenge, err error) {
	if s.web == nil {
		return nil, c, ErrNone
	}
	creation, session, err := s.web.BeginRegistration(holder{to, nil},
		webauthn.WithExclusions(descriptors(to.Keys)),
		webauthn.WithCredentialParameters(webauthn.CredentialParametersRecommendedL3()))
	if err != nil {
		return nil, c, fmt.Errorf("offering a passkey: %w", err)
	}
	options, err = json.Marshal(creation.Response)
	return options, Challenge{session.Challenge, now.Add(Life), toMake}, err
}

// Made judges the answer to an offer: the JSON of a RegistrationResponseJSON. It
// returns ErrWrong for anything but a new passkey of the owner's.
func (s *Site) Made(owner Owner, c Challenge, answer []byte, now time.Time) (Key, error) {
	if s.web == nil || c.To != toMake || now.After(c.Until) {
		return Key{}, ErrWrong
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil || !unattested(parsed.Response.AttestationObject.Format) {
		return Key{}, ErrWrong
	}
	session := s.session(c)
	session.UserID = owner.User
	session.CredParams = webauthn.CredentialParametersRecommendedL3()
	made, err := s.web.CreateCredential(holder{owner, nil}, session, parsed)
	if err != nil {
		return Key{}, ErrWrong
	}
	k := Key{
		ID: made.ID, User: owner.User, Public: made.PublicKey, Counter: made.Authenticator.SignCount,
		Syncs: made.Flags.BackupEligible, Synced: made.Flags.BackupState,
	}
	for _, t := range made.Transport {
		if known := string(t); slices.Contains(transports, known) && !slices.Contains(k.Transports, known) {
			k.Transports = append(k.Transports, known)
		}
	}
	return k, nil
}

// unattested are the forms of what browsers give when no attestation is asked for.
// Others are statements of makers, which nobody would check here: they aren't read.
func unattested(format string) bool {
	return format == string(protocol.AttestationFormatNone) || format == string(protocol.AttestationFormatPacked)
}

// transports are the ways to reach an authenticator (level 3, 5.8.4).
var transports = []string{"usb", "nfc", "ble", "smart-card", "hybrid", "internal"}

// Ask asks a browser for one of the passkeys, or, without any, for whichever its
// owner chooses: options are the JSON of a PublicKeyCredentialRequestOptions.
func (s *Site) Ask(keys []Key, now time.Time) (options []byte, c Challenge, err error) {
	if s.web == nil {
		return nil, c, ErrNone
	}
	request, session, err := s.web.BeginDiscoverableLogin()
	if err != nil {
		return nil, c, fmt.Errorf("asking for a passkey: %w", err)
	}
	request.Response.AllowedCredentials = descriptors(keys)
	options, err = json.Marshal(request.Response)
	c = Challenge{session.Challenge, now.Add(Life), toShow}
	if len(keys) == 0 {
		c.To = toChoose
	}
	return options, c, err
}

// Claimed is the identifier of the passkey that an answer says to be of: the one to
// look up and to judge it by. It is nil when the answer can't be read.
func Claimed(answer []byte) []byte {
	var claim struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(answer, &claim) != nil {
		return nil
	}
	id, err := base64.RawURLEncoding.DecodeString(claim.ID)
	if err != nil || len(id) == 0 {
		return nil
	}
	return id
}

// Shown judges the answer to a question, the JSON of an AuthenticationResponseJSON,
// by the passkey that it claims to be of, and returns that one as it is to be stored
// from now on. It returns ErrWrong, or ErrCopied for a right signature that counts
// less than one before (level 3, 6.1.1): of two copies, one is not the owner's.
//
// A passkey that could not be synced when it was made may say, later, that it can:
// keepers have changed what they say (KeePassXC 2.7.12), and Apple's say so after
// the first sync. Level 3 (6.1.3) wants the flag not to change, and the library
// refuses; but nothing here hangs on it, and its owner would be locked out. So the
// change is taken, when the signature is right, and shown. The other way round there
// is no honest reason for it.
func (s *Site) Shown(k Key, c Challenge, answer []byte, now time.Time) (Key, error) {
	if s.web == nil || c.To == toMake || now.After(c.Until) {
		return Key{}, ErrWrong
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil || !bytes.Equal(parsed.RawID, k.ID) || c.To == toChoose && len(parsed.Response.UserHandle) == 0 {
		return Key{}, ErrWrong
	}
	known := k.credential()
	known.Flags.BackupEligible = k.Syncs || parsed.Response.AuthenticatorData.Flags.HasBackupEligible()
	session := s.session(c)
	session.UserID = k.User
	seen, err := s.web.ValidateLogin(holder{Owner{User: k.User}, []webauthn.Credential{known}}, session, parsed)
	if err != nil {
		return Key{}, ErrWrong
	}
	if seen.Authenticator.CloneWarning {
		return Key{}, ErrCopied
	}
	k.Counter, k.Syncs, k.Synced = seen.Authenticator.SignCount, seen.Flags.BackupEligible, seen.Flags.BackupState
	return k, nil
}

// session is what the library remembers of a question; how long it holds is ours
// to say, whose clock it doesn't know.
func (s *Site) session(c Challenge) webauthn.SessionData {
	return webauthn.SessionData{Challenge: c.Value, RelyingPartyID: s.web.Config.RPID, UserVerification: protocol.VerificationRequired}
}

func (k Key) credential() webauthn.Credential {
	c := webauthn.Credential{
		ID: k.ID, PublicKey: k.Public, AttestationFormat: string(protocol.AttestationFormatNone),
		Flags:         webauthn.CredentialFlags{UserPresent: true, UserVerified: true, BackupEligible: k.Syncs, BackupState: k.Synced},
		Authenticator: webauthn.Authenticator{SignCount: k.Counter},
	}
	for _, t := range k.Transports {
		c.Transport = append(c.Transport, protocol.AuthenticatorTransport(t))
	}
	return c
}

func descriptors(keys []Key) []protocol.CredentialDescriptor {
	all := make([]protocol.CredentialDescriptor, len(keys))
	for i, k := range keys {
		c := k.credential()
		all[i] = c.Descriptor()
	}
	return all
}

// holder is an owner as the library asks for one.
type holder struct {
	Owner
	credentials []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return h.User }
func (h holder) WebAuthnName() string                       { return h.Username }
func (h holder) WebAuthnDisplayName() string                { return h.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.credentials }
