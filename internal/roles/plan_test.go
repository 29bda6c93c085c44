package roles_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/big"
	"habilis/internal/roles"
)

// Whom a definition concerns is found from the role outwards, in a large place
// among many.
func TestWhomADefinitionConcernsIsFoundByIndexes(t *testing.T) {
	o := open(t, "planner")
	big.Fill(t, o.Place, big.Size{Places: 200, Accounts: 30_000, Here: 6_000})
	places := [2]uuid.UUID{o.ID, o.Beside(t).ID}
	for _, role := range []string{"booking", "coordination"} {
		all := map[string]any{"role": o.Role(t, role), "now": o.Clock.Now(), "area": access.Settings,
			"account": o.Pilot.Account, "except": []uuid.UUID{o.Pilot.Resource}}
		for name, sql := range roles.Statements {
			args := pgx.StrictNamedArgs{}
			for key, value := range all {
				if strings.Contains(sql, "@"+key) {
					args[key] = value
				}
			}
			pgtest.WantNoScan(t, role+", "+name, pgtest.Plan(t, places, sql, args), "resource", "role_grant", "override", "presence", "invitation")
		}
	}
}
