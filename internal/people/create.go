package people

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/roles"
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
