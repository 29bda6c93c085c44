package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/secret/keyring"
)

// resealed is how many secrets are sealed anew in one transaction: few, so that no
// sign-in waits.
const resealed = 100

// confirming is how long someone may take to confirm the app that they set up: its
// secret is left as it is meanwhile.
const confirming = 15 * time.Minute

// settling is how long a key file must have been as it is before keys are dropped:
// every server has noticed by then.
const settling = 12 * keyring.WatchEvery

// Key is a key, and how much is sealed under it.
type Key struct {
	ID      string
	Sealed  int64
	Newest  bool // it seals
	Missing bool // it is not in the key file: what is sealed under it can't be opened
}

// Keys are those of the ring, oldest first, then those that are missing from it.
func (s *Service) Keys(ctx context.Context, ring *keyring.Ring) ([]Key, error) {
	rows, err := s.door.Identity().Query(ctx, `select key, sealed from identity.sealed_counts() order by key`)
	if err != nil {
		return nil, fmt.Errorf("counting what is sealed: %w", err)
	}
	type counted struct {
		Key    string
		Sealed int64
	}
	counts, err := pgx.CollectRows(rows, pgx.RowToStructByName[counted])
	if err != nil {
		return nil, fmt.Errorf("counting what is sealed: %w", err)
	}
	var all []Key
	for _, id := range ring.IDs() {
		all = append(all, Key{ID: id, Newest: id == ring.Newest()})
	}
	for _, c := range counts {
		at := slices.IndexFunc(all, func(k Key) bool { return k.ID == c.Key })
		if at < 0 {
			at, all = len(all), append(all, Key{ID: c.Key, Missing: true})
		}
		all[at].Sealed = c.Sealed
	}
	return all, nil
}

// Rotation is what came of a rotation.
type Rotation struct {
	Newest  string
	Resumed bool  // it went on with one that had been cut short
	Renewed int64 // secrets that are sealed under the newest key now
	Left    int64 // secrets that aren't, because someone is just setting up an app
}

// Rotate adds a key to the ring's file and seals all secrets under it, while the
// servers go on. Where something is sealed under an older key already, a rotation
// was cut short, and it goes on with that one. Each batch stands by itself: whoever
// is stopped in between has lost nothing.
func (s *Service) Rotate(ctx context.Context, ring *keyring.Ring) (*Rotation, error) {
	before, err := s.Keys(ctx, ring)
	if err != nil {
		return nil, err
	}
	for _, k := range before {
		if k.Missing {
			return nil, fmt.Errorf("%d secrets are sealed under the key %s, which is not in the key file: bring it back first", k.Sealed, k.ID)
		}
	}
	r := &Rotation{Resumed: slices.ContainsFunc(before, func(k Key) bool { return k.Sealed > 0 && !k.Newest })}
	if !r.Resumed {
		if err := ring.Append(s.clock()); err != nil {
			return nil, err
		}
	}
	r.Newest = ring.Newest()
	if r.Renewed, err = s.reseal(ctx, ring); err != nil {
		return nil, err
	}
	after, err := s.Keys(ctx, ring)
	for _, k := range after {
		if !k.Newest {
			r.Left += k.Sealed
		}
	}
	return r, err
}

type sealed struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	Sealed    []byte
}

// reseal seals all that is sealed under another key than the newest under that.
func (s *Service) reseal(ctx context.Context, ring *keyring.Ring) (renewed int64, err error) {
	after := uuid.Nil
	for {
		rows, err := s.door.Identity().Query(ctx, `select id, account_id, sealed from identity.sealed_otherwise($1, $2, $3, $4)`,
			ring.Newest(), after, s.clock().Add(-confirming), resealed)
		if err != nil {
			return renewed, fmt.Errorf("reading what is sealed: %w", err)
		}
		batch, err := pgx.CollectRows(rows, pgx.RowToStructByName[sealed])
		if err != nil || len(batch) == 0 {
			return renewed, err
		}
		n, err := s.renew(ctx, ring, batch)
		if err != nil {
			return renewed, err
		}
		renewed, after = renewed+n, batch[len(batch)-1].ID
	}
}

func (s *Service) renew(ctx context.Context, ring *keyring.Ring, batch []sealed) (renewed int64, err error) {
	var ids []uuid.UUID
	var were, now [][]byte
	for _, one := range batch {
		plain, err := ring.Open(one.Sealed, keyring.Binding("totp", one.AccountID))
		if err != nil {
			return 0, fmt.Errorf("the authenticator app of account %s: %w", one.AccountID, err)
		}
		ids, were, now = append(ids, one.ID), append(were, one.Sealed), append(now, ring.Seal(plain, keyring.Binding("totp", one.AccountID)))
	}
	if err := s.door.Identity().QueryRow(ctx, `select identity.sealed_renew($1, $2, $3)`, ids, were, now).Scan(&renewed); err != nil {
		return 0, fmt.Errorf("sealing anew: %w", err)
	}
	return renewed, nil
}

// Prune takes out of the ring's file the keys, but for the newest, under which
// nothing is sealed and no code counts that was sent. changed is when the file was
// written last.
func (s *Service) Prune(ctx context.Context, ring *keyring.Ring, changed time.Time) (dropped []string, err error) {
	if wait := changed.Add(settling).Sub(s.clock()); wait > 0 {
		return nil, fmt.Errorf("the key file has just changed: some server may not have noticed yet; try again in %s", wait.Round(time.Second))
	}
	var until *time.Time
	if err := s.door.Identity().QueryRow(ctx, `select identity.codes_until($1)`, s.clock()).Scan(&until); err != nil {
		return nil, fmt.Errorf("looking for codes that count: %w", err)
	}
	if until != nil {
		return nil, fmt.Errorf("codes that were sent may count until %s: try again then", until.UTC().Format("15:04:05 MST"))
	}
	all, err := s.Keys(ctx, ring)
	if err != nil {
		return nil, err
	}
	for _, k := range all {
		if !k.Newest && !k.Missing && k.Sealed == 0 {
			dropped = append(dropped, k.ID)
		}
	}
	if len(dropped) == 0 {
		return nil, errors.New("nothing to drop: something is sealed under each key, or there is one alone; see `habilis keys list`")
	}
	return dropped, ring.Drop(dropped...)
}
