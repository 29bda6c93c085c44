package e2e_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"habilis/internal/browser"
	"habilis/internal/mail"
)

const newSecret = "quatre canots verts, deux pagaies"

// changes fills in the change of one's own password.
func (v *visitor) changes(current, password, again string) *answer {
	v.t.Helper()
	return v.get("/account/password").want(http.StatusOK).form("/account/password").with("current", current, "password", password, "again", again).send()
}

func TestTheMenuLeadsToOnesAccountFromEverywhere(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	v := server.signedIn(t, p.Pilot)
	for _, path := range []string{"/places", "/p/" + p.Number + "/", "/p/" + p.Number + "/people", "/account"} {
		if !strings.Contains(v.get(path).want(http.StatusOK).body, `href="/account"`) {
			t.Errorf("%s does not lead to it", path)
		}
	}
	stranger := server.visitor(t)
	for _, path := range []string{"/account", "/account/password"} {
		stranger.get(path).want(http.StatusSeeOther)
	}
}

func TestAnAccountShowsItsOwnerWhatHabilisKnows(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1", "booking")
	server.signedIn(t, who).get("/account").want(http.StatusOK).
		sees("Mon compte", who.Given, who.Family, who.Username, who.Email, p.Number, "votre mot de passe seul ouvre votre compte", "Cette session", "127.0.0.1")
}

func TestChangingOnesPasswordEndsTheOtherSessionsOnBothReplicas(t *testing.T) {
	t.Parallel()
	one, two := start(t), start(t)
	p := ourPlace(t)
	who := someone(t, p, "coordination")
	v, other := one.signedIn(t, who), two.signedIn(t, who)
	before := v.session()
	end := func() time.Time {
		return query[time.Time](t, `select max(expires_at) from identity.session where account_id = $1`, who.Account)
	}
	until := end()
	v.changes(secret, newSecret, newSecret).want(http.StatusSeeOther).follow().want(http.StatusOK).sees("Vos autres sessions sont fermées")
	if v.session() == before || v.session() == "" {
		t.Error("the session has its old identifier")
	}
	if now := end(); now.Sub(until) > time.Millisecond {
		t.Errorf("the session lived until %v, and now until %v", until, now)
	}
	stolen := one.visitor(t)
	stolen.jar.kept["__Host-habilis"] = before
	for name, s := range map[string]*server{"one": one, "two": two} {
		v.at(s).get("/account").want(http.StatusOK)
		other.at(s).get("/account").want(http.StatusSeeOther)
		if a := stolen.at(s).get("/account"); a.status != http.StatusSeeOther {
			t.Errorf("replica %s answers the old identifier %d", name, a.status)
		}
	}
	two.visitor(t).enter(who.Username, secret).want(http.StatusUnprocessableEntity)
	two.visitor(t).enter(who.Username, newSecret).want(http.StatusSeeOther)
	eventually(t, "a letter that tells of it, from either replica", func() bool {
		told := slices.DeleteFunc(append(one.letters(t, who.Email), two.letters(t, who.Email)...), func(l *mail.Kept) bool {
			return !strings.Contains(l.Subject, "mot de passe")
		})
		return len(told) == 1
	})
}

func TestARefusedChangeOfPasswordSaysWhyAndChangesNothing(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "coordination")
	v, other := server.signedIn(t, who), server.signedIn(t, who)
	for said, fields := range map[string][3]string{
		"Ce n'est pas votre mot de passe actuel":         {"faux", newSecret, newSecret},
		"C'est votre mot de passe actuel. Choisissez-en": {secret, secret, secret},
		"Les deux mots de passe diffèrent":               {secret, newSecret, newSecret + "x"},
	} {
		a := v.changes(fields[0], fields[1], fields[2]).want(http.StatusUnprocessableEntity).sees(said)
		if strings.Contains(a.body, fields[1]) {
			t.Error("a password is on the page")
		}
	}
	other.get("/account").want(http.StatusOK)
	for range 6 {
		v.post("/account/password", url.Values{"current": {"faux"}, "password": {newSecret}, "again": {newSecret}})
	}
	v.changes(secret, newSecret, newSecret).want(http.StatusTooManyRequests).sees("Trop d'essais erronés")
	v.post("/account/password/strength", url.Values{"password": {"abc"}}).want(http.StatusOK).sees("Difficile à deviner")
}

func TestOneSessionIsClosedAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	one, two := start(t), start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1", "booking")
	v := one.signedIn(t, who)
	lost := two.visitor(t)
	lost.header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0")
	lost.enter(who.Username, secret).want(http.StatusSeeOther)
	kept := two.signedIn(t, who)
	page := v.get("/account").want(http.StatusOK).sees("Firefox sur Windows")
	lost.post("/p/"+p.Number+"/hat", url.Values{"role": {p.Role(t, "booking").String()}}).want(http.StatusSeeOther) // under another identifier since
	id := query[string](t, `select id::text from identity.session where account_id = $1 and agent like '%Firefox/140.0'`, who.Account)

	stranger := one.signedIn(t, someone(t, p, "coordination"))
	stranger.post("/account/sessions/"+id+"/end", url.Values{}).want(http.StatusNotFound)
	stranger.post("/account/sessions/x/end", url.Values{}).want(http.StatusNotFound)
	lost.get("/account").want(http.StatusOK)

	page.form("/account/sessions/" + id + "/end").send().want(http.StatusSeeOther).follow().want(http.StatusOK).sees("La session est fermée")
	for _, s := range []*server{one, two} {
		lost.at(s).get("/account").want(http.StatusSeeOther)
		kept.at(s).get("/account").want(http.StatusOK)
		v.at(s).get("/account").want(http.StatusOK)
	}
	v.post("/account/sessions/"+id+"/end", url.Values{}).want(http.StatusNotFound).sees("n'est plus ouverte")
}

func TestAllOtherSessionsAreClosedAtOnce(t *testing.T) {
	t.Parallel()
	one, two := start(t), start(t)
	p := ourPlace(t)
	who := someone(t, p, "coordination")
	v, others := one.signedIn(t, who), []*visitor{one.signedIn(t, who), two.signedIn(t, who)}
	v.get("/account").form("/account/sessions/end").send().want(http.StatusSeeOther).follow().want(http.StatusOK).sees("Vos autres sessions sont fermées", "Cette session")
	for _, s := range []*server{one, two} {
		for _, other := range others {
			other.at(s).get("/account").want(http.StatusSeeOther)
		}
		if a := v.at(s).get("/account").want(http.StatusOK); strings.Contains(a.body, "/end") {
			t.Errorf("there is something left to close:\n%s", a.text())
		}
	}
}

// By keyboard from the menu, in the window over the account, refused and then done.
func TestOnesPasswordIsChangedInAWindowWithoutAMouse(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	b := browser.New(t, server.URL())
	b.Open("/signin")
	b.Fill("Nom d'utilisateur ou courriel", p.Pilot.Username)
	b.Fill("Mot de passe", secret)
	b.Press("Enter")
	b.At("/p/" + p.Number + "/")
	b.Reach("DisclosureTriangle", p.Pilot.Given+" "+p.Pilot.Family+"…")
	b.Press("Enter")
	b.Reach("link", "Mon compte")
	b.Press("Enter")
	b.Has("heading", "Mon compte")
	b.Reach("link", "Changer de mot de passe")
	b.Press("Enter")
	b.Has("dialog", "Changer de mot de passe")
	b.Axe()
	b.ReachField("Mot de passe actuel")
	b.Type("faux")
	b.ReachField("Nouveau mot de passe")
	b.Type(newSecret)
	b.See("Suffisant")
	b.ReachField("Le même, encore une fois")
	b.Type(newSecret)
	b.Press("Enter")
	b.See("Ce n'est pas votre mot de passe actuel")
	b.Axe()
	b.Screenshot("account-password-refused")
	for _, field := range []struct{ name, typed string }{{"Mot de passe actuel", secret}, {"Nouveau mot de passe", newSecret}, {"Le même, encore une fois", newSecret}} {
		b.ReachField(field.name)
		b.Type(field.typed)
	}
	b.Press("Enter")
	b.See("Votre mot de passe est enregistré")
	b.Has("heading", "Mon compte")
}
