package postgres_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/pgtest"
	"habilis/internal/postgres"
)

func TestIdentifiersTravelThroughTheDatabaseUnchanged(t *testing.T) {
	pool := pgtest.Pool(t)
	id, other := uuid.New(), uuid.New()
	var (
		one  uuid.UUID
		many []uuid.UUID
		none *uuid.UUID
		some *uuid.UUID
		text string
	)
	err := pool.QueryRow(t.Context(), "select $1::uuid, $2::uuid[], $3::uuid, $4::uuid, $1::text",
		id, []uuid.UUID{id, other}, none, &other).Scan(&one, &many, &none, &some, &text)
	if err != nil {
		t.Fatal(err)
	}
	if one != id || len(many) != 2 || many[1] != other || none != nil || *some != other || text != id.String() {
		t.Errorf("got %v %v %v %v %v", one, many, none, some, text)
	}
	if err := pool.QueryRow(t.Context(), "select null::uuid").Scan(&one); err == nil {
		t.Error("NULL became an identifier")
	}
}

func TestAStatementThatTakesTooLongIsEnded(t *testing.T) {
	pool, err := postgres.OpenPool(t.Context(), pgtest.AppURL(t), postgres.PoolOptions{StatementTimeout: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.Exec(t.Context(), "select pg_sleep(60)"); err == nil || !strings.Contains(err.Error(), "statement timeout") {
		t.Errorf("got %v", err)
	}
}

func TestAWrongAddressIsRefusedWithoutThePassword(t *testing.T) {
	for _, address := range []string{"postgres://u:secretword@host:notaport/db", "postgres://u:secretword@127.0.0.1:1/db?sslmode=disable"} {
		_, err := postgres.OpenPool(t.Context(), address, postgres.PoolOptions{})
		if err == nil || strings.Contains(err.Error(), "secretword") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
