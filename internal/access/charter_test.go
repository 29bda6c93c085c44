package access_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

// closeCells takes from a role all that it opens.
const closeCells = `update role_cell set open = false, until = greatest(@now, since), ended_kind = 'console' where role_id = @role and open`

func TestWhatARoleOpensHoldsFromTheNextRequestInEveryProcess(t *testing.T) {
	p := place.New(t)
	who, need := p.Person(t, "coordination"), access.EditOf(access.People, "test.knock")
	here, elsewhere := p.Door, access.NewDoor(pgtest.Pool(t), pgtest.Pages(t), p.Clock.Now)
	for _, door := range []*access.Door{here, elsewhere, here} { // which remember it from here on
		if entering, reading := knock(t, door, who.Actor(), need); entering != nil || reading != nil {
			t.Fatal(entering, reading)
		}
	}
	args := pgx.StrictNamedArgs{"now": p.Clock.Now(), "role": p.Role(t, "coordination")}
	p.Write(t, func(ctx context.Context, v *access.Visit) error {
		_, err := v.Exec(ctx, closeCells, args)
		return err
	})
	for name, door := range map[string]*access.Door{"here": here, "elsewhere": elsewhere} {
		entering, reading := knock(t, door, who.Actor(), need)
		if !fault.Is(entering, fault.KindForbidden) || !fault.Is(reading, fault.KindForbidden) {
			t.Errorf("%s, what the role no longer opens is open: %v, %v", name, entering, reading)
		}
	}
}

func TestAnActThatIsUndoneLeavesNothingToRemember(t *testing.T) {
	p := place.New(t)
	who, need := p.Person(t, "coordination"), access.EditOf(access.People, "test.knock")
	undone := errors.New("undone")
	err := p.TryWrite(t, func(ctx context.Context, v *access.Visit) error {
		if _, err := v.Exec(ctx, closeCells, pgx.StrictNamedArgs{"now": v.Now, "role": p.Role(t, "coordination")}); err != nil {
			return err
		}
		s, err := v.StandingOf(ctx, who.Resource)
		if err == nil && need.Met(s.Grid) {
			t.Error("the act doesn't see what it did itself")
		}
		return errors.Join(undone, err)
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	if entering, reading := knock(t, p.Door, who.Actor(), need); entering != nil || reading != nil {
		t.Errorf("what was undone holds: %v, %v", entering, reading)
	}
}

func TestThePageThatFindsAnotherEditionIsReadWithIt(t *testing.T) {
	p := place.New(t)
	who, need := p.Person(t, "coordination"), access.ViewOf(access.People)
	var named []string
	for _, name := range []string{"Accueil", "Réception"} {
		p.Write(t, func(ctx context.Context, v *access.Visit) error {
			_, err := v.Exec(ctx, `update role set name_fr = $1 where id = $2`, name, p.Role(t, "coordination"))
			return err
		})
		asked, read := 0, 0
		s, err := p.Door.Read(t.Context(), who.Actor(), need, func(r *access.Reading) {
			asked++
			r.Query(`select 1`, nil, func(pgx.Rows) error { read++; return nil })
		})
		if err != nil || read != 1 || asked > 2 {
			t.Fatalf("asked %d times, read %d times, %v", asked, read, err)
		}
		named = append(named, s.Roles[0].NameFr)
	}
	if named[0] != "Accueil" || named[1] != "Réception" {
		t.Errorf("the role was called %q", named)
	}
}

func TestWhateverSaysSomethingElseOfAPlaceGivesItAnotherEdition(t *testing.T) {
	p := place.New(t)
	edition := func() (id uuid.UUID) {
		t.Helper()
		if err := pgtest.Super(t).QueryRow(t.Context(), `select edition from tenant where tenant_id = $1`, p.ID).Scan(&id); err != nil {
			t.Fatal(err)
		}
		return id
	}
	role := access.NewID()
	for _, statement := range []string{
		`insert into module (tenant_id, module, position, name_fr, name_en) values ($1, 'x', 99, 'x', 'x')`,
		`update module set name_fr = 'y' where tenant_id = $1 and module = 'x'`,
		`insert into role (tenant_id, id, module, position, name_fr, name_en, description_fr, description_en)
		 values ($1, '` + role.String() + `', 'x', 99, 'x', 'x', 'x', 'x')`,
		`update role set retired_at = now() where tenant_id = $1 and id = '` + role.String() + `'`,
		`insert into role_cell (tenant_id, role_id, area, view, edit, view_ok, edit_ok, since, by_kind)
		 select tenant_id, '` + role.String() + `', area, 0, 0, view_ok, edit_ok, now(), 'console' from area where tenant_id = $1`,
		`update role_cell set open = false where tenant_id = $1 and role_id = '` + role.String() + `'`,
		`delete from role_cell where tenant_id = $1 and role_id = '` + role.String() + `'`,
		`delete from role where tenant_id = $1 and id = '` + role.String() + `'`,
		`delete from module where tenant_id = $1 and module = 'x'`,
	} {
		before := edition()
		if _, err := pgtest.Super(t).Exec(t.Context(), statement, p.ID); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
		if edition() == before {
			t.Errorf("%s: it goes unnoticed", statement)
		}
	}
}

// A statement that reached a role but not its place would leave the servers with what
// they remember.
func TestNothingIsSaidOfAPlaceThatCannotBeToldSo(t *testing.T) {
	p := place.New(t)
	tx, err := pgtest.Super(t).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	for _, statement := range []string{
		`create policy backfill on role to habilis_owner using (true)`,
		`set local role habilis_owner`,
		`select set_config('habilis.tenant', '` + p.ID.String() + `', true)`,
	} {
		if _, err := tx.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	tag, err := tx.Exec(t.Context(), `update role set name_fr = name_fr`)
	if err == nil || !strings.Contains(err.Error(), "the edition of a place") {
		t.Errorf("%d roles were changed without a word: %v", tag.RowsAffected(), err)
	}
}
