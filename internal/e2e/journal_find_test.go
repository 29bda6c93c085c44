package e2e_test

import (
	"net/http"
	"net/url"
	"testing"
)

// The journal is narrowed to a person by name, without script: one who alone is meant
// at once, else whom one chooses among those of the name.
func TestTheJournalIsNarrowedToAPersonByName(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	v := server.signedIn(t, p.Pilot)
	base := "/p/" + p.Number
	for _, who := range [][2]string{{"Zoé", "Quévillon"}, {"Ève", "Quévillon"}, {"Zoé", "Ouimet"}} {
		form := v.get(base + "/people/new").want(http.StatusOK).form("/people")
		form.with("given", who[0], "family", who[1], "email", "p"+newID()+"@exemple.test").send().want(http.StatusSeeOther)
	}
	find := func(who string) *answer {
		return v.get(base + "/journal?" + url.Values{"act": {"people"}, "who": {who}}.Encode())
	}
	one := find("ouimet").want(http.StatusSeeOther).follow().want(http.StatusOK).sees("Personne : Zoé Ouimet", "a créé le compte de")
	one.lacks("Quévillon").lacks("a consulté le journal")
	two := find("quevillon").want(http.StatusOK).sees("Zoé Quévillon", "Ève Quévillon")
	two.lacks("Zoé Ouimet")
	find("Personne d'ici").want(http.StatusOK).sees("Personne ne s'appelle")
	find("exemple.test").want(http.StatusOK).sees("Personne ne s'appelle") // addresses are not tried here
	v.get(base+"/journal?act=help").want(http.StatusOK).sees("aide à se connecter", "Filtrer")
	v.get(base + "/journal?who=" + url.QueryEscape("%")).want(http.StatusOK)
}

// However many have an address like the name, who has the name is found; and where more
// have it than are offered, that is said.
func TestTheJournalFindsAPersonBehindManyAddresses(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	v := server.signedIn(t, p.Pilot)
	many := func(family, email string, n int) {
		write(t, `
insert into resource (tenant_id, id, account_id, family, given, username, email, state, search, created_at)
select $1, gen_random_uuid(), gen_random_uuid(), $2 || ' ' || i, 'Ana', 'u' || i || $3, $3, 'active', lower($2) || ' ' || i || ' ana ' || $3, now() from generate_series(1, $4::int) i`,
			p.ID, family, email, n)
	}
	find := func(who string) *answer {
		return v.get("/p/" + p.Number + "/journal?" + url.Values{"who": {who}}.Encode())
	}
	const more = "D'autres encore ont ce nom"
	many("Abel", "info@zwick.test", 210)
	many("Zwick", "ana@exemple.test", 20)
	find("zwick").want(http.StatusOK).sees("Ana Zwick 1", "Ana Zwick 20").lacks("Abel").lacks(more)
	find("abel").want(http.StatusOK).sees("Ana Abel 1", more)
	find("abel 210").want(http.StatusSeeOther).follow().want(http.StatusOK).sees("Ana Abel 210")
}
