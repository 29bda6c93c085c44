package records

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/rights"
	"habilis/internal/tabular"
)

// Outcome is what importing a line of a file comes to.
type Outcome string

// The outcomes of lines.
const (
	Added     Outcome = "new"
	Changed   Outcome = "changed"
	Unchanged Outcome = "unchanged"
	Wrong     Outcome = "wrong" // left out
)

// Outcomes are all of them, in the order in which they are told.
func Outcomes() []Outcome { return []Outcome{Added, Changed, Unchanged, Wrong} }

// Counts are how many lines of a file have each outcome.
type Counts struct{ Added, Changed, Unchanged, Wrong int }

// Of is the count of one outcome.
func (c Counts) Of(o Outcome) int {
	return map[Outcome]int{Added: c.Added, Changed: c.Changed, Unchanged: c.Unchanged, Wrong: c.Wrong}[o]
}

// Judged is a line of a file, and what importing it would do.
type Judged struct {
	Number           int // of the line, from 1
	Reference, Label string
	Was              string // the label that would change, or the reference
	Outcome          Outcome
	Why              *fault.Fault // what is wrong
}

// ImportPage is the preview of a file.
type ImportPage struct {
	*access.Standing
	ID      uuid.UUID
	File    string
	Ignored []string // heads of columns that are left out
	Counts  Counts
	Only    Outcome  // "" is all lines
	Rows    []Judged // of page Number, PageSize at most
	Number  int      // from 1
	Pages   int
}

// ImportForm lets in who may import, for the page on which a file is chosen.
func (s *Service) ImportForm(ctx context.Context, a access.Actor) (*access.Standing, error) {
	return s.door.Read(ctx, a, NeedImport, func(*access.Reading) {})
}

const (
	// Nobody has more than one file waiting, nor for more than a day.
	sweepDrafts = `delete from draft where purpose = 'records' and (made_by = @by or made_at < @now::timestamptz - interval '1 day')`
	insertDraft = `insert into draft (tenant_id, id, purpose, lines, made_by, made_at) values (@tenant, @id, 'records', @lines, @by, @now)`
	readDrafted = `select lines, made_by from draft where id = @id and purpose = 'records'`
	takeDraft   = `delete from draft where id = @id and purpose = 'records'`

	// The records that a draft's references are already taken by.
	readPresent = `
with sought as materialized (
  select l->>'k' key from draft, jsonb_array_elements(lines->'rows') l where id = @id and l->>'k' <> '')
select r.reference_key, r.id, r.reference, r.label, r.state
  from sought s
 cross join lateral (select reference_key, id, reference, label, state from record where reference_key = s.key offset 0) r`
)

// Upload reads a file of records and keeps it for a yes. Nothing of the place
// changes. It returns the draft to look at.
func (s *Service) Upload(ctx context.Context, a access.Actor, name string, file io.Reader) (id uuid.UUID, err error) {
	if _, err := s.ImportForm(ctx, a); err != nil { // before any of the file is read
		return uuid.Nil, err
	}
	table, err := tabular.Read(file, FileLimits)
	if faults, ok := fault.As(err); ok {
		faults[0].Field = "file"
	}
	if err != nil {
		return uuid.Nil, err
	}
	read, err := readDraft(name, table)
	if err != nil {
		return uuid.Nil, err
	}
	lines, err := json.Marshal(read)
	if err != nil {
		return uuid.Nil, fmt.Errorf("keeping a file: %w", err)
	}
	id = access.NewID()
	return id, s.door.Enter(ctx, a, NeedImport, func(v *access.Visit) error {
		v.Unchanged()
		if _, err := v.Exec(ctx, sweepDrafts, pgx.StrictNamedArgs{"by": v.Resource.ID, "now": v.Now}); err != nil {
			return fmt.Errorf("dropping old files: %w", err)
		}
		_, err := v.Exec(ctx, insertDraft, pgx.StrictNamedArgs{
			"tenant": v.Actor.Tenant(), "id": id, "lines": lines, "by": v.Resource.ID, "now": v.Now})
		if err != nil {
			return fmt.Errorf("keeping a file: %w", err)
		}
		return nil
	})
}

// Preview says what importing a draft would do, line by line. Only who uploaded
// the file can see it.
func (s *Service) Preview(ctx context.Context, a access.Actor, id uuid.UUID, only Outcome, number int) (*ImportPage, error) {
	page := &ImportPage{ID: id, Only: only}
	var d *drafted
	var err error
	page.Standing, err = s.door.Read(ctx, a, NeedImport, func(r *access.Reading) { d = askDraft(r, r.Standing(), id) })
	if err != nil {
		return page, err
	}
	judged, counts := d.judge()
	page.File, page.Ignored, page.Counts = d.File, d.Ignored, counts
	page.show(judged, number)
	return page, nil
}

// show keeps the rows of one page, the nearest to number that there is.
func (p *ImportPage) show(judged []verdict, number int) {
	var shown []Judged
	for _, j := range judged {
		if p.Only == "" || p.Only == j.Outcome {
			shown = append(shown, j.Judged)
		}
	}
	p.Pages = max(1, (len(shown)+PageSize-1)/PageSize)
	p.Number = min(max(number, 1), p.Pages)
	from := (p.Number - 1) * PageSize
	p.Rows = shown[from:min(from+PageSize, len(shown))]
	for _, j := range p.Rows {
		if j.Why != nil {
			whole(j.Why.Args)
		}
	}
}

// whole makes integers of the numbers that were kept as JSON.
func whole(args map[string]any) {
	for name, value := range args {
		if n, ok := value.(float64); ok {
			args[name] = int(n)
		}
	}
}

// drafted is a draft beside the records that have its references.
type drafted struct {
	draft
	present map[string]Record // by key
}

// askDraft queues the reading of a draft that the standing's person made.
func askDraft(q rights.Asker, by *access.Standing, id uuid.UUID) *drafted {
	d := &drafted{present: map[string]Record{}}
	q.Query(readDrafted, pgx.StrictNamedArgs{"id": id}, func(rows pgx.Rows) error {
		var lines []byte
		var maker uuid.UUID
		row, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (bool, error) { return true, row.Scan(&lines, &maker) })
		switch {
		case errors.Is(err, pgx.ErrNoRows), row && maker != by.Resource.ID:
			return fault.NotFound("records.import.gone")
		case err != nil:
			return err
		}
		return json.Unmarshal(lines, &d.draft)
	})
	q.Query(readPresent, pgx.StrictNamedArgs{"id": id}, func(rows pgx.Rows) error {
		var key string
		var r Record
		_, err := pgx.ForEachRow(rows, []any{&key, &r.ID, &r.Reference, &r.Label, &r.State}, func() error {
			d.present[key] = r
			return nil
		})
		return err
	})
	return d
}

// verdict is a judged line with what the import needs.
type verdict struct {
	Judged
	*line
}

// judge says of each line what importing it would do now. It is the one judge:
// the preview shows what it says, and the import does it.
func (d *drafted) judge() ([]verdict, Counts) {
	all := make([]verdict, len(d.Rows))
	var counts Counts
	tally := map[Outcome]*int{Added: &counts.Added, Changed: &counts.Changed, Unchanged: &counts.Unchanged, Wrong: &counts.Wrong}
	for i := range d.Rows {
		l := &d.Rows[i]
		all[i] = verdict{Judged{Number: l.Number, Reference: l.Reference, Label: l.Label}, l}
		d.compare(&all[i])
		*tally[all[i].Outcome]++
	}
	return all, counts
}

// compare holds a line against the record that has its reference.
func (d *drafted) compare(j *verdict) {
	there, taken := d.present[j.Key]
	switch {
	case j.Wrong != nil:
		j.Outcome, j.Why = Wrong, j.Wrong
	case !taken:
		j.Outcome = Added
	case there.Label == j.line.Label && there.Reference == j.line.Reference:
		j.Outcome = Unchanged
	case there.State == Archived:
		j.Outcome, j.Why = Wrong, fault.Invalid("reference", "records.import.archived")
	default:
		j.Outcome, j.Was = Changed, there.Label
		if there.Label == j.line.Label {
			j.Was = there.Reference
		}
		j.ID = there.ID
	}
}
