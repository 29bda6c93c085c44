package records

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/roles"
)

// MostAtOnce is how many records one form assigns or withdraws.
const MostAtOnce = 500

// ChoicePage is the window in which records are assigned to a person.
type ChoicePage struct {
	*access.Standing
	Person *roles.Person
	Words  string
	Chosen []Record // ticked so far, by label
	Found  []Record // open, not assigned to the person, not ticked; PageSize at most
	More   bool     // there are more than Found
	Closed *fault.Fault
}

const (
	readChosen = findRecords + ` order by label collate "fr-x-icu", id`

	readFound = `
select p.id, p.reference, p.label, p.state, p.version from record p
 where true%s and p.id <> all (@chosen)
   and not exists (select from assignment where resource_id = @person and record_id = p.id and open)
 order by p.label collate "fr-x-icu", p.id limit %d`
)

// Choose looks for records to assign to a person, beside those ticked so far.
func (s *Service) Choose(ctx context.Context, a access.Actor, person uuid.UUID, words string, chosen []uuid.UUID) (*ChoicePage, error) {
	page := &ChoicePage{Person: &roles.Person{}, Words: words}
	if err := bounded(chosen); err != nil {
		return nil, err
	}
	var err error
	page.Standing, err = s.door.Read(ctx, a, NeedAssign, func(r *access.Reading) {
		access.One(r, page.Person, "people.absent", readPerson, pgx.StrictNamedArgs{"person": person, "now": r.Now()})
		access.All(r, &page.Chosen, readChosen, pgx.StrictNamedArgs{"ids": chosen})
		match, args := matching(Filter{Words: words, State: Open})
		args["chosen"], args["person"] = append([]uuid.UUID{}, chosen...), person
		found := searching(words, match, func(match string) string { return fmt.Sprintf(readFound, match, PageSize+1) })
		access.All(r, &page.Found, findFew(words)+found, args)
	})
	if err != nil {
		return page, err
	}
	page.More = len(page.Found) > PageSize
	page.Found = page.Found[:min(len(page.Found), PageSize)]
	page.Closed = closed(a.Office(), page.Standing, page.Person)
	return page, nil
}

// bounded refuses more than a person ticks.
func bounded(records []uuid.UUID) error {
	if len(records) > MostAtOnce {
		return fault.Invalid("record", "records.too_many", "Max", MostAtOnce)
	}
	return nil
}

// closed says why nothing can be assigned to a person by someone, whatever it
// would be. That nobody acts on someone above is [roles.Service.MayActOn]'s to say.
func closed(office access.Office, by *access.Standing, person *roles.Person) *fault.Fault {
	switch {
	case office == access.Person && !NeedAssign.Met(by.Grid):
		return fault.Forbidden("access.no_edit")
	case person.Archived():
		return fault.Conflict("records.person_archived")
	case by.Resource != nil && by.Resource.ID == person.ID && by.Grid[access.Settings].Edit != grid.All:
		return fault.Forbidden("records.own")
	}
	return nil
}

const (
	// What was ended at this very instant goes on.
	assign = `
insert into assignment as a (tenant_id, resource_id, record_id, since, by_kind, by_resource)
select @tenant, @person, id, @now, @by_kind, @by from unnest(@records::uuid[]) id
on conflict (tenant_id, resource_id, record_id, since) do update
   set until = 'infinity', open = true, by_kind = excluded.by_kind, by_resource = excluded.by_resource, ended_kind = null, ended_resource = null`

	withdraw = `
update assignment set until = @now, open = false, ended_kind = @by_kind, ended_resource = @by
 where resource_id = @person and record_id = any (@records) and open`

	readHeld = `select record_id from assignment where resource_id = @person and record_id = any (@records) and open`
)

// Assign assigns records to a person from now on. It returns how many they did not
// have yet.
func (s *Service) Assign(ctx context.Context, a access.Actor, person uuid.UUID, records []uuid.UUID) (n int, err error) {
	err = s.door.Enter(ctx, a, NeedAssign, func(v *access.Visit) error {
		p, chosen, held, err := s.open(ctx, v, person, records)
		if err != nil {
			return err
		}
		if refused := closed(v.Actor.Office(), v.Standing, p); refused != nil {
			return refused
		}
		fresh := slices.DeleteFunc(chosen, func(r Record) bool { return slices.Contains(held, r.ID) })
		if i := slices.IndexFunc(fresh, func(r Record) bool { return r.State == Archived }); i >= 0 {
			return fault.Conflict("records.archived", "Label", fresh[i].Label)
		}
		n = len(fresh)
		return change(ctx, v, p, fresh, assign, pgx.StrictNamedArgs{"tenant": v.Actor.Tenant()}, "assigned")
	})
	return n, err
}

// Unassign withdraws records from a person from now on. It returns how many they
// still had.
func (s *Service) Unassign(ctx context.Context, a access.Actor, person uuid.UUID, records []uuid.UUID) (n int, err error) {
	err = s.door.Enter(ctx, a, NeedUnassign, func(v *access.Visit) error {
		p, chosen, held, err := s.open(ctx, v, person, records)
		if err != nil {
			return err
		}
		lost := slices.DeleteFunc(chosen, func(r Record) bool { return !slices.Contains(held, r.ID) })
		n = len(lost)
		return change(ctx, v, p, lost, withdraw, pgx.StrictNamedArgs{}, "withdrawn")
	})
	return n, err
}

// open reads what a change of assignments is about: the person, whom who acts may
// act on, the records, and which of them the person has.
func (s *Service) open(ctx context.Context, v *access.Visit, person uuid.UUID, records []uuid.UUID) (p *roles.Person, chosen []Record, held []uuid.UUID, err error) {
	records = slices.SortedFunc(slices.Values(records), func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	records = slices.Compact(records)
	if len(records) == 0 {
		return nil, nil, nil, fault.Invalid("record", "records.none_chosen")
	}
	if err := bounded(records); err != nil {
		return nil, nil, nil, err
	}
	if err := s.roles.MayActOn(ctx, v, person); err != nil {
		return nil, nil, nil, err
	}
	if p, err = findPerson(ctx, v, person); err != nil {
		return nil, nil, nil, err
	}
	if chosen, err = find(ctx, v, records...); err != nil {
		return nil, nil, nil, err
	}
	rows, err := v.Query(ctx, readHeld, pgx.StrictNamedArgs{"person": person, "records": records})
	if err != nil {
		return nil, nil, nil, fmt.Errorf("reading assignments: %w", err)
	}
	if held, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID]); err != nil {
		return nil, nil, nil, fmt.Errorf("reading assignments: %w", err)
	}
	return p, chosen, held, nil
}

func findPerson(ctx context.Context, v *access.Visit, id uuid.UUID) (*roles.Person, error) {
	rows, err := v.Query(ctx, readPerson, pgx.StrictNamedArgs{"person": id, "now": v.Now})
	if err != nil {
		return nil, fmt.Errorf("reading a person: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByName[roles.Person])
	if err != nil {
		return nil, fmt.Errorf("reading a person: %w", err)
	}
	if len(found) == 0 {
		return nil, fault.NotFound("people.absent")
	}
	return found[0], nil
}

// change begins or ends assignments and notes them in one line.
func change(ctx context.Context, v *access.Visit, p *roles.Person, records []Record, sql string, args pgx.StrictNamedArgs, what string) error {
	if len(records) == 0 {
		v.Unchanged()
		return nil
	}
	ids := make([]uuid.UUID, len(records))
	for i, r := range records {
		ids[i] = r.ID
	}
	args["person"], args["records"], args["now"] = p.ID, ids, v.Now
	args["by_kind"], args["by"] = v.By()
	if _, err := v.Exec(ctx, sql, args); err != nil {
		return fmt.Errorf("changing assignments: %w", err)
	}
	v.Record(access.Entry{TargetKind: "resource", Target: p.ID, Label: p.Name(),
		After: map[string]any{what: len(records), "references": named(records)}})
	return nil
}

// named are the references of records, of which there are MostAtOnce at most.
func named(records []Record) string {
	references := make([]string, len(records))
	for i, r := range records {
		references[i] = r.Reference
	}
	return strings.Join(references, ", ")
}
