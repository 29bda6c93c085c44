package people_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

func TestTheCountThatIsKeptIsTheCountThatThereIs(t *testing.T) {
	p := place.New(t)
	for range 5 {
		p.Person(t, "booking")
	}
	gone := p.Person(t, "booking")
	p.Archive(t, p.Person(t, "booking"))
	db := pgtest.Super(t)
	for _, act := range []string{
		`update resource set state = 'pending' where tenant_id = $1 and id = $2`,
		`update resource set family = 'Autre' where tenant_id = $1 and id = $2`,
		`with ended as (delete from role_grant where tenant_id = $1 and resource_id = $2) select`,
		`delete from resource where tenant_id = $1 and id = $2`,
	} {
		if _, err := db.Exec(t.Context(), act, p.ID, gone.Resource); err != nil {
			t.Fatal(err)
		}
		rows, err := db.Query(t.Context(), `
select state, people from headcount where tenant_id = $1 and people <> 0
except select state, count(*) from resource where tenant_id = $1 group by state`, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		wrong, err := pgx.CollectRows(rows, pgx.RowToMap)
		if err != nil || len(wrong) > 0 {
			t.Errorf("after %s: %v, %v", act, wrong, err)
		}
	}
}
