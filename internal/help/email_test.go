package help_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"habilis/internal/access"
	"habilis/internal/help"
	"habilis/internal/pgtest/place"
)

func newEmail(who place.Person, email string) help.NewEmail {
	return help.NewEmail{Person: who.Resource, Email: email, Reason: "Son ancienne boîte est fermée.", Submission: access.NewID()}
}

// confirms uses the link that an address received; it reports whether that did anything.
func (d *desk) confirms(t *testing.T, who place.Person, email string) bool {
	t.Helper()
	return query[*int](t, `select identity.email_confirm($1, $2, array[$3]::uuid[], array['x'], 'r', '', $4)`, who.Account, strings.ToLower(email), d.ID, d.Clock.Now()) != nil
}

func emailOf(t *testing.T, who place.Person) string {
	t.Helper()
	return query[string](t, `select email from identity.account where id = $1`, who.Account)
}

func TestAnAddressGivenBySomeoneElseCountsOnceItIsConfirmed(t *testing.T) {
	d := planner(t)
	who, newcomer := d.Person(t, "booking"), d.Person(t, "booking")
	d.comes(t, who)
	by, fresh := d.Pilot.Actor(), "nouvelle."+who.Email
	super(t, `insert into identity.token (hash, purpose, account_id, tenant_id, mailbox, created_at, expires_at)
values (sha256($1::uuid::text::bytea), 'reset', $1::uuid, $2, lower($3), $4, $4::timestamptz + interval '1 hour')`, who.Account, d.ID, who.Email, d.Clock.Now())
	wantFault(t, d.ChangeEmail(t.Context(), by, newEmail(newcomer, fresh)), "help.email_by_edit")
	wantFault(t, d.ChangeEmail(t.Context(), by, newEmail(who, strings.ToUpper(who.Email))), "help.email_same")
	bare := newEmail(who, fresh)
	bare.Reason = " "
	wantFault(t, d.ChangeEmail(t.Context(), by, bare), "help.reason_missing")
	once := newEmail(who, fresh)
	must(t, d.ChangeEmail(t.Context(), by, once))
	must(t, d.ChangeEmail(t.Context(), by, once)) // sent twice, done once
	if emailOf(t, who) != who.Email {
		t.Fatal("it counts already")
	}
	if got := lettersTo(t, who.Email); !slices.Equal(got, []string{"email_named"}) {
		t.Errorf("the present address was written %q", got)
	}
	var aid help.Aid
	if _, err := d.people.Sheet(t.Context(), by, who.Resource, help.Beside(who.Resource, &aid)); err != nil || len(aid.Named) != 1 || aid.Named[0].Email != fresh {
		t.Errorf("the sheet says %+v (%v)", aid.Named, err)
	}
	generation := query[int](t, `select generation from identity.account where id = $1`, who.Account)
	if !d.confirms(t, who, fresh) || emailOf(t, who) != fresh {
		t.Fatal("it doesn't count once confirmed")
	}
	if query[int](t, `select generation from identity.account where id = $1`, who.Account) == generation {
		t.Error("sessions go on")
	}
	if query[int](t, `select count(*)::int from identity.token where account_id = $1 and voided_at is null`, who.Account) != 0 {
		t.Error("what left for the address before is of use")
	}
	wantFault(t, d.SendReset(t.Context(), by, turn(who), false), "help.email_settles")
	d.Clock.Advance(24 * time.Hour)
	must(t, d.SendReset(t.Context(), by, turn(who), false))
	if acts := d.Acts(t); !slices.Contains(acts, "help.change_email") || !slices.Contains(acts, "account.email") {
		t.Errorf("the journal says %q", acts)
	}
}

// Whoever manages one place names a mailbox of theirs while the account is theirs
// alone; then another place lets its owner in.
func TestAnAddressThatAPlaceGaveIsVoidOnceAnotherCountsOnTheAccount(t *testing.T) {
	d := planner(t)
	who := d.Person(t, "booking")
	d.comes(t, who)
	must(t, d.ChangeEmail(t.Context(), d.Pilot.Actor(), newEmail(who, "nouvelle."+who.Email)))
	d.Beside(t).Join(t, who, "pilot")
	if d.confirms(t, who, "nouvelle."+who.Email) || emailOf(t, who) != who.Email {
		t.Error("the address of a place opens another")
	}
	wantFault(t, d.ChangeEmail(t.Context(), d.Pilot.Actor(), newEmail(who, "autre."+who.Email)), "help.shared")
}

func TestSupportChangesTheEmailOfASharedAccountWithAReason(t *testing.T) {
	d := planner(t)
	who := d.Person(t, "booking")
	d.comes(t, who)
	there := d.Beside(t)
	there.Join(t, who, "pilot")
	operator, fresh := d.Operator(t), "nouvelle."+who.Email
	wish := help.Wish{Person: who.Resource, What: help.WantEmail, Email: who.Email, Note: "Rappelée au bureau.", Submission: access.NewID()}
	wantFault(t, d.Ask(t.Context(), d.Pilot.Actor(), wish), "help.email_same")
	wish.Email, wish.Submission = fresh, access.NewID()
	must(t, d.Ask(t.Context(), d.Pilot.Actor(), wish))
	must(t, d.Answer(t.Context(), operator.Helping(d.ID), d.queued(t, operator, who), help.Verdict{Do: true, Reason: "Identité vérifiée."}))
	if got := lettersTo(t, who.Email); !slices.Equal(got, []string{"email_named"}) {
		t.Errorf("the person was written %q", got)
	}
	if got := lettersTo(t, d.Pilot.Email); !slices.Contains(got, "help_answered") {
		t.Errorf("who asked was written %q", got)
	}
	if emailOf(t, who) != who.Email || !d.confirms(t, who, fresh) || emailOf(t, who) != fresh {
		t.Error("it counts before it is confirmed, or not after")
	}
	if acts := there.Acts(t); !slices.Contains(acts, "account.email") {
		t.Errorf("the other place's journal says %q", acts)
	}
}

// Asked for by the owner, the address is not new to them: nothing waits.
func TestAnAddressOfOnesOwnWaitsForNothing(t *testing.T) {
	d := planner(t)
	who := d.Person(t, "booking")
	d.comes(t, who)
	must(t, d.ChangeEmail(t.Context(), d.Pilot.Actor(), newEmail(who, "autre."+who.Email)))
	if !query[bool](t, `select identity.email_propose($1, $2, lower($2), $3)`, who.Account, "mienne."+who.Email, d.Clock.Now()) {
		t.Fatal("not asked for")
	}
	if d.confirms(t, who, "autre."+who.Email) {
		t.Error("what was asked for before is of use")
	}
	if !d.confirms(t, who, "mienne."+who.Email) || query[bool](t, `select identity.email_settles($1, $2)`, who.Account, d.Clock.Now()) {
		t.Error("one's own address waits")
	}
}
