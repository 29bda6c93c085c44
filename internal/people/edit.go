package people

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/tenants/kinds"
)

// EditPage is the window in which a person is corrected.
type EditPage struct {
	*access.Standing
	Person  *Person
	Double  Double
	Flags   []kinds.Flag
	Locales []i18n.Locale // nil once the person has come in: the language is theirs to choose
}

// EditForm reads the window in which a person is corrected.
func (s *Service) EditForm(ctx context.Context, a access.Actor, id uuid.UUID) (*EditPage, error) {
	var row personRow
	var double Double
	standing, err := s.door.Read(ctx, a, NeedEdit, func(r *access.Reading) {
		askPerson(r, id, &row)
		r.Query(readDouble, pgx.StrictNamedArgs{"id": id}, func(rows pgx.Rows) error {
			_, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) { return struct{}{}, double.scan(row) })
			return err
		})
	})
	if err != nil {
		return &EditPage{Standing: standing}, err
	}
	kind, _ := s.kinds.Kind(standing.Tenant.Kind)
	page := &EditPage{Standing: standing, Person: row.person(), Double: double, Flags: kind.Flags}
	if !page.Person.Activated {
		page.Locales = i18n.Locales()
	}
	return page, nil
}

// Correction is what a place may change of one of its people, as typed. Faults
// stand beside the fields of the same names as those of a [Newcomer].
type Correction struct {
	Family, Given string
	Email         string // "" leaves an account without one, or one that is no longer ours
	Phone         string
	Function      string
	Flags         []string
	Locale        string // heard only until the person first comes in
	Factor        string // one of the constants of factor.go; "" leaves it as it is
	Mobile        string // for codes by SMS
	Version       int    // what the form was filled from
}

// written is a person as the place wrote them, for the journal.
type written struct {
	Family, Given string
	Email         string
	Phone         string
	Function      string
	Flags         []string
}

func (w written) facts() map[string]any {
	return map[string]any{"family": w.Family, "given": w.Given, "email": w.Email, "phone": w.Phone, "function": w.Function,
		"flags": strings.Join(w.Flags, " ")}
}

const (
	readWritten = `select family, given, email, phone, function, flags from resource where id = @id`

	updateResource = `
update resource set family = @family, given = @given, email = @email, phone = @phone, function = @function, flags = @flags, search = @search,
       version = version + 1
 where id = @id`

	// Does nothing once the person has come in: the account is theirs.
	correctAccount = `select identity.account_correct(@account, @family, @given, @phone, @locale)`
)

// Edit corrects what the place wrote of a person. One who began from an older
// version gets a conflict, and nothing is overwritten. It returns the address to
// which a temporary password leaves because it is new, else "".
func (s *Service) Edit(ctx context.Context, a access.Actor, id uuid.UUID, c Correction) (to string, err error) {
	var told error // although what was noted of it commits
	err = s.door.Enter(ctx, a, NeedEdit, func(v *access.Visit) error {
		p, err := s.touch(ctx, v, id, c.Version)
		if err != nil {
			return err
		}
		known, err := accountHere(ctx, v, p.AccountID)
		if err != nil {
			return err
		}
		if known.Activated || c.Locale == "" {
			c.Locale = string(known.Locale)
		}
		var wrong fault.Faults
		sound := s.parseProfile(v, profileForm{c.Family, c.Given, c.Phone, c.Function, c.Locale, c.Flags}, &wrong)
		email, err := newAddress(ctx, v, p, known, c.Email, &wrong)
		if err != nil {
			return err
		}
		double, err := doubleOf(ctx, v, id)
		if err != nil {
			return err
		}
		factor := s.parseFactor(v, factorForm{c.Factor, c.Mobile}, double, p.Email != "" && (c.Email != "" || !known.EmailOurs) || email != (Email{}), &wrong)
		if factor != nil && id == v.Resource.ID {
			wrong = append(wrong, fault.Conflict("people.factor_own").On("factor"))
		}
		switch {
		case has(wrong, "people.email_in_use"):
			told = wrong
			return noteInUse(ctx, v, email)
		case len(wrong) > 0:
			return wrong
		}
		if factor != nil && factor.reaches && known.Activated { // whose texts they are may be whose account it is
			if err := v.Prove(); err != nil {
				return err
			}
		}
		to = email.String()
		return s.correct(ctx, v, p, known, corrected{sound, email, double, factor})
	})
	if err == nil {
		err = told
	}
	if err != nil {
		return "", err
	}
	return to, nil
}

// touch finds someone whom the actor may act on: nobody above them, nobody
// archived, and as they were when the form was filled.
func (s *Service) touch(ctx context.Context, v *access.Visit, id uuid.UUID, version int) (found, error) {
	p, err := find(ctx, v, id)
	if err != nil {
		return p, err
	}
	if err := s.roles.MayActOn(ctx, v, id); err != nil {
		return p, err
	}
	switch {
	case p.Version != version:
		return p, errStale()
	case p.State == Archived:
		return p, fault.Conflict("people.archived")
	}
	return p, nil
}

// corrected is a correction, once sound.
type corrected struct {
	profile
	email   Email // the zero one when it stays
	present *Double
	factor  *factorChange // nil when it stays
}

// correct writes what differs.
func (s *Service) correct(ctx context.Context, v *access.Visit, p found, known account, c corrected) error {
	sound, email := c.profile, c.email
	rows, err := v.Query(ctx, readWritten, pgx.StrictNamedArgs{"id": p.ID})
	if err != nil {
		return fmt.Errorf("reading a person: %w", err)
	}
	old, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[written])
	if err != nil {
		return fmt.Errorf("reading a person: %w", err)
	}
	if email != (Email{}) {
		p.Email = email.String()
	}
	fresh := written{sound.family, sound.given, p.Email, sound.phone.String(), sound.function, sound.flags}
	before, after := old.facts(), fresh.facts()
	before["locale"], after["locale"] = known.Locale, sound.locale
	if c.factor != nil {
		before["factor"], after["factor"] = c.present.Set(), c.factor.set
		if c.factor.set == FactorSMS {
			before["mobile"], after["mobile"] = c.present.Mobile, c.factor.mobile
		}
	}
	maps.DeleteFunc(before, func(key string, value any) bool { return after[key] == value })
	maps.DeleteFunc(after, func(key string, _ any) bool { _, changed := before[key]; return !changed })
	if len(after) == 0 {
		v.Unchanged()
		return nil
	}
	if err := p.rewrite(ctx, v, fresh); err != nil {
		return err
	}
	if email != (Email{}) {
		if err := s.readdress(ctx, v, p, email, sound.locale); err != nil {
			return err
		}
	}
	_, err = v.Exec(ctx, correctAccount, pgx.StrictNamedArgs{
		"account": p.AccountID, "family": fresh.Family, "given": fresh.Given, "phone": fresh.Phone, "locale": string(sound.locale)})
	if err != nil {
		return fmt.Errorf("correcting an account: %w", err)
	}
	if c.factor != nil {
		if err := s.setFactor(ctx, v, p, c.factor); err != nil {
			return err
		}
	}
	v.Record(access.Entry{TargetKind: "resource", Target: p.ID, Label: fresh.Given + " " + fresh.Family, Before: before, After: after})
	if email != (Email{}) { // its owner gets a temporary password, from which they learn as much
		return nil
	}
	return s.tellUpdated(ctx, v, p, sound.locale, fresh, after)
}

// telling bounds how often someone is written to of what changes on their sheet.
func telling(p found) access.Limit {
	return access.Limit{Key: "updated:" + p.ID.String(), Free: 20, Base: 60, Most: 3600}
}

// tellUpdated writes to the person what was changed, and by whom. One who is
// written to very often is told no more for a while; nothing is held up by that.
func (s *Service) tellUpdated(ctx context.Context, v *access.Visit, p found, locale i18n.Locale, fresh written, changed map[string]any) error {
	lines := s.changedLines(v, locale, fresh, changed)
	if lines == "" || p.Email == "" || v.Resource != nil && v.Resource.ID == p.ID { // a second factor has a letter of its own
		return nil
	}
	if ok, err := v.Spend(ctx, telling(p)); err != nil || !ok {
		return err
	}
	_, err := s.post.Send(ctx, v, mail.Letter{
		Template: mail.AccountUpdated, Resource: p.ID, Recipient: AddressOf(p.Email), Locale: locale,
		Params: map[string]string{"by": actorName(v), "changed": lines}})
	return err
}

// changedLines are the fields that changed and what they say now, each on a line.
func (s *Service) changedLines(v *access.Visit, locale i18n.Locale, fresh written, changed map[string]any) string {
	say := s.kinds.Printer(v.Tenant.Kind, locale)
	phone := Person{Phone: fresh.Phone}
	var lines []string
	line := func(field, label, value string) {
		if _, ok := changed[field]; ok {
			lines = append(lines, say.T("people.changed", "Field", label, "Value", cmp.Or(value, say.T("people.changed.nothing"))))
		}
	}
	line("family", say.T("page.person.family"), fresh.Family)
	line("given", say.T("page.person.given"), fresh.Given)
	line("phone", say.T("page.person.phone"), phone.PhoneIn(v.Tenant.Locale))
	line("function", say.T("page.person.function"), fresh.Function)
	line("locale", say.T("page.person.language"), locale.Name())
	kind, _ := s.kinds.Kind(v.Tenant.Kind)
	for _, flag := range kind.Flags {
		answer := say.T("page.no")
		if slices.Contains(fresh.Flags, flag.Key) {
			answer = say.T("page.yes")
		}
		line("flags", say.Regional(flag.Name.In(string(locale))), answer)
	}
	return strings.Join(lines, "\n")
}

// rewrite writes the person in the place, before their account is written to:
// that is the order of locks.
func (p found) rewrite(ctx context.Context, v *access.Visit, fresh written) error {
	_, err := v.Exec(ctx, updateResource, pgx.StrictNamedArgs{
		"id": p.ID, "family": fresh.Family, "given": fresh.Given, "email": fresh.Email, "phone": fresh.Phone, "function": fresh.Function,
		"flags": append([]string{}, fresh.Flags...), "search": searchOf(fresh.Family, fresh.Given, p.Username, p.Email)})
	if err != nil {
		return fmt.Errorf("correcting a person: %w", err)
	}
	return nil
}
