package help_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/help"
	"habilis/internal/mail"
	"habilis/internal/people"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/roles"
	"habilis/internal/secret/keyring"
	"habilis/internal/secret/password"
	"habilis/internal/secret/token"
	"habilis/internal/signin"
)

const (
	good  = "girafe lavande tournevis marée bocal"
	other = "un kayak mauve traverse la boussole"
)

var here = access.Origin{Address: "192.0.2.7", RequestID: "test"}

// desk is a place whose people are helped, and the way in that they take.
type desk struct {
	*place.Place
	*help.Service
	people *people.Service
	signin *signin.Service
}

func open(t *testing.T, p *place.Place) *desk {
	t.Helper()
	post, err := mail.NewPost()
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keyring.Parse([]byte(keyring.Generate(p.Clock.Now())))
	if err != nil {
		t.Fatal(err)
	}
	held, hasher := roles.New(p.Door, post, p.Tenants.Kinds()), password.NewHasher(2, 100)
	d := &desk{Place: p, people: people.New(p.Door, held, post, p.Tenants.Kinds()), signin: signin.New(p.Door, hasher, ring, post, p.Clock.Now)}
	d.Service = help.New(p.Door, held, d.people, d.signin, post)
	return d
}

// planner is the desk of a planner's place where managers set passwords.
func planner(t *testing.T) *desk {
	t.Helper()
	d := open(t, place.New(t))
	d.setsPasswords(t, d.Place, true)
	return d
}

func (d *desk) setsPasswords(t *testing.T, p *place.Place, yes bool) {
	t.Helper()
	super(t, `update tenant set policies = policies || jsonb_build_object('manager_sets_password', $2::boolean) where tenant_id = $1`, p.ID, yes)
}

func super(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := pgtest.Super(t).Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func query[T any](t *testing.T, sql string, args ...any) (value T) {
	t.Helper()
	if err := pgtest.Super(t).QueryRow(t.Context(), sql, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

var goodHash = sync.OnceValue(func() string {
	hash, err := password.NewHasher(1, 1).Hash(context.Background(), good)
	if err != nil {
		panic(err)
	}
	return hash
})

// comes gives someone a password of their own, a confirmed address, a past, and an
// authenticator app.
func (d *desk) comes(t *testing.T, who place.Person) {
	t.Helper()
	super(t, `update identity.account set password_hash = $2, password_set_at = $3, email_verified_at = $3, last_sign_in_at = $3 where id = $1`,
		who.Account, goodHash(), d.Clock.Now())
	super(t, `insert into identity.factor (account_id, kind, sealed, created_at, confirmed_at) values ($1, 'totp', '\x00', $2, $2)`, who.Account, d.Clock.Now())
}

func turn(who place.Person) help.Turn {
	return help.Turn{Person: who.Resource, Reason: "Elle est devant moi.", Submission: access.NewID()}
}

func (d *desk) facts(t *testing.T, who place.Person) help.Facts {
	t.Helper()
	page, err := d.Form(t.Context(), d.Pilot.Actor(), help.NeedBackup, who.Resource)
	if err != nil {
		t.Fatal(err)
	}
	return page.Facts
}

func (d *desk) backup(t *testing.T, who place.Person, email string) help.Backup {
	t.Helper()
	return help.Backup{Person: who.Resource, Email: email, Seen: d.facts(t, who).Edition(), Submission: access.NewID()}
}

func wantFault(t *testing.T, err error, want string) {
	t.Helper()
	faults, ok := fault.As(err)
	if !ok || len(faults) != 1 || faults[0].Key != want {
		t.Fatalf("got %v, want %s", err, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// lettersTo are the templates written to an address, oldest first.
func lettersTo(t *testing.T, address string) []string {
	t.Helper()
	return query[[]string](t, `select coalesce(array_agg(template order by created_at, id), '{}') from mail where recipient = $1`, address)
}

// accountOf is all that could be taken over of an account.
func accountOf(t *testing.T, account uuid.UUID) string {
	t.Helper()
	return query[string](t, `
select to_jsonb(a)::text || (select coalesce(jsonb_agg(f), '[]')::text from identity.factor f where f.account_id = a.id)
  from identity.account a where id = $1`, account)
}

func TestAManagerNeverTakesOverWhoIsActiveElsewhere(t *testing.T) {
	for _, elsewhere := range []string{"nowhere", "invited", "once invited", "pending", "active", "archived", "closed"} {
		for _, hereState := range []string{"active", "pending", "archived"} {
			for _, operator := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %s elsewhere, operator %t", hereState, elsewhere, operator), func(t *testing.T) {
					d := planner(t)
					q := d.Beside(t)
					who := d.Person(t, "booking")
					d.comes(t, who)
					d.setUp(t, q, who, hereState, elsewhere, operator)
					ours := hereState != "archived" && !operator && slices.Contains([]string{"nowhere", "invited", "once invited", "archived", "closed"}, elsewhere)
					if got := d.facts(t, who).Authority == help.Ours; got != ours {
						t.Fatalf("ours: %t", got)
					}
					d.tryAll(t, who, ours)
				})
			}
		}
	}
}

func (d *desk) setUp(t *testing.T, q *place.Place, who place.Person, hereState, elsewhere string, operator bool) {
	t.Helper()
	switch elsewhere {
	case "invited", "once invited":
		until := d.Clock.Now().Add(time.Hour)
		if elsewhere == "once invited" {
			until = d.Clock.Now().Add(-time.Hour)
		}
		super(t, `update identity.account set email_verified_at = now() where id = $1`, who.Account)
		super(t, `insert into invitation (tenant_id, id, email, email_key, role_id, invited_by, created_at, expires_at) values ($1, $2, $3, $3, $4, $5, $6, $7)`,
			q.ID, access.NewID(), who.Email, q.Role(t, "pilot"), q.Pilot.Resource, d.Clock.Now(), until)
	case "pending", "active", "archived", "closed":
		there := q.Join(t, who, "pilot")
		switch elsewhere {
		case "pending":
			super(t, `update resource set state = 'pending' where id = $1`, there.Resource)
		case "archived":
			q.Archive(t, there)
		case "closed":
			super(t, `update tenant set state = 'closed' where tenant_id = $1`, q.ID)
		}
	}
	if operator {
		super(t, `insert into identity.operator values ($1, now())`, who.Account)
	}
	switch hereState {
	case "pending":
		super(t, `update resource set state = 'pending' where id = $1`, who.Resource)
	case "archived":
		d.Archive(t, who)
	}
}

// tryAll tries all that lays hands on an account, and fails if it does where it
// must not, or doesn't where it may.
func (d *desk) tryAll(t *testing.T, who place.Person, may bool) {
	t.Helper()
	ctx, by := t.Context(), d.Pilot.Actor()
	before := accountOf(t, who.Account)
	for name, try := range map[string]func() error{
		"backup": func() error { return d.NameBackup(ctx, by, d.backup(t, who, "secours@exemple.test")) },
		"email":  func() error { return d.ChangeEmail(ctx, by, newEmail(who, "autre@exemple.test")) },
		"factor": func() error { return d.ResetFactor(ctx, by, turn(who)) },
		"password": func() error {
			return d.SetPassword(ctx, by, help.ByHand{Person: who.Resource, Password: other, Submission: access.NewID()})
		},
		"withdrawal": func() error {
			b := d.backup(t, who, "")
			b.Seen = "anything"
			if err := d.WithdrawBackup(ctx, by, b); err != nil && !may {
				return err
			}
			return nil
		},
	} {
		err := try()
		if _, refused := fault.As(err); may != (err == nil) || err != nil && !refused {
			t.Errorf("%s: %v", name, err)
		}
	}
	if same := accountOf(t, who.Account) == before; same == may {
		t.Errorf("the account is the same: %t", same)
	}
}

func TestAFactorIsResetWithAReasonAndToldToAllAddresses(t *testing.T) {
	d := planner(t)
	who := d.Person(t, "booking")
	d.comes(t, who)
	super(t, `update identity.account set backup_email = 'b@exemple.test', backup_email_key = $2, backup_email_set_at = now(), backup_email_verified_at = now() where id = $1`,
		who.Account, "b"+who.Username)
	super(t, `update identity.account set backup_email = $2 where id = $1`, who.Account, "b."+who.Email)
	generation := query[int](t, `select generation from identity.account where id = $1`, who.Account)

	bare := turn(who)
	bare.Reason = "  "
	wantFault(t, d.ResetFactor(t.Context(), d.Pilot.Actor(), bare), "help.reason_missing")
	once := turn(who)
	must(t, d.ResetFactor(t.Context(), d.Pilot.Actor(), once))
	must(t, d.ResetFactor(t.Context(), d.Pilot.Actor(), once)) // sent twice, done once
	wantFault(t, d.ResetFactor(t.Context(), d.Pilot.Actor(), turn(who)), "help.no_factor")

	for _, address := range []string{who.Email, "b." + who.Email} {
		if got := lettersTo(t, address); !slices.Equal(got, []string{"factor_reset"}) {
			t.Errorf("%s was written %q", address, got)
		}
	}
	if query[int](t, `select generation from identity.account where id = $1`, who.Account) != generation+1 {
		t.Error("sessions go on")
	}
	out, err := d.signin.SignIn(t.Context(), who.Username, good, here, nil)
	must(t, err)
	if out.Stage != signin.StageEnrol {
		t.Errorf("the next sign-in goes to %q", out.Stage)
	}
	if acts := d.Acts(t); !slices.Equal(acts[1:], []string{"help.reset_factor"}) {
		t.Errorf("the journal says %q", acts)
	}
}

func TestNobodyHelpsThemselvesNorSomeoneAbove(t *testing.T) {
	d := planner(t)
	below := d.Person(t, "coordination")
	super(t, `insert into override (tenant_id, resource_id, area, view, edit, view_ok, edit_ok, since, by_kind)
select tenant_id, $2, area, 3, 3, view_ok, edit_ok, $3, 'console' from area where tenant_id = $1 and area = 'people'`, d.ID, below.Resource, d.Clock.Now())
	d.comes(t, d.Pilot)
	for who, key := range map[*place.Person]string{&below: "help.not_oneself", &d.Pilot: "roles.above"} {
		for name, err := range map[string]error{
			"unblock": d.Unblock(t.Context(), below.Actor(), turn(*who)),
			"factor":  d.ResetFactor(t.Context(), below.Actor(), turn(*who)),
			"backup":  d.NameBackup(t.Context(), below.Actor(), help.Backup{Person: who.Resource, Email: "a@exemple.test"}),
			"email":   d.ChangeEmail(t.Context(), below.Actor(), newEmail(*who, "a@exemple.test")),
			"ask":     d.Ask(t.Context(), below.Actor(), help.Wish{Person: who.Resource}),
		} {
			faults, _ := fault.As(err)
			if len(faults) == 0 || faults[0].Kind != fault.KindForbidden {
				t.Errorf("%s %s: %v", name, key, err)
			}
		}
	}
}

func TestABackupAddressCountsOnceConfirmedAndADayOld(t *testing.T) {
	d := planner(t)
	who, colleague := d.Person(t, "booking"), d.Person(t, "booking")
	d.comes(t, who)
	by := d.Pilot.Actor()
	wantFault(t, d.NameBackup(t.Context(), by, d.backup(t, who, strings.ToUpper(who.Email))), "help.backup_is_main")
	wantFault(t, d.NameBackup(t.Context(), by, d.backup(t, who, colleague.Email)), "help.backup_of")
	anyway := d.backup(t, who, colleague.Email)
	anyway.Anyway = true
	must(t, d.NameBackup(t.Context(), by, anyway))
	d.Clock.Advance(time.Second)
	late := d.backup(t, who, "secours."+who.Email)
	must(t, d.NameBackup(t.Context(), by, late))
	late.Submission = access.NewID()
	wantFault(t, d.NameBackup(t.Context(), by, late), "help.stale")
	if got := lettersTo(t, who.Email); !slices.Equal(got, []string{"backup_named", "backup_named"}) {
		t.Errorf("the main address was written %q", got)
	}
	usable := func() bool {
		return query[*string](t, `select identity.backup_for_reset($1, $2)`, who.Account, d.Clock.Now()) != nil
	}
	if usable() {
		t.Error("an address that nobody confirmed may receive a reset")
	}
	super(t, `update identity.account set backup_email_verified_at = $2 where id = $1`, who.Account, d.Clock.Now())
	if usable() {
		t.Error("a fresh address may receive a reset")
	}
	d.Clock.Advance(24 * time.Hour)
	if !usable() {
		t.Error("a day later it may not")
	}
	must(t, d.WithdrawBackup(t.Context(), by, d.backup(t, who, "")))
	wantFault(t, d.WithdrawBackup(t.Context(), by, d.backup(t, who, "")), "help.no_backup")
	if got := lettersTo(t, "secours."+who.Email); !slices.Contains(got, "backup_withdrawn") {
		t.Errorf("the address that was withdrawn was written %q", got)
	}
}

// Whoever manages A names a mailbox of theirs while the account is A's alone; then B
// lets the same person in.
func TestABackupAddressThatAPlaceNamedOpensNoOther(t *testing.T) {
	d := planner(t)
	q := d.Beside(t)
	who := d.Person(t, "booking")
	d.comes(t, who)
	must(t, d.NameBackup(t.Context(), d.Pilot.Actor(), d.backup(t, who, "secours."+who.Email)))
	super(t, `update identity.account set backup_email_verified_at = $2 where id = $1`, who.Account, d.Clock.Now())
	d.Clock.Advance(25 * time.Hour)
	wantStands := func(when string, want bool) {
		t.Helper()
		if got := query[*string](t, `select identity.backup_for_reset($1, $2)`, who.Account, d.Clock.Now()) != nil; got != want {
			t.Errorf("%s, it may receive a reset: %t", when, got)
		}
		if got := query[bool](t, `select backup_email_verified from identity.mailboxes($1)`, who.Account); got != want {
			t.Errorf("%s, it counts as confirmed for who forgot a password: %t", when, got)
		}
		if got := query[bool](t, `select identity.mailbox_held($1, backup_email_key) from identity.account where id = $1`, who.Account); got != want {
			t.Errorf("%s, what left for it is alive: %t", when, got)
		}
	}
	wantStands("in the place that named it alone", true)
	there := q.Join(t, who, "pilot")
	wantStands("in another place too", false)
	q.Archive(t, there)
	wantStands("back in the place that named it alone", true)
	super(t, `insert into identity.operator values ($1, now())`, who.Account)
	wantStands("as one of support", false)
	super(t, `delete from identity.operator where account_id = $1`, who.Account)
	d.Beside(t).Join(t, who, "pilot")
	d.Archive(t, who)
	wantStands("in another place alone", false)
	super(t, `update identity.account set backup_email_set_in = null where id = $1`, who.Account) // as by support
	wantStands("named by support", true)
}

// confirmsBackup uses the link that was sent to the backup address of someone.
func (d *desk) confirmsBackup(t *testing.T, who place.Person) {
	t.Helper()
	secret, hash := token.New(32)
	now := d.Clock.Now()
	super(t, `select identity.token_mint($1, 'backup_email', $2, $3, (select backup_email_key from identity.account where id = $2), null, $4, $5)`,
		hash[:], who.Account, d.ID, now, now.Add(time.Hour))
	link, _, err := d.signin.Open(t.Context(), secret)
	must(t, err)
	must(t, d.ConfirmBackup(t.Context(), link, here))
}

func TestWhoNeverCameInIsReachedByABackupAddressAtOnce(t *testing.T) {
	d := planner(t)
	who := d.Person(t, "booking")
	super(t, `update resource set state = 'pending' where id = $1`, who.Resource)
	by, backup := d.Pilot.Actor(), "secours."+who.Email
	welcome := func() error {
		_, err := d.people.Resend(t.Context(), by, who.Resource, mail.ToBackup)
		return err
	}
	must(t, d.NameBackup(t.Context(), by, d.backup(t, who, backup)))
	wantFault(t, welcome(), "people.backup_waits")
	d.confirmsBackup(t, who)
	if f := d.facts(t, who); f.CameIn || !f.BackupOpens(d.Clock.Now()) {
		t.Errorf("who confirmed an address has come in: %t; it may be sent what lets in: %t", f.CameIn, f.BackupOpens(d.Clock.Now()))
	}
	if !query[bool](t, `select not identity.came_in($1)`, who.Account) {
		t.Error("their address can't be corrected any more")
	}
	if n := query[int](t, `select count(*) from journal where tenant_id = $1 and act = 'account.backup_confirmed' and target = $2`, d.ID, who.Resource); n != 1 {
		t.Errorf("the place's journal says %d times that it is confirmed", n)
	}
	if n := query[int](t, `select count(*) from river.river_job where args->>'account' = $1 and args->>'template' = 'backup_confirmed' and coalesce(args->>'to', '') = ''`, who.Account.String()); n != 1 {
		t.Errorf("the main address is told %d times", n)
	}
	must(t, welcome())
	if got := lettersTo(t, backup); !slices.Equal(got, []string{"backup_confirm", "temporary_password"}) {
		t.Errorf("the backup address was written %q", got)
	}
	secret, now := password.Temporary(), d.Clock.Now()
	hash := token.HashOf(secret)
	super(t, `select identity.token_mint($1, 'temporary_password', $2, $3, (select backup_email_key from identity.account where id = $2), null, $4, $5)`,
		hash[:], who.Account, d.ID, now, now.Add(time.Hour))
	out, err := d.signin.SignIn(t.Context(), who.Username, secret, here, nil)
	must(t, err)
	if out.Stage != signin.StageChoose || !d.facts(t, who).CameIn {
		t.Errorf("what was sent there opens %q; came in: %t", out.Stage, d.facts(t, who).CameIn)
	}
	if n := query[int](t, `select count(*) from identity.hand where account_id = $1 and tenant_id = $2 and at >= $3`, who.Account, d.ID, now); n == 0 {
		t.Error("it is not noted that the place had it sent there")
	}
}

func TestABackupAddressThatIsReplacedOpensNothingAnyMore(t *testing.T) {
	d := planner(t)
	who := d.Person(t, "booking")
	must(t, d.NameBackup(t.Context(), d.Pilot.Actor(), d.backup(t, who, "secours."+who.Email)))
	d.confirmsBackup(t, who)
	now := d.Clock.Now()
	super(t, `select identity.token_mint(decode(repeat('ab', 32), 'hex'), 'temporary_password', $1, $2, (select backup_email_key from identity.account where id = $1), null, $3, $3)`, who.Account, d.ID, now)
	d.Clock.Advance(time.Second)
	must(t, d.NameBackup(t.Context(), d.Pilot.Actor(), d.backup(t, who, "autre."+who.Email)))
	if n := query[int](t, `select count(*) from identity.token where account_id = $1 and voided_at is null and used_at is null`, who.Account); n != 0 {
		t.Errorf("%d secrets that were sent to the former one still open", n)
	}
}

func TestAPasswordSetByHandOpensOnlyChoosingAnother(t *testing.T) {
	d := planner(t)
	who := d.Person(t, "booking")
	d.comes(t, who)
	super(t, `delete from identity.factor where account_id = $1`, who.Account)
	by := d.Pilot.Actor()
	set := func(plain string) error {
		return d.SetPassword(t.Context(), by, help.ByHand{Person: who.Resource, Password: plain, Submission: access.NewID()})
	}
	wantFault(t, set("kv8#Qz"), "password.short")
	wantFault(t, set("soleil "+who.Family+" marée bocal quand"), "password.personal")
	must(t, set(other))
	for range 2 { // each time, until it is changed
		out, err := d.signin.SignIn(t.Context(), who.Username, other, here, nil)
		must(t, err)
		if out.Stage != signin.StageChoose || !out.Choose {
			t.Fatalf("it opens %q", out.Stage)
		}
	}
	if _, err := d.signin.ChoosePassword(t.Context(), access.Signed{Account: who.Account}, other, other, ""); err == nil {
		t.Fatal("it became the lasting one")
	}
	if _, err := d.signin.SignIn(t.Context(), who.Username, good, here, nil); err == nil {
		t.Fatal("the one before still opens")
	}
	if got := lettersTo(t, who.Email); !slices.Equal(got, []string{"password_by_hand"}) {
		t.Errorf("they were written %q", got)
	}
	if n := query[int](t, `select count(*) from mail where params::text like '%kayak%'`) + query[int](t, `select count(*) from journal where facts::text like '%kayak%'`); n > 0 {
		t.Error("the password is in a mail or in the journal")
	}
	d.setsPasswords(t, d.Place, false)
	wantFault(t, set(other), "help.no_passwords")
}

// It is as temporary as one that is sent; the one that its owner then chooses isn't.
func TestB4APasswordSetByHandIsForATime(t *testing.T) {
	d := planner(t)
	super(t, `update tenant set policies = policies || '{"temporary_password_hours": 12}' where tenant_id = $1`, d.ID)
	who := d.Person(t, "booking")
	d.comes(t, who)
	super(t, `delete from identity.factor where account_id = $1`, who.Account)
	signIn := func(plain string) error {
		_, err := d.signin.SignIn(t.Context(), who.Username, plain, here, nil)
		return err
	}
	must(t, d.SetPassword(t.Context(), d.Pilot.Actor(), help.ByHand{Person: who.Resource, Password: other, Submission: access.NewID()}))
	d.Clock.Advance(12*time.Hour - time.Second)
	must(t, signIn(other))
	d.Clock.Advance(time.Second)
	wrong := signIn("kayak bocal marée soleil plume")
	if err := signIn(other); err == nil || wrong == nil || err.Error() != wrong.Error() {
		t.Errorf("twelve hours later: %v, and for a wrong one: %v", err, wrong)
	}
	must(t, d.SetPassword(t.Context(), d.Pilot.Actor(), help.ByHand{Person: who.Resource, Password: other, Submission: access.NewID()}))
	const lasting = "sept pruniers dorment sous la grêle"
	out, err := d.signin.SignIn(t.Context(), who.Username, other, here, nil)
	must(t, err)
	if _, err := d.signin.ChoosePassword(t.Context(), access.Signed{Account: out.Account}, lasting, lasting, ""); err != nil {
		t.Fatal(err)
	}
	d.Clock.Advance(400 * 24 * time.Hour)
	must(t, signIn(lasting))
}

func TestOnePasswordServesOneAccountOfAPerson(t *testing.T) {
	d := planner(t)
	who := d.Person(t, "booking")
	d.comes(t, who)
	twin := d.Person(t, "booking")
	super(t, `update resource set family = upper($2), given = $3 where id = $1`, twin.Resource, who.Family, who.Given)
	set := func() error {
		return d.SetPassword(t.Context(), d.Pilot.Actor(), help.ByHand{Person: twin.Resource, Password: good, Submission: access.NewID()})
	}
	for range 11 {
		wantFault(t, set(), "signin.twin")
	}
	wantFault(t, set(), "signin.slow_password") // or it would be guessed so
	d.Clock.Advance(2 * time.Hour)
	_, err := d.signin.ChoosePassword(t.Context(), access.Signed{Account: twin.Account}, good, good, "")
	wantFault(t, err, "signin.twin")
	_, err = d.Create(t.Context(), d.Pilot.Actor(), people.Newcomer{Family: who.Family, Given: who.Given, Username: "Autre" + who.Username,
		Email: "autre." + who.Email, Submission: access.NewID()}, good)
	wantFault(t, err, "signin.twin")
}

// Namesakes, and who manages them, keep nobody from a password of their own.
func TestNamesakesKeepNobodyFromChoosingAPassword(t *testing.T) {
	d := planner(t)
	who := d.Person(t, "booking")
	d.comes(t, who)
	twin := d.Person(t, "booking")
	super(t, `update resource set family = $2, given = $3 where id = $1`, twin.Resource, who.Family, who.Given)
	for range 12 {
		_, _ = d.signin.ChoosePassword(t.Context(), access.Signed{Account: twin.Account}, good, good, "")
		_ = d.SetPassword(t.Context(), d.Pilot.Actor(), help.ByHand{Person: twin.Resource, Password: good, Submission: access.NewID()})
	}
	super(t, `update identity.account set password_hash = $2, password_set_at = now() where id = $1`, twin.Account, goodHash())
	_, err := d.signin.ChangePassword(t.Context(), access.Signed{Account: who.Account}, good, other, other)
	must(t, err)
	for range 12 { // nor does one's own hesitation
		_, err := d.signin.ChoosePassword(t.Context(), access.Signed{Account: who.Account}, other, other, "")
		must(t, err)
	}
	_, err = d.signin.ChoosePassword(t.Context(), access.Signed{Account: who.Account}, good, good, "")
	must(t, err) // what is the twin's is compared no more: nothing is learnt from it
}

func TestSomeoneHeldUpIsUnblocked(t *testing.T) {
	d := planner(t)
	who := d.Person(t, "booking")
	d.comes(t, who)
	super(t, `delete from identity.factor where account_id = $1`, who.Account)
	wantFault(t, d.Unblock(t.Context(), d.Pilot.Actor(), turn(who)), "help.not_blocked")
	for range 8 {
		_, err := d.signin.SignIn(t.Context(), who.Username, other, here, nil)
		wantFault(t, err, "signin.refused")
	}
	if _, err := d.signin.SignIn(t.Context(), who.Username, good, here, nil); err == nil {
		t.Fatal("nobody is held up")
	}
	sheet, err := d.people.Sheet(t.Context(), d.Pilot.Actor(), who.Resource)
	must(t, err)
	if sheet.Person.State != people.Blocked {
		t.Fatalf("the sheet says %s", sheet.Person.State)
	}
	must(t, d.Unblock(t.Context(), d.Pilot.Actor(), turn(who)))
	if _, err := d.signin.SignIn(t.Context(), who.Username, good, here, nil); err != nil {
		t.Fatal(err)
	}
	for range 6 {
		_ = d.signin.Factor(t.Context(), access.Signed{Account: who.Account}, "000000")
	}
	must(t, d.Unblock(t.Context(), d.Pilot.Actor(), turn(who)))
	if got := lettersTo(t, who.Email); !slices.Equal(got, []string{"account_unblocked", "account_unblocked"}) {
		t.Errorf("they were written %q", got)
	}
}

func TestSupportDoesWhatAPlaceMayNot(t *testing.T) {
	d := planner(t)
	who := d.Person(t, "booking")
	d.comes(t, who)
	d.Beside(t).Join(t, who, "pilot")
	operator := d.Operator(t)
	wish := help.Wish{Person: who.Resource, What: help.WantFactor, Note: "Rappelée au bureau.", Submission: access.NewID()}
	must(t, d.Ask(t.Context(), d.Pilot.Actor(), wish))
	again := wish
	again.Submission = access.NewID()
	wantFault(t, d.Ask(t.Context(), d.Pilot.Actor(), again), "help.asked")

	id := d.queued(t, operator, who)
	page, err := d.Asked(t.Context(), operator.Helping(d.ID), id)
	must(t, err)
	if len(page.Places) != 2 || page.Authority != help.Shared {
		t.Errorf("support sees %+v", page)
	}
	verdict := help.Verdict{Do: true, Reason: "Identité vérifiée."}
	wantFault(t, d.Answer(t.Context(), operator.Helping(d.ID), id, help.Verdict{Do: true}), "help.reason_missing")
	must(t, d.Answer(t.Context(), operator.Helping(d.ID), id, verdict))
	wantFault(t, d.Answer(t.Context(), operator.Helping(d.ID), id, verdict), "roles.answered")
	if d.facts(t, who).Factor {
		t.Error("the factor is still there")
	}
	if got := lettersTo(t, who.Email); !slices.Equal(got, []string{"factor_reset"}) {
		t.Errorf("the person was written %q", got)
	}
	if got := lettersTo(t, d.Pilot.Email); !slices.Contains(got, "help_answered") {
		t.Errorf("who asked was written %q", got)
	}
	if acts := d.Acts(t); !slices.Equal(acts[1:], []string{"help.ask", "help.reset_factor"}) {
		t.Errorf("the journal says %q", acts)
	}
}

// Help with an account that is not a place's takes two people: one who asks, and one
// of support.
func TestAnOperatorAnswersNoRequestOfTheirOwn(t *testing.T) {
	d := planner(t)
	who := d.Person(t, "booking")
	d.comes(t, who)
	d.Beside(t).Join(t, who, "pilot")
	operator := d.Operator(t)
	both := d.Join(t, place.Person{Account: operator.Account, Family: "Cloutier", Given: "Ève", Username: "ECloutier", Email: "eve.cloutier@exemple.test"}, "pilot")
	must(t, d.Ask(t.Context(), both.Actor(), help.Wish{Person: who.Resource, What: help.WantFactor, Note: "Rappelée.", Submission: access.NewID()}))
	id := d.queued(t, operator, who)
	wantFault(t, d.Answer(t.Context(), operator.Helping(d.ID), id, help.Verdict{Do: true, Reason: "Vue."}), "roles.answer_own")
	if !d.facts(t, who).Factor {
		t.Error("the factor is gone")
	}
	must(t, d.Answer(t.Context(), d.Operator(t).Helping(d.ID), id, help.Verdict{Do: true, Reason: "Identité vérifiée."}))
}

func (d *desk) queued(t *testing.T, operator access.Signed, who place.Person) uuid.UUID {
	t.Helper()
	queue, err := d.Queue(t.Context(), operator)
	must(t, err)
	for _, q := range queue.Open {
		if q.Username == who.Username {
			return q.ID
		}
	}
	t.Fatal("it is not in the queue")
	return uuid.Nil
}

func TestWhatWasAskedAboutSomeoneArchivedSinceIsRefusedOrTakenBack(t *testing.T) {
	d := planner(t)
	who, other := d.Person(t, "booking"), d.Person(t, "booking")
	operator := d.Operator(t)
	for _, one := range []place.Person{who, other} {
		d.comes(t, one)
		d.Beside(t).Join(t, one, "pilot")
		must(t, d.Ask(t.Context(), d.Pilot.Actor(), help.Wish{Person: one.Resource, What: help.WantFactor, Note: "Rappelée au bureau.", Submission: access.NewID()}))
		d.Archive(t, one)
	}
	id := d.queued(t, operator, who)
	wantFault(t, d.Answer(t.Context(), operator.Helping(d.ID), id, help.Verdict{Do: true, Reason: "Identité vérifiée."}), "help.archived_since")
	must(t, d.Answer(t.Context(), operator.Helping(d.ID), id, help.Verdict{Reason: "Archivée depuis."}))
	must(t, d.WithdrawAsked(t.Context(), d.Pilot.Actor(), turn(other), d.queued(t, operator, other)))
	if n := query[int](t, `select count(*) from help_request where tenant_id = $1 and state = 'open'`, d.ID); n != 0 {
		t.Errorf("%d requests wait for ever", n)
	}
	if !d.facts(t, who).Factor {
		t.Error("the factor is gone")
	}
}

func TestSupportRefusesWithAReason(t *testing.T) {
	d := planner(t)
	who := d.Person(t, "booking")
	d.comes(t, who)
	d.Beside(t).Join(t, who, "pilot")
	operator := d.Operator(t)
	must(t, d.Ask(t.Context(), d.Pilot.Actor(), help.Wish{Person: who.Resource, What: help.WantBackup, Email: "secours." + who.Email,
		Note: "Boîte pleine.", Submission: access.NewID()}))
	must(t, d.Answer(t.Context(), operator.Helping(d.ID), d.queued(t, operator, who), help.Verdict{Reason: "Pas vérifié."}))
	if acts := d.Acts(t); !slices.Equal(acts[1:], []string{"help.ask", "help.refuse"}) {
		t.Errorf("the journal says %q", acts)
	}
	page, err := d.Queue(t.Context(), d.Pilot.Signed())
	if err != nil || len(page.Open)+len(page.Answered) > 0 {
		t.Errorf("someone of a place sees support's queue: %v", err)
	}
}

func TestEveryOperationRefusesWhoHasNotTheRight(t *testing.T) {
	d := planner(t)
	who, clerk := d.Person(t, "booking"), d.Person(t, "booking")
	stranger := d.Beside(t).Pilot
	ctx := t.Context()
	for name, try := range map[string]func(access.Actor) error{
		"Unblock":        func(a access.Actor) error { return d.Unblock(ctx, a, turn(who)) },
		"ResetFactor":    func(a access.Actor) error { return d.ResetFactor(ctx, a, turn(who)) },
		"ChangeEmail":    func(a access.Actor) error { return d.ChangeEmail(ctx, a, newEmail(who, "x@exemple.test")) },
		"NameBackup":     func(a access.Actor) error { return d.NameBackup(ctx, a, help.Backup{Person: who.Resource}) },
		"WithdrawBackup": func(a access.Actor) error { return d.WithdrawBackup(ctx, a, help.Backup{Person: who.Resource}) },
		"SetPassword":    func(a access.Actor) error { return d.SetPassword(ctx, a, help.ByHand{Person: who.Resource}) },
		"Rules":          func(a access.Actor) error { _, err := d.Rules(ctx, a, who.Resource, "x"); return err },
		"Create":         func(a access.Actor) error { _, err := d.Create(ctx, a, people.Newcomer{}, "x"); return err },
		"RulesForNewcomer": func(a access.Actor) error {
			_, err := d.RulesForNewcomer(ctx, a, people.Newcomer{}, "x")
			return err
		},
		"SendReset": func(a access.Actor) error { return d.SendReset(ctx, a, turn(who), false) },
		"Form":      func(a access.Actor) error { _, err := d.Form(ctx, a, help.NeedBackup, who.Resource); return err },
		"Ask":       func(a access.Actor) error { return d.Ask(ctx, a, help.Wish{Person: who.Resource}) },
		"Asked":     func(a access.Actor) error { _, err := d.Asked(ctx, a, access.NewID()); return err },
		"Answer":    func(a access.Actor) error { return d.Answer(ctx, a, access.NewID(), help.Verdict{Reason: "x"}) },
	} {
		for what, a := range map[string]access.Actor{"a clerk": clerk.Actor(), "a stranger": stranger.Signed().In(d.ID), "no operator": stranger.Signed().Helping(d.ID)} {
			faults, ok := fault.As(try(a))
			if !ok || faults[0].Kind != fault.KindForbidden && faults[0].Kind != fault.KindNotFound {
				t.Errorf("%s, %s: %v", name, what, faults)
			}
		}
	}
}

func TestWhoIsOfAnotherPlaceIsAsAbsentAsNobody(t *testing.T) {
	d := planner(t)
	foreign := d.Beside(t).Pilot
	for _, id := range []uuid.UUID{foreign.Resource, access.NewID()} {
		one := help.Turn{Person: id, Reason: "x", Submission: access.NewID()}
		for name, err := range map[string]error{
			"unblock":  d.Unblock(t.Context(), d.Pilot.Actor(), one),
			"factor":   d.ResetFactor(t.Context(), d.Pilot.Actor(), one),
			"backup":   d.NameBackup(t.Context(), d.Pilot.Actor(), help.Backup{Person: id, Email: "a@exemple.test"}),
			"password": d.SetPassword(t.Context(), d.Pilot.Actor(), help.ByHand{Person: id, Password: good}),
			"ask":      d.Ask(t.Context(), d.Pilot.Actor(), help.Wish{Person: id}),
		} {
			if !fault.Is(err, fault.KindNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestHelpIsNotGivenWithoutEnd(t *testing.T) {
	d := planner(t)
	who := d.Person(t, "booking")
	d.comes(t, who)
	var last error
	for i := range 12 {
		last = d.NameBackup(t.Context(), d.Pilot.Actor(), d.backup(t, who, fmt.Sprintf("s%d.%s", i, who.Email)))
	}
	wantFault(t, last, "help.busy")
}

// Whoever manages A takes over while B lets the same person in: whichever comes
// first, B's person is never taken over after B let them in.
func TestTakingOverAndJoiningElsewhereFollowOneAnother(t *testing.T) {
	d := planner(t)
	q := d.Beside(t)
	for range 10 {
		who := d.Person(t, "booking")
		d.comes(t, who)
		var all sync.WaitGroup
		var err error
		all.Go(func() { q.Join(t, who, "pilot") })
		all.Go(func() { err = d.ResetFactor(context.WithoutCancel(t.Context()), d.Pilot.Actor(), turn(who)) })
		all.Wait()
		if _, refused := fault.As(err); err != nil && !refused {
			t.Fatal(err)
		}
		wantFault(t, d.NameBackup(t.Context(), d.Pilot.Actor(), d.backup(t, who, "s."+who.Email)), "help.shared")
	}
}

func TestAResetGoesToAConfirmedAddressAlone(t *testing.T) {
	d := planner(t)
	q := d.Beside(t)
	who, fresh := d.Person(t, "booking"), d.Person(t, "booking")
	d.comes(t, who)
	by := d.Pilot.Actor()
	wantFault(t, d.SendReset(t.Context(), by, turn(fresh), false), "help.no_password_yet")
	wantFault(t, d.SendReset(t.Context(), by, turn(who), true), "people.backup_waits")
	must(t, d.SendReset(t.Context(), by, turn(who), false))
	must(t, d.NameBackup(t.Context(), by, d.backup(t, who, "secours."+who.Email)))
	super(t, `update identity.account set backup_email_verified_at = $2 where id = $1`, who.Account, d.Clock.Now())
	wantFault(t, d.SendReset(t.Context(), by, turn(who), true), "people.backup_waits")
	d.Clock.Advance(24 * time.Hour)
	must(t, d.SendReset(t.Context(), by, turn(who), true))
	if got := lettersTo(t, "secours."+who.Email); !slices.Contains(got, "reset_sent") || !slices.Contains(got, "backup_confirm") {
		t.Errorf("the backup address was written %q", got)
	}
	q.Join(t, who, "pilot")
	wantFault(t, d.SendReset(t.Context(), by, turn(who), true), "help.shared")
	must(t, d.SendReset(t.Context(), by, turn(who), false)) // to the address on file, whoever else counts on it
	super(t, `update identity.account set email_verified_at = null where id = $1`, who.Account)
	wantFault(t, d.SendReset(t.Context(), by, turn(who), false), "help.unconfirmed")
}
