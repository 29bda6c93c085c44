package records

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
)

// EditPage is the window in which a record is corrected.
type EditPage struct {
	*access.Standing
	Record Record
}

// EditForm reads the window in which a record is corrected.
func (s *Service) EditForm(ctx context.Context, a access.Actor, id uuid.UUID) (*EditPage, error) {
	page := &EditPage{}
	var err error
	page.Standing, err = s.door.Read(ctx, a, NeedEdit, func(r *access.Reading) {
		access.One(r, &page.Record, "records.absent", findRecords, pgx.StrictNamedArgs{"ids": []uuid.UUID{id}})
	})
	return page, err
}

const updateRecord = `
update record set reference = @reference, reference_key = @key, label = @label, search = @search, version = version + 1 where id = @id`

// Edit corrects a record. One who began from an older version gets a conflict,
// and nothing is overwritten.
func (s *Service) Edit(ctx context.Context, a access.Actor, id uuid.UUID, reference, label string, version int) error {
	return s.door.Enter(ctx, a, NeedEdit, func(v *access.Visit) error {
		old, err := touch(ctx, v, id, version)
		if err != nil {
			return err
		}
		called, wrong := parse(reference, label)
		if err := taken(ctx, v, called, id, &wrong); err != nil {
			return err
		}
		switch {
		case len(wrong) > 0:
			return wrong
		case called.reference == old.Reference && called.label == old.Label:
			v.Unchanged()
			return nil
		}
		if _, err := v.Exec(ctx, updateRecord, pgx.StrictNamedArgs{
			"id": id, "reference": called.reference, "key": called.key, "label": called.label, "search": called.searched()}); err != nil {
			return fmt.Errorf("correcting a record: %w", err)
		}
		before := identity{reference: old.Reference, label: old.Label}.facts()
		v.Record(Record{ID: id, Reference: called.reference, Label: called.label}.target(access.Entry{Before: before, After: called.facts()}))
		return nil
	})
}

const (
	archiveRecord = `update record set state = 'archived', archived_at = @now, archived_by = @by, version = version + 1 where id = @id`
	restoreRecord = `update record set state = 'open', archived_at = null, archived_by = null, version = version + 1 where id = @id`
)

// Archive takes a record out of the list and of what can be assigned. Who has it
// keeps it, until it is withdrawn from them.
func (s *Service) Archive(ctx context.Context, a access.Actor, id uuid.UUID, version int) error {
	return s.door.Enter(ctx, a, NeedArchive, func(v *access.Visit) error {
		return move(ctx, v, id, version, Open, Archived, archiveRecord, pgx.StrictNamedArgs{"id": id, "now": v.Now, "by": v.Resource.ID})
	})
}

// Restore brings an archived record back.
func (s *Service) Restore(ctx context.Context, a access.Actor, id uuid.UUID, version int) error {
	return s.door.Enter(ctx, a, NeedRestore, func(v *access.Visit) error {
		return move(ctx, v, id, version, Archived, Open, restoreRecord, pgx.StrictNamedArgs{"id": id})
	})
}

// move takes a record from one state to another; one that is there already is
// left as it is.
func move(ctx context.Context, v *access.Visit, id uuid.UUID, version int, from, to State, sql string, args pgx.StrictNamedArgs) error {
	r, err := touch(ctx, v, id, version)
	if err != nil {
		return err
	}
	if r.State == to {
		return fault.Conflict("records.already." + string(to))
	}
	if _, err := v.Exec(ctx, sql, args); err != nil {
		return fmt.Errorf("changing the state of a record: %w", err)
	}
	v.Record(r.target(access.Entry{Before: map[string]any{"state": from}, After: map[string]any{"state": to}}))
	return nil
}
