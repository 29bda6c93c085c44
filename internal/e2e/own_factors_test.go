package e2e_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"habilis/internal/browser"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

// showsCode answers the window that asks for all that an account has.
func (a *answer) showsCode(password, code string) *answer {
	a.visitor.t.Helper()
	f := a.formWith("proof_code", "")
	if f == nil {
		a.visitor.t.Fatalf("%s asks for no code:\n%s", a.path, a.text())
	}
	if f.values.Has("proof") {
		f.with("proof", password)
	}
	return f.with("proof_code", code).send()
}

// addsApp puts the app of a window of one's account to use.
func (a *answer) addsApp(t testing.TB, ending string) (after *answer, key string) {
	t.Helper()
	shown := shownSecret.FindStringSubmatch(a.want(http.StatusOK).body)
	if shown == nil {
		t.Fatalf("%s shows no key:\n%s", a.path, a.text())
	}
	key = strings.ReplaceAll(shown[1], " ", "")
	return a.form(ending).with("code", oath(t, a.visitor.now(), key), "name", "Téléphone de garde").send(), key
}

func notedInJournal(t testing.TB, p *place.Place, act string) int {
	t.Helper()
	return query[int](t, `select count(*)::int from journal where tenant_id = $1 and act = $2`, p.ID, act)
}

func TestF6SecondFactorsAreChangedByWhoShowsOne(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	v, other := server.signedIn(t, who), server.signedIn(t, who)
	// The first comes with recovery codes, and the password is proof enough.
	first, firstKey := v.get("/account/factors/app").addsApp(t, "/account/factors/app")
	codes := shownCode.FindAllStringSubmatch(first.want(http.StatusOK).body, -1)
	if len(codes) != 10 {
		t.Fatalf("%d recovery codes", len(codes))
	}
	other.get("/account").want(http.StatusSeeOther)
	server.letter(t, who.Email, "La double authentification de votre compte a changé")
	v.get("/account").want(http.StatusOK).sees("Téléphone de garde", "Il vous reste 10 codes de secours")
	if n := notedInJournal(t, p, "account.factor_added"); n != 1 {
		t.Errorf("%d lines of the journal", n)
	}

	// Later the password alone changes nothing.
	server.stale()
	asked := v.get("/account/factors/app").want(http.StatusOK).sees(askedWho)
	if shownSecret.MatchString(asked.body) {
		t.Fatal("the key is shown before")
	}
	if a := v.post("/account/factors/app", url.Values{"proof": {secret}, "code": {"123456"}}); a.status != http.StatusOK || a.formWith("proof_code", "") == nil {
		t.Errorf("with the password alone it answers %d:\n%s", a.status, a.text())
	}
	wrong := v.get("/account/factors/app").showsCode(secret, "000000").want(http.StatusUnprocessableEntity)
	before := v.session()
	told := 1
	another := func(key string) (changed func()) { // session, which a change ends, and of which they are told
		t.Helper()
		server.clock.Advance(31 * time.Second)
		other := server.visitor(t)
		other.enter(who.Username, secret).want(http.StatusSeeOther)
		other.post("/signin/factor", url.Values{"method": {"totp"}, "code": {oath(t, server.clock.Now(), key)}}).want(http.StatusSeeOther)
		other.get("/account").want(http.StatusOK)
		server.clock.Advance(31 * time.Second)
		return func() {
			t.Helper()
			other.get("/account").want(http.StatusSeeOther)
			told++
			server.letterAgain(t, who.Email, "La double authentification de votre compte a changé", told)
		}
	}
	added := another(firstKey)
	window := wrong.showsCode(secret, oath(t, server.clock.Now(), firstKey)).want(http.StatusSeeOther).follow()
	if v.session() == before {
		t.Error("the session has its old identifier")
	}
	second, secondKey := window.addsApp(t, "/account/factors/app")
	second.want(http.StatusSeeOther).follow().want(http.StatusOK).sees("C'est ajouté")
	added()
	for _, key := range []string{firstKey, secondKey} {
		server.clock.Advance(time.Minute)
		fresh := server.visitor(t)
		fresh.enter(who.Username, secret).want(http.StatusSeeOther)
		fresh.post("/signin/factor", url.Values{"method": {"totp"}, "code": {oath(t, server.clock.Now(), key)}}).want(http.StatusSeeOther)
	}

	// New recovery codes void the old ones at once.
	renewedCodes := another(firstKey)
	page := v.get("/account/codes").want(http.StatusOK).form("/account/codes").send().want(http.StatusOK)
	renewedCodes()
	renewed := shownCode.FindAllStringSubmatch(page.body, -1)
	if len(renewed) != 10 || slices.ContainsFunc(renewed, func(m []string) bool { return m[1] == codes[0][1] }) {
		t.Fatalf("%d codes", len(renewed))
	}
	show := func(code string) int {
		fresh := server.visitor(t)
		fresh.enter(who.Username, secret).want(http.StatusSeeOther)
		return fresh.post("/signin/factor", url.Values{"method": {"recovery"}, "code": {code}}).status
	}
	if old, now := show(codes[0][1]), show(renewed[0][1]); old != http.StatusUnprocessableEntity || now != http.StatusSeeOther {
		t.Errorf("an old code answers %d, a new one %d", old, now)
	}

	// Replaced and removed.
	ids := query[[]string](t, `select array_agg(id::text order by confirmed_at) from identity.factor where account_id = $1`, who.Account)
	replacedApp := another(secondKey)
	replaced, thirdKey := v.get("/account/factors/"+ids[0]+"/replace").addsApp(t, "/replace")
	if n := len(shownCode.FindAllStringSubmatch(replaced.want(http.StatusOK).body, -1)); n != 10 {
		t.Errorf("%d codes after another app", n)
	}
	replacedApp()
	server.clock.Advance(time.Minute)
	for key, want := range map[string]int{firstKey: http.StatusUnprocessableEntity, thirdKey: http.StatusSeeOther} {
		fresh := server.visitor(t)
		fresh.enter(who.Username, secret).want(http.StatusSeeOther)
		fresh.post("/signin/factor", url.Values{"method": {"totp"}, "code": {oath(t, server.clock.Now(), key)}}).want(want)
	}
	removedApp := another(thirdKey)
	v.get("/account/factors/" + ids[1] + "/remove").want(http.StatusOK).form("/remove").send().want(http.StatusSeeOther).follow().sees("C'est retiré")
	removedApp()
	v.post("/account/factors/"+ids[1]+"/remove", url.Values{}).want(http.StatusNotFound)
	for act, want := range map[string]int{"account.factor_added": 2, "account.factor_replaced": 1, "account.factor_removed": 1, "account.codes_renewed": 1} {
		if n := notedInJournal(t, p, act); n != want {
			t.Errorf("%d lines of %s", n, act)
		}
	}
	if broken := query[int](t, `select count(*)::int from journal_broken($1)`, p.ID); broken != 0 {
		t.Error("the journal's chain is broken")
	}
	server.signedIn(t, p.Pilot).get("/p/"+p.Number+"/journal?act=account").want(http.StatusOK).sees("a remplacé ses codes de secours", "par application d'authentification")
}

func TestTheLastFactorThatAPlaceAsksForStays(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, q := ourPlace(t), ourPlace(t)
	who := someone(t, p, "consultation_1")
	q.Join(t, who, "consultation_1")
	v := server.signedIn(t, who)
	v.get("/account/factors/app").addsApp(t, "/account/factors/app")
	id := query[string](t, `select id::text from identity.factor where account_id = $1`, who.Account)
	demandFactor(t, q)
	name := query[string](t, `select name from tenant where tenant_id = $1`, q.ID)
	window := v.get("/account/factors/" + id + "/remove")
	refused := window.form("/remove").send().want(http.StatusConflict).sees(name, "Rien n'a été retiré")
	other := query[string](t, `select name from tenant where tenant_id = $1`, p.ID)
	if inMenu := strings.Count(window.text(), other); inMenu == 0 || strings.Count(refused.text(), other) > inMenu {
		t.Error("it names a place that asks for none")
	}
	if n := query[int](t, `select count(*)::int from identity.factor where account_id = $1`, who.Account); n != 1 {
		t.Fatal("it is gone")
	}
	withoutFactor(t, q)
	v.get("/account/factors/" + id + "/remove").form("/remove").send().want(http.StatusSeeOther)
	if n := query[int](t, `select count(*)::int from identity.recovery_code where account_id = $1`, who.Account); n != 0 {
		t.Errorf("%d recovery codes are left of nothing", n)
	}
	stranger := server.signedIn(t, someone(t, p, "consultation_1"))
	stranger.get("/account/factors/" + id + "/remove").want(http.StatusNotFound)
	stranger.get("/account/factors/x/remove").want(http.StatusNotFound)
}

func TestCodesByTextAreTurnedOnByTheirOwner(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	v := server.signedIn(t, who)
	for _, wrong := range []string{"", "12", "514 555-0100 poste 3"} {
		v.post("/account/factors/sms/send", url.Values{"mobile": {wrong}}).want(http.StatusUnprocessableEntity)
	}
	page := v.get("/account/factors/sms").want(http.StatusOK).form("/sms/send").with("mobile", mobileOf(who)).send().want(http.StatusSeeOther).follow()
	code, _ := server.textedCode(t, who, 1)
	wrong := page.form("/account/factors/sms").with("code", "000000").send().want(http.StatusUnprocessableEntity)
	if kept := wrong.form("/sms/send").values.Get("mobile"); kept != mobileOf(who) {
		t.Errorf("after a wrong code, another is offered to %q", kept)
	}
	if n := query[int](t, `select count(*)::int from identity.factor where account_id = $1`, who.Account); n != 0 {
		t.Fatal("it counts already")
	}
	m := mobileOf(who)
	page.form("/account/factors/sms").with("code", code).send().want(http.StatusSeeOther).follow().want(http.StatusOK).
		sees("Code par texto", m[2:5]+" "+m[5:8]+"-"+m[8:])
	if mobile := query[string](t, `select mobile from identity.account where id = $1`, who.Account); mobile != mobileOf(who) {
		t.Errorf("the mobile is %s", mobile)
	}
	// Now a code by text is asked for, and sent from the window itself.
	server.stale()
	window := v.get("/account/factors/app").want(http.StatusOK).sees("Envoyer un code à")
	sent := window.formWith("proof_code", "").with("proof", secret, "proof_send", "1").send().want(http.StatusOK).sees("un code")
	again, _ := server.textedCode(t, who, 2)
	sent.showsCode(secret, again).want(http.StatusSeeOther).follow().sees("Vérifier et enregistrer")
}

func TestCodesByMailAreOfferedToNoOneWhosePasswordCameThere(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	if _, err := pgtest.Super(t).Exec(t.Context(), `update identity.account set password_mailbox = email_key where id = $1`, who.Account); err != nil {
		t.Fatal(err)
	}
	v := server.signedIn(t, who)
	if a := v.get("/account").want(http.StatusOK).sees("une boîte ne prouve pas deux fois"); strings.Contains(a.body, "/account/factors/email") {
		t.Error("it is offered")
	}
	v.post("/account/factors/email/send", url.Values{}).want(http.StatusConflict).sees("une boîte ne prouve pas deux fois")
	if _, err := pgtest.Super(t).Exec(t.Context(), `update identity.account set password_mailbox = null where id = $1`, who.Account); err != nil {
		t.Fatal(err)
	}
	page := v.get("/account/factors/email").want(http.StatusOK).form("/email/send").send().want(http.StatusSeeOther).follow()
	var codes []string
	eventually(t, "a code by mail", func() bool { codes = server.mailedCodes(t, who); return len(codes) > 0 })
	page.form("/account/factors/email").with("code", codes[0]).send().want(http.StatusSeeOther).follow().sees("Code par courriel")
}

// Who may be taken for the owner by whoever reads their texts sets up nothing that is
// worth more than that.
func TestACodeByTextChangesNothingWhereThereIsAnApp(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	v := server.signedIn(t, who)
	_, key := v.get("/account/factors/app").addsApp(t, "/account/factors/app")
	page := v.get("/account/factors/sms").form("/sms/send").with("mobile", mobileOf(who)).send().want(http.StatusSeeOther).follow()
	code, _ := server.textedCode(t, who, 1)
	page.form("/account/factors/sms").with("code", code).send().want(http.StatusSeeOther)

	thief := server.visitor(t)
	thief.enter(who.Username, secret).want(http.StatusSeeOther)
	thief.post("/signin/factor/send", url.Values{"method": {"sms"}}).want(http.StatusSeeOther)
	code, _ = server.textedCode(t, who, 2)
	thief.post("/signin/factor", url.Values{"method": {"sms"}, "code": {code}}).want(http.StatusSeeOther)
	thief.get("/account").want(http.StatusOK)
	for _, path := range []string{"/account/factors/app", "/account/codes", "/account/passkeys/new", "/account/factors/email"} {
		if a := thief.get(path).want(http.StatusOK).sees(askedWho); strings.Contains(a.body, `value="sms"`) || shownSecret.MatchString(a.body) {
			t.Errorf("%s is content with a text:\n%s", path, a.text())
		}
	}
	if a := thief.post("/account/codes", url.Values{}).asksWho(); shownCode.MatchString(a.body) {
		t.Error("recovery codes are shown")
	}
	thief.post("/account/codes", url.Values{"proof_method": {"sms"}, "proof_code": {code}}).want(http.StatusUnprocessableEntity)
	server.clock.Advance(time.Minute)
	thief.get("/account/factors/app").showsCode(secret, oath(t, server.clock.Now(), key)).want(http.StatusSeeOther).follow().sees("Vérifier et enregistrer")
}

// By keyboard: an app is added in the window over the account, its codes are shown,
// and it is removed.
func TestAnAppIsAddedAndRemovedWithoutAMouse(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	b := browser.New(t, server.URL())
	b.Open("/signin")
	b.Fill("Nom d'utilisateur ou courriel", who.Username)
	b.Fill("Mot de passe", secret)
	b.Press("Enter")
	b.At("/p/" + p.Number + "/")
	b.Open("/account")
	b.Axe()
	b.Reach("link", "Ajouter une application d'authentification")
	b.Press("Enter")
	b.Has("dialog", "Ajouter une application d'authentification")
	b.Axe()
	uri := scan(t, b.Picture("image", "Code QR à balayer avec une application d'authentification"))
	b.Fill("Code", oath(t, server.clock.Now(), uri.Query().Get("secret")))
	b.Press("Enter")
	b.See("Vos codes de secours")
	b.Axe()
	b.Reach("link", "J'ai gardé mes codes, continuer")
	b.Press("Enter")
	b.Has("heading", "Double authentification")
	b.See("Il vous reste 10 codes de secours")
	b.Axe()
	server.stale()
	b.Reach("link", "Retirer : Application d'authentification")
	b.Press("Enter")
	b.See(askedWho)
	b.Axe()
}
