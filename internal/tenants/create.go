package tenants

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/tenants/kinds"
)

// NewTenant is a place to make. What is empty is the kind's.
type NewTenant struct {
	Number   string // public, for ever
	Kind     string
	Name     string
	Locale   string
	TimeZone string
	Support  string
	Adjust   func(*Policies) // changes the kind's policies; nil keeps them
}

// NeedCreate is who may make a place: the operator at the command line.
var NeedCreate = access.Need{Act: "tenants.create", Also: access.Console}

// soundNumber is what the table tenant holds for true of a number.
var soundNumber = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z-]{0,19}$`)

const insertTenant = `
insert into tenant (tenant_id, number, kind, name, locale, time_zone, support, policies, created_at)
values (@tenant, @number, @kind, @name, @locale, @time_zone, @support, @policies, @now)`

// Create makes a place and copies into it what its kind starts with: modules,
// areas, roles with their grids and rules. It has no people yet.
func (s *Service) Create(ctx context.Context, n NewTenant) (uuid.UUID, error) {
	kind, start, err := s.prepare(n)
	if err != nil {
		return uuid.Nil, err
	}
	id := access.NewID()
	err = s.door.Enter(ctx, access.AtConsole(id), NeedCreate, func(v *access.Visit) error {
		if err := insert(ctx, v, n, start); err != nil {
			return err
		}
		if err := copyKind(ctx, v, kind); err != nil {
			return fmt.Errorf("copying a kind: %w", err)
		}
		v.Record(access.Entry{TargetKind: "tenant", Target: id, Label: start.Name,
			After: map[string]any{"number": n.Number, "kind": n.Kind}})
		return nil
	})
	if err != nil {
		return uuid.Nil, err
	}
	return id, nil
}

// prepare checks what was asked for and fills in what the kind says.
func (s *Service) prepare(n NewTenant) (kinds.Kind, Settings, error) {
	kind, ok := s.kinds.Kind(n.Kind)
	if !ok {
		return kind, Settings{}, fault.Invalid("kind", "tenants.unknown_kind")
	}
	start := Settings{
		Name:     n.Name,
		Support:  cmp.Or(n.Support, kind.Policies.SupportAddress),
		Locale:   cmp.Or(n.Locale, kind.Policies.Locale),
		TimeZone: cmp.Or(n.TimeZone, kind.Policies.TimeZone),
		Policies: policiesOf(kind.Policies),
	}
	if n.Adjust != nil {
		n.Adjust(&start.Policies)
	}
	var wrong fault.Faults
	if !soundNumber.MatchString(n.Number) {
		wrong = append(wrong, fault.Invalid("number", "tenants.bad_number"))
	}
	if err := wrong.Add(start.settle()); err != nil {
		return kind, start, err
	}
	return kind, start, wrong.Err()
}

func insert(ctx context.Context, v *access.Visit, n NewTenant, start Settings) error {
	_, err := v.Exec(ctx, insertTenant, pgx.StrictNamedArgs{
		"tenant": v.Actor.Tenant(), "number": n.Number, "kind": n.Kind, "name": start.Name, "locale": start.Locale,
		"time_zone": start.TimeZone, "support": start.Support, "policies": start.Policies, "now": v.Now})
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.ConstraintName == "tenant_number_taken" {
		return fault.Conflict("tenants.number_taken").On("number")
	}
	if err != nil {
		return fmt.Errorf("making a place: %w", err)
	}
	return nil
}
