// Package big fills a test database with many places and people, in seconds:
// what the plans of statements and the benchmarks need to be worth anything.
package big

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"habilis/internal/people"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

// Size is how much there is to be. The people who aren't Here are spread evenly
// over the other places.
type Size struct {
	Places   int // all together
	Accounts int // all together
	Here     int // people of the place that is looked at
}

// Full is the size at which pages are measured. Whole is that of a whole site:
// with it there are 2,000,000 grants; filling takes a minute or two.
var (
	Full  = Size{Places: 1_000, Accounts: 100_000, Here: 10_000}
	Whole = Size{Places: 1_000, Accounts: 1_000_000, Here: 10_000}
)

// Fill adds people to the place and makes others beside it, with the same
// catalogue. Each person has one role to three, a third of the grants have
// ended, one person in five never signed in, one in a hundred has a cell set by
// hand; those of the place are assigned five of its 10,000 records each.
func Fill(t testing.TB, p *place.Place, size Size) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgtest.Super(t).Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	for _, statement := range statements(p) {
		args := []any{}
		if strings.Contains(statement, "@") {
			args = append(args, pgx.NamedArgs{
				"here": p.ID, "number": p.Number, "others": size.Places - 1, "accounts": size.Accounts, "people": size.Here, "now": p.Clock.Now(),
				"families": families, "family_keys": keys(families), "givens": givens, "given_keys": keys(givens)})
		}
		if _, err := conn.Exec(ctx, statement, args...); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func statements(p *place.Place) []string {
	all := []string{
		`set statement_timeout = 0`,
		records,                                  // with the triggers that keep what is searched
		`set session_replication_role = replica`, // what is written here is right
		`create temporary table other as select gen_random_uuid() tenant_id, n from generate_series(1, @others::int) n`,
		`insert into tenant select o.tenant_id, @number || '-' || o.n, kind, name, locale, time_zone, support, state, policies, version, created_at
		   from tenant t cross join other o where t.tenant_id = @here`,
	}
	all = append(all, `update role_cell set since = @now::timestamptz - interval '2 years' where tenant_id = @here`,
		`update tenure set since = @now::timestamptz - interval '2 years' where tenant_id = @here`)
	for _, table := range []string{"module", "area", "role", "role_giver", "role_pair", "role_cell"} {
		all = append(all, fmt.Sprintf(`
insert into %[1]s select (jsonb_populate_record(x, jsonb_build_object('tenant_id', o.tenant_id))).*
  from %[1]s x cross join other o where x.tenant_id = @here`, table))
	}
	return append(all, crowd, accounts, memberships, resources, tenures, presences, overrides, assignments, grants(p, 1, "consultation_2", "false"), grants(p, 3, "booking", "false"),
		grants(p, 7, "coordination", "false"), grants(p, 2, "slot_management", "true"),
		`reset session_replication_role`, `reset statement_timeout`, `drop table other, crowd`,
		`insert into headcount select tenant_id, state, count(*) from resource group by 1, 2
		   on conflict (tenant_id, state) do update set people = excluded.people`,
		`vacuum analyze resource`, `vacuum analyze presence`, `vacuum analyze tenure`, `vacuum analyze override`, `vacuum analyze record`, `vacuum analyze assignment`, `vacuum analyze role_grant`, `vacuum analyze tenant`, `vacuum analyze role`,
		`vacuum analyze role_cell`, `vacuum analyze identity.account`, `vacuum analyze identity.membership`, `vacuum analyze mail`)
}

const (
	crowd = `
create temporary table crowd as
select c.n, coalesce(o.tenant_id, @here) tenant_id, gen_random_uuid() id, gen_random_uuid() account_id,
       (@families::text[])[1 + f] || case when c.n % 3 = 0 then '-' || (@families::text[])[1 + g] else '' end family,
       (@givens::text[])[1 + h] given,
       (@family_keys::text[])[1 + f] || case when c.n % 3 = 0 then ' ' || (@family_keys::text[])[1 + g] else '' end || ' ' || (@given_keys::text[])[1 + h]
         || ' b' || c.n || ' b' || c.n || '@exemple.test' search,
       c.n % 5 = 0 as pending
  from (select n, (n * 7919) % cardinality(@families::text[]) f, (n * 104729 + 5) % cardinality(@families::text[]) g, (n * 15485863 % 1009) % cardinality(@givens::text[]) h
          from generate_series(1, @accounts::bigint) n) c
  left join other o on c.n > @people::int and o.n = 1 + c.n % greatest(@others::int, 1)`

	accounts = `
insert into identity.account (id, username, username_key, email, email_key, family, given, locale, password_hash, created_at)
select account_id, @number || 'b' || n, @number || 'b' || n, @number || 'b' || n || '@exemple.test', @number || 'b' || n || '@exemple.test', family, given, 'fr-CA', case when pending then null else '' end, @now from crowd`

	memberships = `insert into identity.membership select account_id, tenant_id, id from crowd`

	resources = `
insert into resource (tenant_id, id, account_id, family, given, username, email, state, search, created_at, archived_at)
select tenant_id, id, account_id, family, given, @number || 'b' || n, 'b' || n || '@exemple.test',
       case when pending then 'pending' when n % 50 = 1 then 'archived' else 'active' end, search, @now, case when not pending and n % 50 = 1 then @now::timestamptz end
  from crowd`

	tenures = `
insert into tenure (tenant_id, resource_id, since, until)
select tenant_id, id, @now::timestamptz - interval '2 years', case when not pending and n % 50 = 1 then @now::timestamptz else 'infinity' end from crowd`

	overrides = `
insert into override (tenant_id, resource_id, area, view, edit, view_ok, edit_ok, since, by_kind)
select c.tenant_id, c.id, a.area, case when c.n % 200 = 3 then 3 else 0 end, null, a.view_ok, a.edit_ok, @now::timestamptz - interval '18 months', 'console'
  from crowd c cross join (select area, view_ok, edit_ok from area where tenant_id = @here and area = 'clients') a
 where c.n % 100 = 3`

	records = `
insert into record (tenant_id, id, reference, reference_key, label, search, created_at)
select @here, gen_random_uuid(), 'R' || n, 'r' || n, 'Dossier ' || n, 'r' || n || ' dossier ' || n, @now from generate_series(1, 10000) n`

	assignments = `
insert into assignment (tenant_id, resource_id, record_id, since, by_kind)
select c.tenant_id, c.id, r.id, @now::timestamptz - interval '18 months', 'console'
  from crowd c cross join generate_series(1, 5) k join record r on r.tenant_id = c.tenant_id and r.reference_key = 'r' || 1 + (c.n + k * 1979) % 10000
 where c.tenant_id = @here`

	presences = `
insert into presence (tenant_id, resource_id, last_seen_at)
select tenant_id, id, case when pending then '-infinity' else @now::timestamptz - n * interval '1 minute' end from crowd`
)

// grants gives a role to one person in every so many.
func grants(p *place.Place, every int, role, ended string) string {
	return fmt.Sprintf(`
insert into role_grant (tenant_id, id, resource_id, role_id, exclusive, since, until, open, by_kind)
select c.tenant_id, gen_random_uuid(), c.id, r.id, false, @now::timestamptz - interval '2 years',
       case when %[3]s then @now::timestamptz - interval '1 year' else 'infinity' end, not %[3]s, 'console'
  from crowd c cross join (select id from role where tenant_id = @here and preset = '%[2]s') r
 where c.n %% %[1]d = 0`, every, role, ended)
}

func keys(names []string) []string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = people.SearchKey(name)
	}
	return all
}

var families = strings.Fields(`Tremblay Gagnon Roy Côté Bouchard Gauthier Morin Lavoie Fortin Gagné Ouellet Pelletier Bélanger Lévesque Bergeron
Leblanc Paquette Girard Simard Boucher Caron Beaulieu Cloutier Dubé Poirier Fournier Lapointe Leclerc Lefebvre Poulin Thibault Nadeau Martel
Landry Martin Bernard Petit Durand Moreau Laurent Michel Garcia Rousseau Fontaine Chevalier Robin Masson Nguyễn O'Brien Œuvrard Haddad Diallo Traoré
Benali Petrov Kowalski Ferreira Rossi Schmidt Yılmaz`)

var givens = strings.Fields(`Marie Jean Élise Mathieu Geneviève François Sophie Luc Chantal Benoît Zoé Noël Inès Anaïs Hugo Léa Émile Rosalie
Amélie Étienne Maude Guillaume Catherine Olivier Josée Stéphane Nathalie Rémi Florence Cédric`)
