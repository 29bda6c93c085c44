package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"habilis/internal/config"
	"habilis/internal/pgtest"
)

// How long a secret lives is the place's to say, and judged when it is used.
func TestB4SecretsLiveAsLongAsThePlaceSaysAndNoLonger(t *testing.T) {
	t.Parallel()
	server := start(t)
	for _, c := range []struct {
		policy, first string
		hours         int
	}{
		{"temporary_password_hours", "temporary_password", 24}, {"temporary_password_hours", "temporary_password", 72},
		{"activation_hours", "activation", 72}, {"activation_hours", "activation", 2},
	} {
		for late, live := range map[time.Duration]bool{-2 * time.Minute: true, time.Minute: false} {
			t.Run(fmt.Sprint(c.policy, c.hours, live), func(t *testing.T) {
				p := ourPlace(t)
				_, err := pgtest.Super(t).Exec(t.Context(), `update tenant set policies = policies || jsonb_build_object($2::text, $3::int, 'first_access', $4::text) where tenant_id = $1`,
					p.ID, c.policy, c.hours, c.first)
				if err != nil {
					t.Fatal(err)
				}
				who := waiting(t, p, "consultation_1")
				server.sendsFirst(t, p, who)
				letter := server.letters(t, who.Email)[0]
				_, err = pgtest.Super(t).Exec(t.Context(), `update identity.token set created_at = created_at - $2::interval, expires_at = expires_at - $2::interval where account_id = $1`,
					who.Account, time.Duration(c.hours)*time.Hour+late)
				if err != nil {
					t.Fatal(err)
				}
				v := server.visitor(t)
				var status int
				if c.first == "activation" {
					status = v.get(server.linkIn(t, letter)).follow().status
				} else {
					status = v.enter(who.Username, temporaryIn(t, letter)).follow().status
				}
				if works := status == http.StatusOK; works != live {
					t.Errorf("%s after the place's %d hours: %d", late, c.hours, status)
				}
			})
		}
	}
}

// Whoever has a secret sent never sees it: not on the answer, the sheet, its mails,
// nor the journal.
func TestB11NoManagerEverSeesASecretThatIsMailed(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := waiting(t, p, "consultation_1")
	v := server.signedIn(t, p.Pilot)
	sheet := "/p/" + p.Number + "/people/" + who.Resource.String()
	sent := v.get(sheet + "/access").form("/access/resend").send().want(http.StatusSeeOther).follow()
	eventually(t, "a letter", func() bool { return len(server.letters(t, who.Email)) == 1 })
	temporary := temporaryIn(t, server.letters(t, who.Email)[0])
	for _, a := range []*answer{sent, v.get(sheet), v.get(sheet + "/access"), v.get("/p/" + p.Number + "/journal"), v.get("/p/" + p.Number + "/people?q=" + who.Family)} {
		if strings.Contains(strings.ToUpper(a.body), strings.ToUpper(temporary)) {
			t.Errorf("%s shows it", a.path)
		}
	}
}

// A form that names two people reaches neither, and mail goes to the address on
// file, whatever else the form says.
func TestB12AQuestionIsOfOneAddressAndItsAnswerGoesToTheOneOnFile(t *testing.T) {
	t.Parallel()
	unhurried(t)
	server := start(t)
	p := ourPlace(t)
	known, other := someone(t, p, "consultation_1"), someone(t, p, "consultation_1")
	ask := func(fields url.Values) *answer { return server.visitor(t).post("/signin/forgot", fields) }
	if a := ask(url.Values{"login": {known.Email, other.Email}}); a.status < 400 || a.status >= 500 {
		t.Errorf("two addresses answer %d", a.status)
	}
	ask(url.Values{"login": {known.Email + "," + other.Email}})
	ask(url.Values{"login": {known.Email + "\nBcc: " + other.Email}})
	ask(url.Values{"login": {known.Email}, "email": {other.Email}, "to": {other.Email}, "address": {other.Email}}).want(http.StatusSeeOther)
	server.letter(t, known.Email, "Choisissez un autre mot de passe")
	if got := server.letters(t, other.Email); len(got) > 0 {
		t.Errorf("someone else got %q", got[0].Subject)
	}
}

// A mail server that is down is nobody's business at the door: everybody is
// answered the same, at once.
func TestR1AMailServerThatIsDownChangesNoAnswer(t *testing.T) {
	t.Parallel()
	unhurried(t)
	server := start(t, func(c *config.Config) { c.SMTPURL = "smtp://127.0.0.1:1" })
	p := ourPlace(t)
	known, archived, never := someone(t, p, "consultation_1"), someone(t, p, "consultation_1"), waiting(t, p, "consultation_1")
	p.Archive(t, archived)
	var want string
	for _, login := range []string{known.Username, known.Email, archived.Username, never.Email, "Personne404", "personne404@exemple.test"} {
		v := server.visitor(t)
		v.get("/signin/forgot")
		a := v.post("/signin/forgot", url.Values{"login": {login}}).want(http.StatusSeeOther)
		got := same(a, "") + same(a.follow(), "")
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%q: answers differently:\n%s", login, differences(want, got))
		}
	}
	server.signedIn(t, p.Pilot).get("/p/" + p.Number + "/people/" + never.Resource.String() + "/access").form("/access/resend").send().want(http.StatusSeeOther)
}
