package e2e_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"habilis/internal/mail"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

// sets fills in the second factor of a person, as a manager.
func (v *visitor) sets(p *place.Place, who place.Person, factor, mobile string) *answer {
	v.t.Helper()
	return v.get("/p/"+p.Number+"/people/"+who.Resource.String()+"/edit").want(http.StatusOK).
		form("/edit").with("factor", factor, "mobile", mobile).send()
}

func TestAManagerTurnsOnCodesByTextAndTheyHoldAtOnce(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	backup := "secours-" + who.Email
	if _, err := pgtest.Super(t).Exec(t.Context(), `
update identity.account set backup_email = $2, backup_email_key = $2, backup_email_set_at = $3, backup_email_verified_at = $3 where id = $1`,
		who.Account, backup, server.clock.Now()); err != nil {
		t.Fatal(err)
	}
	running := server.signedIn(t, who)
	home := "/p/" + p.Number + "/"
	running.get(home).want(http.StatusOK)
	v := server.signedIn(t, p.Pilot)
	v.sets(p, who, "sms", "").want(http.StatusUnprocessableEntity).sees("Un code par texto demande un numéro")
	wrong := v.sets(p, who, "sms", "12 34").want(http.StatusUnprocessableEntity)
	if !strings.Contains(wrong.body, `value="12 34"`) {
		t.Error("what was typed is lost")
	}
	v.sets(p, who, "sms", "(514) 555-0199").want(http.StatusSeeOther).follow().want(http.StatusOK)
	if a := running.get(home).follow(); a.path != "/signin/factor" {
		t.Errorf("the session at work comes to %s", a.path)
	}
	running.get("/signin/factor").sees("Recevez un code par texto")
	if a := v.sets(p, who, "sms", ""); a.status != http.StatusUnprocessableEntity {
		t.Errorf("taking the number away answers %d", a.status)
	}
	for _, address := range []string{who.Email, backup} {
		eventually(t, "a letter that tells "+address+" of it", func() bool {
			return slices.ContainsFunc(server.letters(t, address), func(l *mail.Kept) bool {
				return strings.Contains(l.Text, "un code vous sera envoyé par texto")
			})
		})
	}
	v.get("/p/"+p.Number+"/journal").want(http.StatusOK).sees("Double authentification :", "par texto")
	v.sets(p, who, "off", "").want(http.StatusSeeOther)
	running.get(home).want(http.StatusSeeOther) // its sessions ended with the factor
	server.signedIn(t, who).get(home).want(http.StatusOK)
}

func TestAManagerIsToldWhereACodeByMailWouldProveNothing(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	if _, err := pgtest.Super(t).Exec(t.Context(), `update identity.account set password_mailbox = email_key where id = $1`, who.Account); err != nil {
		t.Fatal(err)
	}
	v := server.signedIn(t, p.Pilot)
	v.sets(p, who, "email", "").want(http.StatusUnprocessableEntity).sees("ne prouverait rien de plus")
	if _, err := pgtest.Super(t).Exec(t.Context(), `update identity.account set password_mailbox = null where id = $1`, who.Account); err != nil {
		t.Fatal(err)
	}
	v.sets(p, who, "email", "").want(http.StatusSeeOther)
	if _, err := pgtest.Super(t).Exec(t.Context(), `update identity.account set email = null, email_key = null where id = $1`, who.Account); err == nil {
		t.Error("the last address of a factor can be taken away")
	}
}

func TestTheMessagesOfAnAccountThatIsElsewhereTooAreNotSetFromHere(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	other := p.Beside(t)
	other.Join(t, who, "consultation_1")
	v := server.signedIn(t, p.Pilot)
	v.sets(p, who, "sms", "514 555-0198").want(http.StatusConflict).sees("ne dépend pas que d'ici")
	v.sets(p, who, "app", "").want(http.StatusSeeOther) // what this place asks is its own affair
	if a := server.signedIn(t, who).get("/p/" + p.Number + "/").follow(); a.path != "/signin/enrol" {
		t.Errorf("comes to %s", a.path)
	}
	v.sets(p, p.Pilot, "app", "").want(http.StatusConflict).sees("se règle dans Mon compte")
}

func TestAPersonIsAddedWithASecondFactor(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	v := server.signedIn(t, p.Pilot)
	add := func(factor, mobile, email string) *answer {
		return v.get("/p/"+p.Number+"/people/new").want(http.StatusOK).form("/people").
			with("family", "Lavoie", "given", "Aimé", "email", email, "username", "ALavoie"+p.Number, "factor", factor, "mobile", mobile).send()
	}
	add("sms", "", "alavoie"+p.Number+"@exemple.test").want(http.StatusUnprocessableEntity).sees("Un code par texto demande un numéro")
	add("email", "", "alavoie"+p.Number+"@exemple.test").want(http.StatusUnprocessableEntity).sees("ne prouverait rien de plus")
	add("sms", "514 555-0197", "alavoie"+p.Number+"@exemple.test").want(http.StatusSeeOther)
	got := query[string](t, `
select r.factor_asked || ' ' || a.mobile || ' ' || f.kind from resource r
  join identity.account a on a.id = r.account_id join identity.factor f on f.account_id = a.id where r.username = $1`, "ALavoie"+p.Number)
	if got != "any +15145550197 sms" {
		t.Errorf("%q", got)
	}
	v.post("/p/"+p.Number+"/people", url.Values{"factor": {"passkey"}}).want(http.StatusUnprocessableEntity)
}

// Who saves a sheet that someone else changed meanwhile sees that the telephone for
// codes is among what differs.
func TestANumberThatSomeoneElseSavedMeanwhileIsShown(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	v := server.signedIn(t, p.Pilot)
	first := v.get("/p/" + p.Number + "/people/" + who.Resource.String() + "/edit").want(http.StatusOK).form("/edit")
	v.sets(p, who, "sms", "514 555-0177").want(http.StatusSeeOther)
	first.with("factor", "sms", "mobile", "514 555-0178").send().want(http.StatusConflict).sees("Téléphone cellulaire pour les codes", "+15145550177")
}
