package records_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"habilis/internal/pgtest"
	"habilis/internal/pgtest/big"
	"habilis/internal/records"
)

// The plan that a connection keeps must be right for a place of 10,000 records,
// having been made for any.
func TestTheListIsReadByItsIndexes(t *testing.T) {
	s, p := newRecords(t)
	big.Fill(t, p, big.Size{Places: 100, Accounts: 10_000, Here: 2_000})
	for _, table := range []string{"record", "assignment"} { // once more: nothing looks at their old rows now
		if _, err := pgtest.Super(t).Exec(t.Context(), "vacuum "+table); err != nil {
			t.Fatal(err)
		}
	}
	places := [2]uuid.UUID{p.ID, p.Beside(t).ID}
	first := list(t, s, p.Pilot.Actor(), records.Filter{})
	if first.Next == "" || len(first.Rows) != records.PageSize {
		t.Fatalf("%d rows, next %q", len(first.Rows), first.Next)
	}
	for name, c := range map[string]struct {
		records.Filter
		index string
	}{
		"first":    {records.Filter{}, "Index Only Scan using record_list"},
		"next":     {records.Filter{Cursor: first.Next}, "Index Only Scan using record_list"},
		"archived": {records.Filter{State: records.Archived}, "Index Only Scan using record_list"},
		"every":    {records.Filter{State: records.AnyState}, "Index Only Scan using record_list"},
		"search":   {records.Filter{Words: "tremblay 12"}, "record_shelf"},
	} {
		sql, args := records.PageQuery(c.Filter, p.Clock.Now())
		plan := pgtest.Plan(t, places, sql, args)
		for _, part := range []string{c.index, "Index Only Scan using assignment_of_record"} {
			if !strings.Contains(plan, part) {
				t.Errorf("%s: no %q in\n%s", name, part, plan)
			}
		}
		for line := range strings.Lines(plan) {
			if strings.Contains(line, " on record ") && strings.Contains(line, "loops=") && !strings.Contains(line, "loops=1)") {
				t.Errorf("%s: records are gone through for each row:\n%s", name, plan)
			}
		}
		pgtest.WantNoScan(t, name, plan, "record", "assignment")
	}
}
