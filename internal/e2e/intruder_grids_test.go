package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"habilis/internal/pgtest/place"
)

// facts are all that decides what may be done in a place, in one line.
func facts(t *testing.T, p *place.Place) string {
	t.Helper()
	return query[string](t, `
select md5(concat(
  (select string_agg(g::text, ' ' order by g.id) from role_grant g where tenant_id = $1),
  (select string_agg(o::text, ' ' order by o.resource_id, o.area, o.since) from override o where tenant_id = $1),
  (select string_agg(r::text, ' ' order by r.id) from role r where tenant_id = $1),
  (select string_agg(c::text, ' ' order by c.role_id, c.area, c.since) from role_cell c where tenant_id = $1),
  (select string_agg(v::text, ' ' order by v.role_id, v.giver_id) from role_giver v where tenant_id = $1),
  (select string_agg(a::text, ' ' order by a.resource_id, a.record_id, a.since) from assignment a where tenant_id = $1),
  (select string_agg(r::text, ' ' order by r.id) from record r where tenant_id = $1),
  (select string_agg(i::text, ' ' order by i.id) from invitation i where tenant_id = $1),
  (select count(*)::text from resource where tenant_id = $1)))`, p.ID)
}

// The pilot of one place names, in each query and each form of grids, roles,
// records and questions, what another place has: nothing is told of it, nothing
// is done to it, and nothing of it comes in.
func TestWhatAnotherPlaceHasIsNamedInVain(t *testing.T) {
	t.Parallel()
	server := start(t)
	ours, mine := practice(t, server)
	theirs, victims := practice(t, server)
	secretRecord := victims.addRecord(theirs, "S-1", "Ultrasecret")
	record := secretRecord[strings.LastIndex(secretRecord, "/")+1:]
	person, victim := someone(t, ours, "clinician"), someone(t, theirs, "clinician")
	victimRole, victimID := theirs.Role(t, "administrator").String(), victim.Resource.String()
	before, beforeOurs := facts(t, theirs), facts(t, ours)
	base, sheet := "/p/"+ours.Number, "/p/"+ours.Number+"/people/"+person.Resource.String()
	for _, path := range []string{
		base + "/people/permissions?id=" + victimID + "&id=" + person.Resource.String(),
		base + "/roles/matrix?role=" + victimRole, base + "/roles/matrix/export?role=" + victimRole,
		base + "/who?area=client_profiles&direction=view&record=" + record, base + "/who/export?area=client_profiles&direction=view&record=" + record,
		sheet + "/try?give=" + victimRole, sheet + "/try?end=" + victimRole, sheet + "/records/new?record=" + record,
		base + "/people/new/role?role=" + victimRole, base + "/people?role=" + victimRole, sheet + "/roles/new?role=" + victimRole,
	} {
		a := mine.get(path)
		for _, told := range []string{"Ultrasecret", "S-1", victim.Family, theirs.Number} {
			if told != theirs.Number && strings.Contains(a.text(), told) {
				t.Errorf("%s tells of %s", path, told)
			}
		}
		if a.status >= 500 {
			t.Errorf("%s answered %d", path, a.status)
		}
	}
	post := func(path string, args ...string) {
		t.Helper()
		form := url.Values{"version": {"1"}, "confirm": {"1"}, "submission": {newID()}}
		for i := 0; i+1 < len(args); i += 2 {
			form.Add(args[i], args[i+1])
		}
		if a := mine.post(path, form); a.status < 400 || a.status >= 500 || strings.Contains(a.text(), "Ultrasecret") {
			t.Errorf("%s %v answered %d", path, args, a.status)
		}
	}
	post(base+"/people/permissions", "id", victimID, "cell.billing.view", "all", "version."+victimID, "1")
	post(base+"/people/permissions", "id", person.Resource.String(), "id", victimID, "cell.billing.view", "all")
	post(sheet+"/roles", "role", victimRole)
	post(sheet+"/records", "record", record)
	post(sheet+"/records/withdraw", "record", record)
	own := mine.get(rolePath(t, ours, "reception") + "/edit").form("/edit").values
	for _, field := range []string{"given_by", "pairs_with"} {
		forged := url.Values{}
		for name, values := range own {
			forged[name] = values
		}
		forged[field], forged["confirm"] = []string{victimRole}, []string{"1"}
		mine.post(rolePath(t, ours, "reception")+"/edit", forged).want(http.StatusUnprocessableEntity)
	}
	post(base+"/people", "family", "Roy", "given", "Luc", "email", "luc.roy@exemple.test", "role", victimRole)
	post(base+"/invitations", "email", "luc.roy@exemple.test", "role", victimRole)
	if facts(t, theirs) != before {
		t.Error("something changed in the other place")
	}
	if facts(t, ours) != beforeOurs {
		t.Error("something of the other place came into ours")
	}
}

// Nobody widens their own rights, by whichever way: the cells of several people
// with oneself among them, a role of one's own, its copy, its return, its pairs.
func TestNoAddressWidensOnesOwnRights(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := place.Of(t, "planner")
	withoutFactor(t, p)
	pilot := server.signedIn(t, p.Pilot)
	other := someone(t, p, "consultation_1")
	me := p.Pilot.Resource.String()
	base := "/p/" + p.Number
	// What the pilot's role does not reach, and others do.
	query[int](t, `update role_cell set view = 0, edit = 0 where role_id = $1 and area = 'slots' and open returning 1`, p.Role(t, "pilot"))
	const view, edit = "cell.slots.view", "cell.slots.edit"
	before := handsOf(t, p.Pilot)
	for _, ids := range []string{"?id=" + me, "?id=" + me + "&id=" + other.Resource.String()} {
		form := pilot.get(base + "/people/permissions" + ids).want(http.StatusOK).form("/people/permissions")
		shown := form.with(view, "all", edit, "all").send()
		for name, values := range form.values {
			if name == "confirm" {
				t.Errorf("it can be confirmed: %v", values)
			}
		}
		form.values.Set("confirm", "1")
		if a := form.send(); a.status == http.StatusSeeOther {
			t.Errorf("%s is saved after %d", ids, shown.status)
		}
	}
	single := pilot.get(base + "/people/" + me + "/permissions/edit")
	if single.status == http.StatusOK {
		if a := single.form("/permissions").with(view, "all", edit, "all", "confirm", "1").send(); a.status == http.StatusSeeOther {
			t.Error("one's own cells are saved")
		}
	}
	if handsOf(t, p.Pilot) != before || handsOf(t, other) != "none" {
		t.Errorf("hands: %s, %s", handsOf(t, p.Pilot), handsOf(t, other))
	}
	// A role of one's own making, given to oneself.
	made := pilot.get(base+"/roles/new").form("/roles").with("name_fr", "À moi", "description_fr", "Pour moi seul", view, "all", edit, "all", "confirm", "1",
		"given_by", p.Role(t, "pilot").String()).send().want(http.StatusSeeOther)
	role := made.header.Get("Location")
	role = role[strings.LastIndex(role, "/")+1:]
	pilot.post(base+"/people/"+me+"/roles", url.Values{"role": {role}, "version": {fmt.Sprint(query[int](t, `select version from resource where id = $1`, p.Pilot.Resource))}}).
		want(http.StatusForbidden)
	// Its holder does not widen it either, while they hold it, nor by its return.
	held := query[int](t, `select count(*)::int from role_grant where resource_id = $1 and open`, p.Pilot.Resource)
	if held != 1 {
		t.Errorf("the pilot holds %d roles", held)
	}
}

// Whatever a post of this room is filled with, it is refused and nothing of it is
// kept.
func TestHugeFormsOfGridsAreRefusedWhole(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, admin := practice(t, server)
	who := someone(t, p, "clinician")
	base := "/p/" + p.Number
	before := facts(t, p)
	cells, ids, roles := url.Values{"id": {who.Resource.String()}}, url.Values{}, url.Values{"name_fr": {"X"}}
	for i := range 10_000 {
		cells.Set(fmt.Sprintf("cell.area%d.view", i), "all")
		ids.Add("id", newID())
		roles.Add("given_by", newID())
	}
	for path, form := range map[string]url.Values{
		permissionsOf(p, who):                     cells,
		base + "/people/permissions":              cells,
		base + "/people":                          cells,
		base + "/invitations":                     cells,
		base + "/roles":                           roles,
		rolePath(t, p, "reception") + "/edit":     cells,
		base + "/people/permissions?confirmed=no": ids,
	} {
		form.Set("confirm", "1")
		admin.post(path, form).want(http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge, http.StatusNotFound, http.StatusConflict)
	}
	for _, path := range []string{base + "/people/" + who.Resource.String() + "/try?", permissionsOf(p, who) + "/edit?", base + "/people/permissions?", base + "/roles/matrix?"} {
		some := url.Values{}
		for i := range 1_000 { // as many as an address may hold
			some.Set(fmt.Sprintf("cell.area%d.view", i), "all")
		}
		if a := admin.get(path + some.Encode()); a.status >= 500 {
			t.Errorf("%s answered %d", path, a.status)
		}
	}
	if facts(t, p) != before {
		t.Error("something of it was kept")
	}
}
