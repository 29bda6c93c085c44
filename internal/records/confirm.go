package records

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
)

const (
	// movedLines are those whose record is no longer the one, in the version, that
	// they were judged against.
	movedLines = `
  from draft_line l` + present + `
 where l.draft_id = @draft and (r.id, r.version) is distinct from (l.record_id, l.version)`

	anyMoved = `select exists (select` + movedLines + `)`

	judgeMoved = `
update draft_line d set outcome = j.outcome, record_id = j.id, version = j.version, was_reference = j.reference, was_label = j.label
  from (select l.position,` + outcome + ` outcome, r.id, r.version, r.reference, r.label` + movedLines + `) j
 where d.tenant_id = @tenant and d.draft_id = @draft and d.position = j.position`

	insertMany = `
insert into record (tenant_id, id, reference, reference_key, label, search, created_at, created_by)
select tenant_id, id, reference, key, label, search, @now, @by
  from draft_line where draft_id = @draft and outcome = 'new' and position > @after and position <= @upto`

	updateMany = `
update record r set reference = l.reference, label = l.label, search = l.search, version = r.version + 1
  from (select tenant_id, record_id, reference, label, search
          from draft_line where draft_id = @draft and outcome = 'changed' and position > @after and position <= @upto offset 0) l
 where r.tenant_id = l.tenant_id and r.id = l.record_id`

	readChanged = `
select reference, label, was_reference, was_label
  from draft_line where draft_id = @draft and outcome = 'changed' order by position limit @most`

	takeDraft = `delete from draft where id = @draft and purpose = 'records'`
)

// mostTold is how many changed lines the journal tells, each before and after.
const mostTold = 100

// Confirm imports a draft: all of it in one transaction, without the lines that
// are wrong. seen is the edition that was looked at: if a record has come, gone or
// changed since it was judged, nothing is done, and it is judged again to be looked
// at again. A yes that is sent twice counts once.
func (s *Service) Confirm(ctx context.Context, a access.Actor, id uuid.UUID, seen int) (done Counts, err error) {
	moved := false
	err = s.door.Enter(ctx, a, NeedImport, func(v *access.Visit) error {
		before, again, err := earlier(ctx, v, id)
		if again {
			v.Unchanged()
			return json.Unmarshal([]byte(before), &done)
		}
		if err != nil {
			return err
		}
		d, err := findDraft(ctx, v, id)
		if err != nil {
			return err
		}
		if err := v.QueryRow(ctx, anyMoved, pgx.StrictNamedArgs{"draft": id}).Scan(&moved); err != nil {
			return fmt.Errorf("comparing a file with the records: %w", err)
		}
		if moved || d.Edition != seen {
			return fault.Conflict("records.import.moved")
		}
		done = d.Counts
		return d.write(ctx, v)
	})
	if moved {
		if err := s.judgeAgain(ctx, a, id); err != nil {
			return Counts{}, err
		}
	}
	return done, err
}

// judgeAgain makes another edition of a draft, of the records as they now are.
func (s *Service) judgeAgain(ctx context.Context, a access.Actor, id uuid.UUID) error {
	return s.door.Enter(ctx, a, NeedImport, func(v *access.Visit) error {
		v.Unchanged()
		if _, err := findDraft(ctx, v, id); err != nil {
			return err
		}
		if _, err := v.Exec(ctx, judgeMoved, pgx.StrictNamedArgs{"draft": id, "tenant": v.Actor.Tenant()}); err != nil {
			return fmt.Errorf("judging a file again: %w", err)
		}
		return tally(ctx, v, id)
	})
}

func findDraft(ctx context.Context, v *access.Visit, id uuid.UUID) (*Draft, error) {
	rows, err := v.Query(ctx, readDraft, pgx.StrictNamedArgs{"draft": id})
	if err != nil {
		return nil, fmt.Errorf("reading a file that waits: %w", err)
	}
	d := &Draft{}
	return d, d.scan(rows, v.Standing)
}

func (d *Draft) write(ctx context.Context, v *access.Visit) error {
	said, _ := json.Marshal(d.Counts) // numbers
	if _, _, err := v.Once(ctx, d.ID, string(said)); err != nil {
		return err
	}
	entry, err := d.entry(ctx, v)
	if err != nil {
		return err
	}
	for after := 0; after < d.Of(""); after += atOnce {
		within := pgx.StrictNamedArgs{"draft": d.ID, "after": after, "upto": after + atOnce}
		if _, err := v.Exec(ctx, updateMany, within); err != nil {
			return fmt.Errorf("correcting imported records: %w", err)
		}
		within["now"], within["by"] = v.Now, v.Resource.ID
		if _, err := v.Exec(ctx, insertMany, within); err != nil {
			return fmt.Errorf("importing records: %w", err)
		}
	}
	if _, err := v.Exec(ctx, takeDraft, pgx.StrictNamedArgs{"draft": d.ID}); err != nil {
		return fmt.Errorf("ending an import: %w", err)
	}
	if d.Added+d.Changed == 0 {
		v.Unchanged()
		return nil
	}
	v.Record(entry)
	return nil
}

// entry is what the journal says of an import: which file it was, how many lines
// had each outcome, and what the first that changed were before.
func (d *Draft) entry(ctx context.Context, v *access.Visit) (access.Entry, error) {
	after := map[string]any{"new": d.Added, "changed": d.Changed, "unchanged": d.Unchanged, "wrong": d.Wrong, "digest": hex.EncodeToString(d.Digest)}
	entry := access.Entry{TargetKind: "file", Label: d.File, After: after}
	if d.Changed == 0 {
		return entry, nil
	}
	rows, err := v.Query(ctx, readChanged, pgx.StrictNamedArgs{"draft": d.ID, "most": mostTold})
	if err != nil {
		return entry, fmt.Errorf("reading what an import changes: %w", err)
	}
	var was, is []string
	var before, now Record
	if _, err := pgx.ForEachRow(rows, []any{&now.Reference, &now.Label, &before.Reference, &before.Label}, func() error {
		was, is = append(was, before.name()), append(is, now.name())
		return nil
	}); err != nil {
		return entry, fmt.Errorf("reading what an import changes: %w", err)
	}
	entry.Before, after["lines"] = map[string]any{"lines": was}, is
	if more := d.Changed - len(is); more > 0 {
		after["more"] = more
	}
	return entry, nil
}
