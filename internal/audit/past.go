package audit

import (
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/grid"
)

// past is all that decided what one person may do at any instant of a story.
type past struct {
	file   *File
	grants []pastGrant
	cells  []pastCell
	hands  []pastHand
}

// span is the time during which a fact held.
type span struct {
	since time.Time
	until *time.Time // nil: it still does
}

func (s span) covers(at time.Time) bool {
	return !s.since.After(at) && (s.until == nil || s.until.After(at))
}

type pastGrant struct {
	span
	role uuid.UUID
}

type pastCell struct {
	span
	role uuid.UUID
	area grid.Area
	grid.Cell
}

type pastHand struct {
	span
	area grid.Area
	grid.Override
}

const (
	readPastGrants = `
select since, nullif(until, 'infinity'), role_id from role_grant
 where resource_id = @resource and since <= @to and until >= @from`

	readPastCells = `
select since, nullif(until, 'infinity'), role_id, area, view, edit from role_cell
 where role_id = any (array(select role_id from role_grant where resource_id = @resource and since <= @to and until >= @from))
   and since <= @to and until >= @from`

	readPastHands = `
select since, nullif(until, 'infinity'), area, view, edit from override
 where resource_id = @resource and since <= @to and until >= @from`
)

// ask queues the reading of the past of a file from an instant on.
func (p *past) ask(r *access.Reading, f *File, from time.Time) {
	p.file = f
	args := pgx.StrictNamedArgs{"resource": f.resource, "from": from, "to": f.At}
	r.Query(readPastGrants, args, func(rows pgx.Rows) error {
		var g pastGrant
		_, err := pgx.ForEachRow(rows, []any{&g.since, &g.until, &g.role}, func() error {
			p.grants = append(p.grants, g)
			return nil
		})
		return err
	})
	r.Query(readPastCells, args, func(rows pgx.Rows) error {
		var c pastCell
		_, err := pgx.ForEachRow(rows, []any{&c.since, &c.until, &c.role, &c.area, &c.View, &c.Edit}, func() error {
			p.cells = append(p.cells, c)
			return nil
		})
		return err
	})
	r.Query(readPastHands, args, func(rows pgx.Rows) error {
		var h pastHand
		var view, edit *int16
		_, err := pgx.ForEachRow(rows, []any{&h.since, &h.until, &h.area, &view, &edit}, func() error {
			h.Override = grid.Override{View: grid.ScopeOf(view), Edit: grid.ScopeOf(edit)}
			p.hands = append(p.hands, h)
			return nil
		})
		return err
	})
}

// facts are what decided one area at an instant.
func (p *past) facts(area grid.Area, at time.Time) grid.Facts {
	facts := grid.Facts{ByHand: map[grid.Area]grid.ByHand{}}
	for _, g := range p.grants {
		if g.covers(at) {
			facts.Held = append(facts.Held, grid.Held{Role: grid.Role{ID: grid.ID(g.role), Grid: grid.Grid{area: p.cell(g.role, area, at)}}})
		}
	}
	for _, h := range p.hands {
		if h.area == area && h.covers(at) {
			facts.ByHand[area] = grid.ByHand{Override: h.Override, Since: h.since}
		}
	}
	return facts
}

func (p *past) cell(role uuid.UUID, area grid.Area, at time.Time) grid.Cell {
	for _, c := range p.cells {
		if c.role == role && c.area == area && c.covers(at) {
			return c.Cell
		}
	}
	return grid.Cell{}
}

// instant is the shortest time that the database tells apart.
const instant = time.Microsecond

// explain adds to the events of the person's own cells what held before them and
// after.
func (s *story) explain() {
	for i := range s.events {
		e := &s.events[i]
		if e.What != SetByHand && e.What != Cleared {
			continue
		}
		before, after := s.past.facts(e.Area.Key, e.At.Add(-instant)), s.past.facts(e.Area.Key, e.At)
		for _, d := range grid.Directions {
			e.Held[d] = Held{s.file.Rows.Explain(before, e.Area.Key, d), s.file.Rows.Explain(after, e.Area.Key, d)}
		}
	}
}
