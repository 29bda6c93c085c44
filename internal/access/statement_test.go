package access

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestNamesBecomePositionsOnce(t *testing.T) {
	const sql = `select @b, @a, '@a', @b -- @c`
	for i := range 3 {
		text, values, err := positional(sql, pgx.StrictNamedArgs{"a": i, "b": "two"})
		if want := `select $1, $2, '@a', $1 -- @c`; err != nil || text != want || !slices.Equal(values, []any{"two", i}) {
			t.Errorf("got %q, %v, %v", text, values, err)
		}
	}
}

func TestAStatementsArgumentsAreThoseThatItNames(t *testing.T) {
	const sql = `select @a, @b where true`
	wrong := []pgx.StrictNamedArgs{nil, {"a": 1}, {"a": 1, "b": 2, "c": 3}, {"a": 1, "c": 3}}
	for range 2 { // before the statement is known, and after
		for _, args := range wrong {
			if _, values, err := positional(sql, args); err == nil {
				t.Errorf("%v became %v", args, values)
			}
		}
		if _, _, err := positional(sql, pgx.StrictNamedArgs{"a": 1, "b": nil}); err != nil {
			t.Error(err)
		}
	}
}
