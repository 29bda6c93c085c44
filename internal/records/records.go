// Package records holds what the people of a place are assigned: clients,
// occupants, files, in the words of the place's kind. The portal keeps of each
// the reference and the name alone.
//
// Assignments are facts in time. One is what the scope "assigned" of a grid points
// at: it widens what a person reaches, from their very next request, so nobody
// assigns to themselves unless they may edit all settings, nor to someone above.
// Nobody is written to for each record.
package records

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/roles"
)

// Service is the records of all places.
type Service struct {
	door    *access.Door
	roles   *roles.Service
	uploads *uploads
}

// New returns the records behind door.
func New(door *access.Door, roles *roles.Service) *Service {
	return &Service{door, roles, newUploads()}
}

// Who may do what.
var (
	NeedList     = access.ViewOf(access.Records)
	NeedSheet    = access.ViewOf(access.Records)
	NeedAssigned = access.ViewOf(access.Records)
	NeedExport   = access.ViewOf(access.Records)
	NeedAdd      = access.EditOf(access.Records, "records.create")
	NeedEdit     = access.EditOf(access.Records, "records.edit")
	NeedArchive  = access.EditOf(access.Records, "records.archive")
	NeedRestore  = access.EditOf(access.Records, "records.restore")
	NeedImport   = access.EditOf(access.Records, "records.import")
	NeedAssign   = access.EditOf(access.Records, "records.assign")
	NeedUnassign = access.EditOf(access.Records, "records.unassign")
)

// State is what a record is; in a [Filter], also both.
type State string

// The states of a record.
const (
	Open     State = "open"
	Archived State = "archived" // kept, and assigned to nobody new
	AnyState State = "all"
)

// States are what a list can be asked for, in the order in which it is offered.
func States() []State { return []State{Open, Archived, AnyState} }

// Record is one record.
type Record struct {
	ID        uuid.UUID
	Reference string // as the place writes it
	Label     string
	State     State
	Version   int
}

// name is how the journal calls a record.
func (r Record) name() string { return r.Reference + " · " + r.Label }

// target names a record in the journal.
func (r Record) target(e access.Entry) access.Entry {
	e.TargetKind, e.Target, e.Label = "record", r.ID, r.name()
	return e
}

// errAbsent is the answer to an identifier of nothing, or of nothing here.
func errAbsent() error { return fault.NotFound("records.absent") }

const findRecords = `select id, reference, label, state, version from record where id = any (@ids)`

// find reads records; it fails if any is absent. They come in the order of ids.
func find(ctx context.Context, v *access.Visit, ids ...uuid.UUID) ([]Record, error) {
	rows, err := v.Query(ctx, findRecords, pgx.StrictNamedArgs{"ids": ids})
	if err != nil {
		return nil, fmt.Errorf("reading records: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[Record])
	if err != nil {
		return nil, fmt.Errorf("reading records: %w", err)
	}
	if len(found) < len(ids) {
		return nil, errAbsent()
	}
	slices.SortFunc(found, func(a, b Record) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return found, nil
}

// touch finds a record to change: as it was when the form was filled.
func touch(ctx context.Context, v *access.Visit, id uuid.UUID, version int) (Record, error) {
	found, err := find(ctx, v, id)
	if err != nil {
		return Record{}, err
	}
	r := found[0]
	v.Aim("record", r.ID, r.name())
	if r.Version != version {
		return r, fault.Conflict("records.stale")
	}
	return r, nil
}

// earlier is the result of a form that was received before; ok is false for a
// new one.
func earlier(ctx context.Context, v *access.Visit, submission uuid.UUID) (result string, ok bool, err error) {
	err = v.QueryRow(ctx, `select result from submission where id = $1`, submission).Scan(&result)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("looking for an earlier submission: %w", err)
	}
	return result, true, nil
}
