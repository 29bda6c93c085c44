package people

import (
	"time"

	"github.com/jackc/pgx/v5"
)

// PageQuery and CountQuery are the statements of the list, for the test of
// their plans.
func PageQuery(f Filter, now time.Time) (string, pgx.StrictNamedArgs) {
	f = f.sound()
	return pageQuery(f, cursorOf(f), now)
}

func CountQuery(f Filter, now time.Time) (string, pgx.StrictNamedArgs) {
	return countQuery(f.sound(), now)
}
