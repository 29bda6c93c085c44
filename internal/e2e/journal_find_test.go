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
