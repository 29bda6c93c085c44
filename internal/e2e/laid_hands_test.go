package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"habilis/internal/pgtest/place"
)

// What one place did to an account binds no other place.

const (
	byHand = "quatorze merles sur la corniche d'Anticosti"
	theirs = "deux loutres descendent le rapide du Diable"
)

// takesOver has a place's manager give someone a password by hand, and come in with it.
func (s *server) takesOver(t testing.TB, q *place.Place, who place.Person) *visitor {
	t.Helper()
	s.signedIn(t, q.Pilot).post("/p/"+q.Number+"/people/"+who.Resource.String()+"/access/password",
		url.Values{"password": {byHand}, "submission": {newID()}}).want(http.StatusSeeOther)
	v := s.visitor(t)
	v.enter(who.Username, byHand).want(http.StatusSeeOther).follow().want(http.StatusOK).form("/choose").
		with("password", theirs, "again", theirs).send().want(http.StatusSeeOther)
	return v
}

// restores brings someone back who was archived.
func (v *visitor) restores(t testing.TB, p *place.Place, who place.Person) *answer {
	t.Helper()
	return v.post("/p/"+p.Number+"/people/"+who.Resource.String()+"/restore", url.Values{"version": {query[string](t, `select version::text from resource where id = $1`, who.Resource)}})
}

// choosesBy uses a link to choose a password.
func (s *server) choosesBy(t testing.TB, path, plain string) *answer {
	t.Helper()
	return s.visitor(t).get(path).want(http.StatusSeeOther).follow().want(http.StatusOK).form("/link").with("password", plain, "again", plain).send()
}

// shared is someone archived in one place, and active in another that sets passwords.
func shared(t testing.TB) (p, q *place.Place, here, there place.Person) {
	t.Helper()
	p, q = ourPlace(t), ourPlace(t)
	letSetPasswords(t, q)
	here = someone(t, p, "consultation_1")
	there = q.Join(t, here, "consultation_1")
	p.Archive(t, here)
	return p, q, here, there
}

func TestWhoeverTookAnAccountOverElsewhereDoesNotComeBackWithItsOwner(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, q, here, there := shared(t)
	thief := server.takesOver(t, q, there)
	pilot, home := server.signedIn(t, p.Pilot), "/p/"+p.Number+"/"
	pilot.restores(t, p, here).want(http.StatusConflict).sees("Un lien vient de partir à " + here.Email)
	thief.get(home).want(http.StatusNotFound)
	pilot.get(home + "journal").want(http.StatusOK).sees("une preuve de sa boîte de courriel")

	// Its owner reads the mailbox that the place knows; a key of the thief's outlives
	// the password, opens by itself, and has another put in its place.
	write(t, `insert into identity.passkey (id, account_id, name, record, created_at) values ('\x07', $1, 'Intruse', '{}', now())`, here.Account)
	write(t, `update identity.account set pending_email = 'voleur@exemple.test', pending_email_key = 'voleur@exemple.test', pending_email_at = now() where id = $1`, here.Account)
	path := pathIn(t, server.letter(t, here.Email, "montrez que cette boîte"))
	server.choosesBy(t, path, newSecret+" un").want(http.StatusSeeOther)
	thief.get("/places").want(http.StatusSeeOther)
	if pending := query[bool](t, `select pending_email is not null from identity.account where id = $1`, here.Account); pending {
		t.Error("the thief's address can still become the account's")
	}
	write(t, `update identity.passkey set id = '\x08', created_at = now() where account_id = $1`, here.Account)
	pilot.restores(t, p, here).want(http.StatusConflict)
	server.letterAgain(t, here.Email, "montrez que cette boîte", 2)
	write(t, `delete from identity.passkey where account_id = $1`, here.Account)
	pilot.restores(t, p, here).want(http.StatusConflict).sees("Un lien vient de partir à " + here.Email)
	path = pathIn(t, server.letterAgain(t, here.Email, "montrez que cette boîte", 3))
	server.choosesBy(t, path, newSecret).want(http.StatusSeeOther)
	pilot.restores(t, p, here).want(http.StatusSeeOther)
	owner := server.visitor(t)
	owner.enter(here.Username, newSecret).want(http.StatusSeeOther)
	owner.get(home).want(http.StatusOK)
	if a := server.visitor(t).enter(here.Username, theirs); a.status != http.StatusUnprocessableEntity {
		t.Errorf("the thief's password answers %d", a.status)
	}
}

func TestAPlaceKeepsTheAddressOfWhomItArchived(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, q, here, there := shared(t)
	fresh := "voleur." + strings.ToLower(here.Username) + "@exemple.test"
	write(t, `update identity.account set last_sign_in_at = now() where id = $1`, here.Account)
	server.signedIn(t, q.Pilot).post("/p/"+q.Number+"/people/"+there.Resource.String()+"/access/email",
		url.Values{"email": {fresh}, "reason": {"Boîte fermée"}, "submission": {newID()}}).want(http.StatusSeeOther)
	path := pathIn(t, server.letter(t, fresh, "Confirmez votre nouveau courriel"))
	server.visitor(t).get(path).want(http.StatusSeeOther).follow().want(http.StatusOK).form("/link").send().want(http.StatusSeeOther)
	if emailOf(t, here) != fresh {
		t.Fatal("not changed")
	}
	pilot := server.signedIn(t, p.Pilot)
	pilot.get("/p/" + p.Number + "/people/" + here.Resource.String()).want(http.StatusOK).sees(here.Email)
	pilot.restores(t, p, here).want(http.StatusConflict).sees(here.Email + " n'est plus son adresse")
	if n := query[int](t, `select count(*) from mail where tenant_id = $1 and recipient = $2`, p.ID, fresh); n != 0 {
		t.Errorf("%d letters of the place went to the stranger", n)
	}
}

func TestAnAccountThatNobodyElseCountsOnIsGivenAnew(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, q, here, there := shared(t)
	thief := server.takesOver(t, q, there)
	write(t, `insert into identity.passkey (id, account_id, name, record, created_at) values ('\x08', $1, 'Intruse', '{}', now())`, here.Account)
	write(t, `update identity.account set email = 'voleur-' || email, email_key = 'voleur-' || email_key where id = $1`, here.Account)
	q.Archive(t, there)
	pilot := server.signedIn(t, p.Pilot)
	pilot.restores(t, p, here).want(http.StatusSeeOther).follow().want(http.StatusOK)
	thief.get("/p/" + p.Number + "/").want(http.StatusSeeOther)
	if left := query[string](t, `
select concat_ws(' ', a.email, a.password_hash, (select count(*) from identity.passkey where account_id = a.id), r.state)
  from identity.account a join resource r on r.id = $2 where a.id = $1`, here.Account, here.Resource); left != here.Email+" 0 pending" {
		t.Errorf("the account is %s", left)
	}
	first := temporaryIn(t, server.letter(t, here.Email, "mot de passe temporaire"))
	owner := server.visitor(t)
	owner.enter(here.Username, first).want(http.StatusSeeOther).follow().want(http.StatusOK).form("/choose").with("password", newSecret, "again", newSecret).send().want(http.StatusSeeOther)
	owner.get("/p/" + p.Number + "/").want(http.StatusOK)
	pilot.get("/p/" + p.Number + "/journal").want(http.StatusOK).sees("avec un accès à refaire")
}

func TestWhoChangedTheirOwnAddressComesBackWithIt(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, _, here, _ := shared(t)
	write(t, `update identity.account set email = 'mienne-' || email, email_key = 'mienne-' || email_key where id = $1`, here.Account)
	server.signedIn(t, p.Pilot).restores(t, p, here).want(http.StatusSeeOther)
	server.letter(t, "mienne-"+here.Email, "votre accès est rétabli")
	if at := query[string](t, `select email || ' ' || search from resource where id = $1`, here.Resource); strings.Count(at, "mienne") != 2 {
		t.Errorf("the place knows %q", at)
	}
}

// invites invites the owner of an address, and returns the path in the letter.
func (s *server) invites(t testing.TB, p *place.Place, email string) string {
	t.Helper()
	s.signedIn(t, p.Pilot).get("/p/"+p.Number+"/invitations/new").form("/invitations").with("email", email).send().want(http.StatusSeeOther)
	return query[string](t, `select '/invitations/' || id from invitation where tenant_id = $1 and state = 'pending'`, p.ID)
}

func TestNobodyAnswersAnInvitationInTheNameOfWhomTheyGaveAPassword(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, q := ourPlace(t), ourPlace(t)
	letSetPasswords(t, q)
	who := someone(t, q, "consultation_1")
	path := server.invites(t, p, who.Email)
	thief := server.takesOver(t, q, who) // although they are invited: nobody else counts on them yet
	if strings.Contains(thief.get("/places").want(http.StatusOK).body, path) {
		t.Error("the invitation shows")
	}
	thief.get(path).want(http.StatusOK).sees("montrez que la boîte de courriel invitée est la vôtre", "Demander un lien")
	for _, answer := range []string{"/accept", "/decline"} {
		thief.post(path+answer, nil).want(http.StatusConflict).sees("montrez que la boîte")
	}
	thief.get("/p/" + p.Number + "/").want(http.StatusNotFound)

	owner := server.visitor(t)
	owner.get("/signin/forgot").form("/forgot").with("login", who.Email).send().want(http.StatusSeeOther)
	server.choosesBy(t, pathIn(t, server.letter(t, who.Email, "Choisissez un autre mot de passe")), newSecret).want(http.StatusSeeOther)
	thief.get(path).want(http.StatusSeeOther)
	owner.enter(who.Username, newSecret).want(http.StatusSeeOther)
	owner.get("/places").want(http.StatusOK).sees("Place " + p.Number)
	owner.get(path).want(http.StatusOK).form("/accept").send().want(http.StatusSeeOther)
	owner.get("/p/" + p.Number + "/").want(http.StatusOK)
}

func TestTheOwnerOfAnAccountSeesAndRemovesTheBackupAddressThatSomeoneNamed(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, q := ourPlace(t), ourPlace(t)
	there := someone(t, q, "consultation_1")
	box := "secours." + strings.ToLower(there.Username) + "@exemple.test"
	manager := server.signedIn(t, q.Pilot)
	manager.get("/p/"+q.Number+"/people/"+there.Resource.String()+"/access/backup").form("/backup").with("email", box).send().want(http.StatusSeeOther)
	owner := server.signedIn(t, there)
	owner.get("/account").want(http.StatusOK).sees(box, "attend d'être confirmé")
	server.visitor(t).get(pathIn(t, server.letter(t, box, "secours"))).want(http.StatusSeeOther).follow().form("/link").send().want(http.StatusOK)
	owner.get("/account").want(http.StatusOK).sees(box, "on peut y demander un lien")

	// Once another place counts on its owner, it is told nothing.
	here := p.Join(t, there, "consultation_1")
	owner.get("/account").want(http.StatusOK).sees("Il ne compte plus et ne reçoit rien")
	write(t, `insert into identity.throttle values ('password:' || $1, 9, now(), now() + interval '1 hour')`, there.Account.String())
	server.signedIn(t, p.Pilot).post("/p/"+p.Number+"/people/"+here.Resource.String()+"/access/unblock", url.Values{"reason": {"Au comptoir"}, "submission": {newID()}}).want(http.StatusSeeOther)
	told := func(address string) int {
		return query[int](t, `select count(*) from mail where tenant_id = $1 and recipient = $2`, p.ID, address)
	}
	if main, backup := told(there.Email), told(box); main != 1 || backup != 0 {
		t.Errorf("%d letters of the place go to the address, %d to the backup address", main, backup)
	}

	server.stale()
	owner = server.signedIn(t, there)
	server.stale()
	owner.get("/account").form("/account/backup/remove").send().asksWho().proves(secret).want(http.StatusSeeOther).follow().want(http.StatusOK).sees("Ce courriel de secours est retiré")
	server.letter(t, there.Email, "Votre adresse de secours est retirée")
	if left := query[bool](t, `select exists (select from identity.account where id = $1 and backup_email is not null)`, there.Account); left {
		t.Error("it is still there")
	}
	owner.post("/account/backup/remove", nil).want(http.StatusConflict)
	server.signedIn(t, q.Pilot).get("/p/" + q.Number + "/journal").want(http.StatusOK).sees("a retiré son courriel de secours")
}

func TestTakingSomeonesSecondFactorAwayIsNotedOfThePlaceThatDidIt(t *testing.T) {
	t.Parallel()
	start(t)
	p := ourPlace(t)
	takesAway := func(who place.Person) (hands int) {
		write(t, `insert into identity.factor (account_id, kind, created_at, confirmed_at) values ($1, 'email', now(), now())`, who.Account)
		const setNone = `
with here as materialized (select set_config('habilis.tenant', $2, true))
select identity.factor_set_here($1, '', '', now()) from here`
		if !query[bool](t, setNone, who.Account, p.ID.String()) {
			t.Fatal("it wasn't the place's to take away")
		}
		return query[int](t, `select count(*)::int from identity.hand where account_id = $1 and tenant_id = $2 and proved_at is null`, who.Account, p.ID)
	}
	came, awaited := someone(t, p, "consultation_1"), someone(t, p, "consultation_1")
	write(t, `update identity.account set last_sign_in_at = now() where id = $1`, came.Account)
	write(t, `update identity.account set last_sign_in_at = null, email_verified_at = null, password_hash = null, password_set_at = null where id = $1`, awaited.Account)
	write(t, `delete from identity.token where account_id = $1`, awaited.Account)
	if hands := takesAway(came); hands != 1 {
		t.Errorf("of who had come in %d are noted", hands)
	}
	if hands := takesAway(awaited); hands != 0 {
		t.Errorf("of who never came in %d are noted", hands)
	}
}
