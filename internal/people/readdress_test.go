package people_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/people"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

// arrived puts a temporary password in the mailbox of someone, as the worker does.
func arrived(t *testing.T, p *place.Place, id uuid.UUID) (password string) {
	t.Helper()
	password = access.NewID().String()
	column[any](t, `select identity.token_mint(sha256($2::text::bytea), 'temporary_password', account_id, tenant_id, $3, $3::timestamptz + interval '1 day')::text
  from resource where id = $1`, id, password, p.Clock.Now())
	return password
}

// opens reports whether a temporary password lets someone in, and is then used.
func opens(t *testing.T, p *place.Place, id uuid.UUID, password string) bool {
	t.Helper()
	return column[bool](t, `select identity.token_take(sha256($2::text::bytea), 'temporary_password', account_id, $3) from resource where id = $1`,
		id, password, p.Clock.Now())[0]
}

// accountAddress is what the account says: its address and key, and whether it is confirmed.
func accountAddress(t *testing.T, id uuid.UUID) string {
	t.Helper()
	return column[string](t, `
select coalesce(email, '-') || ' ' || coalesce(email_key, '-') || case when email_verified_at is null then '' else ' confirmed' end
  from identity.account where id = (select account_id from resource where id = $1)`, id)[0]
}

// readdressed is the person's correction to another address.
func readdressed(t *testing.T, s *people.Service, p *place.Place, id uuid.UUID, email string) people.Correction {
	t.Helper()
	c := correction(sheet(t, s, p.Pilot.Actor(), id))
	c.Email = email
	return c
}

func newEmail() string { return "Juste." + lettersOf(access.NewID()) + "@exemple.test" }

func TestAWrongAddressIsCorrectedBeforeAnyoneUsedIt(t *testing.T) {
	s, p := newPeople(t)
	n := elise()
	id := create(t, s, p.Pilot.Actor(), n)
	password, right := arrived(t, p, id), newEmail()
	c := readdressed(t, s, p, id, right)
	p.Clock.Advance(time.Minute)
	to, err := s.Edit(t.Context(), p.Pilot.Actor(), id, c)
	if err != nil || to != right {
		t.Fatalf("sent to %q, %v", to, err)
	}
	page := sheet(t, s, p.Pilot.Actor(), id)
	if got := accountAddress(t, id); page.Person.Email != right || got != right+" "+strings.ToLower(right) {
		t.Errorf("the place says %q, the account %q", page.Person.Email, got)
	}
	if opens(t, p, id, password) {
		t.Error("the old temporary password still lets in")
	}
	if len(page.Mails) != 2 || page.Mails[0].Recipient != right || page.Mails[0].State != "queued" || page.Mails[1].State != "void" {
		t.Errorf("the mails are %+v", page.Mails)
	}
	for words, want := range map[string]int{right: 1, n.Email: 0} {
		if got := list(t, s, p.Pilot.Actor(), people.Filter{Words: words}); len(got.Rows) != want {
			t.Errorf("%s finds %d", words, len(got.Rows))
		}
	}
	noted := column[string](t, `
select facts#>>'{before,email}' || ' ' || (facts#>>'{after,email}') from journal where tenant_id = $1 and act = 'people.edit'`, p.ID)
	if len(noted) != 1 || noted[0] != n.Email+" "+right {
		t.Errorf("the journal says %q", noted)
	}
	wantFault(t, edit(t, s, p.Pilot.Actor(), id, c), "people.stale")
	if to, err := s.Edit(t.Context(), p.Pilot.Actor(), id, correction(page)); err != nil || to != "" || len(letters(t, p)) != 2 {
		t.Errorf("saving the same again: sent to %q, %v, mails %q", to, err, letters(t, p))
	}
}

func TestSomeoneWithoutAnAddressIsGivenOne(t *testing.T) {
	p := place.Of(t, "alerting")
	s := peopleOf(t, p)
	if _, err := pgtest.Super(t).Exec(t.Context(), `update tenant set policies = policies || '{"email_required": false}' where tenant_id = $1`, p.ID); err != nil {
		t.Fatal(err)
	}
	n := elise()
	n.Email, n.PasswordHash = "", "hash"
	id := create(t, s, p.Pilot.Actor(), n)
	if err := edit(t, s, p.Pilot.Actor(), id, readdressed(t, s, p, id, "")); err != nil || len(letters(t, p)) != 0 {
		t.Errorf("still without: %v, mails %q", err, letters(t, p))
	}
	right := newEmail()
	if err := edit(t, s, p.Pilot.Actor(), id, readdressed(t, s, p, id, right)); err != nil {
		t.Fatal(err)
	}
	if mails := sheet(t, s, p.Pilot.Actor(), id).Mails; len(mails) != 1 || mails[0].Recipient != right {
		t.Errorf("the mails are %+v", mails)
	}
	wantFault(t, edit(t, s, p.Pilot.Actor(), id, readdressed(t, s, p, id, "")), "email: field.required")
}

func TestOtherCapitalsAreNobodyElsesAddress(t *testing.T) {
	s, p := newPeople(t)
	n := elise()
	id := create(t, s, p.Pilot.Actor(), n)
	other := strings.Replace(n.Email, "elise", "Elise", 1)
	if err := edit(t, s, p.Pilot.Actor(), id, readdressed(t, s, p, id, other)); err != nil {
		t.Fatal(err)
	}
	if got := accountAddress(t, id); got != other+" "+n.Email {
		t.Errorf("the account says %q", got)
	}
}

// Each of these makes the address someone else's to change.
func TestAnAddressThatSomeoneCountsOnIsNotCorrected(t *testing.T) {
	s, p := newPeople(t)
	for what, use := range map[string]func(id, account uuid.UUID){
		"a password was chosen": func(id, _ uuid.UUID) { signIn(t, id) },
		"its temporary password was used": func(id, _ uuid.UUID) {
			if !opens(t, p, id, arrived(t, p, id)) {
				t.Error("a temporary password doesn't open")
			}
		},
		"another place has the account": func(_, account uuid.UUID) { p.Beside(t).Join(t, place.Person{Account: account}, "booking") },
		"the account is of support's":   func(_, account uuid.UUID) { column[any](t, `select identity.operator_add($1, now())::text`, account) },
	} {
		n := elise()
		id := create(t, s, p.Pilot.Actor(), n)
		use(id, column[uuid.UUID](t, `select account_id from resource where id = $1`, id)[0])
		before, mails := accountAddress(t, id), len(letters(t, p))
		form, err := s.EditForm(t.Context(), p.Pilot.Actor(), id)
		if err != nil || form.Person.EmailOurs {
			t.Errorf("%s: the form lets it be corrected (%v)", what, err)
		}
		wantFault(t, edit(t, s, p.Pilot.Actor(), id, readdressed(t, s, p, id, newEmail())), "email: people.email_theirs")
		if got := accountAddress(t, id); got != before || len(letters(t, p)) != mails {
			t.Errorf("%s: the account says %q, mails %q", what, got, letters(t, p))
		}
		p.Write(t, func(ctx context.Context, v *access.Visit) error { // whatever the caller believes
			var done bool
			err := v.QueryRow(ctx, `select identity.email_correct(account_id, 'v@exemple.test', 'v@exemple.test', now()) from resource where id = $1`, id).Scan(&done)
			if done {
				t.Errorf("%s: the database corrects it", what)
			}
			return err
		})
		c := readdressed(t, s, p, id, sheet(t, s, p.Pilot.Actor(), id).Person.Email)
		c.Function = "Infirmière"
		if err := edit(t, s, p.Pilot.Actor(), id, c); err != nil {
			t.Errorf("%s: nothing else can be corrected: %v", what, err)
		}
	}
}

func TestNoPlaceCorrectsTheAccountOfAnother(t *testing.T) {
	s, p := newPeople(t)
	elsewhere := p.Beside(t)
	n := elise()
	id := create(t, s, elsewhere.Pilot.Actor(), n)
	wantFault(t, edit(t, s, p.Pilot.Actor(), id, people.Correction{Family: "A", Given: "B", Email: newEmail(), Version: 1}), "people.absent")
	p.Write(t, func(ctx context.Context, v *access.Visit) error {
		var done bool
		account := column[uuid.UUID](t, `select account_id from resource where id = $1`, id)[0]
		err := v.QueryRow(ctx, `select identity.email_correct($1, 'v@exemple.test', 'v@exemple.test', now())`, account).Scan(&done)
		if done {
			t.Error("the database corrects it")
		}
		return err
	})
	if got := accountAddress(t, id); got != n.Email+" "+n.Email {
		t.Errorf("the account says %q", got)
	}
}

func TestACorrectedAddressIsSoundAndFree(t *testing.T) {
	s, p := newPeople(t)
	elsewhere, here, archived := elise(), elise(), elise()
	create(t, s, p.Beside(t).Pilot.Actor(), elsewhere)
	create(t, s, p.Pilot.Actor(), here)
	gone := create(t, s, p.Pilot.Actor(), archived)
	if err := s.Archive(t.Context(), p.Pilot.Actor(), gone, "", versionOf(t, s, p, gone)); err != nil {
		t.Fatal(err)
	}
	id := create(t, s, p.Pilot.Actor(), elise())
	before, mails := accountAddress(t, id), len(letters(t, p))
	for typed, want := range map[string]string{
		"nulle part":                     "field.email.at",
		"":                               "field.required",
		here.Email:                       "people.already_here",
		archived.Email:                   "people.archived_here",
		strings.ToUpper(elsewhere.Email): "people.email_in_use",
	} {
		wantFault(t, edit(t, s, p.Pilot.Actor(), id, readdressed(t, s, p, id, typed)), "email: "+want)
	}
	if got := accountAddress(t, id); got != before || len(letters(t, p)) != mails {
		t.Errorf("the account says %q, mails %q", got, letters(t, p))
	}
	if learned := column[int](t, `select count(*) from journal where tenant_id = $1 and act = 'people.email_in_use'`, p.ID)[0]; learned != 1 {
		t.Errorf("the journal notes %d", learned)
	}
	for range 30 {
		wantFault(t, edit(t, s, p.Pilot.Actor(), id, readdressed(t, s, p, id, elsewhere.Email)), "email: people.email_in_use")
	}
	wantFault(t, edit(t, s, p.Pilot.Actor(), id, readdressed(t, s, p, id, elsewhere.Email)), "email: people.email_busy")
}

func TestAnAddressIsCorrectedAsOftenAsAPasswordIsSentAgain(t *testing.T) {
	s, p := newPeople(t)
	id := create(t, s, p.Pilot.Actor(), elise())
	for range 6 {
		if err := edit(t, s, p.Pilot.Actor(), id, readdressed(t, s, p, id, newEmail())); err != nil {
			t.Fatal(err)
		}
	}
	before := accountAddress(t, id)
	wantFault(t, edit(t, s, p.Pilot.Actor(), id, readdressed(t, s, p, id, newEmail())), "people.resend_busy")
	wantFault(t, resend(t, s, p.Pilot.Actor(), id), "people.resend_busy")
	if got := accountAddress(t, id); got != before {
		t.Errorf("the account says %q", got)
	}
	p.Clock.Advance(2 * time.Hour)
	if err := edit(t, s, p.Pilot.Actor(), id, readdressed(t, s, p, id, newEmail())); err != nil {
		t.Error(err)
	}
}

func TestOfTwoPlacesThatGiveOneAddressAtOnceOneDoes(t *testing.T) {
	s, p := newPeople(t)
	right := newEmail()
	var errs [6]error
	var wait sync.WaitGroup
	for i := range errs {
		q := p.Beside(t)
		id := create(t, s, q.Pilot.Actor(), elise())
		c := readdressed(t, s, q, id, right)
		wait.Go(func() { _, errs[i] = s.Edit(t.Context(), q.Pilot.Actor(), id, c) })
	}
	wait.Wait()
	given := 0
	for _, err := range errs {
		if err == nil {
			given++
		} else {
			wantFault(t, err, "email: people.email_in_use")
		}
	}
	if accounts := column[int](t, `select count(*) from identity.account where email = $1`, right)[0]; given != 1 || accounts != 1 {
		t.Errorf("%d given, %d accounts", given, accounts)
	}
}

func TestWhoComesInWhileTheirAddressIsCorrectedKeepsItOrStaysOut(t *testing.T) {
	s, p := newPeople(t)
	for range 12 {
		id := create(t, s, p.Pilot.Actor(), elise())
		password := arrived(t, p, id)
		c := readdressed(t, s, p, id, newEmail())
		var refused error
		var wait sync.WaitGroup
		wait.Go(func() { _, refused = s.Edit(t.Context(), p.Pilot.Actor(), id, c) })
		in := opens(t, p, id, password)
		wait.Wait()
		if _, said := fault.As(refused); in != said || refused != nil && !said {
			t.Fatalf("came in: %v, the correction: %v", in, refused)
		}
	}
}
