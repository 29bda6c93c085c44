package people

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/roles"
	"habilis/internal/tenants"
	"habilis/internal/tenants/kinds"
)

// Newcomer is a person to add, as typed. Faults stand beside the fields family,
// given, email, username, phone, function, locale, flags, role, until, hands,
// password and named_person; those of one cell beside cell.<area>.view or cell.<area>.edit.
type Newcomer struct {
	Family, Given string
	Email         string // "" where the place doesn't ask for one
	Username      string // "" takes the proposed one
	Phone         string
	Function      string
	Locale        string // "" is the place's
	Flags         []string
	Roles         []uuid.UUID // none is the place's default role
	Until         time.Time   // when those of the roles that end by themselves do; zero is as late as each may
	Hands         roles.Hands
	Factor        string       // one of the constants of factor.go; "" is off
	Mobile        string       // for codes by SMS
	PasswordHash  string       // of a password that a manager chose for them, judged by the room help; "" where none is
	Wrong         fault.Faults // what is wrong with that password
	NamedPerson   bool         // a name that looks like a desk's was confirmed to be a person's
	Submission    uuid.UUID    // the same for a form that is sent twice
}

// profile is what a place writes of a person, once sound.
type profile struct {
	family, given string
	phone         Phone
	function      string
	flags         []string
	locale        i18n.Locale
}

// candidate is a person to add, once sound.
type candidate struct {
	profile
	email    Email
	username Username
	hash     string // of a password set by hand
	rights   roles.Change
	factor   *factorChange // nil: none is set
}

// Create adds a person who has no account yet, and sends them a temporary
// password; where the place lets people in by activation it sends nothing, until
// someone asks for it with [Service.Resend]. Everything that is wrong is said at once. It returns the resource; a
// form that is sent twice counts once.
func (s *Service) Create(ctx context.Context, a access.Actor, n Newcomer) (id uuid.UUID, err error) {
	var told error // although what was noted of it commits
	err = s.door.Enter(ctx, a, NeedCreate, func(v *access.Visit) error {
		before, again, err := earlier(ctx, v, n.Submission)
		if again || err != nil {
			id = before
			v.Unchanged()
			return err
		}
		c, wrong, err := s.examine(ctx, v, n)
		switch {
		case err != nil:
			return err
		case has(wrong, "people.email_in_use"):
			told = wrong
			return noteInUse(ctx, v, c.email)
		case len(wrong) > 0:
			return wrong
		}
		if err := notTooMany(ctx, v); err != nil {
			return err
		}
		id = access.NewID()
		if _, _, err := v.Once(ctx, n.Submission, id.String()); err != nil {
			return err
		}
		return s.add(ctx, v, id, c)
	})
	if err == nil {
		err = told
	}
	if err != nil {
		return uuid.Nil, err
	}
	return id, nil
}

// notTooMany bounds how many strangers one manager can have written to by adding
// them: three hundred an hour, more than anyone types.
func notTooMany(ctx context.Context, v *access.Visit) error {
	ok, err := v.Spend(ctx, access.Limit{Key: "create_by:" + v.Actor.Account().String(), Free: 300, Base: 60, Most: 3600})
	if err == nil && !ok {
		return fault.Busy("people.create_busy")
	}
	return err
}

func has(wrong fault.Faults, key string) bool {
	return slices.ContainsFunc(wrong, func(f *fault.Fault) bool { return f.Key == key })
}

// examine finds all that is wrong before anything is touched.
func (s *Service) examine(ctx context.Context, v *access.Visit, n Newcomer) (c candidate, wrong fault.Faults, err error) {
	policies, err := policiesOf(ctx, v)
	if err != nil {
		return c, nil, err
	}
	wrong = append(wrong, n.Wrong...)
	if err := checkByHand(policies, n, &wrong); err != nil {
		return c, nil, err
	}
	c.rights, c.hash = roles.Change{Give: n.Roles, Until: n.Until, Hands: n.Hands}, n.PasswordHash
	c.profile = s.parseProfile(v, profileForm{n.Family, n.Given, n.Phone, n.Function, n.Locale, n.Flags}, &wrong)
	if n.Email != "" || policies.EmailRequired {
		c.email, err = ParseEmail(n.Email)
		_ = wrong.Add(err)
	}
	c.factor = s.parseFactor(v, factorForm{n.Factor, n.Mobile}, newDouble(policies), n.Email != "", &wrong)
	_, refused := s.roles.MayGive(ctx, v, c.rights)
	err = errors.Join(
		s.checkUsername(ctx, v, n, styleOf(policies), &c, &wrong),
		checkEmail(ctx, v, c.email, &wrong),
		on("role", refused, &wrong))
	if !n.NamedPerson && (GenericName(c.username.String()) || GenericName(c.given+" "+c.family)) {
		wrong = append(wrong, fault.Invalid("named_person", "people.generic_name"))
	}
	return c, wrong, err
}

// checkByHand asks for a password where the place's people get their first access
// so, and refuses one where its managers set none.
func checkByHand(policies tenants.Policies, n Newcomer, wrong *fault.Faults) error {
	switch {
	case n.PasswordHash != "" && !policies.ManagerSetsPassword:
		return fault.Conflict("help.no_passwords")
	case n.PasswordHash == "" && len(n.Wrong) == 0 && policies.FirstAccess == kinds.FirstPassword:
		*wrong = append(*wrong, fault.Invalid("password", "people.password_missing"))
	}
	return nil
}

// on adds the faults in err, those that stand nowhere beside a field, and returns
// what is no fault.
func on(field string, err error, wrong *fault.Faults) error {
	faults, ok := fault.As(err)
	if !ok {
		return err
	}
	for _, f := range faults {
		if f.Field == "" {
			f.On(field)
		}
		*wrong = append(*wrong, f)
	}
	return nil
}

// profileForm is a profile as typed.
type profileForm struct {
	family, given, phone, function, locale string
	flags                                  []string
}

func (s *Service) parseProfile(v *access.Visit, f profileForm, wrong *fault.Faults) (p profile) {
	var faults [4]error
	p.family, faults[0] = ParsePersonName("family", f.family)
	p.given, faults[1] = ParsePersonName("given", f.given)
	p.phone, faults[2] = ParsePhone(f.phone, regionOf(v.Tenant.Locale))
	p.function, faults[3] = parseFunction(f.function)
	for _, err := range faults {
		_ = wrong.Add(err)
	}
	if f.locale == "" {
		f.locale = v.Tenant.Locale
	}
	locale, ok := i18n.Parse(f.locale)
	if !ok {
		*wrong = append(*wrong, fault.Invalid("locale", "people.not_a_choice"))
	}
	p.locale = locale
	kind, _ := s.kinds.Kind(v.Tenant.Kind)
	for _, flag := range kind.Flags { // in the kind's order, each once
		if slices.Contains(f.flags, flag.Key) {
			p.flags = append(p.flags, flag.Key)
		}
	}
	unknown := func(key string) bool {
		return !slices.ContainsFunc(kind.Flags, func(known kinds.Flag) bool { return known.Key == key })
	}
	if slices.ContainsFunc(f.flags, unknown) {
		*wrong = append(*wrong, fault.Invalid("flags", "people.not_a_choice"))
	}
	return p
}

// maxFunction is the longest function, in characters.
const maxFunction = 100

// parseFunction reads what a person does in the place; it may be empty.
func parseFunction(s string) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > maxFunction {
		return "", fault.Invalid("function", "people.function_long", "Max", maxFunction)
	}
	return s, nil
}

// checkUsername refuses one that could be taken for another's, and proposes a
// free one; it fills in one that was left empty.
func (s *Service) checkUsername(ctx context.Context, v *access.Visit, n Newcomer, make style, c *candidate, wrong *fault.Faults) (err error) {
	if n.Username == "" {
		if c.family == "" || c.given == "" {
			return nil // there is no name yet to make one of
		}
		if n.Username, err = propose(ctx, v, make, c.given, c.family); err != nil {
			return err
		}
	}
	c.username, err = ParseUsername(n.Username)
	if err != nil {
		return wrong.Add(err)
	}
	taken, err := takenAmong(ctx, v, []string{c.username.Key()})
	if err != nil || len(taken) == 0 {
		return err
	}
	proposal, err := propose(ctx, v, make, c.given, c.family)
	*wrong = append(*wrong, errUsernameTaken(proposal).On("username"))
	return err
}

func errUsernameTaken(proposal string) *fault.Fault {
	if proposal == "" {
		return fault.Conflict("people.username_taken")
	}
	return fault.Conflict("people.username_taken_try", "Proposal", proposal)
}

// probing bounds how often one manager can learn that an address has an account
// somewhere: thirty times an hour, then more and more slowly.
func probing(v *access.Visit) access.Limit {
	return access.Limit{Key: "email_in_use:" + v.Actor.Account().String(), Free: 30, Base: 60, Most: 3600}
}

// checkEmail refuses an address that has an account. Of someone of this place it
// says who; otherwise that it is in use, and nothing more.
func checkEmail(ctx context.Context, v *access.Visit, email Email, wrong *fault.Faults) error {
	if email == (Email{}) {
		return nil
	}
	refused, err := memberWith(ctx, v, email)
	if err != nil {
		return err
	}
	if refused != nil {
		*wrong = append(*wrong, refused.On("email"))
		return nil
	}
	ok, err := v.Within(ctx, probing(v))
	if err != nil {
		return err
	}
	if !ok {
		*wrong = append(*wrong, fault.Busy("people.email_busy").On("email"))
		return nil
	}
	var taken bool
	if err := v.QueryRow(ctx, `select identity.email_taken($1)`, email.Key()).Scan(&taken); err != nil {
		return fmt.Errorf("looking up an address: %w", err)
	}
	if taken {
		*wrong = append(*wrong, fault.Conflict("people.email_in_use").On("email"))
	}
	return nil
}

// memberWith is the refusal of an address that someone of this place has; its
// argument Resource says who. It is nil for any other address.
func memberWith(ctx context.Context, v *access.Visit, email Email) (*fault.Fault, error) {
	var id *uuid.UUID
	var state *State
	err := v.QueryRow(ctx, `
select r.id, r.state from (select identity.member_by_email($1) id) m left join resource r on r.id = m.id`, email.Key()).Scan(&id, &state)
	if err != nil {
		return nil, fmt.Errorf("looking for a person by address: %w", err)
	}
	if id == nil {
		return nil, nil
	}
	refused := fault.Conflict("people.already_here")
	if *state == Archived {
		refused = fault.Conflict("people.archived_here")
	}
	refused.Args = map[string]any{"Resource": *id}
	return refused, nil
}

// noteInUse counts and records that the actor learned that an address is in use.
func noteInUse(ctx context.Context, v *access.Visit, email Email) error {
	v.Record(access.Entry{Act: "people.email_in_use", TargetKind: "email", Label: email.String()})
	_, err := v.Spend(ctx, probing(v))
	return err
}

const (
	createAccount = `
select identity.account_create(@account, @username, @username_key, @email, @email_key, @family, @given, @phone, @locale, @now)`

	insertResource = `
insert into resource (tenant_id, id, account_id, family, given, username, email, phone, function, flags, state, search, created_at, created_by)
values (@tenant, @id, @account, @family, @given, @username, @email, @phone, @function, @flags, @state, @search, @now, @by)`

	insertPresence = `insert into presence (tenant_id, resource_id, second_factor) values (@tenant, @id, @second_factor)`
	addMembership  = `select identity.membership_add(@account, @tenant, @id)`
)

// add writes the person, gives the role and what is set by hand, and sends a
// temporary password where that is how they come in.
func (s *Service) add(ctx context.Context, v *access.Visit, id uuid.UUID, c candidate) error {
	account := access.NewID()
	var b pgx.Batch
	b.Queue(createAccount, pgx.StrictNamedArgs{
		"account": account, "username": c.username.String(), "username_key": c.username.Key(), "email": c.email.String(), "email_key": c.email.Key(),
		"family": c.family, "given": c.given, "phone": c.phone.String(), "locale": string(c.locale), "now": v.Now})
	Member{ID: id, Account: account, Family: c.family, Given: c.given, Username: c.username.String(), Email: c.email.String(),
		Phone: c.phone.String(), Function: c.function, Flags: c.flags, State: Pending, By: &v.Resource.ID}.Queue(&b, v)
	if err := v.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("adding a person: %w", refusedTwin(err))
	}
	given, err := s.roles.Give(ctx, v, id, c.rights)
	if err != nil {
		return err
	}
	facts := map[string]any{"username": c.username.String(), "email": c.email.String()}
	person := found{ID: id, AccountID: account, Username: c.username.String(), Email: c.email.String()}
	if c.factor != nil {
		facts["factor"] = c.factor.set
		if err := s.askOnly(ctx, v, person, c.factor); err != nil {
			return err
		}
	}
	v.Record(access.Entry{TargetKind: "resource", Target: id, Label: c.given + " " + c.family, After: given.Facts(v.Tenant.Locale, facts)})
	if c.hash != "" {
		return s.letIn(ctx, v, person, c)
	}
	if v.Tenant.FirstAccess == kinds.FirstActivation {
		return nil
	}
	return s.sendFirst(ctx, v, person, c.locale)
}

// letIn sets the password that a manager chose for someone new, and tells them so
// if they have an address.
func (s *Service) letIn(ctx context.Context, v *access.Visit, p found, c candidate) error {
	var done bool
	if err := v.QueryRow(ctx, `select identity.password_by_hand($1, $2, $3)`, p.AccountID, c.hash, v.Now).Scan(&done); err != nil || !done {
		return fmt.Errorf("setting the password of someone new (%t): %w", done, err)
	}
	if p.Email == "" {
		return nil
	}
	_, err := s.post.Send(ctx, v, mail.Letter{Template: mail.PasswordByHand, Resource: p.ID, Recipient: addressOf(p.Email), Locale: c.locale,
		Params: map[string]string{"username": p.Username, "by": actorName(v)}})
	return err
}

// Member is someone about to be of a place.
type Member struct {
	ID, Account                    uuid.UUID
	Family, Given, Username, Email string
	Phone, Function                string
	Flags                          []string
	State                          State
	SecondFactor                   string     // "app" for who has one already
	By                             *uuid.UUID // resource; nil for the console
}

// Queue writes the person into the place; their account is there already.
func (m Member) Queue(b *pgx.Batch, v *access.Visit) {
	if m.Flags == nil {
		m.Flags = []string{}
	}
	b.Queue(insertResource, pgx.StrictNamedArgs{
		"tenant": v.Actor.Tenant(), "id": m.ID, "account": m.Account, "family": m.Family, "given": m.Given, "username": m.Username,
		"email": m.Email, "phone": m.Phone, "function": m.Function, "flags": m.Flags, "state": string(m.State),
		"search": searchOf(m.Family, m.Given, m.Username, m.Email), "now": v.Now, "by": m.By})
	b.Queue(insertPresence, pgx.StrictNamedArgs{"tenant": v.Actor.Tenant(), "id": m.ID, "second_factor": m.SecondFactor})
	b.Queue(addMembership, pgx.StrictNamedArgs{"account": m.Account, "tenant": v.Actor.Tenant(), "id": m.ID})
}

// searchOf is what the list looks into. All that writes names, user names or
// addresses of a resource writes it too.
func searchOf(family, given, username, email string) string {
	return SearchKey(family, given, username, email)
}

// refusedTwin turns the refusal of an account made at the same time elsewhere
// into the fault that looking first would have found.
func refusedTwin(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	switch pg.ConstraintName {
	case "account_username_taken":
		return errUsernameTaken("").On("username")
	case "account_email_taken":
		return fault.Conflict("people.email_in_use").On("email")
	}
	return err
}

// sendFirst sends what lets someone in for the first time, as the place has it, to
// who has an address: its secret is minted when it leaves.
func (s *Service) sendFirst(ctx context.Context, v *access.Visit, p found, locale i18n.Locale) error {
	if p.Email == "" {
		return nil
	}
	_, err := s.post.Send(ctx, v, mail.Letter{
		Template: mail.FirstAccess(v.Tenant.FirstAccess), Resource: p.ID, Account: p.AccountID, Recipient: addressOf(p.Email), Locale: locale,
		Params: map[string]string{"username": p.Username, "by": actorName(v)}})
	return err
}

// addressOf is what a mail server is told of an address as people read it.
func addressOf(readable string) string {
	if email, err := ParseEmail(readable); err == nil {
		return email.Address()
	}
	return readable
}
