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

// strong is the beginning of passwords that nothing but what follows is to be said against.
const strong = "kT7#xQ9m&Zp2!Lw "

func backwards(s string) string {
	runes := []rune(s)
	slices.Reverse(runes)
	return string(runes)
}

func TestA3WhatThePersonalWordsAreAddedToIsStrongByItself(t *testing.T) {
	report := password.Check(strong, password.Context{})
	if err := report.Err("password"); err != nil || !report.Alone {
		t.Errorf("%+v", report)
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
				"one letter":            strings.Repeat("a", 40),
				"that of their account": fresh, // another one of the same person
			} {
				if a := send(plain); a.status != http.StatusUnprocessableEntity {
					t.Errorf("%s answers %d", what, a.status)
				} else if strings.Contains(a.body, plain) {
					t.Errorf("%s is on the page", what)
				}
			}
			local, _, _ := strings.Cut(who.Email, "@")
			for what, word := range map[string]string{
				"their family name":    who.Family,
				"their first name":     who.Given,
				"their address":        who.Email,
				"half of it":           local,
				"their user name":      who.Username,
				"the place's name":     "Place " + p.Number,
				"the product's name":   "Habilis",
				"their name backwards": backwards(who.Family),
			} {
				if a := send(strong + word); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text(), "que les pirates essaient en premier") {
					t.Errorf("%s, %q: %d", what, word, a.status)
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

// entering is a way in, or a way to change what opens it: it gives a person, and what
// sends the form that takes them there.
type entering func(t *testing.T, s *server, p *place.Place) (who place.Person, send func() *answer)

// waysIn are all of them, each on its last step, with a good password.
func waysIn() map[string]entering {
	all := map[string]entering{
		"by their password": func(t *testing.T, s *server, p *place.Place) (place.Person, func() *answer) {
			who := someone(t, p, "consultation_1")
			v := s.visitor(t)
			return who, func() *answer {
				return v.post("/signin", url.Values{"login": {who.Username}, "password": {secret}})
			}
		},
		"by their factor": func(t *testing.T, s *server, p *place.Place) (place.Person, func() *answer) {
			who := someone(t, p, "consultation_1")
			withCodes(t, who, "sms")
			v := s.visitor(t)
			v.enter(who.Username, secret).want(http.StatusSeeOther)
			v.post("/signin/factor/send", url.Values{"method": {"sms"}}).want(http.StatusSeeOther)
			code, _ := s.textedCode(t, who, 1)
			return who, func() *answer {
				return v.post("/signin/factor", url.Values{"method": {"sms"}, "code": {code}})
			}
		},
		"by a passkey": func(t *testing.T, s *server, p *place.Place) (place.Person, func() *answer) {
			who, _, device := holder(t, s, p)
			v := s.visitor(t)
			shown := answerOf(device.Show(t, v.asked("/signin/passkey")))
			return who, func() *answer { return v.post("/signin/passkey", shown) }
		},
		"by showing who they are": func(t *testing.T, s *server, p *place.Place) (place.Person, func() *answer) {
			who := someone(t, p, "consultation_1")
			v := s.signedIn(t, who)
			return who, func() *answer { return v.post("/account/confirm", url.Values{"proof": {secret}}) }
		},
		"by an invitation": func(t *testing.T, s *server, p *place.Place) (place.Person, func() *answer) {
			who, inviting := someone(t, p, "consultation_1"), ourPlace(t)
			path := invited(t, s, s.signedIn(t, inviting.Pilot), inviting, who.Email)
			v := s.signedIn(t, who)
			return who, func() *answer { return v.post(path+"/accept", nil) }
		},
	}
	for _, door := range []string{"after a temporary one", "by a link of activation", "by a link of reset", "by its owner"} {
		all[door] = func(t *testing.T, s *server, p *place.Place) (place.Person, func() *answer) {
			who, send := waysToChoose[door](t, s, p)
			return who, func() *answer { return send("quatorze merles sur la corniche d'Anticosti") }
		}
	}
	return all
}

// Nobody who has left comes in by any door, nor changes what opens one.
func TestA8EveryWayInAsksTheSame(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	for way, leave := range map[string]func(t *testing.T, p *place.Place, who place.Person){
		"nobody": nil,
		"archived": func(t *testing.T, p *place.Place, who place.Person) {
			server.signedIn(t, p.Pilot).get("/p/"+p.Number+"/people/"+who.Resource.String()+"/archive").want(http.StatusOK).
				form("/archive").with("reason", "Départ").send().want(http.StatusSeeOther)
		},
		"of a place that closed": func(t *testing.T, p *place.Place, who place.Person) {
			write(t, `update tenant set state = 'closed' where tenant_id = $1`, p.ID)
		},
	} {
		for door, enter := range waysIn() {
			t.Run(way+" "+door, func(t *testing.T) {
				unhurried(t)
				p := ourPlace(t)
				who, send := enter(t, server, p)
				hash := func() string {
					return query[string](t, `select coalesce(password_hash, '') from identity.account where id = $1`, who.Account)
				}
				before := hash()
				if leave == nil { // else it would prove nothing
					send().want(http.StatusSeeOther)
					return
				}
				leave(t, p, who)
				a := send().want(http.StatusSeeOther, http.StatusGone, http.StatusUnprocessableEntity)
				if to := a.header.Get("Location"); a.status == http.StatusSeeOther && to != "/signin" && !strings.HasPrefix(to, "/signin?next=") {
					t.Errorf("it leads to %s", to)
				}
				a.visitor.get("/account").want(http.StatusSeeOther)
				if hash() != before {
					t.Error("the password is another one")
				}
				if n := query[int](t, `select count(*)::int from identity.membership where account_id = $1`, who.Account); n != 1 {
					t.Errorf("they belong to %d places", n)
				}
			})
		}
	}
}

// Whose second factor was taken away sets up another, by whichever door they come.
func TestA8WhoOwesAFactorSetsItUpByWhicheverDoor(t *testing.T) {
	t.Parallel()
	server := start(t)
	for _, door := range []string{"by their password", "after a temporary one", "by a link of activation"} {
		t.Run(door, func(t *testing.T) {
			unhurried(t)
			p := ourPlace(t)
			owe := func(who place.Person) {
				write(t, `update identity.account set must_enrol = true where id = $1`, who.Account)
			}
			var a *answer
			if door == "after a temporary one" { // whose last step is the sign-in
				who := waiting(t, p, "consultation_1")
				owe(who)
				a = server.visitor(t).enter(who.Username, withTemporary(t, server, p, who))
			} else {
				who, send := waysIn()[door](t, server, p)
				owe(who)
				a = send()
			}
			if to := a.want(http.StatusSeeOther).header.Get("Location"); to != "/signin/enrol" {
				t.Errorf("led to %s", to)
			}
			if at := a.visitor.get("/account").want(http.StatusSeeOther).follow(); at.path != "/signin/enrol" {
				t.Errorf("their account leads to %s", at.path)
			}
		})
	}
}

// Whoever guesses a password where it is asked for again is held up wherever it is.
func TestA8GuessesOfAPasswordThatIsShownAgainCountTogether(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	v := server.signedIn(t, who)
	server.stale()
	elsewhere := server.signedIn(t, who)
	const other = "quatorze merles sur la corniche d'Anticosti"
	for range 3 {
		v.post("/account/confirm", url.Values{"proof": {"faux"}}).want(http.StatusUnprocessableEntity)
	}
	for range 2 {
		v.post("/account/password", url.Values{"current": {"faux"}, "password": {other}, "again": {other}}).want(http.StatusUnprocessableEntity)
	}
	right := url.Values{"current": {secret}, "password": {other}, "again": {other}}
	v.post("/account/confirm", url.Values{"proof": {secret}}).want(http.StatusTooManyRequests)
	v.post("/account/password", right).want(http.StatusTooManyRequests)
	elsewhere.post("/account/password", right).want(http.StatusTooManyRequests)
}
