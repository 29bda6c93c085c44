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
