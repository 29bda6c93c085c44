package account_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/account"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

// lengthen writes lines of 2,000 people into the journals of two places: in the second
// all but a few.
const lengthen = `
insert into journal (tenant_id, n, at, actor_kind, actor, act, target_kind, target, result, facts, digest, hash)
select t, n, $3::timestamptz + n * interval '1 second', 'person', case when n % 2000 = 7 then $4::uuid else md5('a' || n % 2000)::uuid end,
       (array['people.edit', 'roles.give', 'signin.arrive', 'records.assign'])[1 + n % 4], 'resource',
       case when n % 2000 = 9 then $5::uuid else md5('r' || n % 2000)::uuid end, 'done', '{}', '', ''
  from (select $1::uuid t, generate_series(1000, 61000) n union all select $2, generate_series(1000, 11000)) lines`

// A person's own lines are few among those of everybody: they are found, whatever the
// filter and however far back, without reading the others.
func TestOnesOwnLinesAreReadByTheirIndexes(t *testing.T) {
	p := place.New(t)
	q := p.Beside(t)
	who := p.Person(t, "consultation_1")
	err := pgx.BeginFunc(t.Context(), pgtest.Super(t), func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), `set local statement_timeout = 0`); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), lengthen, p.ID, q.ID, p.Clock.Now(), who.Account, who.Resource)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pgtest.Super(t).Exec(t.Context(), `analyze journal`); err != nil {
		t.Fatal(err)
	}
	late := p.Clock.Now().AddDate(1, 0, 0)
	for name, c := range map[string]struct {
		room   string
		before account.Mark
	}{
		"first":  {"", account.Mark{At: late}},
		"kind":   {"roles", account.Mark{At: late}},
		"older":  {"", account.Mark{At: p.Clock.Now().Add(30_000 * time.Second), Tenant: p.ID, N: 30_000}},
		"beside": {"", account.Mark{At: p.Clock.Now().Add(30_000 * time.Second), Tenant: uuid.Max, N: 30_000}},
	} {
		sql, args := account.LinesQuery(who.Account, c.room, c.before, p.ID)
		plan := pgtest.Plan(t, [2]uuid.UUID{p.ID, q.ID}, sql, args)
		for _, index := range []string{"using journal_actor", "using journal_target", "using journal_at"} {
			if !strings.Contains(plan, index) {
				t.Errorf("%s: nothing %s in\n%s", name, index, plan)
			}
		}
		pgtest.WantNoScan(t, name, plan, "journal", "resource")
		if strings.Contains(plan, "Sort Key: journal") {
			t.Errorf("%s: all of one's lines are sorted:\n%s", name, plan)
		}
	}
}
