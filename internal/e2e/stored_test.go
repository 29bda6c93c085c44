package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"habilis/internal/pgtest"
)

// stored is what would run, or fetch from elsewhere, wherever it weren't escaped;
// little does where there is no room for it.
const (
	stored = `"'><img src=//voleur.test/x onerror=alert(1)><script>alert(2)</script>`
	little = `"'><img src=//voleur.test>`
)

// codes are columns of text that nobody types: what they hold decides.
var codes = []string{"number", "kind", "locale", "time_zone", "state", "module", "area", "preset", "second_factor", "factor_asked", "by_kind", "username", "purpose", "file",
	"email", "username_key", "email_key", "reference_key", "act", "actor_kind", "target_kind", "result", "request_id", "template", "password_hash", "token", "what", "ended_kind"}

// plantEverywhere writes it into each column of text that people type into.
func plantEverywhere(t *testing.T) (columns []string) {
	t.Helper()
	rows, err := pgtest.Super(t).Query(t.Context(), `
select quote_ident(table_schema) || '.' || quote_ident(table_name), quote_ident(column_name)
  from information_schema.columns join information_schema.tables using (table_schema, table_name)
 where table_type = 'BASE TABLE' and table_schema in ('public', 'identity') and data_type = 'text' and column_name <> all($1)
   and table_name not in ('journal', 'journal_head', 'goose_db_version', 'throttle', 'challenge') order by 1, 2`, codes)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (at [2]string, err error) { return at, row.Scan(&at[0], &at[1]) })
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range found {
		for _, text := range []string{stored, little} {
			_, err = pgtest.Super(t).Exec(t.Context(), fmt.Sprintf("update %s set %s = $1 || ctid where %[2]s is not null", at[0], at[1]), text)
			if err == nil {
				columns = append(columns, at[0]+"."+at[1])
				break
			}
		}
		if err != nil {
			t.Logf("%s.%s takes no such text: %v", at[0], at[1], err)
		}
	}
	return columns
}

// What anybody may have typed, in any column, is shown as text by every page in a
// real browser: see what fails a Tab.
func TestNothingThatIsStoredRunsInAPage(t *testing.T) {
	t.Parallel()
	server := start(t)
	s := newStage(t, "planner")
	support := operator(t, server, ourPlace(t))
	pilot := s.comes(t, server, s.Pilot)
	who := someone(t, s.Place, "pilot")
	b := server.inside(t, s.Place, who, "/")
	withCodes(t, who, "sms")
	columns := plantEverywhere(t)
	for _, one := range []string{"resource.family", "resource.given", "record.reference", "resource.function", "role.name_fr", "role.description_fr", "record.label", "tenant.name", "stay.reason", "request.reason"} {
		if !slices.Contains(columns, "public."+one) {
			t.Errorf("%s was not written", one)
		}
	}
	pilot.post("/p/"+s.Number+"/people/"+s.target.Resource.String()+"/archive", map[string][]string{"reason": {stored}, "version": {"1"}})
	seen := 0
	for _, path := range s.pages() {
		b.Open(path)
		if strings.Contains(b.Text(), "voleur.test") {
			seen++
		}
	}
	if seen < 40 {
		t.Errorf("%d pages show what was stored", seen)
	}
	for _, path := range []string{"/support", "/support/places?q=" + s.Number, "/support/places/" + s.Number} {
		a := support.get(path).want(http.StatusOK)
		for n := range a.doc().Descendants() {
			if n.Data == "script" && attribute(n, "src") == "" || n.Data == "img" && strings.Contains(attribute(n, "src"), "voleur") {
				t.Errorf("%s runs what was stored", path)
			}
		}
	}
}
