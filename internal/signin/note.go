package signin

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
)

// Note writes a line about an account into the journal of each of its open places,
// what they rely on having changed, and into its owner's. It is the last thing of its
// transaction.
func (s *Service) Note(ctx context.Context, tx pgx.Tx, who access.Signed, act string, after map[string]any) error {
	written, err := factsOf(who, "", after)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `select identity.note_in_places($1, $2, $3, $4, $5)`, who.Account, act, who.Origin.RequestID, written, s.clock()); err != nil {
		return fmt.Errorf("noting in an account's places: %w", err)
	}
	return nil
}

// NoteOwn writes a line into the journal of an account's owner, which no place reads.
func (s *Service) NoteOwn(ctx context.Context, tx pgx.Tx, who access.Signed, act string, after map[string]any) error {
	return s.noteFrom(ctx, tx, who, "", act, after)
}

// NotingOwn writes such a line in the transaction of the act.
func (s *Service) NotingOwn(who access.Signed, act string) func(context.Context, pgx.Tx) error {
	return func(ctx context.Context, tx pgx.Tx) error { return s.NoteOwn(ctx, tx, who, act, nil) }
}

// noteFrom is [Service.NoteOwn] for an act that says in which browser it was done.
func (s *Service) noteFrom(ctx context.Context, tx pgx.Tx, who access.Signed, agent, act string, after map[string]any) error {
	written, err := factsOf(who, agent, after)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `select identity.own_note($1, 'person', $2, $3, $4, $5)`, who.Account, act, who.Origin.RequestID, written, s.clock())
	if err != nil {
		return fmt.Errorf("noting one's own act: %w", err)
	}
	return nil
}

// factsOf are the facts of a line, as the journal keeps them.
func factsOf(who access.Signed, agent string, after map[string]any) (string, error) {
	facts := map[string]any{"address": who.Origin.Address}
	if agent != "" {
		facts["agent"] = agent
	}
	if len(after) > 0 {
		facts["after"] = after
	}
	written, err := json.Marshal(facts)
	return string(written), err
}
