package pgtest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Plan is the plan that PostgreSQL has settled on for a statement after eight
// executions on one connection, in two places by turns: the one that a connection
// keeps must be right for a large place, having been made for any. The plan is of
// the first place.
func Plan(t testing.TB, places [2]uuid.UUID, sql string, args pgx.StrictNamedArgs) string {
	t.Helper()
	ctx := context.Background()
	conn, err := Pool(t).Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	text, values, err := args.RewriteQuery(ctx, conn.Conn(), sql, nil)
	if err != nil {
		t.Fatal(err)
	}
	do := func(statement string) string {
		t.Helper()
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
	execute := "execute tried"
	if len(values) > 0 {
		literals := make([]string, len(values))
		for i, value := range values {
			literals[i] = literal(value)
		}
		execute += "(" + strings.Join(literals, ", ") + ")"
	}
	in := func(place uuid.UUID) { do(fmt.Sprintf("set local habilis.tenant = '%s'", place)) }
	for i := range 8 {
		in(places[i%2])
		do(execute)
	}
	in(places[0])
	return do("explain (analyze, buffers) " + execute)
}

// literal is an argument as SQL writes it.
func literal(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case *uuid.UUID:
		if v == nil {
			return "null"
		}
		return quoted(v.String())
	case time.Time:
		return quoted(v.Format(time.RFC3339Nano))
	case pgtype.Timestamptz:
		return quoted(v.Time.Format(time.RFC3339Nano))
	case []string:
		return quoted("{" + strings.Join(v, ",") + "}")
	case []uuid.UUID:
		texts := make([]string, len(v))
		for i, id := range v {
			texts[i] = id.String()
		}
		return literal(texts)
	}
	return quoted(fmt.Sprint(value))
}

func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// WantNoScan fails a test whose plan reads all of one of the tables.
func WantNoScan(t testing.TB, name, plan string, tables ...string) {
	t.Helper()
	for _, table := range tables {
		if strings.Contains(plan, "Seq Scan on "+table+" ") {
			t.Errorf("%s reads all of %s:\n%s", name, table, plan)
		}
	}
}
