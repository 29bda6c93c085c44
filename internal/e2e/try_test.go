package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestEveryTrialOfARoleIsAnsweredWithoutInventedCounts(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	try := "/p/" + p.Number + "/people/" + someone(t, p, "clinician").Resource.String() + "/try"
	admin.get(try + "?end=" + p.Role(t, "clinician").String()).want(http.StatusOK).sees("Rien n'est enregistré")
	for _, r := range p.Kind.Roles {
		if r.Key == "clinician" {
			continue
		}
		id := p.Role(t, r.Key).String()
		given := admin.get(try + "?give=" + id).want(http.StatusOK).sees("Rien n'est enregistré")
		if strings.Contains(given.text(), "Il ne resterait") {
			t.Errorf("%s given leaves too few", r.Key)
		}
		ended := admin.get(try + "?end=" + id).want(http.StatusUnprocessableEntity).sees("ne détient pas ce rôle")
		if !strings.Contains(ended.body, `value="`+id+`" checked`) {
			t.Errorf("%s is not kept", r.Key)
		}
	}
}

// A form sends every cell; the address that one passes on says what is tried.
func TestATrialOfSeveralThingsHasAShortAddress(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	who := someone(t, p, "clinician")
	try := "/p/" + p.Number + "/people/" + who.Resource.String() + "/try"
	give, end := p.Role(t, "reception").String(), p.Role(t, "clinician").String()
	admin.get(try).want(http.StatusOK).sees("Rien n'est essayé")
	form := url.Values{"give": {give, give}, "end": {end}}
	for _, a := range p.Kind.Areas {
		form.Set("cell."+string(a.Key)+".view", "roles")
		form.Set("cell."+string(a.Key)+".edit", "roles")
	}
	form.Set("cell.journal.view", "all")
	form.Set("cell.billing.edit", "none")
	sent := admin.get(try + "?" + form.Encode()).want(http.StatusSeeOther)
	short, err := url.Parse(sent.header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{"give": {give}, "end": {end}, "cell.journal.view": {"all"}, "cell.billing.edit": {"none"}}.Encode()
	if short.RawQuery != want {
		t.Errorf("the address is %q, want %q", short.RawQuery, want)
	}
	page := admin.get(short.String()).want(http.StatusOK).sees("Cela donnerait", "élargi", "réduit", "Rien n'est enregistré")
	for _, kept := range []string{`value="` + give + `" checked`, `value="` + end + `" checked`, `name="cell.journal.view" value="all" data-reach="3" checked`} {
		if !strings.Contains(page.body, kept) {
			t.Errorf("the form has lost %s", kept)
		}
	}
	if now := admin.get(permissionsOf(p, who)).want(http.StatusOK); strings.Contains(now.text(), "réglé à la main") {
		t.Error("something was saved")
	}
}

func TestATrialThatCannotBeSaysWhyAndKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	try := "/p/" + p.Number + "/people/" + someone(t, p, "clinician").Resource.String() + "/try"
	for query, said := range map[string]string{
		"cell.settings.view=assigned":             "n'admet pas la portée « Affectés uniquement »",
		"cell.settings.view=most":                 "portée",
		"cell.doors.view=all":                     "Ce volet n'existe pas ici",
		"give=pilot":                              "Ce rôle n'existe pas ici",
		"give=" + p.Role(t, "clinician").String(): "détient déjà ce rôle",
	} {
		admin.get(try + "?" + query).want(http.StatusUnprocessableEntity).sees(said)
	}
	admin.get(try + "?cell.journal.edit=all&cell.journal.view=none").want(http.StatusOK).sees("relevé de")
}
