package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"habilis/internal/pgtest"
)

// Whoever is asked why someone never came in sees that what was sent holds no more,
// and sends another.
func TestTheSheetSaysThatWhatLetsSomeoneInHoldsNoMore(t *testing.T) {
	t.Parallel()
	server := start(t)
	for kind, c := range map[string]struct {
		role, said string
		hours      time.Duration
	}{
		"planner":   {"consultation_1", "Le dernier mot de passe temporaire n'est plus valable depuis le", 24},
		"childcare": {"educator", "Le dernier lien d'activation n'est plus valable depuis le", 72},
	} {
		s := newStage(t, kind)
		withoutFactor(t, s.Place)
		who := waiting(t, s.Place, c.role)
		at := "/p/" + s.Number + "/people/" + who.Resource.String()
		pilot := server.signedIn(t, s.Pilot)
		pilot.get(at + "/access").form("/access/resend").send().want(http.StatusSeeOther)
		eventually(t, "the letter to be gone", func() bool {
			return query[int](t, `select count(*)::int from mail where resource_id = $1 and state = 'sent'`, who.Resource) == 1
		})
		if text := pilot.get(at + "/access").text(); strings.Contains(text, "n'est plus valable") {
			t.Errorf("%s: it holds no more already:\n%s", kind, text)
		}
		if _, err := pgtest.Super(t).Exec(t.Context(), `update mail set created_at = created_at - $2::interval, changed_at = changed_at - $2::interval where resource_id = $1`,
			who.Resource, c.hours*time.Hour); err != nil {
			t.Fatal(err)
		}
		pilot.get(at).want(http.StatusOK).sees(c.said)
		page := pilot.get(at+"/access").want(http.StatusOK).sees(c.said, "Envoyez un autre courriel")
		page.form("/access/resend").send().want(http.StatusSeeOther)
		eventually(t, "another letter", func() bool {
			return !strings.Contains(pilot.get(at+"/access").text(), "n'est plus valable")
		})
	}
}

func TestSupportIsNotAskedForWhatThePlaceMayDoItself(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, q := ourPlace(t), ourPlace(t)
	who := someone(t, p, "consultation_1")
	pilot := server.signedIn(t, p.Pilot)
	at := "/p/" + p.Number + "/people/" + who.Resource.String() + "/access/support"
	text := pilot.get(at).want(http.StatusConflict).sees("Ce compte ne sert qu'ici").text()
	if strings.Contains(text, "Ce compte ne dépend pas que d'ici") {
		t.Errorf("it says both:\n%s", text)
	}
	q.Join(t, who, "consultation_1")
	pilot.get(at).want(http.StatusOK).sees("Ce compte ne dépend pas que d'ici")
}

// What went to the backup address and came to nothing goes there again, from the advice
// as from the letter; and nothing is said of correcting the main address for it.
func TestTheAdviceSendsAgainToWhereTheLetterWent(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := waiting(t, p, "consultation_1")
	backup := "secours." + who.Email
	write(t, `update identity.account set backup_email = $2, backup_email_key = lower($2), backup_email_set_at = $3, backup_email_verified_at = $3 where id = $1`,
		who.Account, backup, server.clock.Now().Add(-100*time.Hour))
	at := "/p/" + p.Number + "/people/" + who.Resource.String()
	pilot := server.signedIn(t, p.Pilot)
	pilot.get(at + "/access").form("/access/resend?to=backup").send().want(http.StatusSeeOther)
	eventually(t, "the letter to be gone", func() bool {
		return query[int](t, `select count(*)::int from mail where resource_id = $1 and recipient = $2 and state = 'sent'`, who.Resource, backup) == 1
	})
	for how, sql := range map[string]string{
		"refused": `update mail set state = 'refused' where resource_id = $1`,
		"lapsed":  `update mail set state = 'sent', changed_at = changed_at - interval '100 hours' where resource_id = $1`,
	} {
		write(t, sql, who.Resource)
		page := pilot.get(at).want(http.StatusOK).lacks("corrigez-la sur la fiche").lacks("déjà servie de cette adresse")
		if to := page.form("/access/resend?to=backup").action; strings.Contains(page.body, `/access/resend"`) {
			t.Errorf("%s: it goes to the main address and to %s", how, to)
		}
		if n := strings.Count(pilot.get(at+"/access").want(http.StatusOK).body, `/access/resend?to=backup"`); n != 2 {
			t.Errorf("%s: %d buttons send to the backup address", how, n)
		}
	}
}

// What is advised for who never came in is of what lets them in, whatever else was sent.
func TestTheAdviceForWhoNeverCameInIsOfWhatLetsThemIn(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	pilot := server.signedIn(t, p.Pilot)
	email := "p" + newID() + "@exemple.test"
	pilot.get("/p/"+p.Number+"/people/new").want(http.StatusOK).form("/people").with("given", "Zoé", "family", "Quévillon", "email", email).send().want(http.StatusSeeOther)
	who := query[string](t, `select id::text from resource where tenant_id = $1 and email = $2`, p.ID, email)
	at := "/p/" + p.Number + "/people/" + who + "/access"
	eventually(t, "the letter to be gone", func() bool {
		return query[int](t, `select count(*)::int from mail where resource_id = $1 and state = 'sent'`, who) == 1
	})
	const left = "est parti à "
	pilot.get(at).want(http.StatusOK).sees(left + email)
	write(t, `
insert into mail (tenant_id, id, resource_id, template, recipient, locale, params, state, attempts, created_at, changed_at)
select tenant_id, gen_random_uuid(), resource_id, 'backup_named', 'autre@exemple.test', locale, '{}', 'sent', 1, created_at + interval '1 minute', changed_at from mail where resource_id = $1`, who)
	pilot.get(at).want(http.StatusOK).sees(left + email).lacks(left + "autre@exemple.test")
}
