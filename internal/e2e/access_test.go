package e2e_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"habilis/internal/access"
	"habilis/internal/pgtest/place"
)

// newcomer adds a person through the window and returns their name and address.
func newcomer(t *testing.T, pilot *visitor, p *place.Place, who string) (username, email string) {
	t.Helper()
	username, email = who+p.Number, strings.ToLower(who)+p.Number+"@exemple.test"
	pilot.get("/p/"+p.Number+"/people/new").want(http.StatusOK).form("/people").
		with("family", "Gagnon", "given", "Luc", "email", email, "username", username).send().want(http.StatusSeeOther)
	return username, email
}

func sheetOf(t *testing.T, p *place.Place, username string) string {
	t.Helper()
	return "/p/" + p.Number + "/people/" + query[string](t, `select id::text from resource where tenant_id = $1 and username = $2`, p.ID, username)
}

func TestADoubleClickMakesOneAccountAndSendsOneMail(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	pilot := server.signedIn(t, p.Pilot)
	form := pilot.get("/p/"+p.Number+"/people/new").form("/people").
		with("family", "Double", "given", "Anne", "email", "double"+p.Number+"@exemple.test", "username", "ADouble"+p.Number)
	var wg sync.WaitGroup
	statuses := make([]int, 8)
	for i := range statuses {
		wg.Go(func() {
			a, err := pilot.try("POST", form.action, form.values)
			if err != nil {
				t.Error(err)
				return
			}
			statuses[i] = a.status
		})
	}
	wg.Wait()
	for _, status := range statuses {
		if status != http.StatusSeeOther {
			t.Errorf("the clicks are answered %v", statuses)
			break
		}
	}
	if n := query[int](t, `select count(*) from resource where tenant_id = $1 and family = 'Double'`, p.ID); n != 1 {
		t.Errorf("%d people", n)
	}
	if n := query[int](t, `select count(*) from mail where tenant_id = $1`, p.ID); n != 1 {
		t.Errorf("%d mails", n)
	}
	server.letter(t, "double"+p.Number, "temporaire")
}

func TestANewerTemporaryPasswordAndArchivingVoidTheOlder(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	pilot := server.signedIn(t, p.Pilot)
	name, email := newcomer(t, pilot, p, "LGagnon")
	first := temporaryIn(t, server.letter(t, email, "temporaire"))
	sheet := sheetOf(t, p, name)
	pilot.get(sheet + "/access").want(http.StatusOK).form("/resend").send().want(http.StatusSeeOther)
	eventually(t, "the second mail", func() bool { return len(server.letters(t, email)) == 2 })
	second := temporaryIn(t, server.letters(t, email)[0])
	if first == second {
		t.Fatal("the same password was sent twice")
	}
	if a := server.visitor(t).enter(name, first); a.status != http.StatusUnprocessableEntity {
		t.Errorf("the older one answers %d", a.status)
	}
	pilot.get(sheet + "/archive").want(http.StatusOK).form("/archive").send().want(http.StatusSeeOther)
	if a := server.visitor(t).enter(name, second); a.status != http.StatusUnprocessableEntity {
		t.Errorf("after archiving it answers %d", a.status)
	}
	pilot.post(sheet+"/restore", url.Values{"version": {query[string](t, `select version::text from resource where tenant_id = $1 and username = $2`, p.ID, name)}}).want(http.StatusSeeOther)
	if a := server.visitor(t).enter(name, second); a.status != http.StatusUnprocessableEntity {
		t.Errorf("after coming back the old one answers %d", a.status)
	}
}

func TestAChangeOfRightsHoldsFromTheNextRequest(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "coordination")
	pilot, v := server.signedIn(t, p.Pilot), server.signedIn(t, who)
	list := "/p/" + p.Number + "/people"
	v.get(list).want(http.StatusOK)
	grant := query[string](t, `select id::text from role_grant where resource_id = $1 and open`, who.Resource)
	window := list + "/" + who.Resource.String() + "/roles/" + grant + "/end"
	pilot.get(window).want(http.StatusOK).form("/end").send().want(http.StatusSeeOther).follow().want(http.StatusOK).
		sees("Le rôle Coordination est retiré à " + who.Given + " " + who.Family)
	v.get(list).want(http.StatusForbidden)
}

func TestSavingWithoutAChoiceTakesNoRoleAway(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "coordination")
	pilot := server.signedIn(t, p.Pilot)
	const open = `select count(*) from role_grant where resource_id = $1 and open`
	before := query[int](t, open, who.Resource)
	grant := query[string](t, `select id::text from role_grant where resource_id = $1 and open limit 1`, who.Resource)
	window := "/p/" + p.Number + "/people/" + who.Resource.String() + "/roles/" + grant
	for _, chosen := range []string{"", "nothing", "00000000-0000-0000-0000-000000000000"} {
		pilot.get(window).want(http.StatusOK).form("/roles/"+grant).with("role", chosen).send().
			want(http.StatusUnprocessableEntity).sees("Aucun rôle n'est choisi")
	}
	if after := query[int](t, open, who.Resource); after != before {
		t.Errorf("of %d roles %d are left", before, after)
	}
}

func TestAGrantPastItsEndGivesNothing(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "coordination")
	p.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, `update role_grant set until = now() + interval '20 minutes' where resource_id = $1`, who.Resource)
		return err
	})
	v := server.signedIn(t, who)
	v.get("/p/" + p.Number + "/people").want(http.StatusOK)
	server.clock.Advance(21 * time.Minute)
	v.get("/p/" + p.Number + "/people").want(http.StatusForbidden)
}

func TestArchivingInOnePlaceLeavesTheOtherAlone(t *testing.T) {
	t.Parallel()
	server := start(t)
	one, two := ourPlace(t), ourPlace(t)
	who := someone(t, one, "coordination")
	two.Join(t, who, "coordination")
	pilot := server.signedIn(t, one.Pilot)
	sheet := "/p/" + one.Number + "/people/" + who.Resource.String()
	pilot.get(sheet + "/archive").want(http.StatusOK).form("/archive").send().want(http.StatusSeeOther)
	v := server.signedIn(t, who)
	v.get("/p/" + two.Number + "/people").want(http.StatusOK)
	v.get("/p/" + one.Number + "/people").want(http.StatusNotFound)
	if slices.Contains(two.Acts(t), "people.archive") {
		t.Error("the other place's journal tells of it")
	}
	if strings.Contains(v.get("/places").text(), "Place "+one.Number) {
		t.Error("the place is still offered")
	}
}

func TestOfTwoEditsAtOnceTheSecondIsToldAndLosesNothing(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := p.Person(t, "consultation_1")
	pilot, other := server.signedIn(t, p.Pilot), server.signedIn(t, someone(t, p, "coordination"))
	edit := "/p/" + p.Number + "/people/" + who.Resource.String() + "/edit"
	first, second := pilot.get(edit).form("/edit").with("function", "Infirmière"), other.get(edit).form("/edit").with("function", "Médecin")
	first.send().want(http.StatusSeeOther)
	again := second.send().want(http.StatusConflict).sees("Infirmière", "Médecin")
	if got := again.form("/edit").values.Get("function"); got != "Médecin" {
		t.Errorf("the form holds %q", got)
	}
	again.form("/edit").send().want(http.StatusSeeOther)
	if got := query[string](t, `select function from resource where id = $1`, who.Resource); got != "Médecin" {
		t.Errorf("the function is %q", got)
	}
}

// invited is an invitation by mail, and its address on the site.
func invited(t *testing.T, server *server, by *visitor, p *place.Place, email string) (path string) {
	t.Helper()
	by.get("/p/"+p.Number+"/invitations/new").want(http.StatusOK).form("/invitations").with("email", email).send().want(http.StatusSeeOther)
	link := invitationIn(t, server.letter(t, email, "vous invite").Text)
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path
}

func TestAnInvitationIsForItsAddressAlone(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, elsewhere := ourPlace(t), ourPlace(t)
	guest, thief := someone(t, elsewhere, "consultation_1"), someone(t, elsewhere, "consultation_1")
	path := invited(t, server, server.signedIn(t, p.Pilot), p, guest.Email)
	other := server.signedIn(t, thief)
	absent := "/invitations/" + newID()
	if got, want := same(other.get(path), ""), same(other.get(absent), ""); got != want {
		t.Errorf("another's invitation is told from an absent one:\n%s", differences(want, got))
	}
	for _, act := range []string{"/accept", "/decline"} {
		if a := other.post(path+act, url.Values{}); a.status != http.StatusNotFound {
			t.Errorf("another's %s answers %d", act, a.status)
		}
	}
	if a := server.visitor(t).get(path); a.status != http.StatusSeeOther {
		t.Errorf("a stranger is answered %d", a.status)
	}
	mine := server.signedIn(t, guest)
	mine.get(path).want(http.StatusOK).sees("vous invite").form("/accept").send().want(http.StatusSeeOther).follow().want(http.StatusOK)
	if a := mine.post(path+"/accept", url.Values{}); a.status != http.StatusConflict {
		t.Errorf("accepting twice answers %d", a.status)
	}
	if n := query[int](t, `select count(*) from resource where tenant_id = $1 and account_id = $2`, p.ID, guest.Account); n != 1 {
		t.Errorf("the guest is in the place %d times", n)
	}
}

func TestAnInvitationIsWorthWhatItsInviterMayGiveWhenItIsAccepted(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, elsewhere := ourPlace(t), ourPlace(t)
	guest := someone(t, elsewhere, "consultation_1")
	inviter := someone(t, p, "coordination")
	path := invited(t, server, server.signedIn(t, inviter), p, guest.Email)
	p.Archive(t, inviter)
	a := server.signedIn(t, guest).post(path+"/accept", url.Values{})
	if a.status < 400 {
		t.Errorf("accepting answers %d", a.status)
	}
	if n := query[int](t, `select count(*) from resource where tenant_id = $1 and account_id = $2`, p.ID, guest.Account); n != 0 {
		t.Error("the guest is in the place")
	}
}

func TestWhoInvitesLearnsNothingOfTheAccountBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, elsewhere := ourPlace(t), ourPlace(t)
	guest := someone(t, elsewhere, "consultation_1")
	pilot := server.signedIn(t, p.Pilot)
	invited(t, server, pilot, p, guest.Email)
	nobody := "personne" + p.Number + "@exemple.test"
	invited(t, server, pilot, p, nobody)
	text := pilot.get("/p/" + p.Number + "/invitations").want(http.StatusOK).text()
	if strings.Contains(text, guest.Family+",") || strings.Contains(text, guest.Given+" "+guest.Family) {
		t.Error("the list names the account of the address")
	}
	journal := pilot.get("/p/" + p.Number + "/journal").want(http.StatusOK).text()
	if strings.Contains(journal, guest.Given+" "+guest.Family) {
		t.Error("the journal names the account of the address")
	}
}

func TestAPilotMakesNoPilotByAnyDoor(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	pilot := server.signedIn(t, p.Pilot)
	role := p.Role(t, "pilot").String()
	target := p.Person(t, "consultation_1")
	roles := "/p/" + p.Number + "/people/" + target.Resource.String() + "/roles"
	grant := query[string](t, `select id::text from role_grant where resource_id = $1`, target.Resource)
	for what, f := range map[string]*sheet{
		"adding a person": pilot.get("/p/"+p.Number+"/people/new").form("/people").
			with("family", "Roy", "given", "Anne", "email", "roy"+p.Number+"@exemple.test", "username", "ARoy"+p.Number),
		"inviting":         pilot.get("/p/"+p.Number+"/invitations/new").form("/invitations").with("email", "roy"+p.Number+"@exemple.test"),
		"giving a role":    pilot.get(roles + "/new").form("/roles"),
		"replacing a role": pilot.get(roles + "/" + grant).form("/" + grant),
	} {
		if a := f.with("role", role).send(); a.status != http.StatusForbidden && a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s answers %d", what, a.status)
		}
	}
	if n := query[int](t, `select count(*) from role_grant where tenant_id = $1 and role_id = $2`, p.ID, role); n != 1 {
		t.Errorf("the place has had %d pilots", n)
	}
	if n := query[int](t, `select count(*) from invitation where tenant_id = $1`, p.ID); n != 0 {
		t.Errorf("%d invitations", n)
	}
	own := query[string](t, `select id::text from role_grant where resource_id = $1`, p.Pilot.Resource)
	end := "/p/" + p.Number + "/people/" + p.Pilot.Resource.String() + "/roles/" + own + "/end"
	if a := pilot.post(end, url.Values{"version": {"1"}}); a.status < 400 {
		t.Errorf("the last pilot leaves: %d", a.status)
	}
}

func TestManySignInsAtOnceLeaveThePagesAnswering(t *testing.T) {
	t.Parallel()
	const many = 300
	server := start(t)
	p := ourPlace(t)
	who := server.signedIn(t, p.Pilot)
	var wg sync.WaitGroup
	statuses := make([]int, many)
	for i := range many {
		wg.Go(func() {
			v := server.visitor(t)
			a, err := v.try("POST", "/signin", url.Values{"login": {"personne" + newID()}, "password": {secret}})
			if err != nil {
				t.Error(err)
				return
			}
			statuses[i] = a.status
		})
	}
	var slowest time.Duration
	for range 20 {
		began := time.Now()
		who.get("/p/" + p.Number + "/people").want(http.StatusOK)
		slowest = max(slowest, time.Since(began))
	}
	wg.Wait()
	if slowest > 3*time.Second {
		t.Errorf("a page took %s meanwhile", slowest)
	}
	for _, status := range statuses {
		if !slices.Contains([]int{http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable}, status) {
			t.Fatalf("a sign-in is answered %d", status)
		}
	}
}
