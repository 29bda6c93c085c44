package e2e_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/browser"
	"habilis/internal/pgtest/place"
	"habilis/internal/portal"
)

// stale moves the clock on until what was shown at sign-in is no proof any more.
func (s *server) stale() { s.clock.Advance(11 * time.Minute) }

const askedWho = "Confirmez que c'est vous"

// asksWho fails the test unless the answer asks who is there.
func (a *answer) asksWho() *answer {
	a.visitor.t.Helper()
	return a.want(http.StatusOK, http.StatusUnprocessableEntity).sees(askedWho)
}

// proves answers with a password.
func (a *answer) proves(password string) *answer {
	a.visitor.t.Helper()
	for _, ending := range []string{a.path, ""} {
		if f := a.formWith("proof", ending); f != nil {
			return f.with("proof", password).send()
		}
	}
	a.visitor.t.Fatalf("%s asks for no proof:\n%s", a.path, a.text())
	return nil
}

// formWith is the page's form that has a field, or nil.
func (a *answer) formWith(field, ending string) *sheet {
	for n := range a.doc().Descendants() {
		if n.Data != "form" || !strings.HasSuffix(attribute(n, "action"), ending) {
			continue
		}
		f := &sheet{a.visitor, attribute(n, "action"), url.Values{}}
		for d := range n.Descendants() {
			f.read(d)
		}
		if f.values.Has(field) {
			return f
		}
	}
	return nil
}

// clinic is a place whose pilot may give authority, and the role that has it.
func clinic(t *testing.T) (*place.Place, uuid.UUID) {
	t.Helper()
	p := place.Of(t, "clinic")
	withoutFactor(t, p)
	return p, p.Role(t, "administrator")
}

func held(t *testing.T, who place.Person) []string {
	t.Helper()
	return query[[]string](t, `select coalesce(array_agg(role_id::text), '{}') from role_grant where resource_id = $1 and open`, who.Resource)
}

func TestAuthorityIsGivenByWhoShowsThatItIsThem(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, role := clinic(t)
	target := someone(t, p, p.Kind.DefaultRole().Key)
	v := server.signedIn(t, p.Pilot)
	path := "/p/" + p.Number + "/people/" + target.Resource.String() + "/roles"
	give := func() *answer {
		return v.get(path+"/new?role="+role.String()).want(http.StatusOK).form("/roles").with("role", role.String()).send()
	}
	server.stale()
	asked := give().asksWho()
	if slices.Contains(held(t, target), role.String()) {
		t.Fatal("it was given before that was shown")
	}
	if strings.Contains(asked.body, secret) {
		t.Error("a password is on the page")
	}
	before := v.session()
	wrong := asked.proves("ce n'est pas le bon mot").want(http.StatusUnprocessableEntity).asksWho().sees("Ce n'est pas votre mot de passe actuel")
	if slices.Contains(held(t, target), role.String()) || v.session() != before {
		t.Fatal("a wrong password gave it")
	}
	wrong.proves(secret).want(http.StatusSeeOther).follow().want(http.StatusOK)
	if !slices.Contains(held(t, target), role.String()) {
		t.Error("what was chosen was not kept for the right password")
	}
	if v.session() == before || v.session() == "" {
		t.Error("the session has its old identifier")
	}
	other := someone(t, p, p.Kind.DefaultRole().Key)
	v.get("/p/"+p.Number+"/people/"+other.Resource.String()+"/roles/new?role="+role.String()).
		form("/roles").with("role", role.String()).send().want(http.StatusSeeOther) // within ten minutes
}

func TestOrdinaryWorkIsNotAskedWhoIsThere(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	target := someone(t, p, "consultation_1")
	v := server.signedIn(t, p.Pilot)
	server.stale()
	role := p.Role(t, "booking").String()
	base := "/p/" + p.Number
	v.get(base+"/people/"+target.Resource.String()+"/roles/new?role="+role).form("/roles").with("role", role).send().want(http.StatusSeeOther)
	v.get(base+"/people/"+target.Resource.String()+"/edit").form("/edit").with("function", "Accueil").send().want(http.StatusSeeOther)
	v.get(base+"/settings").form("/settings").with("name", "Autre nom").send().want(http.StatusSeeOther)
	v.get(base + "/people/" + target.Resource.String() + "/archive").form("/archive").send().want(http.StatusSeeOther)
	v.post("/account/sessions/end", url.Values{}).want(http.StatusSeeOther)
}

func TestWhereSomeonesCodesGoIsChangedByWhoShowsThatItIsThem(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	target := someone(t, p, "consultation_1")
	v := server.signedIn(t, p.Pilot)
	server.stale()
	mobile := func() string {
		return query[string](t, `select coalesce(mobile, '') from identity.account where id = $1`, target.Account)
	}
	page := v.get("/p/" + p.Number + "/people/" + target.Resource.String() + "/edit")
	asked := page.form("/edit").with("factor", "sms", "mobile", "514 555-0188").send().asksWho()
	if mobile() != "" {
		t.Fatal("it was changed before that was shown")
	}
	asked.proves(secret).want(http.StatusSeeOther)
	if mobile() != "+15145550188" {
		t.Error("what was typed was not kept")
	}
}

func TestSecurityOfThePlaceIsChangedByWhoShowsThatItIsThem(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	v := server.signedIn(t, p.Pilot)
	server.stale()
	hours := func() string {
		return query[string](t, `select policies->>'temporary_password_hours' from tenant where tenant_id = $1`, p.ID)
	}
	was := hours()
	asked := v.get("/p/"+p.Number+"/settings").form("/settings").with("temporary_password_hours", "7", "name", "Autre nom").send().asksWho()
	if hours() != was {
		t.Fatal("it was changed before that was shown")
	}
	asked.proves(secret).want(http.StatusSeeOther)
	if hours() != "7" || query[string](t, `select name from tenant where tenant_id = $1`, p.ID) != "Autre nom" {
		t.Error("what was typed was not kept")
	}
}

// A proof is no way to guess a password: wrong ones count as they do everywhere.
func TestProofsAreNotGuessed(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	v := server.signedIn(t, p.Pilot)
	server.stale()
	for range 6 {
		v.post("/account/confirm", url.Values{"proof": {"faux"}})
	}
	a := v.post("/account/confirm", url.Values{"proof": {secret}}).want(http.StatusTooManyRequests).sees("Trop d'essais erronés")
	server.clock.Advance(16 * time.Minute)
	a.proves(secret).want(http.StatusSeeOther)
}

func TestAProofLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	v := server.signedIn(t, p.Pilot)
	for next, want := range map[string]string{
		"/places": "/places", "//evil.example": "/account", "https://evil.example": "/account", "": "/account", "/\\evil.example": "/account",
	} {
		if to := v.post("/account/confirm", url.Values{"next": {next}}).want(http.StatusSeeOther).header.Get("Location"); to != want {
			t.Errorf("%q leads to %q", next, to)
		}
	}
	server.stale()
	v.get("/account/confirm?next=/places").asksWho().proves(secret).want(http.StatusSeeOther).follow().want(http.StatusOK).sees("Vos lieux de travail")
}

// The acts that ask, each with why in the comment of what makes it ask: one that is
// added is looked at here.
func TestActsThatAskWhoIsThereAreListed(t *testing.T) {
	t.Parallel()
	listed := map[string]access.Proof{
		"POST /people":                               access.ProofAtTime, // creating with authority
		"POST /people/{id}/edit":                     access.ProofAtTime, // where someone's codes go
		"POST /people/{id}/access/factor":            access.ProofAtTime, // taking an account over
		"POST /people/{id}/access/backup":            access.ProofAtTime,
		"POST /people/{id}/access/email":             access.ProofAtTime,
		"POST /people/{id}/access/password":          access.ProofAtTime,
		"POST /people/{id}/access/password/strength": access.ProofAtTime, // the same need
		"POST /people/new/strength":                  access.ProofAtTime, // the same need as creating
		"POST /people/permissions":                   access.ProofAtTime, // cells of settings or roles
		"POST /people/{id}/permissions":              access.ProofAtTime,
		"POST /people/{id}/restore":                  access.ProofAtTime, // bringing authority back
		"POST /people/{id}/roles":                    access.ProofAtTime, // giving authority
		"POST /people/{id}/roles/{grant}":            access.ProofAtTime,
		"POST /people/{id}/roles/{grant}/prolong":    access.ProofAtTime,
		"POST /people/{id}/roles/{grant}/end":        access.ProofAtTime, // the same need: ending asks nothing
		"POST /invitations":                          access.ProofAtTime,
		"POST /invitations/{id}/resend":              access.ProofAtTime, // the same need
		"POST /roles":                                access.ProofAtTime, // defining authority
		"POST /roles/{id}/edit":                      access.ProofAtTime,
		"POST /roles/{id}/retire":                    access.ProofAtTime,
		"POST /roles/{id}/reinstate":                 access.ProofAtTime,
		"POST /settings":                             access.ProofAtTime, // its security
		"POST /phone":                                access.ProofAtTime, // people are called back there, before they are helped
		"POST /leave":                                access.ProofAtTime, // access is lost until someone else gives it back
	}
	for _, r := range new(portal.Server).Routes() {
		if r.Room != portal.Place || r.Method != http.MethodPost {
			continue
		}
		key := r.Method + " " + strings.TrimPrefix(r.Pattern, "/p/{number}")
		if r.Need.Proof != listed[key] {
			t.Errorf("%s asks who is there: %d, and is listed as %d", key, r.Need.Proof, listed[key])
		}
		delete(listed, key)
	}
	for key := range listed {
		t.Errorf("%s is listed and is no route", key)
	}
}

// By keyboard, in the window over the page, refused and then done.
func TestWhoIsThereIsAskedInTheWindowWithoutAMouse(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, role := clinic(t)
	target := someone(t, p, p.Kind.DefaultRole().Key)
	name := query[string](t, `select name_fr from role where id = $1`, role)
	words := p.Tenants.Words("clinic", "fr-CA")
	b := browser.New(t, server.URL())
	b.Open("/signin")
	b.Fill("Nom d'utilisateur ou courriel", p.Pilot.Username)
	b.Fill("Mot de passe", secret)
	b.Press("Enter")
	b.At("/p/" + p.Number + "/")
	b.Open("/p/" + p.Number + "/people/" + target.Resource.String() + "/roles")
	b.Reach("link", words.AddRole)
	b.Press("Enter")
	b.Choose(name + "…")
	server.stale()
	b.Reach("button", words.Save)
	b.Press("Enter")
	b.Has("dialog", askedWho)
	b.Axe()
	b.Screenshot("prove")
	b.ReachField("Mot de passe")
	b.Type("faux")
	b.Press("Enter")
	b.See("Ce n'est pas votre mot de passe actuel")
	b.Axe()
	b.ReachField("Mot de passe")
	b.Type(secret)
	b.Press("Enter")
	b.HasNot("dialog", askedWho)
	b.See(name)
	if !slices.Contains(held(t, target), role.String()) {
		t.Error("it was not given")
	}
}
