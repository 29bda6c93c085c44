package postgres_test

import (
	"errors"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"habilis/internal/pgtest"
	"habilis/internal/postgres"
)

func TestTheProvisioningScriptRunsInPsqlAndAgain(t *testing.T) {
	programs, err := postgres.FindPrograms("")
	if err != nil {
		t.Fatal(err)
	}
	psql := exec.Command(filepath.Join(programs, "psql"), "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--file=provision.sql", pgtest.SuperURL(t))
	if out, err := psql.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

func TestNoRoleOfOursIsMightierThanItNeeds(t *testing.T) {
	const query = `
select rolname, rolcanlogin, rolsuper or rolbypassrls or rolcreatedb or rolcreaterole or rolreplication
from pg_roles where rolname like 'habilis%' order by rolname`
	type role struct {
		Name         string
		Login, Might bool
	}
	rows, err := pgtest.Super(t).Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowToStructByPos[role])
	if err != nil {
		t.Fatal(err)
	}
	want := []role{{"habilis_app", true, false}, {"habilis_identity", false, false}, {"habilis_journal", false, false}, {"habilis_owner", true, false}}
	if len(got) != len(want) {
		t.Fatalf("got %v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %v, want %v", got[i], want[i])
		}
	}
}

func TestTheServersRoleIsRefused(t *testing.T) {
	for what, statement := range map[string]string{
		"a table":                     "create table mine (n int)",
		"a temporary table":           "create temporary table mine (n int)",
		"a schema":                    "create schema mine",
		"a change to River":           "alter table river.river_job add column mine int",
		"a change to the version":     "update goose_db_version set version_id = 0",
		"the owner's role":            "set role habilis_owner",
		"the rights over accounts":    "set role habilis_identity",
		"the rights over the journal": "set role habilis_journal",
	} {
		_, err := pgtest.Pool(t).Exec(t.Context(), statement)
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "42501" { // insufficient_privilege
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestTheServersRoleWorksWithJobs(t *testing.T) {
	if _, err := pgtest.Pool(t).Exec(t.Context(), "select count(*) from river.river_job"); err != nil {
		t.Error(err)
	}
}

func TestTheDatabaseSortsAndFoldsAllLetters(t *testing.T) {
	const query = `select 'Élise' < 'Zoé' collate "fr-x-icu", lower('ÉŒŁ') = 'éœł'`
	var sorts, folds bool
	if err := pgtest.Pool(t).QueryRow(t.Context(), query).Scan(&sorts, &folds); err != nil {
		t.Fatal(err)
	}
	if !sorts || !folds {
		t.Errorf("sorts %t, folds %t", sorts, folds)
	}
}
