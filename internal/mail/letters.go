package mail

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// The letters of a place, with their parameters; those in brackets may be empty.
// Several roles or cells, and a note, are on lines of their own.
const (
	TemporaryPassword  = "temporary_password"  // username, by; carries a secret
	Activation         = "activation"          // username, by; carries a secret
	Invitation         = "invitation"          // by, role, invitation (its id), expires (RFC 3339)
	InvitationAnswered = "invitation_answered" // email, role, answer (accepted or declined)
	RoleChanged        = "role_changed"        // by, [given], [ended]: the names of roles; [until]: when those given end (RFC 3339)
	PermissionsChanged = "permissions_changed" // by, [widened], [narrowed]: cells, with their scopes before and after
	RequestAsked       = "request_asked"       // by, person, email, role, [note], request (its id)
	RequestAnswered    = "request_answered"    // person, role, answer (granted or refused), [reason], resource (the person's id)
	AccountArchived    = "account_archived"    // by
	AccountRestored    = "account_restored"    // by
	PlaceLeft          = "place_left"          // of one's own will; [last]: it was the last place
	ManagerLeft        = "manager_left"        // person
	FactorSet          = "factor_set"          // by, factor (off, email, sms or app), [choose]: another password is to be chosen
	AccountUpdated     = "account_updated"     // by, changed: the fields, with what they now say
	AccessEnding       = "access_ending"       // role, until (RFC 3339)
	AccessEndingOf     = "access_ending_of"    // to who gave it: person, role, until (RFC 3339), resource (its id)
	AccessEnded        = "access_ended"        // role
	AccountUnblocked   = "account_unblocked"   // by, reason
	FactorReset        = "factor_reset"        // by, reason, [choose]
	PasswordByHand     = "password_by_hand"    // by, username
	BackupNamed        = "backup_named"        // by, address, [reason]
	BackupWithdrawn    = "backup_withdrawn"    // by, address
	BackupConfirm      = "backup_confirm"      // by, person; carries a secret
	ResetSent          = "reset_sent"          // by, username; carries a secret
	HelpAsked          = "help_asked"          // by, person, email, what (backup_email, email or factor), note, request (its id)
	HelpAnswered       = "help_answered"       // person, what, answer (done or refused), reason, resource (the person's id)
	EmailNamed         = "email_named"         // by, address, reason
	SupportVisits      = "support_visits"      // by, reason, [ticket], expires (RFC 3339)
)

// The letters to an account, wherever it belongs; most have no parameters.
const (
	ResetPassword   = "reset_password" // carries a secret
	PasswordChanged = "password_changed"
	FactorAdded     = "factor_added"   // a second factor
	FactorChanged   = "factor_changed" // change: what was done to which (see web/mail), [choose]
	NewDevice       = "new_device"     // device, address, [places]
	ConfirmEmail    = "confirm_email"  // to an address that is not the account's yet; carries a secret
	EmailAsked      = "email_asked"
	EmailChanged    = "email_changed"
	PasskeyCopied   = "passkey_copied"   // name: of the passkey of which what was refused may be a copy
	BackupConfirmed = "backup_confirmed" // address: which may now open the account
	BackupRemoved   = "backup_removed"   // address: which was its owner's backup, and which they removed
	ReturnAsked     = "return_asked"     // by, where: the place that would have its owner back; carries a secret
)

// letter is what the post knows of a template.
type letter struct {
	needs    []string // parameters that must say something
	may      []string // parameters that may be empty or absent
	link     string   // where its button leads; {name} is a parameter, the place's {number} or {tenant}, or the {secret}
	personal bool     // not sent to someone who was archived meanwhile
	secret   string   // the purpose of the secret that it carries, minted for Account; "" for none
	account  bool     // belongs to no place
	vouched  bool     // a place has it sent to the main address if that is the one it knows, by its key in "mailbox"; confirmed or not
}

var letters = map[string]letter{
	TemporaryPassword:  {needs: []string{"username", "by"}, link: "/signin", personal: true, secret: "temporary_password"},
	Activation:         {needs: []string{"username", "by"}, link: "/link/{secret}", personal: true, secret: "activation"},
	Invitation:         {needs: []string{"by", "role", "invitation", "expires"}, link: "/invitations/{invitation}"},
	InvitationAnswered: {needs: []string{"email", "role", "answer"}, link: "/p/{number}/invitations", personal: true},
	RoleChanged:        {needs: []string{"by"}, may: []string{"given", "ended", "until"}, link: "/p/{number}/", personal: true},
	PermissionsChanged: {needs: []string{"by"}, may: []string{"widened", "narrowed"}, link: "/p/{number}/", personal: true},
	RequestAsked:       {needs: []string{"by", "person", "email", "role", "request"}, may: []string{"note"}, link: "/support/{tenant}/{request}"},
	RequestAnswered:    {needs: []string{"person", "role", "answer", "resource"}, may: []string{"reason"}, link: "/p/{number}/people/{resource}/roles", personal: true},
	AccountArchived:    {needs: []string{"by"}},
	AccountRestored:    {needs: []string{"by"}, link: "/p/{number}/", personal: true},
	PlaceLeft:          {may: []string{"last"}},
	ManagerLeft:        {needs: []string{"person"}, link: "/p/{number}/people", personal: true},
	AccountUpdated:     {needs: []string{"by", "changed"}, link: "/p/{number}/", personal: true},
	AccessEnding:       {needs: []string{"role", "until"}, link: "/p/{number}/", personal: true},
	AccessEndingOf:     {needs: []string{"person", "role", "until", "resource"}, link: "/p/{number}/people/{resource}/roles", personal: true},
	AccessEnded:        {needs: []string{"role"}, link: "/p/{number}/", personal: true},
	AccountUnblocked:   {needs: []string{"by", "reason"}, link: "/signin", personal: true},
	FactorReset:        {needs: []string{"by", "reason"}, may: []string{"choose"}, link: "/signin", personal: true},
	PasswordByHand:     {needs: []string{"by", "username"}, link: "/signin", personal: true},
	BackupNamed:        {needs: []string{"by", "address"}, may: []string{"reason"}, link: "/account", personal: true},
	BackupWithdrawn:    {needs: []string{"by", "address"}, link: "/account", personal: true},
	BackupConfirm:      {needs: []string{"by", "person"}, link: "/link/{secret}", personal: true, secret: "backup_email"},
	ResetSent:          {needs: []string{"by", "username"}, link: "/link/{secret}", personal: true, secret: "reset"},
	HelpAsked:          {needs: []string{"by", "person", "email", "what", "note", "request"}, link: "/support/{tenant}/help/{request}"},
	HelpAnswered:       {needs: []string{"person", "what", "answer", "reason", "resource"}, link: "/p/{number}/people/{resource}/access", personal: true},
	EmailNamed:         {needs: []string{"by", "address", "reason"}, link: "/account", personal: true},
	SupportVisits:      {needs: []string{"by", "reason", "expires"}, may: []string{"ticket"}, link: "/p/{number}/visits", personal: true},
	ResetPassword:      {link: "/link/{secret}", account: true, secret: "reset"},
	FactorSet:          {needs: []string{"by", "factor"}, may: []string{"choose"}, link: "/account", personal: true},
	PasswordChanged:    {link: "/signin", account: true},
	FactorAdded:        {link: "/signin", account: true},
	FactorChanged:      {needs: []string{"change"}, may: []string{"choose"}, link: "/account", account: true},
	NewDevice:          {needs: []string{"device", "address"}, may: []string{"places"}, link: "/account", account: true},
	ConfirmEmail:       {link: "/link/{secret}", account: true, secret: "email"},
	EmailAsked:         {link: "/account", account: true},
	EmailChanged:       {link: "/signin", account: true},
	PasskeyCopied:      {needs: []string{"name"}, link: "/account", account: true},
	BackupConfirmed:    {needs: []string{"address"}, link: "/account", account: true},
	BackupRemoved:      {needs: []string{"address"}, link: "/account", account: true},
	ReturnAsked:        {needs: []string{"by", "where", "mailbox"}, link: "/link/{secret}", account: true, vouched: true, secret: "reset"},
}

// check finds the defects of a letter before it is queued, where a test sees them.
func (l Letter) check() error {
	known, ok := letters[l.Template]
	switch {
	case !ok || known.account:
		return fmt.Errorf("%q is not a letter of a place", l.Template)
	case (known.secret != "") != (l.Account != uuid.Nil):
		return fmt.Errorf("letter %s: an account is named if and only if the letter carries a secret", l.Template)
	}
	if _, err := oneAddress(l.Recipient); err != nil {
		return fmt.Errorf("letter %s: %w", l.Template, err)
	}
	return known.checkParams(l.Template, l.Params)
}

func (l letter) checkParams(name string, params map[string]string) error {
	for _, need := range l.needs {
		if params[need] == "" {
			return fmt.Errorf("letter %s: the parameter %s says nothing", name, need)
		}
	}
	for param := range params {
		if !slices.Contains(l.needs, param) && !slices.Contains(l.may, param) {
			return fmt.Errorf("letter %s has no parameter %s", name, param)
		}
	}
	return nil
}

// address is where the letter's button leads; "" when it has none.
func (l letter) address(base string, params map[string]string) string {
	if l.link == "" {
		return ""
	}
	var pairs []string
	for _, name := range []string{"invitation", "request", "resource", "number", "tenant", "secret"} {
		pairs = append(pairs, "{"+name+"}", url.PathEscape(params[name]))
	}
	return base + strings.NewReplacer(pairs...).Replace(l.link)
}
