package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/net/html"

	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/portal"
)

// twin is one of two stages on which the same is done, once with fields that no
// form has.
type twin struct {
	*stage
	server  *server
	strict  *place.Place // asks for a second factor
	pilot   *visitor
	owner   place.Person // of an account, who looks after it
	owns    *visitor
	session uuid.UUID // another one of the owner's
	guest   *visitor  // to whom the stage's invitation is sent
	support *visitor
	asked   uuid.UUID // of support, by the stage's place
	help    uuid.UUID // of support, too
	halls   map[string]*visitor
	filled  int // forms
}

func newTwin(t *testing.T, server *server) *twin {
	t.Helper()
	w := &twin{stage: newStage(t, "planner"), server: server, strict: ourPlace(t), asked: uuid.Must(uuid.NewV7()), help: uuid.Must(uuid.NewV7())}
	w.pilot = w.comes(t, server, w.Pilot)
	w.owner = someone(t, w.Place, "coordination")
	w.owns = server.signedIn(t, w.owner)
	const sessionOf = `select id from identity.session where account_id = $1 and id <> $2`
	first := query[uuid.UUID](t, sessionOf, w.owner.Account, uuid.Nil)
	server.signedIn(t, w.owner)
	w.session = query[uuid.UUID](t, sessionOf, w.owner.Account, first)
	w.support = operator(t, server, w.strict)
	guest := someone(t, w.strict, "coordination")
	write(t, `update invitation set email = $2, email_key = $2 where tenant_id = $1`, w.ID, guest.Email)
	w.guest = server.signedIn(t, guest)
	write(t, `insert into request (tenant_id, id, resource_id, role_id, requested_by, created_at, state) values ($1, $2, $3, $4, $5, now(), 'open')`,
		w.ID, w.asked, w.owner.Resource, w.pilots, w.Pilot.Resource)
	write(t, `insert into help_request (tenant_id, id, resource_id, what, requested_by, created_at, state, reason) values ($1, $2, $3, 'factor', $4, now(), 'open', 'Perdu')`,
		w.ID, w.help, w.target.Resource, w.Pilot.Resource)
	w.halls = map[string]*visitor{"/signin/choose": server.visitor(t), "/signin/factor": server.visitor(t), "/signin/enrol": server.visitor(t)}
	chooses, coded, enrols := waiting(t, w.strict, "consultation_1"), someone(t, w.strict, "consultation_1"), someone(t, w.strict, "consultation_1")
	w.halls["/signin/choose"].enter(chooses.Username, withTemporary(t, server, w.strict, chooses)).want(http.StatusSeeOther)
	withCodes(t, coded, "email")
	w.halls["/signin/factor"].enter(coded.Username, secret).want(http.StatusSeeOther)
	demandFactor(t, w.strict)
	w.halls["/signin/enrol"].enter(enrols.Username, secret).follow()
	return w
}

// knocks is who is let in at a route, and its address.
func (w *twin) knocks(t *testing.T, r portal.Route) (*visitor, string) {
	t.Helper()
	fill := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(r.Pattern) }
	switch {
	case r.Room == portal.Place:
		return w.pilot, w.path(r, w.Number)
	case strings.HasPrefix(r.Pattern, "/support"):
		return w.support, fill("{tenant}/help/{id}", w.ID.String()+"/help/"+w.help.String(), "{tenant}/{id}", w.ID.String()+"/"+w.asked.String(), "{number}", w.Number)
	case strings.HasPrefix(r.Pattern, "/invitations"):
		return w.guest, fill("{id}", w.invitation.String())
	case strings.HasPrefix(r.Pattern, "/account/sessions/"):
		return w.owns, fill("{id}", w.session.String())
	case r.Room == portal.Desk:
		return w.owns, fill("{id}", newID(), "{device}", strings.Repeat("0", 32))
	case r.Room == portal.Hall:
		for path, v := range w.halls {
			if strings.HasPrefix(r.Pattern, path) {
				return v, r.Pattern
			}
		}
	}
	return w.server.visitor(t), r.Pattern
}

// sheet is the form of the page that leads to a path, filled in; without such a
// page, what the path is posted.
func (w *twin) sheet(r portal.Route, v *visitor, path string) *sheet {
	bare, _, _ := strings.Cut(path, "?")
	pages := []string{path, bare + "/new", bare + "/edit", bare + "?answer=refuse"}
	for up := bare; strings.Count(up, "/") > 1; {
		up = up[:strings.LastIndex(up, "/")]
		pages = append(pages, up, up+"/")
	}
	for _, page := range append(pages, "/account", "/signin") {
		a := v.get(page)
		for n := range a.doc().Descendants() {
			action, _, _ := strings.Cut(attribute(n, "action"), "?")
			if a.status != http.StatusOK || n.Data != "form" || attribute(n, "method") != "post" || action != bare {
				continue
			}
			f := &sheet{v, attribute(n, "action"), url.Values{}}
			for d := range n.Descendants() {
				f.read(d)
			}
			f.offer(n)
			return f
		}
	}
	return &sheet{v, path, w.fields(r)}
}

// offer has a sheet name what its form asks for and holds nothing of, as boxes
// that aren't ticked. Where each button says something, the first one is pressed.
func (f *sheet) offer(form *html.Node) {
	var buttons []*html.Node
	for n := range form.Descendants() {
		name := attribute(n, "name")
		switch {
		case n.Type != html.ElementNode || has(n, "disabled"):
		case n.Data == "button":
			buttons = append(buttons, n)
		case name != "" && !f.values.Has(name):
			f.values[name] = nil
		}
	}
	if len(buttons) > 0 && !slices.ContainsFunc(buttons, func(b *html.Node) bool { return attribute(b, "name") == "" }) {
		f.values.Set(attribute(buttons[0], "name"), attribute(buttons[0], "value"))
	}
}

// fill answers what a form asks for.
func (w *twin) fill(f *sheet) *sheet {
	w.filled++
	role, n := "booking", fmt.Sprint(w.filled)
	if strings.HasSuffix(f.action, w.grant.String()) {
		role = "slot_management"
	}
	answers := map[string]string{
		"family": "Roy", "given": "Anne", "username": "ARoy" + n + "x" + w.Number, "email": "aroy" + n + "x" + w.Number + "@exemple.test", "backup": "secours" + n + "x" + w.Number + "@exemple.test",
		"function": "Infirmière", "phone": "418 555-0199", "reference": "R-2", "label": "Léa", "name": "Autre nom", "name_fr": "Autre rôle", "name_en": "Other role", "description_fr": "À personne", "description_en": "Nobody's", "given_by": w.pilots.String(),
		"reason": "Parce que", "current": secret, "password": newSecret, "again": newSecret, "login": w.owner.Username, "until": "", "role": w.Role(f.visitor.t, role).String(),
		"locale": "en-CA", "area": "people", "mobile": "418 555-0123", "method": "email", "what": "factor", "record": w.record.String(), "answer": "refuse",
	}
	if f.action == "/signin" {
		answers["password"] = secret
	}
	for name, held := range f.values {
		if name == "name" || name == "label" {
			held = nil
		}
		if value, known := answers[name]; known && (len(held) == 0 || held[0] == "") {
			f.values[name] = []string{value}
		}
	}
	return f
}

var (
	serialName = regexp.MustCompile(`([Tt]remblay)\d+`)
	someBytes  = regexp.MustCompile(`\\\\x[0-9a-f]{16,}|\$argon2id\$v=19\$[^"]*`)
)

// everything is all that the database holds of the twin's places and of who
// belongs there, a line for each row, without what differs between twins.
func (w *twin) everything(t *testing.T, sql string) []string {
	t.Helper()
	rows, err := pgtest.Super(t).Query(t.Context(), sql, []uuid.UUID{w.ID, w.strict.ID}, w.server.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	names := []string{w.Number, "NUMBER", w.strict.Number, "STRICT", w.ID.String(), "place", w.strict.ID.String(), "strict", w.Pilot.Resource.String(), "pilot",
		w.Pilot.Account.String(), "pilot's account", w.target.Resource.String(), "target", w.target.Account.String(), "target's account",
		w.owner.Resource.String(), "owner", w.owner.Account.String(), "owner's account"}
	for _, role := range w.Kind.Roles {
		names = append(names, w.Role(t, role.Key).String(), role.Key)
	}
	plainly := strings.NewReplacer(names...)
	for i, line := range lines {
		lines[i] = someBytes.ReplaceAllString(uuids.ReplaceAllString(serialName.ReplaceAllString(plainly.Replace(line), "$1"), "ID"), "BYTES")
	}
	slices.Sort(lines)
	return lines
}

// rowsOfPlaces is the query of everything: each table that names a place or an
// account, its times as days from now. What the worker and the limits write
// meanwhile isn't looked at.
func rowsOfPlaces(t *testing.T) string {
	t.Helper()
	rows, err := pgtest.Super(t).Query(t.Context(), `
select table_schema || '.' || table_name, min(column_name order by column_name desc)
  from information_schema.columns join information_schema.tables using (table_schema, table_name)
 where table_type = 'BASE TABLE' and table_schema in ('public', 'identity') and column_name in ('tenant_id', 'account_id')
   and table_name not in ('mail', 'submission', 'throttle', 'challenge', 'presence', 'headcount', 'journal_head')
 group by 1 order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	var table, column string
	parts := []string{`select 'account', to_jsonb(a) from identity.account a where a.id in (select account_id from ours)`,
		`select 'operator', to_jsonb(o) from identity.operator o where o.account_id in (select account_id from ours)`}
	_, err = pgx.ForEachRow(rows, []any{&table, &column}, func() error {
		among := `select unnest($1::uuid[])`
		if column == "account_id" {
			among = `select account_id from ours`
		}
		parts = append(parts, fmt.Sprintf(`select '%s', to_jsonb(t) from %[1]s t where t.%[2]s in (%[3]s)`, table, column, among))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return `
with ours as (select account_id from identity.membership where tenant_id = any($1)),
     found (name, held) as (` + strings.Join(parts, " union all ") + `)
select f.name || ' ' || (
  select string_agg(e.key || '=' || case
    when e.key in ('username_key', 'data', 'token', 'seen_at', 'hash', 'n', 'digest', 'salt', 'request_id', 'search') then '…'
    when e.value #>> '{}' ~ '^\d{4}-\d\d-\d\dT' then round(extract(epoch from (e.value #>> '{}')::timestamptz - $2) / 86400)::text || ' d'
    else e.value::text end, ' ' order by e.key) from jsonb_each(f.held) e)
from found f`
}

// Each form of the portal, and each address that takes one, is sent twice: as it
// is, and with all the fields that one would gain by.
func TestNoPostTakesFieldsThatItsFormDoesNotHave(t *testing.T) {
	t.Parallel()
	server := start(t)
	honest, thief, elsewhere := newTwin(t, server), newTwin(t, server), ourPlace(t)
	untouched := facts(t, elsewhere)
	sql := rowsOfPlaces(t)
	held, did := thief.everything(t, sql), 0
	for _, r := range new(portal.Server).Routes() {
		if r.Method != http.MethodPost || r.Room == portal.Visited {
			continue
		}
		v, path := honest.knocks(t, r)
		want := honest.fill(honest.sheet(r, v, path)).send()
		v, path = thief.knocks(t, r)
		got := withExtras(t, thief.fill(thief.sheet(r, v, path)), thief.Place, elsewhere).send()
		if got.status != want.status {
			t.Fatalf("%s answers %d, and %d with extra fields", r.Pattern, want.status, got.status)
		}
		eventually(t, "the letters", func() bool { // what they carry is written as they leave
			return query[int](t, `select count(*) from river.river_job where state in ('available', 'running')`) == 0
		})
		before := held
		if held = thief.everything(t, sql); slices.Equal(held, before) {
			continue
		}
		did++
		if alike := honest.everything(t, sql); !slices.Equal(held, alike) {
			t.Fatalf("%s does other things with extra fields:\n%s", r.Pattern, differences("  "+strings.Join(alike, "\n  "), "  "+strings.Join(held, "\n  ")))
		}
	}
	if did < 35 { // else the forms are filled in badly, and prove nothing
		t.Errorf("%d posts did anything at all", did)
	}
	if facts(t, elsewhere) != untouched {
		t.Error("something was done in another place")
	}
}
