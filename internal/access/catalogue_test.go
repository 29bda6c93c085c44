package access_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

// list runs a query of the catalogue, as the superuser, whose rows are one text.
func list(t *testing.T, sql string, args ...any) []string {
	t.Helper()
	rows, err := pgtest.Super(t).Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// none fails for each row of a query that looks for what must not be.
func none(t *testing.T, what, sql string, args ...any) {
	t.Helper()
	for _, found := range list(t, sql, args...) {
		t.Errorf("%s: %s", what, found)
	}
}

// placed are the tables of places: those of schema public with a tenant.
const placed = `
with placed as (
  select c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity, a.attnum tenant
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p'))
`

// ownTenant is the one condition of row-level security, as the catalogue writes it.
const ownTenant = "(tenant_id = (current_setting('habilis.tenant'::text))::uuid)"

func tables(t *testing.T) []string {
	t.Helper()
	names := list(t, placed+`select relname from placed order by 1`)
	if len(names) < 15 {
		t.Fatalf("only %d tables of places were found: %v", len(names), names)
	}
	return names
}

func TestEveryTableOfAPlaceHasRowLevelSecurityEnabledAndForced(t *testing.T) {
	none(t, "a table without row-level security that also binds its owner",
		placed+`select relname from placed where not (relrowsecurity and relforcerowsecurity)`)
}

func TestEveryTableWithoutATenantIsOutOfTheServersReach(t *testing.T) {
	none(t, "a table of the server without a tenant", `
select c.relname from pg_class c
 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
   and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')
   and (has_table_privilege('habilis_app', c.oid, 'insert, update, delete, truncate')
        or has_table_privilege('habilis_app', c.oid, 'select') and c.relname <> 'goose_db_version')`)
}

func TestTheServersOnlyPolicyIsItsOwnTenantForReadingAndForWriting(t *testing.T) {
	for _, table := range tables(t) {
		policies := list(t, `
select concat_ws(' | ', permissive, cmd, qual, with_check) from pg_policies
 where schemaname = 'public' and tablename = $1 and roles && array['habilis_app', 'public']::name[]`, table)
		readOnly := len(list(t, `select '' where not has_table_privilege('habilis_app', $1::text, 'insert, update, delete')`, "public."+table)) == 1
		want := "PERMISSIVE | ALL | " + ownTenant + " | " + ownTenant
		if readOnly {
			want = "PERMISSIVE | SELECT | " + ownTenant
		}
		if len(policies) != 1 || policies[0] != want {
			t.Errorf("%s has the policies %q, want %q alone", table, policies, want)
		}
	}
}

func TestKeysOfPlacesBeginWithTheTenant(t *testing.T) {
	none(t, "a primary key that does not begin with the tenant", placed+`
select p.relname from placed p
 where not exists (select from pg_index i where i.indrelid = p.oid and i.indisprimary and i.indkey[0] = p.tenant)`)
	// The number of a place is what one types to reach it: unique over all places.
	none(t, "a unique key that does not begin with the tenant", placed+`
select i.indexrelid::regclass::text from placed p join pg_index i on i.indrelid = p.oid and i.indisunique
 where i.indkey[0] <> p.tenant and i.indexrelid::regclass::text <> 'tenant_number_taken'`)
}

func TestForeignKeysBetweenPlacesCarryTheTenant(t *testing.T) {
	none(t, "a foreign key that could point into another place", placed+`
select c.conrelid::regclass || '.' || c.conname
  from pg_constraint c
  join placed p on p.oid = c.conrelid
  join placed f on f.oid = c.confrelid
 where c.contype = 'f'
   and not exists (select from unnest(c.conkey, c.confkey) k(ours, theirs) where k.ours = p.tenant and k.theirs = f.tenant)`)
	none(t, "a foreign key from a place to what has no tenant", placed+`
select c.conrelid::regclass || '.' || c.conname
  from pg_constraint c join placed p on p.oid = c.conrelid
 where c.contype = 'f' and c.confrelid not in (select oid from placed)`)
}

func TestTheServerOwnsNothingAndCannotLookPastTheRules(t *testing.T) {
	none(t, "an object that the server owns", `
select relname::text from pg_class where relowner = 'habilis_app'::regrole
union all select proname from pg_proc where proowner = 'habilis_app'::regrole
union all select nspname from pg_namespace where nspowner = 'habilis_app'::regrole`)
	none(t, "a role of ours that bypasses row-level security", `
select rolname::text from pg_roles where rolname like 'habilis%' and (rolbypassrls or rolsuper)`)
	none(t, "a role that the server belongs to", `
select roleid::regrole::text from pg_auth_members where member = 'habilis_app'::regrole`)
	none(t, "a view that runs with its owner's rights", `
select relname::text from pg_class where relkind in ('v', 'm') and relnamespace = 'public'::regnamespace
   and not coalesce(reloptions::text like '%security_invoker=true%', false)`)
}

func TestTheServerReachesIdentitiesThroughNarrowFunctionsAlone(t *testing.T) {
	none(t, "a right of the server on a table of identities", `
select c.relname from pg_class c
 where c.relnamespace = 'identity'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S')
   and exists (select from unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) right_
                where c.relkind <> 'S' and has_table_privilege('habilis_app', c.oid, right_))`)
	none(t, "a function of identities that is not a definer's, has an open search path, or is not a no-login role's", `
select p.oid::regprocedure::text from pg_proc p join pg_roles r on r.oid = p.proowner
 where p.pronamespace = 'identity'::regnamespace
   and (not p.prosecdef or r.rolcanlogin or not exists (select from unnest(p.proconfig) c where c like 'search_path=%pg_temp'))`)
	none(t, "a definer's function that anyone may call", `
select p.oid::regprocedure::text from pg_proc p
 where p.pronamespace in ('identity'::regnamespace, 'public'::regnamespace) and p.prosecdef
   and has_function_privilege('public', p.oid, 'execute')`)
	mayRead := list(t, `
select p.proname::text from pg_proc p
 where p.pronamespace = 'public'::regnamespace and p.prosecdef and has_function_privilege('habilis_app', p.oid, 'execute')`)
	if !slices.Equal(mayRead, []string{"journal_append"}) {
		t.Errorf("the server may call the definers' functions %v of schema public, want journal_append alone", mayRead)
	}
}

// servers are the functions of identities that the server may call: what it could
// be made to do before any place is known. One more is a decision to take here.
var servers = []string{
	"account_correct", "account_create", "account_get", "account_here", "app_confirm", "app_pending", "app_step", "apps_of", "authority",
	"backup_for_reset", "backup_name", "backup_withdraw", "challenge_take", "challenges_sweep", "code_ask", "code_mint", "code_refused",
	"code_state", "code_take", "codes_sweep", "device_again", "device_forget", "device_remember", "device_seen", "device_seen", "device_waives", "devices_of",
	"devices_sweep", "drafts_sweep", "email_confirm", "email_correct", "email_former", "email_keep", "email_name", "email_named",
	"email_pending", "email_propose", "email_settles", "email_taken", "email_unname", "factor_add", "factor_confirm", "factor_get", "factor_here",
	"factor_propose", "factor_remove", "factor_set_here", "factor_shown", "factors_of", "factors_reset",
	"first_access", "forgotten_lookup", "held_why", "help_here", "help_queue", "invitation_areas", "invitation_find", "invitations",
	"link_peek", "link_take", "locale_set", "mailboxes", "mark_factor", "mark_failures", "may_join", "member_by_email", "membership_add",
	"namesakes", "note_in_places", "operators", "other_places", "own_acts", "own_acts_sweep", "own_backup", "own_backup_remove", "own_factors", "own_note", "passkey_add",
	"passkey_find", "passkey_remove", "passkey_rename", "passkey_use", "passkeys_of", "password_alone", "password_by_hand", "password_mailbox",
	"password_rehash", "password_set", "password_set", "password_set", "password_stands", "people_of", "places", "places_for_stay", "places_for_support",
	"places_with_ends", "recovery_renew", "recovery_take", "remember_days", "return_judge", "session_delete", "session_end", "session_get",
	"session_leave", "session_save", "session_stands", "sessions_data", "sessions_end", "sessions_of", "sessions_sweep",
	"sign_in_held", "sign_in_judge", "sign_in_known", "sign_in_lookup", "stay_begin", "stay_end", "stay_now",
	"stay_of", "stay_stands", "stays_due", "support_queue", "tenant_by_number", "tenant_kind", "throttle_clear",
	"throttle_take", "throttle_until", "throttles_sweep", "token_known", "token_mailbox", "token_mint", "token_mint", "token_take",
	"token_void", "told_at", "try_right", "try_take", "twins", "unblock", "user_handle", "usernames_taken",
}

// CNIL, deliberation 2022-100: a password that does beside a second factor is replaced
// once the last of those is gone, whichever function takes it away.
func TestA1WhatTakesSecondFactorsAwayMindsThePassword(t *testing.T) {
	none(t, "a function that takes second factors away, and leaves the password", `
select p.oid::regprocedure::text from pg_proc p
 where p.pronamespace = 'identity'::regnamespace and p.prosrc ~ 'delete from (factor|passkey)\M' and p.prosrc !~ 'identity\.factors_went\('
   and p.proname not in ('signed_in', -- one that was never confirmed
                         'app_confirm', -- in whose place another comes
                         'account_afresh') -- with the password`)
	none(t, "a function that sets a password, and doesn't say whether it stands alone", `
select p.oid::regprocedure::text from pg_proc p
 where p.pronamespace = 'identity'::regnamespace and p.prosrc ~ 'password_set_at = ' and p.prosrc !~ 'password_alone = '`)
}

func TestTheServerMayCallTheseFunctionsOfIdentitiesAndNoOther(t *testing.T) {
	may := list(t, `
select p.proname::text from pg_proc p
 where p.pronamespace = 'identity'::regnamespace and has_function_privilege('habilis_app', p.oid, 'execute') order by p.proname collate "C"`)
	if !slices.Equal(may, servers) {
		t.Errorf("the server may call\n%q, want\n%q", may, servers)
	}
}

// What is given for nothing is there for who finds a way to say a statement of theirs.
func TestTheServerMayCallNoFunctionThatItDoesNotCall(t *testing.T) {
	called := map[string]bool{}
	name := regexp.MustCompile(`\bidentity\.([a-z_]+)`)
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range name.FindAllSubmatch(text, -1) {
			called[string(found[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, may := range servers {
		if !called[may] {
			t.Errorf("the server may call %s, and never does", may)
		}
	}
}

func TestTheServerMakesNoOperators(t *testing.T) {
	p := place.New(t)
	_, err := p.Door.Identity().Exec(t.Context(), `select identity.operator_add($1, now())`, p.Pilot.Account)
	var refused *pgconn.PgError
	if !errors.As(err, &refused) || refused.Code != "42501" { // insufficient_privilege
		t.Errorf("got %v", err)
	}
}

func TestTheJournalCanOnlyGrow(t *testing.T) {
	for _, table := range []string{"journal", "journal_head"} {
		for _, right := range []string{"insert", "update", "delete", "truncate"} {
			none(t, "a right of the server on the journal", `
select $1::text || ' ' || $2 where has_table_privilege('habilis_app', 'public.' || $1::text, $2)`, table, right)
		}
	}
	for _, right := range []string{"update", "delete", "truncate"} {
		none(t, "a right on the journal's rows", `select $1::text where has_table_privilege('habilis_journal', 'public.journal', $1)`, right)
	}
}

func TestWithoutATenantNoStatementIsAnswered(t *testing.T) {
	filled(t)
	for _, table := range tables(t) {
		for _, statement := range []string{
			"select * from %s", "select count(*) from %s", "update %s set tenant_id = tenant_id",
			"insert into %[1]s select * from %[1]s", "delete from %s",
		} {
			statement = fmt.Sprintf(statement, table)
			tag, err := pgtest.Pool(t).Exec(t.Context(), statement)
			if err == nil && (!empty(t, table) || tag.RowsAffected() > 1) {
				t.Errorf("%q was answered (%s)", statement, tag)
			}
		}
	}
}

func empty(t *testing.T, table string) bool {
	t.Helper()
	return len(list(t, `select '' from `+pgx.Identifier{table}.Sanitize()+` limit 1`)) == 0
}
