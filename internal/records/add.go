package records

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
)

// Blank lets in who may add a record, for the window of a new one.
func (s *Service) Blank(ctx context.Context, a access.Actor) (*access.Standing, error) {
	return s.door.Read(ctx, a, NeedAdd, func(*access.Reading) {})
}

const insertRecord = `
insert into record (tenant_id, id, reference, reference_key, label, search, created_at, created_by)
values (@tenant, @id, @reference, @key, @label, @search, @now, @by)`

// Add makes a record of a reference and a label as typed. A form that is sent
// twice, by the same submission, counts once.
func (s *Service) Add(ctx context.Context, a access.Actor, reference, label string, submission uuid.UUID) (id uuid.UUID, err error) {
	err = s.door.Enter(ctx, a, NeedAdd, func(v *access.Visit) error {
		before, again, err := earlier(ctx, v, submission)
		if again || err != nil {
			v.Unchanged()
			id, _ = uuid.Parse(before)
			return err
		}
		called, wrong := parse(reference, label)
		if err := taken(ctx, v, called, uuid.Nil, &wrong); err != nil {
			return err
		}
		if len(wrong) > 0 {
			return wrong
		}
		id = access.NewID()
		if _, _, err := v.Once(ctx, submission, id.String()); err != nil {
			return err
		}
		if _, err := v.Exec(ctx, insertRecord, pgx.StrictNamedArgs{
			"tenant": v.Actor.Tenant(), "id": id, "reference": called.reference, "key": called.key, "label": called.label,
			"search": called.searched(), "now": v.Now, "by": v.Resource.ID}); err != nil {
			return fmt.Errorf("adding a record: %w", err)
		}
		v.Record(Record{ID: id, Reference: called.reference, Label: called.label}.target(access.Entry{After: called.facts()}))
		return nil
	})
	if err != nil {
		return uuid.Nil, err
	}
	return id, nil
}

func (i identity) facts() map[string]any {
	return map[string]any{"reference": i.reference, "label": i.label}
}

// taken adds a fault if another record than the given one has the reference.
func taken(ctx context.Context, v *access.Visit, called identity, but uuid.UUID, wrong *fault.Faults) error {
	if called.reference == "" {
		return nil
	}
	var label string
	var state State
	err := v.QueryRow(ctx, `select label, state from record where reference_key = $1 and id <> $2`, called.key, but).Scan(&label, &state)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("looking for a reference: %w", err)
	case state == Archived:
		*wrong = append(*wrong, fault.Invalid("reference", "records.taken_archived", "Label", label))
	default:
		*wrong = append(*wrong, fault.Invalid("reference", "records.taken", "Label", label))
	}
	return nil
}
