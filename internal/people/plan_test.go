package people_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"habilis/internal/people"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/big"
)

// The plan that a connection keeps must be right for a large place, having been
// made for any.
func TestTheListIsReadByItsIndexes(t *testing.T) {
	s, p := newPeople(t)
	big.Fill(t, p, big.Size{Places: 200, Accounts: 30_000, Here: 6_000})
	places := [2]uuid.UUID{p.ID, p.Beside(t).ID}
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
		plan := pgtest.Plan(t, places, sql, args)
		if !strings.Contains(plan, c.index) {
			t.Errorf("%s: no %q in\n%s", name, c.index, plan)
		}
		wantIndexes(t, name, plan)
		sql, args = people.CountQuery(c.Filter, p.Clock.Now())
		wantIndexes(t, name+", counted", pgtest.Plan(t, places, sql, args))
	}
}

func wantIndexes(t *testing.T, name, plan string) {
	t.Helper()
	pgtest.WantNoScan(t, name, plan, "resource", "role_grant", "presence", "invitation")
}
