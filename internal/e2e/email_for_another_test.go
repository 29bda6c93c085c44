package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestAManagerAsksForAnotherAddressOfSomeone(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, q := ourPlace(t), ourPlace(t)
	who := someone(t, p, "consultation_1")
	write(t, `update identity.account set last_sign_in_at = now() where id = $1`, who.Account)
	pilot := server.signedIn(t, p.Pilot)
	sheet := "/p/" + p.Number + "/people/" + who.Resource.String() + "/access"
	fresh := "nouvelle." + strings.ToLower(who.Username) + "@exemple.test"
	pilot.get(sheet).want(http.StatusOK).sees("Changer le courriel")
	form := pilot.get(sheet + "/email").want(http.StatusOK).sees(who.Email).form("/email")
	form.with("email", who.Email, "reason", " ").send().want(http.StatusUnprocessableEntity).sees("déjà une adresse de ce compte", "Écrivez la raison")
	server.stale()
	asked := form.with("email", fresh, "reason", "Boîte fermée").send().asksWho()
	if query[int](t, `select count(*) from identity.account where pending_email is not null and id = $1`, who.Account) != 0 {
		t.Fatal("asked for without a proof")
	}
	asked.proves(secret).want(http.StatusSeeOther).follow().want(http.StatusOK).sees("Un lien de confirmation a été envoyé à "+fresh, "Un nouveau courriel attend d'être confirmé")
	told := server.letter(t, who.Email, "Changement de courriel demandé")
	if !strings.Contains(told.Text, fresh) || !strings.Contains(told.Text, "Boîte fermée") || strings.Contains(told.Text, "/link/") {
		t.Errorf("the present address reads:\n%s", told.Text)
	}
	if emailOf(t, who) != who.Email {
		t.Fatal("it counts already")
	}
	path := pathIn(t, server.letter(t, fresh, "Confirmez votre nouveau courriel"))
	stranger := server.visitor(t)
	stranger.get(path).want(http.StatusSeeOther).follow().want(http.StatusOK).sees(fresh).form("/link").send().want(http.StatusSeeOther).follow().want(http.StatusOK)
	if emailOf(t, who) != fresh {
		t.Fatal("it doesn't count once confirmed")
	}
	server.letter(t, who.Email, "Le courriel de votre compte a été changé")
	pilot.get("/p/"+p.Number+"/journal").want(http.StatusOK).sees("a demandé un autre courriel", "Boîte fermée")

	// Nobody else does it, and nobody to whoever is above them.
	abuse := url.Values{"email": {"a@exemple.test"}, "reason": {"a"}, "submission": {newID()}}
	server.signedIn(t, q.Pilot).post("/p/"+q.Number+"/people/"+who.Resource.String()+"/access/email", abuse).want(http.StatusNotFound)
	server.signedIn(t, q.Pilot).post(sheet+"/email", abuse).want(http.StatusNotFound)
	server.signedIn(t, someone(t, p, "consultation_2")).post(sheet+"/email", abuse).want(http.StatusForbidden)
	own := server.signedIn(t, p.Pilot)
	own.post("/p/"+p.Number+"/people/"+p.Pilot.Resource.String()+"/access/email", abuse).want(http.StatusForbidden)
	q.Join(t, who, "consultation_1")
	own.post(sheet+"/email", url.Values{"email": {"b@exemple.test"}, "reason": {"a"}, "submission": {newID()}}).want(http.StatusConflict).sees("ne dépend pas que d'ici")
	own.get(sheet).want(http.StatusOK).sees("Demander au support")
}

func TestSupportIsAskedForAnotherAddressOfASharedAccount(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, q := ourPlace(t), ourPlace(t)
	who := someone(t, p, "consultation_1")
	q.Join(t, who, "consultation_1")
	support, pilot := operator(t, server, p), server.signedIn(t, p.Pilot)
	fresh := "nouvelle." + strings.ToLower(who.Username) + "@exemple.test"
	ask := pilot.get("/p/" + p.Number + "/people/" + who.Resource.String() + "/access/support").want(http.StatusOK).sees("Changer le courriel").form("/support")
	ask.with("what", "email", "email", fresh, "note", "Rappelée au bureau").send().want(http.StatusSeeOther).follow().want(http.StatusOK).sees("Un changement de courriel est demandé au support")
	request := query[string](t, `select '/support/' || tenant_id || '/help/' || id from help_request where resource_id = $1`, who.Resource)
	support.get("/support").want(http.StatusOK).sees("Changer le courriel")
	support.get(request+"?answer=do").want(http.StatusOK).sees(fresh, "une fois confirmée").form(request).with("reason", "Identité vérifiée").send().want(http.StatusSeeOther)
	server.letter(t, who.Email, "Changement de courriel demandé")
	path := pathIn(t, server.letter(t, fresh, "Confirmez votre nouveau courriel"))
	server.visitor(t).get(path).want(http.StatusSeeOther).follow().form("/link").send().want(http.StatusSeeOther)
	if emailOf(t, who) != fresh {
		t.Error("it was not changed")
	}
}
