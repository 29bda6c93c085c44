package people

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// cursor is a row beyond which a page begins. It holds what the row is sorted
// by and nothing that row-level security would not let through: a forged one
// can only begin elsewhere in the same list.
type cursor struct {
	Sort   Sort      `json:"s"`
	Back   bool      `json:"b,omitempty"` // the page ends before the row
	ID     uuid.UUID `json:"i"`
	Family string    `json:"f,omitempty"`
	Given  string    `json:"g,omitempty"`
	Seen   *int64    `json:"t,omitempty"` // microseconds since 1970; nil: never
}

func (c cursor) set() bool { return c.Sort != "" }

// maxCursor is longer than any cursor of ours, in bytes.
const maxCursor = 2000

// cursorOf reads the filter's cursor; one that can't be read, or that belongs to
// another order, is none.
func cursorOf(f Filter) cursor {
	var c cursor
	text, err := base64.RawURLEncoding.DecodeString(f.Cursor)
	if f.Cursor == "" || len(f.Cursor) > maxCursor || err != nil || json.Unmarshal(text, &c) != nil {
		return cursor{}
	}
	beyond := c.Seen != nil && (time.UnixMicro(*c.Seen).Year() < 1970 || time.UnixMicro(*c.Seen).Year() > 9999)
	if c.Sort != f.Sort || beyond || strings.ContainsRune(c.Family+c.Given, 0) {
		return cursor{}
	}
	return c
}

// cursorAt is the cursor from a row on.
func cursorAt(sort Sort, row *Row, back bool) string {
	c := cursor{Sort: sort, Back: back, ID: row.ID}
	switch {
	case sort == ByName || sort == ByNameDesc:
		c.Family, c.Given = row.Family, row.Given
	case !row.SeenAt.IsZero():
		at := row.SeenAt.UnixMicro()
		c.Seen = &at
	}
	text, _ := json.Marshal(c) // strings, numbers and an identifier
	return base64.RawURLEncoding.EncodeToString(text)
}

// seen is the instant as the table presence holds it.
func (c cursor) seen() pgtype.Timestamptz {
	if c.Seen == nil {
		return pgtype.Timestamptz{InfinityModifier: pgtype.NegativeInfinity, Valid: true}
	}
	return pgtype.Timestamptz{Time: time.UnixMicro(*c.Seen), Valid: true}
}
