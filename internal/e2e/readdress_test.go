package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"habilis/internal/pgtest"
)

func TestAPersonWhoseAddressWasMistypedComesInByTheRightOne(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	pilot := server.signedIn(t, p.Pilot)
	people, name := "/p/"+p.Number+"/people", "MTypo"+p.Number
	wrong, right := strings.ToLower(name)+"@fautif.test", strings.ToLower(name)+"@exemple.test"
	pilot.get(people+"/new").form("/people").with("family", "Typo", "given", "Maude", "username", name, "email", wrong).send().want(http.StatusSeeOther)
	dead := temporaryIn(t, server.letter(t, wrong, "mot de passe temporaire"))
	id := query[string](t, `select id::text from resource where username = $1`, name)
	eventually(t, "the mail's fate", func() bool { return query[string](t, `select state from mail where resource_id = $1`, id) == "sent" })
	if _, err := pgtest.Super(t).Exec(t.Context(), `update mail set state = 'refused' where resource_id = $1`, id); err != nil {
		t.Fatal(err)
	}
	pilot.get(people+"/"+id+"/access").sees("a été refusé", "corrigez-la sur la fiche", "Modifier la ressource")

	edit := pilot.get(people + "/" + id + "/edit").want(http.StatusOK)
	edit.form("/edit").with("email", "nulle part").send().want(http.StatusUnprocessableEntity)
	edit.form("/edit").with("email", p.Pilot.Email).send().want(http.StatusConflict).sees("a déjà cette adresse")
	twice := edit.form("/edit").with("email", right)
	twice.send().want(http.StatusSeeOther).follow().sees("Un nouveau courriel d'accès part à " + right)
	twice.send().want(http.StatusConflict)
	fresh := temporaryIn(t, server.letter(t, right, "mot de passe temporaire"))
	if old, all := len(server.letters(t, wrong)), len(server.letters(t, right)); old != 1 || all != 1 {
		t.Errorf("%d letters to the wrong address, %d to the right one", old, all)
	}
	server.visitor(t).enter(name, dead).want(http.StatusUnprocessableEntity)
	late := pilot.get(people+"/"+id+"/edit").form("/edit").with("email", "tard."+right)
	server.visitor(t).enter(right, fresh).want(http.StatusSeeOther)
	again := late.send().want(http.StatusConflict).sees("Cette adresse ne se corrige plus ici")
	if got := again.form("/edit").values.Get("email"); got != right {
		t.Errorf("the form holds %q", got)
	}
	again.form("/edit").with("function", "Infirmière").send().want(http.StatusSeeOther)
}
