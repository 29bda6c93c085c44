package tenants

import (
	"encoding/json"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"habilis/internal/fault"
	"habilis/internal/i18n"
	"habilis/internal/tenants/kinds"
)

// Policies are what a place decides for its people, as the column policies
// keeps them. They begin as those of the kind; [kinds.Policies] says what each
// one is.
type Policies struct {
	SecondFactor        string `json:"second_factor"`
	FirstAccess         string `json:"first_access"`
	ManagerSetsPassword bool   `json:"manager_sets_password"`
	EmailRequired       bool   `json:"email_required"`
	UsernameStyle       string `json:"username_style"`

	TemporaryPasswordHours int `json:"temporary_password_hours"`
	ActivationHours        int `json:"activation_hours"`
	InvitationDays         int `json:"invitation_days"`
	RememberDays           int `json:"remember_days"`
}

// ParsePolicies reads the column policies of a place.
func ParsePolicies(column []byte) (Policies, error) {
	var p Policies
	err := json.Unmarshal(column, &p)
	return p, err
}

func policiesOf(k kinds.Policies) Policies {
	return Policies{
		SecondFactor:           k.SecondFactor,
		FirstAccess:            k.FirstAccess,
		ManagerSetsPassword:    k.ManagerSetsPassword,
		EmailRequired:          k.EmailRequired,
		UsernameStyle:          k.UsernameStyle,
		TemporaryPasswordHours: k.TemporaryPasswordHours,
		ActivationHours:        k.ActivationHours,
		InvitationDays:         k.InvitationDays,
		RememberDays:           k.RememberDays,
	}
}

// guards are the policies that say how hard it is to come in. Whoever took over a
// session would loosen them first, so that they ask who is there.
func (p Policies) guards() Policies {
	p.EmailRequired, p.UsernameStyle, p.InvitationDays = false, "", 0
	return p
}

// check says what is wrong with the policies, each beside the field that bears
// the policy's name in the kind's file.
func (p Policies) check() error {
	var wrong fault.Faults
	oneOf := func(field, value string, admitted ...string) {
		if !slices.Contains(admitted, value) {
			wrong = append(wrong, fault.Invalid(field, "tenants.not_a_choice"))
		}
	}
	within := func(field string, value, least, most int) {
		if value < least || value > most {
			wrong = append(wrong, fault.Invalid(field, "tenants.out_of_range", "Least", least, "Most", most))
		}
	}
	oneOf("second_factor", p.SecondFactor, kinds.FactorOfNone, kinds.FactorOfRoles, kinds.FactorOfEveryone)
	oneOf("first_access", p.FirstAccess, kinds.FirstTemporaryPassword, kinds.FirstActivation, kinds.FirstPassword)
	oneOf("username_style", p.UsernameStyle, kinds.UsernameInitialFamily, kinds.UsernameGivenFamily)
	within("temporary_password_hours", p.TemporaryPasswordHours, 1, 72)
	within("activation_hours", p.ActivationHours, 1, 72)
	within("invitation_days", p.InvitationDays, 1, 60)
	within("remember_days", p.RememberDays, 0, 30)
	if p.FirstAccess == kinds.FirstPassword && !p.ManagerSetsPassword {
		wrong = append(wrong, fault.Invalid("first_access", "tenants.password_not_by_manager"))
	}
	if p.FirstAccess != kinds.FirstPassword && !p.EmailRequired {
		wrong = append(wrong, fault.Invalid("email_required", "tenants.access_goes_by_mail"))
	}
	return wrong.Err()
}

// maxName and maxSupport bound what people type, in characters.
const (
	maxName    = 120
	maxSupport = 254
)

// ParseName reads the name of a place.
func ParseName(typed string) (string, error) {
	name := strings.Join(strings.Fields(typed), " ")
	if name == "" {
		return "", fault.Invalid("name", "tenants.name_missing")
	}
	if len([]rune(name)) > maxName {
		return "", fault.Invalid("name", "tenants.name_too_long", "Most", maxName)
	}
	return name, nil
}

// ParseSupport reads where people find support: an https address, an e-mail
// (with or without mailto:), or nothing, which is the site's own.
func ParseSupport(typed string) (string, error) {
	typed = strings.TrimPrefix(strings.TrimSpace(typed), "mailto:")
	if typed == "" || len(typed) <= maxSupport && (isEmail(typed) || isHTTPS(typed)) {
		return typed, nil
	}
	return "", fault.Invalid("support", "tenants.bad_support")
}

func isEmail(s string) bool {
	address, err := mail.ParseAddress(s)
	return err == nil && address.Address == s && !strings.ContainsAny(s, `"?&%`)
}

func isHTTPS(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil
}

func checkLocale(locale string) error {
	if _, ok := i18n.Parse(locale); !ok {
		return fault.Invalid("locale", "tenants.not_a_choice")
	}
	return nil
}

// checkTimeZone accepts IANA names; "Local" would be each machine's own.
func checkTimeZone(name string) error {
	if _, err := time.LoadLocation(name); err != nil || name == "" || name == "Local" {
		return fault.Invalid("time_zone", "tenants.bad_time_zone")
	}
	return nil
}
