package e2e_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"habilis/internal/browser"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

// edits has the pilot of a place correct someone's function.
func edits(t *testing.T, pilot *visitor, p *place.Place, who place.Person, function string) {
	t.Helper()
	pilot.get("/p/"+p.Number+"/people/"+who.Resource.String()+"/edit").form("/edit").with("function", function).send().want(http.StatusSeeOther)
}

func TestOnesOwnJournalHasWhatWasDoneByOneselfAndOnOneselfWhereverItWas(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, q := ourPlace(t), ourPlace(t)
	who, other := someone(t, p, "consultation_1"), someone(t, p, "consultation_1")
	q.Join(t, who, "consultation_1")
	pilot := server.signedIn(t, p.Pilot)
	edits(t, pilot, p, who, "Infirmière")
	edits(t, pilot, p, other, "Secrétaire")
	v := server.visitor(t)
	v.header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0")
	v.enter(who.Username, secret).want(http.StatusSeeOther)
	v.get("/p/" + p.Number + "/").want(http.StatusOK)
	v.get("/p/" + q.Number + "/").want(http.StatusOK)
	page := v.get("/account/journal").want(http.StatusOK)
	page.sees("a ouvert une session", "Firefox sur Windows", "Mon compte", "a ouvert une session ici", "Place "+p.Number, "Place "+q.Number,
		"a modifié les renseignements de", "Infirmière", "une personne qui y gère les accès")
	for what, never := range map[string]string{"someone else's act": "Secrétaire", "someone else": other.Family, "who did it": p.Pilot.Family} {
		if strings.Contains(page.text(), never) {
			t.Errorf("%s is shown:\n%s", what, page.text())
		}
	}
	// Kinds and places narrow it; what means nothing narrows nothing, and shows nothing else.
	if text := v.get("/account/journal?act=people").text(); strings.Contains(text, "a ouvert une session") || !strings.Contains(text, "Infirmière") {
		t.Errorf("of people it says\n%s", text)
	}
	if text := v.get("/account/journal?place=" + q.Number).text(); strings.Contains(text, "Infirmière") || !strings.Contains(text, "a ouvert une session ici") {
		t.Errorf("of one place it says\n%s", text)
	}
	if text := v.get("/account/journal?place=-").text(); strings.Contains(text, "session ici") || !strings.Contains(text, "Nouvel appareil") && !strings.Contains(text, "a ouvert une session") {
		t.Errorf("of the account it says\n%s", text)
	}
	for _, odd := range []string{"act=x%27", "before=1", "before=a.b.c", "before=-1." + newID() + ".3", "before=9999999999999999999." + newID() + ".3", "act=%00"} {
		v.get("/account/journal?" + odd).want(http.StatusOK)
	}
	// Reading it is noted nowhere.
	if n := notedInJournal(t, p, "journal.read"); n != 0 {
		t.Errorf("%d readings are noted", n)
	}
	server.visitor(t).get("/account/journal").want(http.StatusSeeOther)
}

// A pilot reads the whole of lines in the place's journal, and so here; what they did
// to others stays with the place once it shows them nobody.
func TestWhatOneDidToOthersIsNamedAsLongAsThePlaceShowsThem(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who, boss := someone(t, p, "consultation_1"), someone(t, p, "coordination")
	v := server.signedIn(t, boss)
	edits(t, v, p, who, "Préposée")
	v.get("/account/journal").want(http.StatusOK).sees("a modifié les renseignements de", who.Family)
	pilot := server.signedIn(t, p.Pilot)
	pilot.get("/account/journal").want(http.StatusOK)
	if _, err := pgtest.Super(t).Exec(t.Context(), `update role_grant set open = false, until = now() where resource_id = $1`, boss.Resource); err != nil {
		t.Fatal(err)
	}
	text := v.get("/account/journal").want(http.StatusOK).sees("a modifié les renseignements de").text()
	for what, never := range map[string]string{"whom it was done to": who.Family, "what was changed": "Préposée"} {
		if strings.Contains(text, never) {
			t.Errorf("%s is still said:\n%s", what, text)
		}
	}
}

// A pilot of another place, in which they and the person both work, learns of what
// happens there to the pilot alone.
func TestAPilotElsewhereLearnsNothingOfAnyoneFromTheirOwnJournal(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, q := ourPlace(t), ourPlace(t)
	who := someone(t, p, "consultation_1")
	there := q.Join(t, who, "consultation_1")
	pilot := server.signedIn(t, p.Pilot)
	edits(t, pilot, p, who, "Sage-femme")
	pilot.get("/p/"+p.Number+"/people/"+who.Resource.String()+"/archive").form("/archive").with("reason", "Motif-à-taire").send().want(http.StatusSeeOther)
	server.signedIn(t, who).get("/p/" + q.Number + "/").want(http.StatusOK)
	attacker := server.signedIn(t, q.Pilot)
	edits(t, attacker, q, there, "Archiviste")
	for _, path := range []string{"", "?place=" + p.Number, "?place=-", "?act=people", "?account=" + who.Account.String(), "?person=" + who.Resource.String(),
		"?before=" + "9000000000000000." + p.ID.String() + ".99"} {
		text := attacker.get("/account/journal" + path).want(http.StatusOK).text()
		for _, never := range []string{"Sage-femme", "Motif-à-taire", "Place " + p.Number, p.Pilot.Family} {
			if strings.Contains(text, never) {
				t.Errorf("%s shows %q", path, never)
			}
		}
	}
	// Who was archived there no longer sees that place; nor, where it asks for one, who
	// has shown no second factor.
	if text := server.signedIn(t, who).get("/account/journal").text(); strings.Contains(text, "Sage-femme") {
		t.Error("a place that was left is read")
	}
	v := server.signedIn(t, who)
	demandFactor(t, q)
	if text := v.get("/account/journal").want(http.StatusOK).sees("Un second facteur est demandé").text(); strings.Contains(text, "Archiviste") {
		t.Error("a place that asks for a second factor is read without")
	}
}

func TestAChangeToTheAccountIsOneLineOfOnesJournalHoweverManyPlacesItHas(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	for range 3 {
		ourPlace(t).Join(t, who, "consultation_1")
	}
	v, elsewhere := server.signedIn(t, who), server.signedIn(t, who)
	v.get("/account/factors/app").addsApp(t, "/account/factors/app")
	text := v.get("/account/journal").want(http.StatusOK).text()
	if n := strings.Count(text, "a ajouté une façon de confirmer son identité"); n != 1 {
		t.Errorf("it is said %d times:\n%s", n, text)
	}
	elsewhere = server.signedIn(t, who)
	_ = elsewhere
	v.post("/account/sessions/end", url.Values{}).want(http.StatusSeeOther)
	v.asksEmail("autre." + strings.ToLower(who.Username) + "@exemple.test").want(http.StatusSeeOther)
	v.post("/account/email/keep", url.Values{}).want(http.StatusSeeOther)
	v.get("/account/journal").sees("a fermé toutes ses autres sessions", "a demandé à changer de courriel", "a renoncé à changer de courriel")
	server.visitor(t).post("/signin/forgot", url.Values{"login": {who.Username}})
	eventually(t, "the link", func() bool {
		return strings.Contains(v.get("/account/journal").text(), "a envoyé un lien pour choisir un autre mot de passe")
	})
}

var olderIn = regexp.MustCompile(`href="(/account/journal\?[^"]*before=[^"]*)"`)

// The pages of several journals follow each other without a gap and without a line
// twice, also where many lines are of one instant.
func TestThePagesOfOnesJournalAreOneList(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, q := ourPlace(t), ourPlace(t)
	who := someone(t, p, "consultation_1")
	q.Join(t, who, "consultation_1")
	v := server.signedIn(t, who)
	at := server.clock.Now().Add(time.Minute).Truncate(time.Microsecond) // a journal's instants grow
	for i, in := range []*place.Place{p, q} {
		_, err := pgtest.Super(t).Exec(t.Context(), `
with base as (select n from journal_head where tenant_id = $1),
     written as (insert into journal (tenant_id, n, at, actor_kind, actor, act, target_kind, result, facts, digest, hash)
       select $1, base.n + i, $2::timestamptz + ((i + $4) / 10) * interval '1 minute', 'person', $3, 'signin.hat', 'role', 'done', jsonb_build_object('label', 'ligne-' || $4 || '-' || i || '.'), '', ''
         from base, generate_series(1, 60) i)
update journal_head set n = base.n + 60 from base where tenant_id = $1`, in.ID, at, who.Account, i)
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := pgtest.Super(t).Exec(t.Context(), `
insert into identity.own_act (account_id, at, act, facts)
select $1, $2::timestamptz + (i / 10) * interval '1 minute', 'signin.hat', jsonb_build_object('actor', 'x', 'label', 'ligne-2-' || i || '.') from generate_series(1, 60) i`, who.Account, at); err != nil {
		t.Fatal(err)
	}
	seen, path := map[string]int{}, "/account/journal?act=signin"
	for pages := 0; path != ""; pages++ {
		if pages > 6 {
			t.Fatal("it never ends")
		}
		a := v.get(path).want(http.StatusOK)
		for _, line := range regexp.MustCompile(`ligne-\d-\d+\.`).FindAllString(a.text(), -1) {
			seen[line]++
		}
		path = ""
		if m := olderIn.FindStringSubmatch(a.body); m != nil && strings.Contains(a.body, "Plus anciens") {
			path = strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	if len(seen) != 180 {
		t.Errorf("%d lines of 180 are shown", len(seen))
	}
	for line, times := range seen {
		if times != 1 {
			t.Errorf("%s is shown %d times", line, times)
		}
	}
}

func TestOnesJournalIsReadOnATelephoneWithoutAMouse(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	edits(t, server.signedIn(t, p.Pilot), p, who, "Infirmière")
	b := browser.New(t, server.URL(), browser.Phone)
	b.Open("/signin")
	b.Fill("Nom d'utilisateur ou courriel", who.Username)
	b.Fill("Mot de passe", secret)
	b.Press("Enter")
	b.Has("heading", "Bonjour "+who.Given)
	b.Open("/account")
	for _, tab := range []string{"Compte", "Lieux de travail et rôles", "Mon journal", "Mes données"} {
		b.InSight("link", tab)
	}
	b.Axe()
	b.Reach("link", "Mon journal")
	b.Press("Enter")
	b.Has("heading", "Mon journal")
	b.See("Infirmière")
	b.Axe()
	if over := b.Overflow(); over > 0 {
		t.Errorf("the page is %d pixels too wide", over)
	}
}
