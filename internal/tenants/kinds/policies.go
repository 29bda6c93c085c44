package kinds

import (
	"time"
	_ "time/tzdata" // a time zone is right or wrong alike on every machine
)

// Policies are what a new place of the kind starts with; it may change them all.
type Policies struct {
	// SecondFactor says of whom a second factor is demanded: "none" (whoever wants
	// one), "roles" (as each role says) or "everyone".
	SecondFactor string `toml:"second_factor"`
	// FirstAccess says how a new person comes in: "temporary_password" (mailed at
	// once), "activation" (a link, mailed when someone sends it) or "password" (set
	// by the manager, changed at the first sign-in).
	FirstAccess string `toml:"first_access"`
	// ManagerSetsPassword lets a manager set a person's password by hand.
	ManagerSetsPassword bool `toml:"manager_sets_password"`
	// EmailRequired demands an address of a new person.
	EmailRequired bool `toml:"email_required"`
	// UsernameStyle is how a user name is proposed: "initial_family" (EGagnon) or
	// "given_family" (Elise.Gagnon).
	UsernameStyle string `toml:"username_style"`

	TemporaryPasswordHours int `toml:"temporary_password_hours"` // 1 to 72
	ActivationHours        int `toml:"activation_hours"`         // 1 to 72
	InvitationDays         int `toml:"invitation_days"`          // 1 to 60
	RememberDays           int `toml:"remember_days"`            // that a device's word is taken for a second factor: 0 (never) to 30

	Locale         string `toml:"locale"`          // "fr-CA", "fr-FR" or "en-CA"
	TimeZone       string `toml:"time_zone"`       // IANA name
	SupportAddress string `toml:"support_address"` // web or e-mail address; "": the site's own
}

// What the policies may say.
const (
	FactorOfNone     = "none"
	FactorOfRoles    = "roles"
	FactorOfEveryone = "everyone"

	FirstTemporaryPassword = "temporary_password"
	FirstActivation        = "activation"
	FirstPassword          = "password"

	UsernameInitialFamily = "initial_family"
	UsernameGivenFamily   = "given_family"
)

func (c *checker) policies(p Policies) {
	at := path("policies")
	c.oneOf(at.key("second_factor"), p.SecondFactor, FactorOfNone, FactorOfRoles, FactorOfEveryone)
	c.oneOf(at.key("first_access"), p.FirstAccess, FirstTemporaryPassword, FirstActivation, FirstPassword)
	c.oneOf(at.key("username_style"), p.UsernameStyle, UsernameInitialFamily, UsernameGivenFamily)
	c.oneOf(at.key("locale"), p.Locale, "fr-CA", "fr-FR", "en-CA")
	c.within(at.key("temporary_password_hours"), p.TemporaryPasswordHours, 1, 72)
	c.within(at.key("activation_hours"), p.ActivationHours, 1, 72)
	c.within(at.key("invitation_days"), p.InvitationDays, 1, 60)
	c.within(at.key("remember_days"), p.RememberDays, 0, 30)
	if p.FirstAccess == FirstPassword && !p.ManagerSetsPassword {
		c.wrong(at.key("first_access"), `policies: "first_access" is "password", but "manager_sets_password" is off`)
	}
	if p.FirstAccess != FirstPassword && !p.EmailRequired {
		c.wrong(at.key("email_required"), `policies: "first_access" is %q, which goes by mail, but "email_required" is off`, p.FirstAccess)
	}
	if _, err := time.LoadLocation(p.TimeZone); err != nil || p.TimeZone == "" || p.TimeZone == "Local" {
		c.wrong(at.key("time_zone"), `policies: "time_zone": %q is not the IANA name of a time zone`, p.TimeZone)
	}
}
