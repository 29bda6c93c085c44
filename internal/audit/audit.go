// Package audit answers the questions that are asked about permissions: why
// someone may do something, or may not ([Service.Why]); who can ([Service.WhoCan]);
// what was so on a day ([Service.AsOf]) and what changed since
// ([Service.Changes]); and what would be so if ([Service.Try]).
//
// It reads and never writes. All answers come from the facts that [rights] reads
// at an instant and from the calculus of [grid], so that they cannot differ from
// what the door lets people do. Who is not, or was not yet, or no longer, of the
// place at that instant may do nothing: their tenure says so. Names, the rules of
// roles and what areas admit are always today's; they were never in time.
package audit

import (
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/rights"
)

// Service answers questions about permissions.
type Service struct {
	door *access.Door
}

// New returns the service of questions behind door.
func New(door *access.Door) *Service { return &Service{door} }

// Who may ask what.
var (
	NeedWhy     = access.ViewOf(access.Roles).ToGuests()
	NeedWho     = access.Need{Area: access.Roles, View: grid.All, Beside: []grid.Area{access.People}}                 // it lists people
	NeedWhoOf   = access.Need{Area: access.Roles, View: grid.All, Beside: []grid.Area{access.People, access.Records}} // and may name records
	NeedAsOf    = access.ViewOf(access.Roles)
	NeedTry     = access.ViewOf(access.Roles)
	NeedMissing = access.Need{Member: true} // about oneself
	NeedOwnWhy  = access.Need{Member: true} // about oneself
)

// Tenure is a time during which someone was of the place.
type Tenure struct {
	Since time.Time
	Until *time.Time // nil: they still are
}

// File is what decides what one person may do at an instant.
type File struct {
	*rights.Catalogue
	*rights.Holding
	Person   *rights.Person // as they are today
	Tenures  []Tenure
	resource uuid.UUID
	At       time.Time
}

const (
	readPerson = `select ` + rights.PersonColumns + rights.FromPeople + ` where r.id = @resource`

	readTenures = `
select since, nullif(until, 'infinity') until from tenure where resource_id = @resource order by since`
)

// askFile queues the reading of a person's file at an instant; zero is now.
func askFile(r *access.Reading, at time.Time, resource uuid.UUID) *File {
	if at.IsZero() {
		at = r.Now()
	}
	f := &File{At: at, resource: resource, Catalogue: rights.AskCatalogue(r, at), Person: &rights.Person{}}
	args := pgx.StrictNamedArgs{"resource": resource}
	access.One(r, f.Person, "people.absent", readPerson, pgx.StrictNamedArgs{"resource": resource, "now": r.Now()})
	access.All(r, &f.Tenures, readTenures, args)
	f.Holding = rights.AskHolding(r, f.Catalogue, at, resource)
	return f
}

// Present reports whether the person was of the place at the file's instant.
func (f *File) Present() bool { return f.presentAt(f.At) }

func (f *File) presentAt(at time.Time) bool {
	return slices.ContainsFunc(f.Tenures, func(t Tenure) bool {
		return !t.Since.After(at) && (t.Until == nil || t.Until.After(at))
	})
}

// Facts is what the calculus is to know: of someone absent, nothing.
func (f *File) Facts() grid.Facts {
	if !f.Present() {
		return grid.Facts{}
	}
	return f.Holding.Facts()
}

// Effective is what the person may do.
func (f *File) Effective() grid.Grid { return f.Facts().Grid(f.Rows) }

// Reasons say where each cell comes from, view and edit.
func (f *File) Reasons() map[grid.Area][2]grid.Reason {
	facts := f.Facts()
	all := make(map[grid.Area][2]grid.Reason, len(f.Areas))
	for _, a := range f.Areas {
		all[a.Key] = [2]grid.Reason{f.Rows.Explain(facts, a.Key, grid.View), f.Rows.Explain(facts, a.Key, grid.Edit)}
	}
	return all
}

// area is an area of the place, or a fault about the field it was asked in.
func (f *File) area(key grid.Area) (*rights.Area, error) {
	if a := f.Area(key); a != nil {
		return a, nil
	}
	return nil, errArea()
}

func errArea() error { return fault.Invalid("area", "audit.area") }
