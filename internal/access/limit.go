package access

import (
	"context"
	"fmt"
)

// Limit bounds how often something is done within an hour.
type Limit struct {
	Key  string
	Free int // times before the first wait
	Base int // seconds of the first wait, doubled at each further time
	Most int // seconds of the longest
}

// Spend counts one time, if and when the visit commits, or reports that the
// limit is reached.
func (v *Visit) Spend(ctx context.Context, l Limit) (ok bool, err error) {
	err = v.QueryRow(ctx, `select identity.throttle_take($1, $2, $3, $4, $5)`, l.Key, l.Free, l.Base, l.Most, v.Now).Scan(&ok)
	if err != nil {
		return false, fmt.Errorf("counting against a limit: %w", err)
	}
	return ok, nil
}

// Within reports whether the limit lets one more through.
func (v *Visit) Within(ctx context.Context, l Limit) (ok bool, err error) {
	if err := v.QueryRow(ctx, `select identity.throttle_until(array[$1::text]) <= $2`, l.Key, v.Now).Scan(&ok); err != nil {
		return false, fmt.Errorf("reading a limit: %w", err)
	}
	return ok, nil
}
