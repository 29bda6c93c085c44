package tenants

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
)

// Who may see and change the settings of a place.
var (
	NeedSettings     = access.ViewOf(access.Settings).ToGuests()
	NeedSaveSettings = access.Need{Act: "settings.save", Area: access.Settings, View: grid.All, Edit: grid.All, Proof: access.ProofAtTime}
)

// Settings is what the people of a place may set.
type Settings struct {
	Name     string
	Support  string // an https address or an e-mail; "" is the site's own
	Locale   string // of who has not chosen one
	TimeZone string // IANA name
	Policies Policies
	Version  int // what the form was filled from
}

// SettingsPage is the page of the settings.
type SettingsPage struct {
	*access.Standing
	Settings
}

const readSettings = `select name, support, locale, time_zone, policies, version from tenant`

// Settings reads the page of the settings.
func (s *Service) Settings(ctx context.Context, a access.Actor) (*SettingsPage, error) {
	page := &SettingsPage{}
	standing, err := s.door.Read(ctx, a, NeedSettings, func(r *access.Reading) {
		access.One(r, &page.Settings, "access.no_place", readSettings, nil)
	})
	page.Standing = standing
	return page, err
}

const updateSettings = `
update tenant set name = @name, support = @support, locale = @locale, time_zone = @time_zone,
       policies = policies || @policies, version = version + 1`

// SaveSettings changes the settings. One who began from an older version gets a
// conflict, and nothing is overwritten.
func (s *Service) SaveSettings(ctx context.Context, a access.Actor, wanted Settings) error {
	return s.door.Enter(ctx, a, NeedSaveSettings, func(v *access.Visit) error {
		if err := wanted.settle(); err != nil {
			return err
		}
		rows, err := v.Query(ctx, readSettings)
		if err != nil {
			return fmt.Errorf("reading settings: %w", err)
		}
		present, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Settings])
		if err != nil {
			return fmt.Errorf("reading settings: %w", err)
		}
		if present.Version != wanted.Version {
			return fault.Conflict("tenants.stale")
		}
		return save(ctx, v, present, wanted)
	})
}

func save(ctx context.Context, v *access.Visit, present, wanted Settings) error {
	before, after := changes(present, wanted)
	if len(after) == 0 {
		v.Unchanged()
		return nil
	}
	if present.Policies.guards() != wanted.Policies.guards() {
		if err := v.Prove(); err != nil {
			return err
		}
	}
	_, err := v.Exec(ctx, updateSettings, pgx.StrictNamedArgs{
		"name": wanted.Name, "support": wanted.Support, "locale": wanted.Locale,
		"time_zone": wanted.TimeZone, "policies": wanted.Policies})
	if err != nil {
		return fmt.Errorf("saving settings: %w", err)
	}
	v.Record(access.Entry{TargetKind: "tenant", Target: v.Actor.Tenant(), Label: wanted.Name, Before: before, After: after})
	return nil
}

// settle puts what was typed in its sound form, and says all that is wrong with it.
func (s *Settings) settle() error {
	var wrong fault.Faults
	note := func(err error) {
		more, _ := fault.As(err)
		wrong = append(wrong, more...)
	}
	var err error
	s.Name, err = ParseName(s.Name)
	note(err)
	s.Support, err = ParseSupport(s.Support)
	note(err)
	note(checkLocale(s.Locale))
	note(checkTimeZone(s.TimeZone))
	note(s.Policies.check())
	return wrong.Err()
}

// changes is what differs, by the name of each field.
func changes(present, wanted Settings) (before, after map[string]any) {
	before, after = map[string]any{}, map[string]any{}
	was, is := present.fields(), wanted.fields()
	for name, value := range is {
		if was[name] != value {
			before[name], after[name] = was[name], value
		}
	}
	return before, after
}

func (s Settings) fields() map[string]any {
	return map[string]any{
		"name": s.Name, "support": s.Support, "locale": s.Locale, "time_zone": s.TimeZone,
		"second_factor": s.Policies.SecondFactor, "first_access": s.Policies.FirstAccess,
		"manager_sets_password": s.Policies.ManagerSetsPassword, "email_required": s.Policies.EmailRequired,
		"username_style": s.Policies.UsernameStyle, "temporary_password_hours": s.Policies.TemporaryPasswordHours,
		"activation_hours": s.Policies.ActivationHours, "invitation_days": s.Policies.InvitationDays,
		"remember_days": s.Policies.RememberDays,
	}
}
