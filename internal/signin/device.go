package signin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/i18n"
	"habilis/internal/mail"
)

// Device is a browser that is remembered.
type Device struct {
	Hash       []byte
	Agent      string
	Address    string
	Seen       time.Time
	Remembered time.Time // when it last showed a second factor
}

// RememberDays is for how long the most trusting of an account's places takes a
// device's word; 0 for no time.
func (s *Service) RememberDays(ctx context.Context, id uuid.UUID) (days int, err error) {
	if err := s.door.Identity().QueryRow(ctx, `select identity.remember_days($1)`, id).Scan(&days); err != nil {
		return 0, fmt.Errorf("reading how long devices are remembered: %w", err)
	}
	return days, nil
}

// Remember notes that a second factor was shown on a device, known by the hash
// of its cookie and the account.
func (s *Service) Remember(ctx context.Context, id uuid.UUID, device []byte, agent, address string, level access.Factor) error {
	_, err := s.door.Identity().Exec(ctx, `select identity.device_remember($1, $2, $3, $4, $5, $6)`,
		device, id, agent, address, level >= access.StrongFactor, s.clock())
	if err != nil {
		return fmt.Errorf("remembering a device: %w", err)
	}
	return nil
}

// Waives is what the device's word is worth; the zero Waiver when that is nothing.
func (s *Service) Waives(ctx context.Context, id uuid.UUID, device []byte) (w access.Waiver, err error) {
	var strong bool
	err = s.door.Identity().QueryRow(ctx, `select at, strong from identity.device_waives($1, $2, $3)`, device, id, s.clock()).Scan(&w.At, &strong)
	if errors.Is(err, pgx.ErrNoRows) {
		return access.Waiver{}, nil
	}
	if err != nil {
		return access.Waiver{}, fmt.Errorf("reading a device: %w", err)
	}
	w.Owed, w.Level = true, access.AnyFactor
	if strong {
		w.Level = access.StrongFactor
	}
	return w, nil
}

// Devices are those that are remembered, last seen first.
func (s *Service) Devices(ctx context.Context, id uuid.UUID) ([]Device, error) {
	rows, err := s.door.Identity().Query(ctx, `select hash, agent, address, seen, remembered from identity.devices_of($1, $2)`, id, s.clock())
	if err != nil {
		return nil, fmt.Errorf("reading devices: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Device])
}

// Forget makes a device of the account show a second factor again; false when it
// was not remembered.
func (s *Service) Forget(ctx context.Context, who access.Signed, device []byte) (forgotten bool, err error) {
	err = s.within(ctx, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `select identity.device_forget($1, $2)`, device, who.Account).Scan(&forgotten); err != nil {
			return fmt.Errorf("forgetting a device: %w", err)
		}
		if !forgotten {
			return nil
		}
		return s.NoteOwn(ctx, tx, who, "account.device_forgotten", nil)
	})
	return forgotten, err
}

// Seen is a browser from which someone came in.
type Seen struct {
	Shown          []byte // what it shows that it is known by, of anybody's making; nil for nothing
	Common         bool   // it shows that to all, and is to be known by what is fresh
	Fresh          []byte // what it will be known by, if it isn't by what it shows
	Agent, Address string
	Begins         bool // a session, which its owner's journal keeps
}

// NoteDevice notes that who is signed in came in from a browser, and tells them
// where it is not one that they came in from before; the very first is no news, nor are
// many at once.
// words are what it is called in a language. It reports whether the browser is known
// by what it showed.
func (s *Service) NoteDevice(ctx context.Context, who access.Signed, d Seen, words func(i18n.Locale) string) (kept bool, err error) {
	known, err := s.noteAgain(ctx, who, d)
	if err != nil || known {
		return known && !d.Common, err
	}
	err = s.within(ctx, func(tx pgx.Tx) error {
		var news bool
		err := tx.QueryRow(ctx, `select kept, news from identity.device_seen($1, $2, $3, $4, $5, $6, $7)`,
			d.Shown, d.Common, d.Fresh, who.Account, d.Agent, d.Address, s.clock()).Scan(&kept, &news)
		if err != nil {
			return fmt.Errorf("noting a device: %w", err)
		}
		if d.Begins {
			if err := s.noteBegun(ctx, tx, who, d, news); err != nil {
				return err
			}
		}
		if !news {
			return nil
		}
		if told, err := s.tellsOfDevice(ctx, tx, who.Account); err != nil || !told {
			return err
		}
		about, err := s.newsOf(ctx, tx, who, d, words)
		if err != nil {
			return err
		}
		return s.post.SendAccountAbout(ctx, tx, who.Account, mail.NewDevice, about)
	})
	return kept, err
}

// noteAgain notes that they came in from a browser that is known, and of which nothing
// is told; false, with nothing noted, where it isn't.
func (s *Service) noteAgain(ctx context.Context, who access.Signed, d Seen) (known bool, err error) {
	written, err := factsOf(who, d.Agent, nil)
	if err != nil {
		return false, err
	}
	err = s.door.Identity().QueryRow(ctx, `select identity.device_again($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		d.Shown, d.Common, d.Fresh, who.Account, d.Agent, d.Address, d.Begins, who.Origin.RequestID, written, s.clock()).Scan(&known)
	if err != nil {
		return false, fmt.Errorf("noting a known device: %w", err)
	}
	return known, nil
}

func (s *Service) noteBegun(ctx context.Context, tx pgx.Tx, who access.Signed, d Seen, news bool) error {
	var after map[string]any
	if news {
		after = map[string]any{"new_device": true}
	}
	return s.noteFrom(ctx, tx, who, d.Agent, "signin.begin", after)
}

// newDevices bounds how many new browsers an account is told of: five an hour, which is
// enough to be alarmed by. Each is noted, in the journal too.
func newDevices(account uuid.UUID) limit {
	return limit{"devices:" + account.String(), 4, 60 * 60, 60 * 60}
}

func (s *Service) tellsOfDevice(ctx context.Context, tx pgx.Tx, account uuid.UUID) (may bool, err error) {
	l := newDevices(account)
	err = tx.QueryRow(ctx, `select identity.throttle_take($1, $2, $3, $4, $5)`, l.key, l.free, l.base, l.most, s.clock()).Scan(&may)
	if err != nil {
		return false, fmt.Errorf("counting letters of new devices: %w", err)
	}
	return may, nil
}

// newsOf is what is told of a new browser: what it is, where it is, and what it
// may go into.
func (s *Service) newsOf(ctx context.Context, tx pgx.Tx, who access.Signed, d Seen, words func(i18n.Locale) string) (map[string]string, error) {
	var locale, places string
	err := tx.QueryRow(ctx, `
select (select locale from identity.account_get($1)), (select coalesce(string_agg(name, ', '), '') from identity.places($1, $2))`,
		who.Account, s.clock()).Scan(&locale, &places)
	if err != nil {
		return nil, fmt.Errorf("reading whom a device is new to: %w", err)
	}
	return map[string]string{"device": words(i18n.Locale(locale)), "address": cmp.Or(d.Address, "-"), "places": places}, nil
}
