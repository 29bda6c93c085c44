package records

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
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

// Of is the count of one outcome; "" is all lines.
func (c Counts) Of(o Outcome) int {
	return map[Outcome]int{"": c.Added + c.Changed + c.Unchanged + c.Wrong,
		Added: c.Added, Changed: c.Changed, Unchanged: c.Unchanged, Wrong: c.Wrong}[o]
}

// Draft is a file that was read and judged, and waits for a yes.
type Draft struct {
	ID      uuid.UUID
	File    string
	Digest  []byte   // SHA-256 of the file
	Ignored []string // heads of columns that are left out
	Edition int      // how often it was judged: a yes is to one edition
	Counts
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
	Draft
	Only   Outcome  // "" is all lines
	Rows   []Judged // of page Number, PageSize at most
	Number int      // from 1
	Pages  int
}

// ImportForm lets in who may import, for the page on which a file is chosen.
func (s *Service) ImportForm(ctx context.Context, a access.Actor) (*access.Standing, error) {
	return s.door.Read(ctx, a, NeedImport, func(*access.Reading) {})
}

const (
	// Nobody has more than one file waiting.
	dropDrafts  = `delete from draft where purpose = 'records' and made_by = @by`
	insertDraft = `
insert into draft (tenant_id, id, purpose, file, digest, ignored, made_by, made_at)
values (@tenant, @id, 'records', @file, @digest, @ignored, @by, @now)`

	// present is the record that has a line's reference, and outcome what importing
	// the line would do to it. It is the one judge: the preview shows what it said,
	// and the import does that.
	present = `
  left join lateral (select id, reference, label, state, version from record where reference_key = l.key offset 0) r on true`
	outcome = `
       case when l.wrong <> '' then 'wrong'
            when r.id is null then 'new'
            when r.label = l.label and r.reference = l.reference then 'unchanged'
            when r.state = 'archived' then 'wrong'
            else 'changed' end`

	insertLines = `
insert into draft_line (tenant_id, draft_id, position, number, id, reference, label, key, search, wrong,
                        outcome, record_id, version, was_reference, was_label)
select @tenant, @draft, l.*,` + outcome + `, r.id, r.version, r.reference, r.label
  from unnest(@positions::int[], @numbers::int[], @ids::uuid[], @references::text[], @labels::text[], @keys::text[], @searches::text[], @wrongs::text[])
       as l (position, number, id, reference, label, key, search, wrong)` + present

	tallyDraft = `
update draft set edition = edition + 1, added = c.added, changed = c.changed, unchanged = c.unchanged, wrong = c.wrong
  from (select count(*) filter (where outcome = 'new') added, count(*) filter (where outcome = 'changed') changed,
               count(*) filter (where outcome = 'unchanged') unchanged, count(*) filter (where outcome = 'wrong') wrong
          from draft_line where draft_id = @draft) c
 where id = @draft`

	readDraft = `
select id, file, digest, ignored, edition, added, changed, unchanged, wrong, made_by from draft where id = @draft and purpose = 'records'`

	readLines = `
select number, reference, label, outcome, wrong, coalesce(was_reference, ''), coalesce(was_label, '')
  from draft_line where draft_id = @draft%s order by position offset @from limit @most`
)

// atOnce is how many lines one statement reads or writes: it must end within the
// time that statements have.
const atOnce = 5000

// Upload reads a file of records, judges it and keeps it for a yes. Nothing of the
// place changes. It returns the draft to look at.
func (s *Service) Upload(ctx context.Context, a access.Actor, name string, from io.Reader) (id uuid.UUID, err error) {
	if _, err := s.ImportForm(ctx, a); err != nil { // before any of the file is read
		return uuid.Nil, err
	}
	sent, err := s.uploads.send(a.Tenant())
	if err != nil {
		return uuid.Nil, err
	}
	defer sent()
	raw, err := tabular.Load(from, FileLimits)
	if err != nil {
		return uuid.Nil, beside("file", err)
	}
	done, err := s.uploads.read(ctx)
	if err != nil {
		return uuid.Nil, err
	}
	defer done()
	f, err := readFile(name, raw)
	if err != nil {
		return uuid.Nil, beside("file", err)
	}
	id = access.NewID()
	return id, s.door.Enter(ctx, a, NeedImport, func(v *access.Visit) error {
		v.Unchanged()
		return f.keep(ctx, v, id)
	})
}

// beside puts a fault of a file beside its field.
func beside(field string, err error) error {
	if faults, ok := fault.As(err); ok {
		faults[0].Field = field
	}
	return err
}

// keep writes the lines of a file as a draft, each judged.
func (f *file) keep(ctx context.Context, v *access.Visit, id uuid.UUID) error {
	if _, err := v.Exec(ctx, dropDrafts, pgx.StrictNamedArgs{"by": v.Resource.ID}); err != nil {
		return fmt.Errorf("dropping an old file: %w", err)
	}
	if _, err := v.Exec(ctx, insertDraft, pgx.StrictNamedArgs{"tenant": v.Actor.Tenant(), "id": id, "file": f.name,
		"digest": f.digest[:], "ignored": append([]string{}, f.ignored...), "by": v.Resource.ID, "now": v.Now}); err != nil {
		return fmt.Errorf("keeping a file: %w", err)
	}
	position := 0
	for some := range slices.Chunk(f.lines, atOnce) {
		args, err := argsOf(some, position)
		if err != nil {
			return err
		}
		args["tenant"], args["draft"] = v.Actor.Tenant(), id
		if _, err := v.Exec(ctx, insertLines, args); err != nil {
			return fmt.Errorf("keeping the lines of a file: %w", err)
		}
		position += len(some)
	}
	return tally(ctx, v, id)
}

// argsOf are lines that stand after so many others, as columns.
func argsOf(lines []line, after int) (pgx.StrictNamedArgs, error) {
	var (
		positions, numbers                         []int
		ids                                        []uuid.UUID
		references, labels, keys, searches, wrongs []string
	)
	for i, l := range lines {
		wrong := ""
		if l.wrong != nil {
			encoded, err := json.Marshal(l.wrong)
			if err != nil {
				return nil, fmt.Errorf("keeping what is wrong with a line: %w", err)
			}
			wrong = string(encoded)
		}
		positions, numbers, ids = append(positions, after+i+1), append(numbers, l.number), append(ids, access.NewID())
		references, labels, keys = append(references, l.reference), append(labels, l.label), append(keys, l.key)
		searches, wrongs = append(searches, l.searched()), append(wrongs, wrong)
	}
	return pgx.StrictNamedArgs{"positions": positions, "numbers": numbers, "ids": ids, "references": references,
		"labels": labels, "keys": keys, "searches": searches, "wrongs": wrongs}, nil
}

// tally counts the outcomes of a draft's lines once they were judged.
func tally(ctx context.Context, v *access.Visit, draft uuid.UUID) error {
	if _, err := v.Exec(ctx, tallyDraft, pgx.StrictNamedArgs{"draft": draft}); err != nil {
		return fmt.Errorf("counting the lines of a file: %w", err)
	}
	return nil
}

// Sweep drops the files of all places that have waited for more than a day; it
// returns how many there were.
func (s *Service) Sweep(ctx context.Context, now time.Time) (swept int64, err error) {
	if err = s.door.Identity().QueryRow(ctx, `select identity.drafts_sweep($1)`, now).Scan(&swept); err != nil {
		return 0, fmt.Errorf("sweeping files that wait: %w", err)
	}
	return swept, nil
}

// Preview says what importing a draft would do, line by line, as it was judged.
// Only who uploaded the file can see it.
func (s *Service) Preview(ctx context.Context, a access.Actor, id uuid.UUID, only Outcome, number int) (*ImportPage, error) {
	page := &ImportPage{Only: only, Number: max(number, 1)}
	args := pgx.StrictNamedArgs{"draft": id, "from": (page.Number - 1) * PageSize, "most": PageSize}
	narrowed := ""
	if only != "" {
		narrowed, args["only"] = ` and outcome = @only`, string(only)
	}
	var err error
	page.Standing, err = s.door.Read(ctx, a, NeedImport, func(r *access.Reading) {
		r.Query(readDraft, pgx.StrictNamedArgs{"draft": id}, func(rows pgx.Rows) error { return page.Draft.scan(rows, r.Standing()) })
		r.Query(fmt.Sprintf(readLines, narrowed), args, page.scan)
	})
	if err != nil {
		return page, err
	}
	page.Pages = max(1, (page.Counts.Of(only)+PageSize-1)/PageSize)
	if page.Number > page.Pages {
		return s.Preview(ctx, a, id, only, page.Pages)
	}
	return page, nil
}

// scan reads a draft that who reads has made: for others there is none.
func (d *Draft) scan(rows pgx.Rows, by *access.Standing) error {
	var maker uuid.UUID
	_, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (bool, error) {
		return true, row.Scan(&d.ID, &d.File, &d.Digest, &d.Ignored, &d.Edition, &d.Added, &d.Changed, &d.Unchanged, &d.Wrong, &maker)
	})
	if errors.Is(err, pgx.ErrNoRows) || err == nil && maker != by.Resource.ID {
		return fault.NotFound("records.import.gone")
	}
	return err
}

func (p *ImportPage) scan(rows pgx.Rows) error {
	var j Judged
	var wrong, reference, label string
	_, err := pgx.ForEachRow(rows, []any{&j.Number, &j.Reference, &j.Label, &j.Outcome, &wrong, &reference, &label}, func() (err error) {
		j.Was = was(j, reference, label)
		j.Why, err = why(j.Outcome, wrong)
		p.Rows = append(p.Rows, j)
		return err
	})
	return err
}

// was is what a line would change: the label, or else the reference.
func was(j Judged, reference, label string) string {
	switch {
	case j.Outcome != Changed:
		return ""
	case label == j.Label:
		return reference
	}
	return label
}

// why is what is wrong with a line: with the file, or else with the record.
func why(o Outcome, wrong string) (*fault.Fault, error) {
	switch {
	case o != Wrong:
		return nil, nil
	case wrong == "":
		return fault.Invalid("reference", "records.import.archived"), nil
	}
	f := &fault.Fault{}
	if err := json.Unmarshal([]byte(wrong), f); err != nil {
		return nil, fmt.Errorf("reading what is wrong with a line: %w", err)
	}
	for name, value := range f.Args {
		if n, ok := value.(float64); ok {
			f.Args[name] = int(n)
		}
	}
	return f, nil
}
