package e2e_test

import (
	"net/http"
	"strings"
	"testing"
)

// What support refused is read where it was asked for, by who follows the link of its
// letter; and what it has not answered is taken back.
func TestARequestForARoleIsFollowedOnTheTabOfRoles(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	support, pilot := operator(t, server, p), server.signedIn(t, p.Pilot)
	person := "/p/" + p.Number + "/people/" + who.Resource.String()
	ask := func() (request string) {
		pilot.get(person+"/request?role="+p.Role(t, "pilot").String()).want(http.StatusOK).form("/request").with("note", "Remplace Jean").send().want(http.StatusSeeOther)
		return query[string](t, `select id::text from request where resource_id = $1 and state = 'open'`, who.Resource)
	}
	id := ask()
	address := "/support/" + p.ID.String() + "/" + id
	window := support.get(address + "?answer=refuse").want(http.StatusOK).form(address)

	withdraw := person + "/request/" + id + "/withdraw"
	server.signedIn(t, someone(t, p, "consultation_2")).post(withdraw, nil).want(http.StatusForbidden)
	pilot.post("/p/"+p.Number+"/people/"+p.Pilot.Resource.String()+"/request/"+id+"/withdraw", nil).want(http.StatusNotFound)
	pilot.get(person+"/roles").want(http.StatusOK).sees("En attente du support", "Retirer la demande").form("/withdraw").send().
		want(http.StatusSeeOther).follow().want(http.StatusOK).sees("La demande au support est retirée")
	pilot.post(withdraw, nil).want(http.StatusConflict)
	pilot.get("/p/" + p.Number + "/journal").want(http.StatusOK).sees("a retiré la demande de rôle pour")

	// Support, whose window was open, is told what became of it.
	window.with("reason", "Aucune preuve").send().want(http.StatusSeeOther).follow().want(http.StatusOK).sees("retirée")
	if text := support.get(address + "?answer=grant").want(http.StatusSeeOther).follow().text(); !strings.Contains(text, "retirée") || strings.Contains(text, "Accorder le rôle") {
		t.Errorf("a request that is withdrawn shows:\n%s", text)
	}

	id = ask()
	address = "/support/" + p.ID.String() + "/" + id
	support.get(address+"?answer=refuse").want(http.StatusOK).form(address).with("reason", "Aucune preuve").send().want(http.StatusSeeOther)
	letter := server.letter(t, p.Pilot.Email, "Rôle Pilote refusé")
	if !strings.Contains(letter.Text, person+"/roles") {
		t.Errorf("the letter leads elsewhere:\n%s", letter.Text)
	}
	pilot.get(person+"/roles").want(http.StatusOK).sees("Refusé par le support", "Aucune preuve")
	ask()
	if strings.Contains(pilot.get(person+"/roles").text(), "Refusé par le support") {
		t.Error("a role that is asked for again is still said to be refused")
	}
}

func TestAManagerTakesBackAnAddressThatNobodyConfirmed(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	write(t, `update identity.account set last_sign_in_at = now() where id = $1`, who.Account)
	pilot := server.signedIn(t, p.Pilot)
	sheet := "/p/" + p.Number + "/people/" + who.Resource.String() + "/access"
	fresh := "nouvelle." + strings.ToLower(who.Username) + "@exemple.test"
	pilot.get(sheet+"/email").want(http.StatusOK).form("/email").with("email", fresh, "reason", "Boîte fermée").send().want(http.StatusSeeOther)
	link := pathIn(t, server.letter(t, fresh, "Confirmez votre nouveau courriel"))
	pilot.get(sheet).want(http.StatusOK).sees("Annuler ce changement").form("/email/withdraw").send().
		want(http.StatusSeeOther).follow().want(http.StatusOK).sees("Le changement de courriel est annulé")
	if strings.Contains(pilot.get(sheet).text(), "attend d'être confirmé") {
		t.Error("it still waits")
	}
	pilot.post(sheet+"/email/withdraw", nil).want(http.StatusConflict).sees("Rien n'a été changé")
	if form := server.visitor(t).get(link).want(http.StatusSeeOther).follow().formWith("strange", ""); form != nil || emailOf(t, who) != who.Email {
		t.Error("the link still counts")
	}
	pilot.get("/p/" + p.Number + "/journal").want(http.StatusOK).sees("a annulé le changement de courriel demandé pour")
}

func TestAManagerTakesBackWhatSupportHasNotAnswered(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, q := ourPlace(t), ourPlace(t)
	who := someone(t, p, "consultation_1")
	q.Join(t, who, "consultation_1")
	support, pilot := operator(t, server, p), server.signedIn(t, p.Pilot)
	sheet := "/p/" + p.Number + "/people/" + who.Resource.String() + "/access"
	pilot.get(sheet+"/support").want(http.StatusOK).form("/support").with("what", "email", "email", "autre@exemple.test", "note", "Rappelée").send().want(http.StatusSeeOther)
	request := query[string](t, `select '/support/' || tenant_id || '/help/' || id from help_request where resource_id = $1`, who.Resource)
	queue := support.get("/support").want(http.StatusOK).sees("Personnes à dépanner").text()
	if strings.Contains(queue, "Aucune demande en attente") {
		t.Error("support reads that nothing waits")
	}
	support.get(request).want(http.StatusOK).sees("Nouveau courriel demandé")
	support.get(request + "?answer=refuse").want(http.StatusOK).sees("Qui a demandé la lira")
	p.Archive(t, who)
	if page := support.get(request).want(http.StatusOK).sees("a été archivée depuis la demande"); page.formWith("answer", "do") != nil || strings.Contains(page.body, "answer=do") {
		t.Error("support is offered to do what it can't")
	}
	pilot.get(sheet).want(http.StatusOK).form("/withdraw").send().want(http.StatusSeeOther).follow().want(http.StatusOK).sees("La demande au support est retirée")
	support.get(request + "?answer=do").want(http.StatusSeeOther).follow().want(http.StatusOK).sees("retiré")
	if emailOf(t, who) != who.Email {
		t.Error("the address changed")
	}
}
