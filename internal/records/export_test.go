package records

import (
	"time"

	"github.com/jackc/pgx/v5"
)

// PageQuery is the statement of the list, for the test of its plans.
func PageQuery(f Filter, now time.Time) (string, pgx.StrictNamedArgs) {
	f = f.sound()
	sql, args := pageQuery(f, cursorOf(f.Cursor))
	args["now"] = now
	return sql, args
}
