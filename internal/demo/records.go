package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/people"
)

// record is what a place assigns: a client, a file, a child.
type record struct {
	id               uuid.UUID
	reference, label string
	at               time.Time
	archived         time.Time // zero: open
}

// assignment is a record that a member has, or had.
type assignment struct {
	record  *record
	member  *member
	since   time.Time
	until   time.Time // zero: still
	by      *member
	endedBy *member
}

// recordsOf are how many records the places of a kind have, and how they write
// their references.
var recordsOf = map[string]struct {
	count int
	form  string
}{
	"planner": {340, "D-%04d"}, "directory": {260, "2210-%05d"}, "clinic": {180, "C%04d"}, "childcare": {96, "E-%03d"}, "alerting": {420, "OCC-%05d"},
}

// addRecords gives a place its records, one in fifteen archived by now, and
// assigns a third of them or so to those of its people who have come in.
func (w *world) addRecords(p *place) {
	wanted, managers := recordsOf[p.stage.kind], p.managers()
	for i := range wanted.count {
		r := &record{id: access.NewID(), reference: fmt.Sprintf(wanted.form, i+1), at: w.begin.Add(time.Duration(i+1) * time.Minute)}
		r.label = pick(w, p.families()) + ", " + pick(w, p.givens())
		if i%15 == 7 {
			r.archived = w.now.AddDate(0, 0, -5-w.draw.IntN(200))
		}
		p.records = append(p.records, r)
	}
	for _, m := range p.members {
		if m.state != "active" || !m.lead && w.chance(66) {
			continue
		}
		since := m.since.Add(time.Duration(2+w.draw.IntN(72)) * time.Hour)
		if since.After(w.now) {
			continue
		}
		p.assign(w, m, since, pick(w, managers), pick(w, managers))
	}
}

// assign assigns a handful of records to a member at once, and withdraws one in
// six of them later.
func (p *place) assign(w *world, m *member, since time.Time, by, endedBy *member) {
	var references []string
	first, n := w.draw.IntN(len(p.records)), 3+w.draw.IntN(12)
	for i := range n {
		r := p.records[(first+i*7)%len(p.records)]
		if !r.archived.IsZero() || slices.ContainsFunc(p.assigned, func(a *assignment) bool { return a.member == m && a.record == r }) {
			continue
		}
		a := &assignment{record: r, member: m, since: since, by: by}
		if i%6 == 5 {
			if end := since.AddDate(0, 0, 10+i); end.Before(w.now) {
				a.until, a.endedBy = end, endedBy
				p.noteAssignment(endedBy, m, end, "records.unassign", "withdrawn", []string{r.reference})
			}
		}
		p.assigned, references = append(p.assigned, a), append(references, r.reference)
	}
	if len(references) > 0 {
		p.noteAssignment(by, m, since, "records.assign", "assigned", references)
	}
}

func (p *place) noteAssignment(by, m *member, at time.Time, name, what string, references []string) {
	p.noteBy(by, act{at: at, name: name, targetKind: "resource", target: m.resource, label: m.name(),
		after: map[string]any{what: len(references), "references": strings.Join(references, ", ")}})
}

const (
	insertRecords = `
insert into record (tenant_id, id, reference, reference_key, label, search, state, created_at, archived_at)
select $1, id, reference, lower(reference), label, search, case when archived is null then 'open' else 'archived' end, at, archived
  from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[]) as r (id, reference, label, search, at, archived)`

	insertAssignments = `
insert into assignment (tenant_id, resource_id, record_id, since, until, open, by_kind, by_resource, ended_kind, ended_resource)
select $1, resource, record, since, coalesce(until, 'infinity'), until is null, 'person', by, case when until is not null then 'person' end, ended
  from unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::uuid[], $7::uuid[]) as a (resource, record, since, until, by, ended)`
)

// queueRecords writes a place's records and who has them, each in one statement.
func (p *place) queueRecords(b *pgx.Batch) {
	var (
		ids                        []uuid.UUID
		references, labels, search []string
		at                         []time.Time
		archived                   []*time.Time
	)
	for _, r := range p.records {
		ids, references, labels = append(ids, r.id), append(references, r.reference), append(labels, r.label)
		search, at, archived = append(search, people.SearchKey(r.reference, r.label)), append(at, r.at), append(archived, instant(r.archived))
	}
	b.Queue(insertRecords, p.tenant, ids, references, labels, search, at, archived)
	var (
		resources, records []uuid.UUID
		since              []time.Time
		until              []*time.Time
		by, ended          []*uuid.UUID
	)
	for _, a := range p.assigned {
		resources, records = append(resources, a.member.resource), append(records, a.record.id)
		since, until, by, ended = append(since, a.since), append(until, instant(a.until)), append(by, a.by.ref()), append(ended, a.endedBy.ref())
	}
	b.Queue(insertAssignments, p.tenant, resources, records, since, until, by, ended)
}
