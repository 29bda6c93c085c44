package people

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/search"
)

// The list is read in two steps of one statement: first 51 people in the order
// of the page, then what is kept of them elsewhere. What people are called, their
// states and the words to find them by come out of the covering index
// resource_list alone: nothing that it lacks may be asked of the table resource
// in the first step.

// order is one of the ways through the list, forwards or backwards. In walk and
// lookUp, %s is what the filter asks of the table resource.
type order struct {
	columns string // of the first step
	walk    string // all people in order, by an index
	lookUp  string // those of few
	sorted  string // i is the alias of the first step's rows
	beyond  string // of the cursor
}

const (
	ofNames     = `p.id, p.family, p.given, p.email, p.username, p.state, p.version`
	walkNames   = `from resource p where true%s`
	lookUpNames = `from few f
 cross join lateral (select id, family, given, email, username, state, version from resource where id = f.id%s offset 0) p where true`

	ofVisits   = `p.id, p.last_seen_at, m.family, m.given, m.email, m.username, m.state, m.version`
	walkVisits = `from (select resource_id id, last_seen_at from presence) p
 cross join lateral (select family, given, email, username, state, version from resource where id = p.id%s offset 0) m where true`
	lookUpVisits = `from few f
 cross join lateral (select family, given, email, username, state, version from resource where id = f.id%s offset 0) m
 cross join lateral (select resource_id id, last_seen_at from presence where resource_id = f.id offset 0) p where true`
)

var names = [2]order{
	{ofNames, walkNames, lookUpNames, `i.family collate "fr-x-icu", i.given collate "fr-x-icu", i.id`,
		` and (p.family collate "fr-x-icu", p.given collate "fr-x-icu", p.id) > (@family::text, @given::text, @id)`},
	{ofNames, walkNames, lookUpNames, `i.family collate "fr-x-icu" desc, i.given collate "fr-x-icu" desc, i.id desc`,
		` and (p.family collate "fr-x-icu", p.given collate "fr-x-icu", p.id) < (@family::text, @given::text, @id)`},
}

var visits = [2]order{
	{ofVisits, walkVisits, lookUpVisits, `i.last_seen_at, i.id`,
		` and (p.last_seen_at, p.id) > (@seen::timestamptz, @id)`},
	{ofVisits, walkVisits, lookUpVisits, `i.last_seen_at desc, i.id desc`,
		` and (p.last_seen_at, p.id) < (@seen::timestamptz, @id)`},
}

func orderOf(sort Sort, back bool) order {
	ways := names
	if sort == BySeen || sort == BySeenDesc {
		ways = visits
	}
	if (sort == ByNameDesc || sort == BySeenDesc) != back {
		return ways[1]
	}
	return ways[0]
}

// heldByMany is the number of holders of a role from which it is cheaper to walk
// the list and ask of each person than to look up and sort the holders.
const heldByMany = 1000

// What holds now is told by until alone, which the indexes have: a fact that was
// closed ended then. See "facts in time" in docs/data-model.md.
const (
	// wanted are the roles asked for; holders, who holds them.
	wanted = `
with wanted as materialized (
  select id from role where (@role::uuid is null or id = @role) and (@module = '' or module = @module)),
holders as (
  select %s g.resource_id id from wanted w
   cross join lateral (select resource_id from role_grant where role_id = w.id and until > @now offset 0) g)`

	// few are the holders, up to one too many.
	few = `,
few as materialized (select id from holders limit %d)`

	// holds asks of one person of the list.
	holds = ` and exists (
    select from wanted w cross join lateral (
      select from role_grant where resource_id = p.id and role_id = w.id and until > @now limit 1) g)`
)

const blocked = `(select resource_id from presence where blocked_until > @now and blocked_until > '-infinity')`

// matching is what the filter asks of the table resource. A word is a plain
// substring: nothing in it is a wildcard.
func matching(f Filter, now time.Time) (sql string, args pgx.StrictNamedArgs) {
	args = pgx.StrictNamedArgs{}
	switch f.State {
	case Current:
		sql = ` and state <> 'archived'`
	case Archived:
		sql = ` and state = 'archived'`
	case Blocked:
		sql = ` and state <> 'archived' and id in ` + blocked
	case Pending, Active:
		sql = ` and state = '` + string(f.State) + `' and id not in ` + blocked
	}
	if strings.Contains(sql, "@now") {
		args["now"] = now
	}
	for i, word := range search.Words(f.Words) {
		name := fmt.Sprintf("word%d", i)
		sql += fmt.Sprintf(` and strpos(search, @%s) > 0`, name)
		args[name] = word
	}
	return sql, args
}

// byRole adds the arguments of the filter's role and module.
func byRole(f Filter, now time.Time, args pgx.StrictNamedArgs) bool {
	if f.Role == uuid.Nil && f.Module == "" {
		return false
	}
	role := &f.Role
	if f.Role == uuid.Nil {
		role = nil
	}
	maps.Copy(args, pgx.StrictNamedArgs{"role": role, "module": f.Module, "now": now})
	return true
}

// readRows has a row for each role of a person, and one for who has none: roles
// as arrays took the database an eighth longer, and us three times as long to read.
const readRows = `
select i.id, i.family, i.given, i.email, i.username, i.state, i.version,
       coalesce(p.second_factor, ''), p.last_seen_at, coalesce(p.blocked_until > @now, false),
       m.state, m.answer, m.changed_at, g.role_id, g.until
  from (%s) i
  left join lateral (select second_factor, last_seen_at, blocked_until from presence where resource_id = i.id offset 0) p on true
  left join lateral (select state, answer, changed_at from mail
                      where i.state = 'pending' and resource_id = i.id and template in ('temporary_password', 'activation')
                      order by tenant_id, resource_id, created_at desc limit 1) m on true
  left join lateral (select role_id, until from role_grant where resource_id = i.id and until > @now offset 0) g on true
 order by %s`

// pageQuery reads a page, one row too many.
func pageQuery(f Filter, from cursor, now time.Time) (string, pgx.StrictNamedArgs) {
	match, args := matching(f, now)
	args["now"] = now
	way := orderOf(f.Sort, from.Back)
	beyond := ""
	if from.set() {
		beyond = way.beyond
		from.bind(args)
	}
	first := func(source, only string) string {
		return fmt.Sprintf("select %s %s%s%s order by %s limit %d",
			way.columns, fmt.Sprintf(source, match), beyond, only, strings.ReplaceAll(way.sorted, "i.", "p."), PageSize+1)
	}
	if !byRole(f, now, args) {
		return fmt.Sprintf(readRows, first(way.walk, ""), way.sorted), args
	}
	looked := first(way.lookUp, fmt.Sprintf(` and (select count(*) from few) <= %d`, heldByMany)) // one of the two runs
	walked := first(way.walk, fmt.Sprintf(` and (select count(*) from few) > %d`, heldByMany)+holds)
	ids := fmt.Sprintf("select * from ((%s) union all (%s)) i order by %s limit %d", looked, walked, way.sorted, PageSize+1)
	return wantedFor(f) + fmt.Sprintf(few, heldByMany+1) + fmt.Sprintf(readRows, ids, way.sorted), args
}

// wantedFor leaves out whom one role brings once only, anyway.
func wantedFor(f Filter) string {
	if f.Role == uuid.Nil {
		return fmt.Sprintf(wanted, "distinct")
	}
	return fmt.Sprintf(wanted, "")
}

// bind adds the arguments of the cursor's order.
func (c cursor) bind(args pgx.StrictNamedArgs) {
	args["id"] = c.ID
	if c.Sort == BySeen || c.Sort == BySeenDesc {
		args["seen"] = c.seen()
		return
	}
	args["family"], args["given"] = c.Family, c.Given
}

// counted are the states that the place keeps count of, by what a filter asks
// for when it asks for nothing else.
var counted = map[State]string{
	Current:  `state <> 'archived'`,
	Archived: `state = 'archived'`,
	AnyState: `true`,
}

// headcount reads a count that is kept.
const headcount = `
select coalesce((select sum(people)::bigint from headcount where %s), 0) total, false capped`

// surely is the count of a role's holders where their states needn't be asked one
// by one: those in excess of all who are archived are not archived.
const surely = `,
gone as materialized (select coalesce(sum(people), 0)::bigint n from headcount where state = 'archived')
select case when (select count(*) from (select from holders limit %[1]d + (select least(n, %[2]d) from gone)) c) >= %[1]d + (select n from gone)
            then %[1]d else (select count(*) from (select %[3]s limit %[1]d) c) end total, true capped`

// mostGone is how many archived people it is worth counting past, in an index,
// before the others are asked one by one.
const mostGone = 5000

// countQuery counts the people whom the filter lets through, up to one more than
// is said.
func countQuery(f Filter, now time.Time) (string, pgx.StrictNamedArgs) {
	match, args := matching(f, now)
	if states, ok := counted[f.State]; ok && !byRole(f, now, args) && !strings.Contains(match, "strpos") {
		return fmt.Sprintf(headcount, states), args
	}
	if !byRole(f, now, args) {
		return fmt.Sprintf(counting, "", fmt.Sprintf(walkNames, match), MostCounted+1), args
	}
	if strings.Contains(match, "strpos") { // few are found: ask of each
		return fmt.Sprintf(counting, wantedFor(f), fmt.Sprintf(walkNames, match)+holds, MostCounted+1), args
	}
	source := fmt.Sprintf(`from holders f cross join lateral (select from resource where id = f.id%s offset 0) p`, match)
	if f.State == Current {
		return wantedFor(f) + fmt.Sprintf(surely, MostCounted+1, mostGone, source), args
	}
	return fmt.Sprintf(counting, wantedFor(f), source, MostCounted+1), args
}

const counting = `%s
select (select count(*) from (select %s limit %d) c) total, true capped`
