package audit_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/audit"
	"habilis/internal/grid"
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
	execute := "execute tried(" + strings.Join(literals, ", ") + ")"
	for i := range 8 {
		do(fmt.Sprintf("set local habilis.tenant = '%s'", places[i%2].ID))
		do(execute)
	}
	do(fmt.Sprintf("set local habilis.tenant = '%s'", places[0].ID))
	return do("explain (analyze, buffers) " + execute)
}

func literal(value any) string {
	switch v := value.(type) {
	case *uuid.UUID:
		if v == nil {
			return "null"
		}
		return "'" + v.String() + "'"
	case time.Time:
		return "'" + v.Format(time.RFC3339Nano) + "'"
	case []string:
		return "'{" + strings.Join(v, ",") + "}'"
	}
	return "'" + strings.ReplaceAll(fmt.Sprint(value), "'", "''") + "'"
}

// The plan that a connection keeps must be right for a large place, having been
// made for any.
func TestQuestionsAreAnsweredByIndexes(t *testing.T) {
	p := place.New(t)
	big.Fill(t, p, big.Size{Places: 200, Accounts: 30_000, Here: 6_000})
	places := [2]*place.Place{p, p.Beside(t)}
	now := p.Clock.Now()
	some := p.Pilot.Resource
	questions := map[string]audit.Question{
		"everyone":    {Area: "appointments", Direction: grid.View},
		"few":         {Area: access.Settings, Direction: grid.Edit, Least: grid.All},
		"of a record": {Area: "appointments", Direction: grid.View, Record: access.NewID()},
		"next":        {Area: "appointments", Direction: grid.View, After: some},
	}
	for name, q := range questions {
		sql, args := audit.CrowdQuery(q, now, audit.WhoPageSize+1)
		plan := planOf(t, places, sql, args)
		wantIndexes(t, name, plan)
		if !strings.Contains(plan, "Index Only Scan using resource_list") {
			t.Errorf("%s: the order is not the index's:\n%s", name, plan)
		}
		if name != "of a record" && !strings.Contains(plan, "Index Only Scan using grant_holders") {
			t.Errorf("%s: holders are not found by their role:\n%s", name, plan)
		}
	}
	all := map[string]any{"resource": some, "now": now, "but": some, "record": some, "words": []string{"a"},
		"from": now.AddDate(-1, 0, 0), "to": now, "most": 500}
	for name, sql := range audit.Statements {
		args := pgx.StrictNamedArgs{}
		for key, value := range all {
			if strings.Contains(sql, "@"+key) {
				args[key] = value
			}
		}
		wantIndexes(t, name, planOf(t, places, sql, args))
	}
}

func wantIndexes(t *testing.T, name, plan string) {
	t.Helper()
	for _, table := range []string{"resource", "role_grant", "override", "tenure", "assignment", "record"} {
		if strings.Contains(plan, "Seq Scan on "+table+" ") {
			t.Errorf("%s reads all of %s:\n%s", name, table, plan)
		}
	}
}
