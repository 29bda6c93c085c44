package people_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"habilis/internal/people"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/big"
	"habilis/internal/pgtest/place"
)

// planOf is the plan that PostgreSQL has settled on for a statement after eight
// executions on one connection, in two places by turns.
func planOf(t *testing.T, places [2]*place.Place, sql string, args pgx.StrictNamedArgs) string {
	t.Helper()
	ctx := context.Background()
	conn, err := pgtest.Pool(t).Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	text, values, err := args.RewriteQuery(ctx, conn.Conn(), sql, nil)
	if err != nil {
		t.Fatal(err)
	}
	do := func(statement string) string {
		results, err := conn.Conn().PgConn().Exec(ctx, statement).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
		var lines []string
		for _, row := range results[0].Rows {
			lines = append(lines, string(row[0]))
		}
		return strings.Join(lines, "\n")
	}
	do("begin")
	defer do("rollback")
	do("prepare tried as " + text)
	defer do("deallocate tried")
	literals := make([]string, len(values))
	for i, value := range values {
		literals[i] = literal(value)
	}
	execute := "execute tried"
	if len(literals) > 0 {
		execute += "(" + strings.Join(literals, ", ") + ")"
	}
	for i := range 8 {
		do(fmt.Sprintf("set local habilis.tenant = '%s'", places[i%2].ID))
		do(execute)
	}
	do(fmt.Sprintf("set local habilis.tenant = '%s'", places[0].ID))
	return do("explain (analyze, buffers) " + execute)
}

func literal(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case *uuid.UUID:
		if v == nil {
			return "null"
		}
		return "'" + v.String() + "'"
	case uuid.UUID:
		return "'" + v.String() + "'"
	case time.Time:
		return "'" + v.Format(time.RFC3339Nano) + "'"
	case pgtype.Timestamptz:
		return "'" + v.Time.Format(time.RFC3339Nano) + "'"
	}
	return "'" + strings.ReplaceAll(fmt.Sprint(value), "'", "''") + "'"
}

// The plan that a connection keeps must be right for a large place, having been
// made for any.
func TestTheListIsReadByItsIndexes(t *testing.T) {
	s, p := newPeople(t)
	big.Fill(t, p, big.Size{Places: 200, Accounts: 30_000, Here: 6_000})
	places := [2]*place.Place{p, p.Beside(t)}
	first := list(t, s, p.Pilot.Actor(), people.Filter{})
	cases := map[string]struct {
		people.Filter
		index string
	}{
		"first":     {people.Filter{}, "Index Only Scan using resource_list"},
		"next":      {people.Filter{Cursor: first.Next}, "Index Only Scan using resource_list"},
		"backwards": {people.Filter{Sort: people.ByNameDesc}, "Index Only Scan Backward using resource_list"},
		"pending":   {people.Filter{State: people.Pending}, "Index Only Scan using resource_list"},
		"search":    {people.Filter{Words: "élise tremb"}, "Index Only Scan using resource_list"},
		"seen":      {people.Filter{Sort: people.BySeenDesc}, "Index Only Scan Backward using presence_seen"},
		"few":       {people.Filter{Role: p.Role(t, "coordination")}, "Index Only Scan using grant_holders"},
		"many":      {people.Filter{Role: p.Role(t, "booking")}, "Index Only Scan using grant_of"},
		"module":    {people.Filter{Module: "planner", Words: "e"}, "Index Only Scan using grant_of"},
	}
	for name, c := range cases {
		sql, args := people.PageQuery(c.Filter, p.Clock.Now())
		plan := planOf(t, places, sql, args)
		if !strings.Contains(plan, c.index) {
			t.Errorf("%s: no %q in\n%s", name, c.index, plan)
		}
		wantIndexes(t, name, plan)
		sql, args = people.CountQuery(c.Filter, p.Clock.Now())
		wantIndexes(t, name+", counted", planOf(t, places, sql, args))
	}
	wantIndexes(t, "filters", planOf(t, places, people.ReadOffers, nil))
}

func wantIndexes(t *testing.T, name, plan string) {
	t.Helper()
	for _, table := range []string{"resource", "role_grant", "presence", "invitation"} {
		if strings.Contains(plan, "Seq Scan on "+table) {
			t.Errorf("%s reads all of %s:\n%s", name, table, plan)
		}
	}
}
