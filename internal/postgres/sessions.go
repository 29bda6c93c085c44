package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The values of a session that the store reads: whose it is, of which generation,
// and what its owner is shown of it. A session of an older generation than its
// account's is dead.
const (
	SessionAccount    = "account"    // the account's UUID, as text
	SessionGeneration = "generation" // int
	SessionID         = "id"         // the sign-in's UUID, as text: the same when the token changes
	SessionBegan      = "began"      // when the sign-in was, in seconds since 1970, int
	SessionAddress    = "address"    // where it came from
	SessionAgent      = "agent"      // the browser, as it calls itself
)

// Sessions keeps scs sessions in the schema identity, by the hash of their
// token. Reading one tells whether it is still alive: not expired, not idle,
// and not ended by a change of password or from elsewhere.
type Sessions struct {
	pool  *pgxpool.Pool
	clock func() time.Time
	idle  time.Duration
	known *Memory[string, remembered] // by token
	read  *Memory[string, said]       // by the data that says it
}

// mostKnown is how many sessions are young in memory at most; one, with what it
// says, takes about three kilobytes.
const mostKnown = 4096

// said is what a session's data says.
type said struct {
	deadline time.Time
	values   map[string]any
}

// NewSessions returns a store whose sessions die when they are not used for idle.
func NewSessions(pool *pgxpool.Pool, clock func() time.Time, idle time.Duration) *Sessions {
	return &Sessions{pool, clock, idle, NewMemory[string, remembered](mostKnown), NewMemory[string, said](mostKnown)}
}

// FindCtx returns the data of a live session; or, to a request that makes a
// [Claim], what is remembered of one.
func (s *Sessions) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	if claim := ClaimOf(ctx); claim != nil {
		if known := s.known.Recall(token); known != nil {
			claim.about(token, known, s.clock(), s.idle)
			return known.data, true, nil
		}
	}
	var live remembered
	err = s.pool.QueryRow(ctx, `select data, alone from identity.session_get(@token, @now, @idle)`,
		pgx.StrictNamedArgs{"token": token, "now": s.clock(), "idle": s.idle}).Scan(&live.data, &live.alone)
	if errors.Is(err, pgx.ErrNoRows) {
		s.known.Forget(token)
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("reading a session: %w", err)
	}
	s.known.Learn(token, &live)
	return live.data, true, nil
}

// CommitCtx writes a session that ends at expiry at the latest. On the strength of
// a claim that doesn't hold it writes nothing: the request will be answered again.
func (s *Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	if !ClaimOf(ctx).Holds() {
		return nil
	}
	_, values, err := SessionCodec{}.Decode(data)
	if err != nil {
		return err
	}
	args := pgx.StrictNamedArgs{
		"token": token, "data": data, "now": s.clock(), "expiry": expiry,
		"account": nil, "generation": values[SessionGeneration],
		"id": nil, "began": nil, "address": values[SessionAddress], "agent": values[SessionAgent],
	}
	for name, value := range map[string]any{"account": values[SessionAccount], "id": values[SessionID]} {
		if text, ok := value.(string); ok {
			if args[name], err = uuid.Parse(text); err != nil {
				return fmt.Errorf("writing a session: %w", err)
			}
		}
	}
	if began, ok := values[SessionBegan].(int); ok {
		args["began"] = time.Unix(int64(began), 0)
	}
	if _, err := s.pool.Exec(ctx, saveSession, args); err != nil {
		return fmt.Errorf("writing a session: %w", err)
	}
	if before := s.known.Recall(token); before != nil { // of a new token, all is yet to be read
		s.known.Learn(token, &remembered{data, before.alone})
	}
	return nil
}

const saveSession = `select identity.session_save(@token, @account, @generation, @id, @began, @address, @agent, @data, @now, @expiry)`

// DeleteCtx ends a session.
func (s *Sessions) DeleteCtx(ctx context.Context, token string) error {
	s.known.Forget(token)
	if _, err := s.pool.Exec(ctx, `select identity.session_delete($1)`, token); err != nil {
		return fmt.Errorf("ending a session: %w", err)
	}
	return nil
}

// Session is what its owner is shown of a session, never its token.
type Session struct {
	ID          uuid.UUID
	Began, Seen time.Time // seen is true to the minute
	Address     string
	Agent       string // the browser, as it called itself at sign-in
}

// Of returns the live sessions of an account, last used first.
func (s *Sessions) Of(ctx context.Context, account uuid.UUID) ([]Session, error) {
	rows, err := s.pool.Query(ctx, `
select id, began, seen, coalesce(address, '') address, coalesce(agent, '') agent from identity.sessions_of($1, $2, $3)`, account, s.clock(), s.idle)
	if err != nil {
		return nil, fmt.Errorf("reading an account's sessions: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Session])
}

// Entered are, by the session, the names of the values that begin with prefix and
// say yes: the rest of those names.
func (s *Sessions) Entered(ctx context.Context, account uuid.UUID, prefix string) (map[uuid.UUID][]string, error) {
	rows, err := s.pool.Query(ctx, `select id, data from identity.sessions_data($1, $2, $3)`, account, s.clock(), s.idle)
	if err != nil {
		return nil, fmt.Errorf("reading what sessions hold: %w", err)
	}
	entered := map[uuid.UUID][]string{}
	var id uuid.UUID
	var data []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &data}, func() error {
		_, values, err := SessionCodec{}.Decode(data)
		for name, value := range values {
			if rest, ok := strings.CutPrefix(name, prefix); ok && value == true {
				entered[id] = append(entered[id], rest)
			}
		}
		return err
	})
	return entered, err
}

// Noting notes an act, in the transaction that does it.
type Noting func(context.Context, pgx.Tx) error

// End ends one session of an account, whatever its token is by now, and notes it. It
// reports whether the account had such a session.
func (s *Sessions) End(ctx context.Context, account, id uuid.UUID, note Noting) (ended bool, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `select identity.session_end($1, $2)`, account, id).Scan(&ended); err != nil || !ended {
			return err
		}
		return note(ctx, tx)
	})
	if err != nil {
		return false, fmt.Errorf("ending a session: %w", err)
	}
	return ended, nil
}

// Leave ends the session that someone is in, whatever its token becomes: what they, or
// whoever has its cookie, have under way in it brings it back under none.
func (s *Sessions) Leave(ctx context.Context, account, id uuid.UUID) error {
	if _, err := s.pool.Exec(ctx, `select identity.session_leave($1, $2, $3)`, account, id, s.clock()); err != nil {
		return fmt.Errorf("leaving a session: %w", err)
	}
	return nil
}

// EndAll ends all sessions of an account, notes it, and returns the generation with
// which one of them may be taken up again.
func (s *Sessions) EndAll(ctx context.Context, account uuid.UUID, note Noting) (generation int, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `select identity.sessions_end($1)`, account).Scan(&generation); err != nil {
			return err
		}
		return note(ctx, tx)
	})
	if err != nil {
		return 0, fmt.Errorf("ending an account's sessions: %w", err)
	}
	return generation, nil
}

// Sweep removes dead sessions, the counts of failed attempts that no longer hold
// anyone up, codes and challenges that are of no use any more, and browsers that
// nobody came in from for long, and when people came in long ago; it returns how many
// there were.
func (s *Sessions) Sweep(ctx context.Context) (swept int64, err error) {
	err = s.pool.QueryRow(ctx, `
select identity.sessions_sweep($1, $2) + identity.throttles_sweep($1) + identity.codes_sweep($1) + identity.devices_sweep($1)
       + identity.own_acts_sweep($1) + identity.challenges_sweep($1)`,
		s.clock(), s.idle).Scan(&swept)
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

// Encode writes a session as [SessionCodec] does.
func (s *Sessions) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	return SessionCodec{}.Encode(deadline, values)
}

// Decode reads a session as [SessionCodec] does, and remembers what the same bytes
// said: reading JSON took more than a hundredth of what a page costs.
func (s *Sessions) Decode(data []byte) (time.Time, map[string]any, error) {
	if known := s.read.Recall(string(data)); known != nil {
		return known.deadline, maps.Clone(known.values), nil
	}
	deadline, values, err := SessionCodec{}.Decode(data)
	if err == nil {
		s.read.Learn(string(data), &said{deadline, maps.Clone(values)})
	}
	return deadline, values, err
}

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
