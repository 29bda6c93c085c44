package e2e_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/stay"
)

// visits begins a visit of a place for an operator, and comes to its first page.
func (v *visitor) visits(p *place.Place) *answer {
	v.t.Helper()
	form := v.get("/support/places/" + p.Number).want(http.StatusOK).form("/support/places/" + p.Number)
	a := form.with("reason", "Appel de la pilote", "ticket", "SUP-7").send().want(http.StatusSeeOther)
	return a.follow().want(http.StatusOK)
}

// guests is a place with support in it, for the time of a test.
func guests(t *testing.T) (server *server, s *stage, support, pilot *visitor) {
	t.Helper()
	server, s = start(t), newStage(t, "planner")
	support, pilot = operator(t, server, s.Place), server.signedIn(t, s.Pilot)
	return server, s, support, pilot
}

const noStay = "Vous n'avez pas de visite en cours"

func TestSupportVisitsAPlaceWithAReason(t *testing.T) {
	t.Parallel()
	server, s, support, pilot := guests(t)
	here := "/visit/" + s.Number
	support.get(here + "/").want(http.StatusNotFound).sees(noStay)
	support.get("/support").want(http.StatusOK).sees("Visiter un lieu")
	found := support.get("/support/places?q="+url.QueryEscape("place "+s.Number)).want(http.StatusOK).sees("Place "+s.Number, "Visiter")
	if !strings.Contains(found.body, `href="/support/places/`+s.Number+`"`) {
		t.Error("the place that was found can't be visited")
	}
	support.get("/support/places?q=%25").want(http.StatusOK).sees("Aucun lieu trouvé")
	form := support.get("/support/places/" + s.Number).want(http.StatusOK).form("/support/places/" + s.Number)
	form.with("reason", " ", "ticket", strings.Repeat("7", 61)).send().want(http.StatusUnprocessableEntity).sees("Écrivez la raison", "dépasse 60")
	banner := []string{"Vous êtes en visite pour le support", "Appel de la pilote", "Référence SUP-7", "Terminer la visite"}
	support.visits(s.Place).sees(append(banner, "Place "+s.Number, "Ce que la visite montre")...)
	sheet := here + "/people/" + s.target.Resource.String()
	for _, path := range []string{here + "/people", sheet, sheet + "/access", sheet + "/roles", here + "/roles", here + "/settings", here + "/journal", here + "/nothing"} {
		support.get(path).want(http.StatusOK, http.StatusNotFound).sees(banner...)
	}
	if told := server.letter(t, s.Pilot.Email, "Le support technique visite"); !strings.Contains(told.Text, "Appel de la pilote") || !strings.Contains(told.Text, "SUP-7") {
		t.Errorf("the mail says:\n%s", told.Text)
	}
	pilot.get("/p/"+s.Number+"/").want(http.StatusOK).sees("est en visite ici", "Appel de la pilote", "Mettre fin à la visite")
	pilot.get("/p/" + s.Number + "/settings").want(http.StatusOK).sees("Visites du support")
	pilot.get("/p/"+s.Number+"/journal?act=support").want(http.StatusOK).sees("a commencé une visite", "Support technique", "Appel de la pilote")
	support.get("/support").want(http.StatusOK).sees("Vous visitez Place " + s.Number).form("/support/leave").send().want(http.StatusSeeOther).follow().sees("La visite est terminée")
	support.get(here + "/people").want(http.StatusNotFound).sees(noStay)
	pilot.get("/p/"+s.Number+"/visits").want(http.StatusOK).sees("terminée par le support", "SUP-7")
	acts := s.Acts(t)
	for _, act := range []string{"support.read_people", "support.read_sheets"} { // once, whatever was read of the kind
		if n := notedInJournal(t, s.Place, act); n != 1 {
			t.Errorf("%d lines of %s", n, act)
		}
	}
	for _, act := range []string{"support.begin", "journal.read", "support.leave"} {
		if !slices.Contains(acts, act) {
			t.Errorf("the journal has no %s: %q", act, acts)
		}
	}
	if kind := query[string](t, `select actor_kind || (facts->>'actor') from journal where tenant_id = $1 and act = 'journal.read' order by n limit 1`, s.ID); !strings.HasPrefix(kind, "support") || len(kind) < 10 {
		t.Errorf("the reading of the journal was noted as %q's", kind)
	}
}

func TestAVisitIsOverAfterAnHourWhateverIsDone(t *testing.T) {
	t.Parallel()
	server, s, support, _ := guests(t)
	support.visits(s.Place)
	here := "/visit/" + s.Number + "/people"
	for _, wait := range []time.Duration{25 * time.Minute, 25 * time.Minute, 9 * time.Minute} {
		server.clock.Advance(wait)
		support.get(here).want(http.StatusOK)
	}
	server.clock.Advance(2 * time.Minute)
	support.get(here).want(http.StatusNotFound).sees("Votre visite a pris fin à l'heure prévue")
	support.get("/support").want(http.StatusOK)
	server.signedIn(t, s.Pilot).get("/p/" + s.Number + "/visits").want(http.StatusOK).sees("terminée d'elle-même")
	if err := stay.New(server.Door(), nil, server.clock.Now).Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	if acts := s.Acts(t); !slices.Contains(acts, "support.expire") {
		t.Errorf("the journal says %q", acts)
	}
}

// What ends a visit ends it at the next request, on every server.
func TestAVisitEndsAtOnce(t *testing.T) {
	t.Parallel()
	one, other := start(t), start(t)
	super := func(sql string, args ...any) {
		t.Helper()
		if _, err := pgtest.Super(t).Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	for what, end := range map[string]func(s *stage, support *visitor){
		"someone of the place": func(s *stage, _ *visitor) {
			pilot := one.signedIn(t, s.Pilot)
			pilot.get("/p/"+s.Number+"/").want(http.StatusOK).form("/end").send().want(http.StatusSeeOther).follow().want(http.StatusOK).
				sees("rien ne lui est plus montré", "terminée par "+s.Pilot.Given+" "+s.Pilot.Family)
		},
		"its operator is none any more": func(s *stage, _ *visitor) {
			super(`delete from identity.operator where account_id = (select operator from stay where tenant_id = $1 and ended_at is null)`, s.ID)
		},
		"the second factor is gone": func(s *stage, _ *visitor) {
			super(`delete from identity.factor where account_id = (select operator from stay where tenant_id = $1 and ended_at is null)`, s.ID)
		},
		"all sessions were ended": func(s *stage, _ *visitor) {
			super(`update identity.account set generation = generation + 1 where id = (select operator from stay where tenant_id = $1 and ended_at is null)`, s.ID)
		},
		"the place was closed": func(s *stage, _ *visitor) { super(`update tenant set state = 'closed' where tenant_id = $1`, s.ID) },
		"the operator has come to the place": func(s *stage, _ *visitor) {
			super(`insert into identity.membership select operator, tenant_id, $2 from stay where tenant_id = $1 and ended_at is null`, s.ID, s.target.Resource)
		},
		"signing out": func(s *stage, support *visitor) {
			support.post("/signout", nil).want(http.StatusSeeOther)
			if acts := s.Acts(t); !slices.Contains(acts, "support.leave") {
				t.Errorf("signing out left %q", acts)
			}
		},
	} {
		s := newStage(t, "planner")
		support := operator(t, one, s.Place)
		support.visits(s.Place)
		thief := &visitor{t: t, base: other.address, jar: support.jar.copy(), header: support.header, client: support.client, now: support.now}
		thief.client = &http.Client{Jar: thief.jar, CheckRedirect: support.client.CheckRedirect}
		path := "/visit/" + s.Number + "/people"
		thief.get(path).want(http.StatusOK)
		end(s, support)
		for _, v := range []*visitor{thief, thief.at(one)} {
			if a := v.get(path); a.status != http.StatusNotFound && a.status != http.StatusSeeOther || strings.Contains(a.body, s.target.Username) {
				t.Errorf("%s: the visit answers %d", what, a.status)
			}
		}
	}
}

func TestNobodyElseVisits(t *testing.T) {
	t.Parallel()
	server, s, support, pilot := guests(t)
	elsewhere := ourPlace(t)
	absent := func(who string, v *visitor, number string) {
		t.Helper()
		for _, path := range []string{"/visit/" + number + "/", "/visit/" + number + "/people"} {
			a := v.get(path).want(http.StatusNotFound)
			if got, want := same(a, number), same(v.get(strings.Replace(path, number, "99999", 1)), "99999"); strings.ReplaceAll(got, "/visit/"+number, "/visit/99999") != want {
				t.Errorf("%s can tell a place from none:\n%s", who, differences(want, got))
			}
		}
	}
	for who, v := range map[string]*visitor{"the pilot": pilot, "a pilot of another place": server.signedIn(t, elsewhere.Pilot)} {
		absent(who, v, s.Number)
		v.get("/support/places?q=" + s.Number).want(http.StatusNotFound)
		v.get("/support/places/" + s.Number).want(http.StatusNotFound)
		if a := v.post("/support/places/"+s.Number, url.Values{"reason": {"a"}}); a.status != http.StatusNotFound {
			t.Errorf("%s begins a visit: %d", who, a.status)
		}
		v.post("/support/leave", nil).want(http.StatusNotFound)
	}
	support.get("/support/places/99999").want(http.StatusNotFound)
	support.post("/support/places/99999", url.Values{"reason": {"a"}}).want(http.StatusNotFound)
	support.visits(s.Place)
	absent("an operator elsewhere", support, elsewhere.Number)
	support.get("/p/" + s.Number + "/people").want(http.StatusNotFound) // the visit is not a place of theirs
	twice := support.post("/support/places/"+elsewhere.Number, url.Values{"reason": {"a"}}).want(http.StatusConflict)
	twice.sees("Vous avez déjà une visite en cours")
	id := query[string](t, `select id::text from stay where tenant_id = $1 and ended_at is null`, s.ID)
	server.signedIn(t, elsewhere.Pilot).post("/p/"+elsewhere.Number+"/visits/"+id+"/end", nil).want(http.StatusNotFound)
	limited := server.signedIn(t, someone(t, s.Place, "coordination"))
	limited.get("/p/" + s.Number + "/visits").want(http.StatusForbidden)
	limited.post("/p/"+s.Number+"/visits/"+id+"/end", nil).want(http.StatusForbidden)
	if text := limited.get("/p/" + s.Number + "/").want(http.StatusOK).text(); strings.Contains(text, "en visite") {
		t.Error("who may not see the settings is told of the visit")
	}
	support.get("/visit/" + s.Number + "/people").want(http.StatusOK)
}

// Whoever has an account in a place, or had one, does not visit it: not to read
// their own sheet either.
func TestAnOperatorDoesNotVisitTheirOwnPlace(t *testing.T) {
	t.Parallel()
	server, s, _, _ := guests(t)
	who := s.Person(t, "consultation_2")
	active(t, who)
	if _, err := pgtest.Super(t).Exec(t.Context(), `insert into identity.operator values ($1, now())`, who.Account); err != nil {
		t.Fatal(err)
	}
	v := server.visitor(t)
	after, _, _ := enrol(t, v.enter(who.Username, secret).want(http.StatusSeeOther).follow())
	after.follow()
	v.post("/support/places/"+s.Number, url.Values{"reason": {"a"}}).want(http.StatusForbidden, http.StatusUnprocessableEntity).sees("Vous avez un compte ici")
	v.get("/visit/" + s.Number + "/people/" + who.Resource.String()).want(http.StatusNotFound)
	v.get("/p/" + s.Number + "/people").want(http.StatusForbidden) // as whom they are there
	s.Archive(t, who)
	v.post("/support/places/"+s.Number, url.Values{"reason": {"a"}}).want(http.StatusForbidden, http.StatusUnprocessableEntity)
	elsewhere := ourPlace(t)
	v.visits(elsewhere)
	v.get("/visit/" + elsewhere.Number + "/people").want(http.StatusOK)
	v.get("/visit/" + s.Number + "/people").want(http.StatusNotFound)
}

// However many are begun at the same time, and on however many servers, an operator
// has one visit.
func TestAnOperatorHasOneVisitAtATime(t *testing.T) {
	t.Parallel()
	one, other := start(t), start(t)
	first := ourPlace(t)
	support := operator(t, one, first)
	places := []*place.Place{first, ourPlace(t), ourPlace(t), ourPlace(t)}
	var all sync.WaitGroup
	for i, p := range places {
		for _, s := range []*server{one, other} {
			all.Go(func() {
				if _, err := support.at(s).try("POST", "/support/places/"+p.Number, url.Values{"reason": {"a"}}); err != nil {
					t.Error(i, err)
				}
			})
		}
	}
	all.Wait()
	if n := query[int](t, `select count(*) from stay where ended_at is null and operator = (select operator from stay where tenant_id = any ($1) limit 1)`,
		[]string{places[0].ID.String(), places[1].ID.String(), places[2].ID.String(), places[3].ID.String()}); n != 1 {
		t.Errorf("%d visits are under way", n)
	}
}

// A visit asks who is there as other acts of support do.
func TestAVisitAsksForPasswordAndSecondFactor(t *testing.T) {
	t.Parallel()
	server, s, support, _ := guests(t)
	server.stale()
	asked := support.post("/support/places/"+s.Number, url.Values{"reason": {"a"}}).asksWho()
	if asked.formWith("proof_code", "") == nil {
		t.Error("no second factor is asked for")
	}
	if n := query[int](t, `select count(*) from stay where tenant_id = $1 and ended_at is null`, s.ID); n != 0 {
		t.Error("the visit began without a proof")
	}
}

// What the pages of a visit lead to is shown in a visit.
func TestAVisitLeadsNowhereThatItDoesNotShow(t *testing.T) {
	t.Parallel()
	_, s, support, _ := guests(t)
	support.visits(s.Place)
	here, seen := "/visit/"+s.Number, map[string]bool{}
	next := []string{here + "/"}
	for len(next) > 0 && len(seen) < 120 {
		path := next[0]
		next = next[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		a := support.get(path)
		if a.status != http.StatusOK {
			t.Errorf("a visit leads to %s, which answers %d", path, a.status)
			continue
		}
		for n := range a.doc().Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			for _, name := range []string{"href", "hx-get", "hx-post", "action", "formaction"} {
				to, _, _ := strings.Cut(attribute(n, name), "#")
				switch method := attribute(n, "method"); {
				case strings.HasPrefix(to, "/p/"):
					t.Errorf("%s leads out of the visit, to %s", path, to)
				case !strings.HasPrefix(to, here):
				case name == "hx-post" || name == "formaction" || method == "post":
					t.Errorf("%s offers to change something, at %s", path, to)
				default:
					next = append(next, to)
				}
			}
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d pages are shown", len(seen))
	}
}

// The journal names the records that the place works on; a visit doesn't show them.
func TestAVisitShowsNothingOfRecords(t *testing.T) {
	t.Parallel()
	_, s, support, pilot := guests(t)
	pilot.post("/p/"+s.Number+"/records", url.Values{"reference": {"R-777"}, "label": {"Confidentiel"}, "submission": {newID()}}).want(http.StatusSeeOther)
	pilot.get("/p/" + s.Number + "/journal").want(http.StatusOK).sees("R-777")
	support.visits(s.Place)
	for _, path := range []string{"/journal", "/journal?act=records", "/", "/people/" + s.target.Resource.String()} {
		if text := support.get("/visit/" + s.Number + path).want(http.StatusOK).text(); strings.Contains(text, "R-777") || strings.Contains(text, "Confidentiel") {
			t.Errorf("%s shows a record:\n%s", path, text)
		}
	}
	for _, path := range []string{"/records", "/records/" + s.record.String(), "/people/" + s.target.Resource.String() + "/records", "/roles/matrix/export", "/who/export?area=people"} {
		support.get("/visit/" + s.Number + path).want(http.StatusForbidden).sees("ne change rien")
	}
	if n := query[int](t, `select count(*) from journal where tenant_id = $1 and result = 'refused' and actor_kind = 'support'`, s.ID); n != 5 {
		t.Errorf("the journal has %d refusals of support's", n)
	}
}
