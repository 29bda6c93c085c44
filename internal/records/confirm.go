package records

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/rights"
)

const (
	insertMany = `
insert into record (tenant_id, id, reference, reference_key, label, search, created_at, created_by)
select @tenant, id, reference, key, label, search, @now, @by
  from unnest(@ids::uuid[], @references::text[], @keys::text[], @labels::text[], @searches::text[]) as u (id, reference, key, label, search)`

	updateMany = `
update record r set reference = u.reference, label = u.label, search = u.search, version = r.version + 1
  from unnest(@ids::uuid[], @references::text[], @labels::text[], @searches::text[]) as u (id, reference, label, search)
 where r.tenant_id = @tenant and r.id = u.id`

	// atOnce is how many rows one statement writes: it must end within the time
	// that statements have.
	atOnce = 5000
)

// Confirm imports a draft: all of it in one transaction, without the lines that
// are wrong. seen is what its preview said; if it is no longer so, nothing is
// done. A yes that is sent twice counts once.
func (s *Service) Confirm(ctx context.Context, a access.Actor, id uuid.UUID, seen Counts) (done Counts, err error) {
	err = s.door.Enter(ctx, a, NeedImport, func(v *access.Visit) error {
		before, again, err := earlier(ctx, v, id)
		if again {
			v.Unchanged()
			return json.Unmarshal([]byte(before), &done)
		}
		if err != nil {
			return err
		}
		var b rights.Batch
		d := askDraft(&b, v.Standing, id)
		if err := b.Send(ctx, v); err != nil {
			if _, ok := fault.As(err); ok {
				return err
			}
			return fmt.Errorf("reading a file that waits: %w", err)
		}
		judged, counts := d.judge()
		if counts != seen {
			return fault.Conflict("records.import.moved")
		}
		done = counts
		return d.write(ctx, v, id, judged, counts)
	})
	return done, err
}

func (d *drafted) write(ctx context.Context, v *access.Visit, id uuid.UUID, judged []verdict, counts Counts) error {
	said, _ := json.Marshal(counts) // numbers
	if _, _, err := v.Once(ctx, id, string(said)); err != nil {
		return err
	}
	for sql, outcome := range map[string]Outcome{insertMany: Added, updateMany: Changed} {
		lines := slices.DeleteFunc(slices.Clone(judged), func(j verdict) bool { return j.Outcome != outcome })
		for some := range slices.Chunk(lines, atOnce) {
			if _, err := v.Exec(ctx, sql, argsOf(v, some, outcome)); err != nil {
				return fmt.Errorf("importing records: %w", err)
			}
		}
	}
	if _, err := v.Exec(ctx, takeDraft, pgx.StrictNamedArgs{"id": id}); err != nil {
		return fmt.Errorf("ending an import: %w", err)
	}
	if counts.Added+counts.Changed == 0 {
		v.Unchanged()
		return nil
	}
	v.Record(access.Entry{TargetKind: "file", Label: d.File, After: map[string]any{
		"new": counts.Added, "changed": counts.Changed, "unchanged": counts.Unchanged, "wrong": counts.Wrong}})
	return nil
}

func argsOf(v *access.Visit, lines []verdict, outcome Outcome) pgx.StrictNamedArgs {
	var (
		ids                                  []uuid.UUID
		references, keys, labels, searchable []string
	)
	for _, j := range lines {
		called := identity{j.line.Reference, j.line.Label, j.Key}
		ids = append(ids, j.ID)
		references, keys, labels = append(references, called.reference), append(keys, called.key), append(labels, called.label)
		searchable = append(searchable, called.searched())
	}
	args := pgx.StrictNamedArgs{"tenant": v.Actor.Tenant(), "ids": ids, "references": references, "labels": labels, "searches": searchable}
	if outcome == Added {
		args["keys"], args["now"], args["by"] = keys, v.Now, v.Resource.ID
	}
	return args
}
