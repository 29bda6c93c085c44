package people

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/tenants"
	"habilis/internal/tenants/kinds"
)

// The second factors that a manager may set for a person.
const (
	FactorOff   = "off" // what the place and the roles ask, and no more
	FactorEmail = "email"
	FactorSMS   = "sms"
	FactorApp   = "app" // an authenticator app, or a passkey: the person sets it up
)

// Factors are all of them; SMS only where the site can send texts.
func (s *Service) Factors() []string {
	if s.texts {
		return []string{FactorOff, FactorEmail, FactorSMS, FactorApp}
	}
	return []string{FactorOff, FactorEmail, FactorApp}
}

// WithTexts offers codes by SMS, to the numbers that texts reach; nil for all.
func (s *Service) WithTexts(reaches func(number string) bool) *Service {
	s.texts, s.reaches = true, reaches
	return s
}

// Double is what is set of a person's second factor.
type Double struct {
	Asked       access.Factor // of the person
	Methods     []string      // that the account has, by the names of the database
	Mobile      string        // E.164; "" when there is none, or the account is not in this place alone
	Ours        bool          // the account is in this place alone
	EmailCounts bool          // its mailbox proves something more than its password
}

const readDouble = `
select r.factor_asked, coalesce(f.methods, '{}'), coalesce(f.mobile, ''), coalesce(f.ours, false), coalesce(f.email_counts, false)
  from resource r left join lateral (select * from identity.factor_here(r.account_id)) f on true
 where r.id = @id`

func (d *Double) scan(row pgx.Row) error {
	var asked string
	err := row.Scan(&asked, &d.Methods, &d.Mobile, &d.Ours, &d.EmailCounts)
	d.Asked = access.FactorNamed(asked)
	return err
}

// Set is which of the factors is set.
func (d *Double) Set() string {
	switch {
	case d.Asked == access.NoFactor:
		return FactorOff
	case d.Asked == access.StrongFactor:
		return FactorApp
	case slices.Contains(d.Methods, FactorSMS):
		return FactorSMS
	}
	return FactorEmail
}

// asks is how much a setting asks of the person.
func asks(set string) access.Factor {
	switch set {
	case FactorEmail, FactorSMS:
		return access.AnyFactor
	case FactorApp:
		return access.StrongFactor
	}
	return access.NoFactor
}

// factorForm is a second factor as typed: one of the constants above, "" to leave
// it as it is, and a mobile for SMS.
type factorForm struct{ set, mobile string }

// factorChange is a second factor to set, once sound.
type factorChange struct {
	set     string
	mobile  string // E.164
	reaches bool   // into the account, by a message that it has or is to have
}

// parseFactor judges a second factor for who has, or is about to have, an address
// or none; nil is no change.
func (s *Service) parseFactor(v *access.Visit, f factorForm, present *Double, hasEmail bool, wrong *fault.Faults) *factorChange {
	if f.set == "" {
		return nil
	}
	if f.set != present.Set() && !slices.Contains(s.Factors(), f.set) {
		*wrong = append(*wrong, fault.Invalid("factor", "people.not_a_choice"))
		return nil
	}
	was := present.Set()
	c := &factorChange{set: f.set, reaches: bySending(f.set) || bySending(was)}
	if !present.Ours && f.set == was && (f.set != FactorSMS || f.mobile == "") { // where codes go is not read here, and stays
		return nil
	}
	if !present.Ours && c.reaches {
		*wrong = append(*wrong, fault.Conflict("people.factor_shared").On("factor"))
		return c
	}
	if f.set == FactorSMS {
		c.mobile = s.parseMobile(f.mobile, regionOf(v.Tenant.Locale), present.Mobile, wrong)
	}
	if f.set == FactorEmail && !hasEmail {
		*wrong = append(*wrong, fault.Invalid("email", "people.factor_email"))
	}
	if c.set == was && (c.set != FactorSMS || c.mobile == present.Mobile) {
		return nil
	}
	if c.set == FactorEmail && hasEmail && !present.EmailCounts {
		*wrong = append(*wrong, fault.Invalid("factor", "people.factor_mailbox"))
	}
	return c
}

// bySending reports whether a second factor is a code that is sent.
func bySending(set string) bool { return set == FactorEmail || set == FactorSMS }

// parseMobile is ParseMobile among the fields of a form. A number that texts don't
// reach may stay, but not be set.
func (s *Service) parseMobile(typed, region, present string, wrong *fault.Faults) string {
	number, err := mobileOf(typed, region)
	if faults, _ := fault.As(err); len(faults) > 0 {
		*wrong = append(*wrong, faults...)
		return ""
	}
	if s.reaches != nil && number != present && !s.reaches(number) {
		*wrong = append(*wrong, fault.Invalid("mobile", "people.text_unreached"))
	}
	return number
}

// ParseMobile reads a number that texts can be sent to, as people of the locale
// write it, into E.164.
func ParseMobile(typed string, locale i18n.Locale) (string, error) {
	return mobileOf(typed, regionOf(string(locale)))
}

func mobileOf(typed, region string) (string, error) {
	number, err := ParsePhone(typed, region)
	faults, _ := fault.As(err)
	switch {
	case len(faults) > 0:
		return "", faults[0].On("mobile")
	case number == (Phone{}):
		return "", fault.Invalid("mobile", "people.factor_mobile")
	case number.extension != "":
		return "", fault.Invalid("mobile", "people.factor_extension")
	}
	return number.number, nil
}

// newDouble is the second factor of who is about to be added. A mailbox that the
// first password comes to is no second factor beside it.
func newDouble(p tenants.Policies) *Double {
	return &Double{Ours: true, EmailCounts: p.FirstAccess == kinds.FirstPassword}
}

func doubleOf(ctx context.Context, v *access.Visit, id uuid.UUID) (*Double, error) {
	d := &Double{}
	if err := d.scan(v.QueryRow(ctx, readDouble, pgx.StrictNamedArgs{"id": id})); err != nil {
		return nil, fmt.Errorf("reading a second factor: %w", err)
	}
	return d, nil
}

const (
	askFactor = `update resource set factor_asked = @asked where id = @id`
	setFactor = `select identity.factor_set_here(@account, @kind, @mobile, @now)`

	// Whether the password has to be replaced, since what it did beside is gone.
	readOutgrown = `select outgrown from identity.password_stands($1)`
)

// setFactor writes a second factor, and tells the person at all their addresses.
func (s *Service) setFactor(ctx context.Context, v *access.Visit, p found, c *factorChange) error {
	if err := s.askOnly(ctx, v, p, c); err != nil {
		return err
	}
	all, err := ToldAt(ctx, v, p.AccountID)
	if err != nil {
		return err
	}
	about := map[string]string{"by": actorName(v), "factor": c.set}
	var outgrown bool
	if err := v.QueryRow(ctx, readOutgrown, p.AccountID).Scan(&outgrown); err != nil {
		return fmt.Errorf("reading what a password stands beside: %w", err)
	}
	if outgrown {
		about["choose"] = "yes"
	}
	letters := make([]mail.Letter, len(all))
	for i, one := range all {
		letters[i] = mail.Letter{Template: mail.FactorSet, Resource: p.ID, Recipient: AddressOf(one.Address), Locale: one.Locale, Params: about}
	}
	return s.post.SendAll(ctx, v, letters)
}

// askOnly is setFactor without a word: who is being added is written to anyway.
func (s *Service) askOnly(ctx context.Context, v *access.Visit, p found, c *factorChange) error {
	if _, err := v.Exec(ctx, askFactor, pgx.StrictNamedArgs{"id": p.ID, "asked": asks(c.set).String()}); err != nil {
		return fmt.Errorf("asking for a second factor: %w", err)
	}
	if !c.reaches {
		return nil
	}
	kind := c.set
	if kind != FactorEmail && kind != FactorSMS {
		kind = ""
	}
	var done bool
	err := v.QueryRow(ctx, setFactor, pgx.StrictNamedArgs{"account": p.AccountID, "kind": kind, "mobile": c.mobile, "now": v.Now}).Scan(&done)
	if err != nil {
		return fmt.Errorf("setting a second factor: %w", err)
	}
	if !done {
		return fault.Conflict("people.factor_shared").On("factor")
	}
	return nil
}
