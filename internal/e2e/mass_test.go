package e2e_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

// withExtras adds to a form fields that it doesn't have, with what one would
// gain by them.
func withExtras(t *testing.T, f *sheet, p, elsewhere *place.Place) *sheet {
	t.Helper()
	pilot := p.Role(t, "pilot").String()
	for name, value := range map[string]string{
		"role": pilot, "role_id": pilot, "roles": pilot, "grant": newID(), "tenant": elsewhere.ID.String(), "tenant_id": elsewhere.ID.String(),
		"number": elsewhere.Number, "id": p.Pilot.Resource.String(), "resource_id": p.Pilot.Resource.String(), "account": p.Pilot.Account.String(),
		"account_id": p.Pilot.Account.String(), "email": "voleur@exemple.test", "email_verified": "1", "email_verified_at": "2020-01-01", "username": "Voleur",
		"state": "active", "lone": "1", "by_kind": "support", "created_by": p.Pilot.Resource.String(), "password_hash": "voleur",
		"generation": "9", "operator": "1", "is_default": "1", "exclusive": "0", "until": "2099-01-01", "since": "2000-01-01", "hat": pilot, "second_factor": "none",
		"kind": "clinic", "policies": "{}", "factor": "1", "admin": "1", "search": "voleur", "view": "3", "edit": "3",
	} {
		if !f.values.Has(name) {
			f.values.Set(name, value)
		}
	}
	return f
}

// stateOf is all that the database says of a person, without what differs
// between any two people.
func stateOf(t *testing.T, username string) map[string]any {
	t.Helper()
	var encoded []byte
	err := pgtest.Super(t).QueryRow(t.Context(), `
select jsonb_build_object(
  'resource', to_jsonb(r) - array['id', 'account_id', 'username', 'email', 'search', 'created_at', 'family'],
  'account', to_jsonb(a) - array['id', 'username', 'username_key', 'email', 'email_key', 'created_at', 'family'],
  'grants', (select coalesce(jsonb_agg(to_jsonb(g) - array['id', 'resource_id', 'since'] order by g.role_id), '[]') from role_grant g where g.resource_id = r.id),
  'overrides', (select count(*) from override o where o.resource_id = r.id),
  'operator', exists (select from identity.operator o where o.account_id = a.id),
  'tokens', (select count(*) from identity.token k where k.account_id = a.id and k.used_at is null and k.voided_at is null))
  from resource r join identity.account a on a.id = r.account_id where a.username = $1`, username).Scan(&encoded)
	if err != nil {
		t.Fatalf("%s: %v", username, err)
	}
	var state map[string]any
	if err := json.Unmarshal(encoded, &state); err != nil {
		t.Fatal(err)
	}
	return state
}

func TestFieldsThatAFormDoesNotHaveChangeNothing(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, elsewhere := ourPlace(t), ourPlace(t)
	pilot := server.signedIn(t, p.Pilot)
	add := func(name string, extra bool) {
		f := pilot.get("/p/"+p.Number+"/people/new").want(http.StatusOK).form("/people").
			with("family", "Roy", "given", "Anne", "username", name, "email", strings.ToLower(name)+"@exemple.test")
		if extra {
			withExtras(t, f, p, elsewhere)
		}
		f.send().want(http.StatusSeeOther)
		server.letter(t, strings.ToLower(name)+"@exemple.test", "mot de passe temporaire") // so that both have theirs
	}
	honest, thief := "ARoyHonnete"+p.Number, "ARoyVoleur"+p.Number
	add(honest, false)
	add(thief, true)
	same := func(after string) {
		t.Helper()
		want, got := stateOf(t, honest), stateOf(t, thief)
		if !reflect.DeepEqual(want, got) {
			t.Errorf("after %s:\n%v\nwithout the extra fields:\n%v", after, got, want)
		}
	}
	same("adding")
	for _, step := range []struct {
		what, page, ending string
		fill               []string
	}{
		{"editing", "/edit", "/edit", []string{"function", "Infirmière"}},
		{"giving a role", "/roles/new", "/roles", []string{"role", p.Role(t, "booking").String()}},
		{"archiving", "/archive", "/archive", nil},
	} {
		for _, name := range []string{honest, thief} {
			sheet := "/p/" + p.Number + "/people/" + query[string](t, `select r.id::text from resource r where username = $1`, name)
			f := pilot.get(sheet + step.page).want(http.StatusOK).form(step.ending).with(step.fill...)
			if name == thief {
				withExtras(t, f, p, elsewhere)
			}
			f.send().want(http.StatusSeeOther)
		}
		for _, name := range []string{honest, thief} { // who archived, and when, is the same person a moment later
			if _, err := pgtest.Super(t).Exec(t.Context(), `update resource set archived_at = '2026-01-01' where username = $1 and archived_at is not null`, name); err != nil {
				t.Fatal(err)
			}
		}
		same(step.what)
	}
}

func TestExtraFieldsAtSignInGiveNothing(t *testing.T) {
	t.Parallel()
	server := start(t)
	p, elsewhere := ourPlace(t), ourPlace(t)
	who := someone(t, p, p.Kind.DefaultRole().Key)
	v := server.visitor(t)
	withExtras(t, v.get("/signin").form("/signin").with("login", who.Username, "password", secret), p, elsewhere).send().want(http.StatusSeeOther)
	if a := v.get("/p/" + p.Number + "/people"); a.status != http.StatusForbidden {
		t.Errorf("the list answers %d", a.status)
	}
	if a := v.get("/p/" + elsewhere.Number + "/"); a.status != http.StatusNotFound {
		t.Errorf("another place answers %d", a.status)
	}
	if a := v.get("/support"); a.status != http.StatusNotFound && a.status != http.StatusForbidden {
		t.Errorf("support's queue answers %d", a.status)
	}
	withExtras(t, v.get("/p/"+p.Number+"/").form("/hat"), p, elsewhere).send()
	if a := v.get("/p/" + p.Number + "/people"); a.status != http.StatusForbidden {
		t.Errorf("with another hat, the list answers %d", a.status)
	}
}
