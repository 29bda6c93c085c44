package e2e_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/secret/password"
)

// choosing is a way to set a password: it gives a person to set one for, and the
// form that does.
type choosing func(t *testing.T, s *server, p *place.Place) (who place.Person, send func(plain string) *answer)

// waysToChoose are all the ways in which a password is set.
var waysToChoose = map[string]choosing{
	"after a temporary one": func(t *testing.T, s *server, p *place.Place) (place.Person, func(string) *answer) {
		who := waiting(t, p, "consultation_1")
		v := s.visitor(t)
		v.enter(who.Username, withTemporary(t, s, p, who)).want(http.StatusSeeOther)
		return who, func(plain string) *answer {
			return v.post("/signin/choose", url.Values{"password": {plain}, "again": {plain}})
		}
	},
	"by a link of activation": func(t *testing.T, s *server, p *place.Place) (place.Person, func(string) *answer) {
		activates(t, p)
		who := waiting(t, p, "consultation_1")
		s.sendsFirst(t, p, who)
		return who, s.throughLink(t, s.linkIn(t, s.letters(t, who.Email)[0]))
	},
	"by a link of reset": func(t *testing.T, s *server, p *place.Place) (place.Person, func(string) *answer) {
		who := someone(t, p, "consultation_1")
		return who, s.throughLink(t, s.resetLink(t, who))
	},
	"by its owner": func(t *testing.T, s *server, p *place.Place) (place.Person, func(string) *answer) {
		who := someone(t, p, "consultation_1")
		v := s.signedIn(t, who)
		return who, func(plain string) *answer {
			return v.post("/account/password", url.Values{"current": {secret}, "password": {plain}, "again": {plain}})
		}
	},
	"by a manager": func(t *testing.T, s *server, p *place.Place) (place.Person, func(string) *answer) {
		letSetPasswords(t, p)
		who := someone(t, p, "consultation_1")
		v := s.signedIn(t, p.Pilot)
		return who, func(plain string) *answer {
			return v.post("/p/"+p.Number+"/people/"+who.Resource.String()+"/access/password", url.Values{"password": {plain}, "submission": {newID()}})
		}
	},
	"with a new account": func(t *testing.T, s *server, p *place.Place) (place.Person, func(string) *answer) {
		letSetPasswords(t, p)
		who := place.Person{Family: "Quenneville" + p.Number, Given: "Théodule", Username: "TQuenne" + p.Number, Email: "tquenne" + p.Number + "@exemple.test"}
		v := s.signedIn(t, p.Pilot)
		return who, func(plain string) *answer {
			return v.get("/p/"+p.Number+"/people/new").form("/people").with("family", who.Family, "given", who.Given, "email", who.Email,
				"username", who.Username, "password", plain).send()
		}
	},
}

func (s *server) throughLink(t *testing.T, path string) func(string) *answer {
	v := s.visitor(t)
	v.get(path).want(http.StatusSeeOther)
	return func(plain string) *answer { return v.post("/link", url.Values{"password": {plain}, "again": {plain}}) }
}

// twinOf is another account of someone of the same names, whose password is fresh.
func twinOf(t *testing.T, p *place.Place, family, given string) {
	t.Helper()
	twin := p.Person(t, "consultation_1")
	hash, err := password.DefaultHasher().Hash(t.Context(), fresh)
	if err != nil {
		t.Fatal(err)
	}
	for _, do := range []struct {
		sql  string
		args []any
	}{
		{`update resource set family = $2, given = $3 where id = $1`, []any{twin.Resource, family, given}},
		{`update identity.account set password_hash = $2, password_set_at = now() where id = $1`, []any{twin.Account, hash}},
	} {
		if _, err := pgtest.Super(t).Exec(t.Context(), do.sql, do.args...); err != nil {
			t.Fatal(err)
		}
	}
}

func TestA1AndA3NoWayToChooseAPasswordTakesABadOne(t *testing.T) {
	t.Parallel()
	server := start(t)
	for way, choose := range waysToChoose {
		t.Run(way, func(t *testing.T) {
			unhurried(t)
			p := ourPlace(t)
			who, send := choose(t, server, p)
			twinOf(t, p, who.Family, who.Given)
			for what, plain := range map[string]string{
				"a short one":           "kx7#Qm2!vTz9R",
				"a common one":          "motdepasse123",
				"their name":            strings.Repeat(who.Family+" ", 3),
				"their address":         who.Email + " " + who.Email,
				"the place's name":      "Place " + p.Number + " Place " + p.Number,
				"the product's name":    "Habilis Habilis Habilis",
				"one letter":            strings.Repeat("a", 40),
				"that of their account": fresh, // another one of the same person
			} {
				if a := send(plain); a.status != http.StatusUnprocessableEntity {
					t.Errorf("%s answers %d", what, a.status)
				} else if strings.Contains(a.body, plain) {
					t.Errorf("%s is on the page", what)
				}
			}
			long := strings.Repeat("grève ", 4) + "quatorze merles sur la corniche d'Anticosti"
			if a := send(long); !slices.Contains([]int{http.StatusSeeOther, http.StatusOK}, a.status) {
				t.Errorf("a good one answers %d: %s", a.status, a.text())
			}
		})
	}
}

func TestA1AShorterPasswordDoesBesideASecondFactor(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	for with, want := range map[string]int{"": http.StatusUnprocessableEntity, "email": http.StatusUnprocessableEntity, "sms": http.StatusSeeOther} {
		who := someone(t, p, "consultation_1")
		v := server.signedIn(t, who)
		if with != "" {
			withCodes(t, who, with)
		}
		a := v.post("/account/password", url.Values{"current": {secret}, "password": {beside}, "again": {beside}})
		if a.status != want {
			t.Errorf("beside codes by %q: %d\n%s", with, a.status, a.text())
		}
	}
}

func TestA1NoPasswordIsCutOffAndAccentsAreHeardHoweverTyped(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	composed := strings.Repeat("é", 3) + strings.Repeat("une phrase qui n'en finit pas, ", 7) + "à la fin"
	decomposed := strings.ReplaceAll(strings.ReplaceAll(composed, "é", "e\u0301"), "à", "a\u0300")
	who, send := waysToChoose["by a link of reset"](t, server, p)
	send(composed).want(http.StatusSeeOther)
	server.visitor(t).enter(who.Username, decomposed).want(http.StatusSeeOther)
	server.visitor(t).enter(who.Username, strings.TrimSuffix(composed, "fin")).want(http.StatusUnprocessableEntity)
}

// Nobody who has left comes in by any door, and nobody past their second factor.
func TestA8EveryWayInAsksTheSame(t *testing.T) {
	t.Parallel()
	server := start(t)
	good := "quatorze merles sur la corniche d'Anticosti"
	for way, leave := range map[string]func(t *testing.T, p *place.Place, who place.Person){
		"archived": func(t *testing.T, p *place.Place, who place.Person) { p.Archive(t, who) },
		"of a place that closed": func(t *testing.T, p *place.Place, who place.Person) {
			if _, err := pgtest.Super(t).Exec(t.Context(), `update tenant set state = 'closed' where tenant_id = $1`, p.ID); err != nil {
				t.Fatal(err)
			}
		},
	} {
		for _, door := range []string{"after a temporary one", "by a link of activation", "by a link of reset", "by its owner"} {
			t.Run(way+" "+door, func(t *testing.T) {
				unhurried(t)
				p := ourPlace(t)
				who, send := waysToChoose[door](t, server, p)
				leave(t, p, who)
				send(good)
				v := server.visitor(t)
				for _, plain := range []string{good, secret} {
					v.post("/signin", url.Values{"login": {who.Username}, "password": {plain}}).want(http.StatusUnprocessableEntity)
				}
				if n := query[int](t, `select count(*) from identity.account where id = $1 and password_mailbox is not null`, who.Account); n > 0 {
					t.Error("a link of someone who has left sets a password")
				}
			})
		}
	}
}
