package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The values of a session that the store reads: whose it is, and of which
// generation. A session of an older generation than its account's is dead.
const (
	SessionAccount    = "account"    // the account's UUID, as text
	SessionGeneration = "generation" // int
)

// Sessions keeps scs sessions in the schema identity, by the hash of their
// token. Reading one tells whether it is still alive: not expired, not idle,
// and not ended by a change of password or from elsewhere.
type Sessions struct {
	pool  *pgxpool.Pool
	clock func() time.Time
	idle  time.Duration
}

// NewSessions returns a store whose sessions die when they are not used for idle.
func NewSessions(pool *pgxpool.Pool, clock func() time.Time, idle time.Duration) *Sessions {
	return &Sessions{pool, clock, idle}
}

// FindCtx returns the data of a live session.
func (s *Sessions) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	err = s.pool.QueryRow(ctx, `select identity.session_find(@token, @now, @idle)`,
		pgx.StrictNamedArgs{"token": token, "now": s.clock(), "idle": s.idle}).Scan(&data)
	if err != nil {
		return nil, false, fmt.Errorf("reading a session: %w", err)
	}
	return data, data != nil, nil
}

// CommitCtx writes a session that ends at expiry at the latest.
func (s *Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	_, values, err := SessionCodec{}.Decode(data)
	if err != nil {
		return err
	}
	args := pgx.StrictNamedArgs{"token": token, "account": nil, "generation": nil, "data": data, "now": s.clock(), "expiry": expiry}
	if text, ok := values[SessionAccount].(string); ok {
		account, err := uuid.Parse(text)
		if err != nil {
			return fmt.Errorf("writing a session: %w", err)
		}
		args["account"] = account
		args["generation"] = values[SessionGeneration]
	}
	if _, err := s.pool.Exec(ctx, `select identity.session_save(@token, @account, @generation, @data, @now, @expiry)`, args); err != nil {
		return fmt.Errorf("writing a session: %w", err)
	}
	return nil
}

// DeleteCtx ends a session.
func (s *Sessions) DeleteCtx(ctx context.Context, token string) error {
	if _, err := s.pool.Exec(ctx, `select identity.session_delete($1)`, token); err != nil {
		return fmt.Errorf("ending a session: %w", err)
	}
	return nil
}

// Sweep removes dead sessions, and the counts of failed attempts that no longer
// hold anyone up; it returns how many there were.
func (s *Sessions) Sweep(ctx context.Context) (swept int64, err error) {
	err = s.pool.QueryRow(ctx, `select identity.sessions_sweep($1, $2) + identity.throttles_sweep($1)`, s.clock(), s.idle).Scan(&swept)
	if err != nil {
		return 0, fmt.Errorf("sweeping sessions: %w", err)
	}
	return swept, nil
}

// Find, Commit and Delete complete the interface that scs asks for; it prefers
// the ones with a context.
func (s *Sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (s *Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a context.
func (s *Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// SessionCodec writes sessions as JSON: their values are strings, numbers and
// booleans, readable by any release.
type SessionCodec struct{}

type sessionData struct {
	Deadline time.Time      `json:"deadline"`
	Values   map[string]any `json:"values"`
}

// Encode writes a session's deadline and values.
func (SessionCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	return json.Marshal(sessionData{deadline, values})
}

// Decode reads what Encode wrote; whole numbers come back as int.
func (SessionCodec) Decode(data []byte) (time.Time, map[string]any, error) {
	var s sessionData
	if err := json.Unmarshal(data, &s); err != nil {
		return time.Time{}, nil, fmt.Errorf("reading a session's data: %w", err)
	}
	if s.Values == nil {
		s.Values = map[string]any{}
	}
	for name, value := range s.Values {
		if number, ok := value.(float64); ok {
			s.Values[name] = int(number)
		}
	}
	return s.Deadline, s.Values, nil
}
