package audit_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/audit"
	"habilis/internal/grid"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/big"
	"habilis/internal/pgtest/place"
)

// The plan that a connection keeps must be right for a large place, having been
// made for any.
func TestQuestionsAreAnsweredByIndexes(t *testing.T) {
	p := place.New(t)
	big.Fill(t, p, big.Size{Places: 200, Accounts: 30_000, Here: 6_000})
	places := [2]uuid.UUID{p.ID, p.Beside(t).ID}
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
		plan := pgtest.Plan(t, places, sql, args)
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
		wantIndexes(t, name, pgtest.Plan(t, places, sql, args))
	}
}

func wantIndexes(t *testing.T, name, plan string) {
	t.Helper()
	pgtest.WantNoScan(t, name, plan, "resource", "role_grant", "override", "tenure", "assignment", "record")
}
